"""The studio as a service: every job by HTTP and by page, and consent by phone. Extra `[studio]`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
