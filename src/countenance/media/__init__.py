"""Plates in: pictures, video frames, sound and exact time. Opens files for reading only."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
