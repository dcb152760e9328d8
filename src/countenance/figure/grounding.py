"""Holds what somebody else would have a figure say to the passages it cites. What is held is spoken in their words.

A sentence is held where it is, word for word, a whole sentence of a cited passage, or whole clauses of one that leave
out no denial, no "perhaps" and no "they told me". Words that join sentences may be added. The person's own words are
never shortened. Stricter than comparing meanings: "I invented it" and "I did not invent it" mean nearly the same to a
network. Knows nothing of language models.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from countenance.figure.knowledge import Entry, sentences, words
from countenance.figure.phrases import Phrasebook

_CLAUSE = re.compile(r"[,;:—–()]+\s*|\s+[-–—]\s+")
JOINING = {
    "en": frozenset("and but so also then moreover besides".split()),
    "es": frozenset("y pero asi tambien entonces ademas".split()),
}
_LEAST = 3
"""Words of a clause that can stand alone."""


@dataclass(frozen=True)
class Held:
    """A sentence that may be spoken: the passage's own words, and the passage."""

    text: str
    entry: Entry


def hold(sentence: str, passages: Sequence[Entry], book: Phrasebook) -> Held | None:
    """The words of a passage that a sentence consists of, or None.

    Args:
        sentence: what somebody would have said.
        passages: that it cites.
        book: of their language.
    """
    said = words(sentence)
    while said and said[0] in JOINING.get(book.language, frozenset()):
        said = said[1:]
    if not said:
        return None
    for entry in passages:
        for own in sentences(entry.answer):
            if words(own) == said:
                return Held(own, entry)
            if entry.by == "written":
                clauses = _clauses_of(own, said, book)
                if clauses is not None:
                    return Held(clauses, entry)
    return None


def _clauses_of(own: str, said: list[str], book: Phrasebook) -> str | None:
    """The consecutive clauses of a sentence that these words are, as one sentence."""
    parts = [(match, words(match)) for match in _CLAUSE.split(own) if match and words(match)]
    places, at = [], 0
    for text, _ in parts:
        at = own.index(text, at)
        places.append((at, at + len(text)))
        at += len(text)
    for first in range(len(parts)):
        run: list[str] = []
        for last in range(first, len(parts)):
            run += parts[last][1]
            if len(run) > len(said):
                break
            trimmed = _without_joining(run, book)
            if trimmed == said and len(said) >= _LEAST and not _loses(own, said, book):
                text = own[places[first][0] : places[last][1]].strip()
                while words(text) != said:  # a joining word before it
                    text = text.partition(" ")[2]
                return text[:1].upper() + text[1:].rstrip(" .!?,;:") + "."
    return None


def _without_joining(run: list[str], book: Phrasebook) -> list[str]:
    at = 0
    while at < len(run) and run[at] in JOINING.get(book.language, frozenset()):
        at += 1
    return run[at:]


def _loses(own: str, said: list[str], book: Phrasebook) -> bool:
    """Whether a denial or a reservation of the whole sentence is left out."""
    bound = book.negations | book.hedges
    kept = list(said)
    for word in words(own):
        if word in bound:
            if word not in kept:
                return True
            kept.remove(word)
    return False
