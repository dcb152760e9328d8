"""A permitted, marked, talking portrait for LiveKit Agents."""

from livekit.plugins.countenance.avatar import AvatarGenerator, AvatarSession

__version__ = "0.1.0"
__all__ = ["AvatarGenerator", "AvatarSession", "__version__"]
