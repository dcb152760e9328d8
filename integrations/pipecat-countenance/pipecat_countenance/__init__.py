"""A permitted, marked, talking portrait for Pipecat."""

from pipecat_countenance.service import CountenanceVideoService

__version__ = "0.1.0"
__all__ = ["CountenanceVideoService", "__version__"]
