"""A person's face out of their own pictures and clips: gathered, kept sealed, drawn on a double by the mesh engine."""

from countenance.likeness.value import Likeness, LikenessView, View

__all__ = ["Likeness", "LikenessView", "View"]
