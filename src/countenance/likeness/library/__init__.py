"""Likenesses made, kept and trained on this machine, each under its grant. Above permission, marks and engines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
