"""Signs of manipulation in files without marks: few, explained, each with what it is worth; never `fake` or `real`.

    from countenance.verify.forensics import look_for_signs
    print(look_for_signs(source, until=...).signs)

Looked for only where it is asked for. Signals of others come in by the entry point `countenance.forensics`. Needs the
face tracker; without it nothing is looked at, and that is told. Knows nothing of marks and records.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
