"""One clip in other languages: heard, translated, read over, spoken again with the lips in sync."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
