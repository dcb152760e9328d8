"""Speech: text becomes a voice with known phone times, and phone times become a Performance. Knows no engines."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
