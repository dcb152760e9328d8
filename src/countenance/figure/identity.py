"""Tells who asks whether a figure is real, and what claims that it is. In every language there are phrases in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from countenance.figure.knowledge import Entry, plain, words
from countenance.figure.phrases import phrase_languages, phrasebook

_SHORTEST = 3
"""Letters of a part of the name that stands for it: Grace, Hopper."""


def asks_identity(question: str, name: str, language: str) -> str | None:
    """The primary tag of the language in which a text asks whether the figure is real; None: it does not.

    Args:
        question: all of it, however long.
        name: of the figure: "Are you Grace?" asks that too.
        language: that is looked at first.
    """
    text, own = plain(question), language.split("-")[0]
    for tag in (own, *(one for one in phrase_languages() if one != own)):
        if any(pattern.search(text) for pattern in (*phrasebook(tag).identity, *_named(tag, name))):
            return tag
    return None


def claims_life(text: str) -> bool:
    """Whether a text says of its speaker to be human, real or alive, or no AI and no machine."""
    told = plain(text)
    return any(pattern.search(told) for tag in phrase_languages() for pattern in phrasebook(tag).claims)


def untrue(entry: Entry, name: str) -> str | None:
    """Why an entry may not be there, for people; None: it may."""
    for question in entry.questions:
        if asks_identity(question, name, entry.language) is not None or claims_life(question):
            return (
                f"{question!r} of {entry.name} asks whether the figure is real; it always says itself that it is an AI"
            )
    if claims_life(entry.answer):
        return f"the answer of {entry.name} says that the figure is human, real or no machine"
    return None


@lru_cache(64)
def _named(tag: str, name: str) -> tuple[re.Pattern[str], ...]:
    small = phrasebook(tag).small
    names: Iterable[str] = (plain(name), *(w for w in words(name) if len(w) >= _SHORTEST and w not in small))
    either = "|".join(re.escape(one) for one in dict.fromkeys(names) if one)
    if not either:
        return ()
    return tuple(re.compile(one.replace("{name}", f"({either})")) for one in phrasebook(tag).named)
