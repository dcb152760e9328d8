"""Try-on: glasses and make-up on a person's own picture or clip, under their grant."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
