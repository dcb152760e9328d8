"""Marks and notes that others put into files, one reader each behind the entry point `countenance.mark_readers`.

    from countenance.verify.readers import Material, read_others
    print(read_others(Material(path, source, until=...)).found)

What a reader finds is the word of whoever put it there: a note, which anybody can write, or an invisible mark, which
anybody with the tool can lay onto anything. Knows nothing of our own marks, of records and of permissions.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
