"""English words as they are pronounced: pocketsphinx's dictionary, and the built-in voice's rules for all others."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any

from countenance.speech.listening.arpabet import arpabet_of
from countenance.speech.phonetics import MISAKI, phones_of
from countenance.speech.utterance import Phone

_WORD = re.compile(r"[^\s\u2013\u2014/…]+")
_EDGES = "\"'“”‘’«»().,;:!?[]{}*_<>-"


def words_of(text: str) -> list[str]:
    """The words of a text as they stand, without the stops round them; what has no letter or digit is none."""
    words = (word.strip(_EDGES) for word in _WORD.findall(text))
    parts = (part for word in words for part in (word.split("-") if word.count("-") else [word]))
    return [part for part in parts if any(c.isalnum() for c in part)]


def dictionary_form(word: str) -> str:
    """As the dictionary writes it: lower case, straight apostrophes."""
    return word.lower().replace("’", "'")


def pronounced(word: str) -> tuple[str, ...]:
    """ARPAbet of a word, a number or an abbreviation, by the built-in voice's own rules; empty: it has no sound."""
    return tuple(name for part in _voice().phonemize(word) for name in arpabet_of(part))


def english_phones(text: str) -> tuple[Phone, ...]:
    """The phones of a text in their order, by the built-in voice's rules; their times mean nothing."""
    spelt = " ".join(_voice().phonemize(text))
    return phones_of(list(spelt), [Fraction(1)] * len(spelt), alphabet=MISAKI)


@lru_cache(maxsize=1)
def _voice() -> Any:
    from hibari import Hibari

    return Hibari()
