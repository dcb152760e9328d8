"""Live sessions: sources in, the live exit's streams out, one process a session. `countenance serve live`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
