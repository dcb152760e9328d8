"""Holds what somebody else would have a figure say to the passages it cites. What is held is spoken in their words.

A sentence is held where it is, word for word, a whole sentence of a cited passage; words that join sentences may be
added before it. A sentence inside a longer quotation stays in it. Sentences are never shortened: what is left out of
one may be its denial, its condition or who said it. Stricter than comparing meanings: "I invented it" and "I did not
invent it" mean nearly the same to a network. Knows nothing of language models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from countenance.figure.knowledge import Entry, sentences, words
from countenance.figure.phrases import Phrasebook

JOINING = {
    "en": frozenset("and but so also then moreover besides".split()),
    "es": frozenset("y pero asi tambien entonces ademas".split()),
}


@dataclass(frozen=True)
class Held:
    """A sentence that may be spoken: the passage's own words, and the passage."""

    text: str
    entry: Entry


def hold(sentence: str, passages: Sequence[Entry], book: Phrasebook) -> Held | None:
    """The sentence of a passage that a sentence is, or None.

    Args:
        sentence: what somebody would have said.
        passages: that it cites.
        book: of their language.
    """
    said = words(sentence)
    own = {" ".join(words(text)): Held(text, entry) for entry in reversed(passages) for text in _free(entry.answer)}
    while said:
        there = own.get(" ".join(said))
        if there is not None or said[0] not in JOINING.get(book.language, frozenset()):
            return there
        said = said[1:]
    return None


def _free(answer: str) -> Iterator[str]:
    """The sentences of an answer that neither begin nor end within a quotation: "They said: 'It is so. It was so.'"."""
    inside = False
    for text in sentences(answer):
        before, straight = inside, text.count('"') % 2 == 1
        opened = sum(text.count(c) for c in "“«„") - sum(text.count(c) for c in "”»")
        inside = (inside != straight) if straight else (inside or opened > 0) and opened >= 0
        if not before and not inside:
            yield text
