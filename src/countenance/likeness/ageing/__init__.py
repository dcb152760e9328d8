"""A Likeness made older or younger: shape and skin, from rates that are written down. Nobody is made a minor."""

from countenance.likeness.ageing.years import aged, limits

__all__ = ["aged", "limits"]
