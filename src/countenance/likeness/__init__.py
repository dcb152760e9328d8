"""A person's face out of their own pictures and clips: gathered, kept sealed, drawn on a double by the mesh engine."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
