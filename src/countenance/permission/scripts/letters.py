"""A text as the ear has it: letters alone, look-alikes made one, with the places where words begin and end.

`P-I-N`, `p i n`, `PІN` with a Cyrillic letter, `p1n` and a `pin` with a zero-width space in it are all `pin` here, and
a phrase goes on over the ends of sentences and cues. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from countenance.permission.confusables import blank, skeleton

_WORD = re.compile(r"[^\W_](?:[^\s_.,;:!?…·•*/\\()\[\]{}\"“”„«»।\-‐-―'’‘]*[^\W_])?")
_IN_WORDS = str.maketrans("@$€!|+3457", "aseiiteast")
_SAME = str.maketrans("l1|0", "iiio")
_LONG = 18
"""Letters of a word in which a phrase may also begin or end in the middle: nothing but several run together is so long,
but for German compounds."""


@dataclass(frozen=True)
class Letters:
    """A text's letters.

    Attributes:
        joined: all of them, without spaces.
        begins, ends: places in `joined` where words begin and end.
        inside: for each place, whether it lies within a very long word.
    """

    joined: str
    begins: frozenset[int]
    ends: frozenset[int]
    inside: frozenset[int]


@dataclass(frozen=True, order=True)
class Hit:
    """Where a phrase stands: from and up to a place in the joined letters."""

    start: int
    end: int


def letters_of(texts: Iterable[str]) -> Letters:
    """The letters of texts that are said one after the other."""
    parts: list[str] = []
    begins: set[int] = set()
    ends: set[int] = set()
    inside: set[int] = set()
    at = 0
    for text in texts:
        for word in words_of(text):
            begins.add(at)
            if len(word) >= _LONG:
                inside.update(range(at, at + len(word) + 1))
            at += len(word)
            ends.add(at)
            parts.append(word)
    return Letters("".join(parts), frozenset(begins), frozenset(ends), frozenset(inside))


def words_of(text: str) -> Iterator[str]:
    """The words of a text, each as its letters are compared."""
    shown = unicodedata.normalize("NFKC", "".join(" " if one in "\t\n\r" else one for one in text if not blank(one)))
    for found in _WORD.finditer(shown):
        word = plain(found[0])
        if word:
            yield word


@lru_cache(maxsize=100_000)
def plain(word: str) -> str:
    """One word's letters as they are compared: look-alikes, accents, capitals and digits among letters made one."""
    if any(one.isalpha() for one in word):
        word = word.translate(_IN_WORDS)
    kept = "".join(one for one in skeleton(word) if one.isalnum() or unicodedata.category(one) in ("Mc", "Mn"))
    return kept.replace("ँ", "ं").translate(_SAME)


@dataclass(frozen=True)
class Phrase:
    """A phrase's letters, and whether it may begin or end within a word."""

    letters: str
    open_start: bool
    open_end: bool


def phrase_of(text: str) -> Phrase:
    """A phrase as it is looked for; a `*` at an end stands for the rest of a word."""
    return Phrase("".join(words_of(text.strip("*"))), text.startswith("*"), text.endswith("*"))


def hits(letters: Letters, phrases: Iterable[Phrase]) -> list[Hit]:
    """Every place where one of the phrases stands, in order: whole words of it, however they were spaced."""
    found = set()
    for phrase in phrases:
        start = letters.joined.find(phrase.letters)
        while start >= 0:
            end = start + len(phrase.letters)
            loose = len(phrase.letters) >= 4 and start in letters.inside and end in letters.inside
            begins = loose or phrase.open_start or start in letters.begins
            if begins and (loose or phrase.open_end or end in letters.ends):
                found.add(Hit(start, end))
            start = letters.joined.find(phrase.letters, start + 1)
    return sorted(found)


def within(first: list[Hit], then: list[Hit], most: int) -> Iterator[tuple[Hit, Hit]]:
    """Pairs in which the second begins at most so many letters after the first ends."""
    starts = [one.start for one in then]
    for one in first:
        for k in range(bisect_left(starts, one.end), len(then)):
            if then[k].start - one.end > most:
                break
            yield one, then[k]
