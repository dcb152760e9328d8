"""One spelling for one value: JSON as RFC 8785 (JCS) writes it, without floating-point numbers. Pure.

Numbers are integers that every JSON reader keeps exactly (|n| < 2^53); measured values are written as scaled integers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from countenance.errors import BadDocument

LARGEST = 2**53 - 1


def canonical(value: Any) -> str:
    """The canonical JSON text of None, booleans, integers, texts, lists and mappings with text keys.

    Raises:
        BadDocument: another type, a number too large, or a text that is not Unicode.
    """
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise _unfit(f"the number {value} is not kept exactly by every reader")
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(canonical(one) for one in value)}]"
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise _unfit("a name in an object is no text")
        # RFC 8785, section 3.2.3: names are sorted by their UTF-16 code units.
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return f"{{{','.join(f'{_text(name)}:{canonical(value[name])}' for name in names)}}}"
    raise _unfit(f"a {type(value).__name__} has no canonical spelling")


def _text(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _unfit("a text holds half a surrogate pair") from error
    # json escapes exactly what RFC 8785, section 3.2.2.2 does: controls, the quote and the backslash.
    return json.dumps(value, ensure_ascii=False)


def _unfit(why: str) -> BadDocument:
    return BadDocument(f"This cannot be written into the ledger: {why}.", "Write texts, whole numbers and lists.")
