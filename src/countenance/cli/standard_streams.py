"""Standard streams that hold whatever a caller left of them: closed ones, and terminals that lack our letters.

A closed stream is led to nowhere before anything else opens a file: otherwise the first file opened would take its
number, and what libraries say would be written into it. Letters that a terminal's encoding lacks become plainer ones;
in JSON, escapes that lose nothing. Knows nothing of what is printed.
"""

from __future__ import annotations

import codecs
import os
import sys

PLAINER = {
    "✓": "+",
    "✗": "x",
    "·": "-",
    "→": "->",
    "×": "x",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "≤": "<=",
    "≥": ">=",
}


def make_whole(*, as_json: bool) -> None:
    """Open what is closed, and let every letter be printed somehow.

    Args:
        as_json: what is printed is JSON, where an escape says exactly what a letter does.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken, and those below are open by now.
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
        if getattr(sys, name) is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    codecs.register_error("countenance.plainer", _plainer)
    codecs.register_error("countenance.escaped", _escaped)
    for stream, way in ((sys.stdout, "escaped" if as_json else "plainer"), (sys.stderr, "plainer")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=f"countenance.{way}")


def _letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end], error.end


def _plainer(error: UnicodeError) -> tuple[str, int]:
    letters, end = _letters(error)
    return "".join(PLAINER.get(letter, "?") for letter in letters), end


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """As `json.dumps` escapes: two units for a letter beyond the basic plane."""
    letters, end = _letters(error)
    units = letters.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)), end
