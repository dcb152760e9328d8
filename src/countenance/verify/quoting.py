"""Words of others in a verdict: always between quotation marks that they cannot end. Pure."""

from __future__ import annotations

from typing import Any

Said = dict[str, Any]
"""What is said in one language; see `words`."""
_MARKS = str.maketrans(dict.fromkeys('"“”„‟«»‹›;', " "))
_BRACKETS = str.maketrans(dict.fromkeys("()[]{}", " "))
_PAIRS = {")": "(", "]": "[", "}": "{"}


def quoted(foreign: str, said: Said) -> str:
    """Somebody else's words in quotes, without any mark that could end the quotation, or a bracket of ours."""
    plain = foreign.translate(_MARKS)
    if not _balanced(plain):
        plain = plain.translate(_BRACKETS)
    return str(said["quote"].format(name=" ".join(plain.split())))


def _balanced(text: str) -> bool:
    """Whether every bracket in a text is opened and closed in it."""
    opened: list[str] = []
    for letter in text:
        if letter in _PAIRS.values():
            opened.append(letter)
        elif letter in _PAIRS and (not opened or opened.pop() != _PAIRS[letter]):
            return False
    return not opened
