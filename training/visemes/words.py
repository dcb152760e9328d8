"""What is spoken for training: no corpus, but the names that the CLDR (babel) knows in each language, and words of the
built-in voice's English dictionary, strung into sentences at random."""

from __future__ import annotations

import gzip
import json
from functools import lru_cache
from pathlib import Path

import numpy as np

ENGLISH = (
    "Please {v} the {n} before the {n} is {a}.", "My {n} and a {a} {n} {v} about {n}.", "Would you {v} both {n}?",
    "{a} people never {v} from {n}, but we {v} them.", "We have {d} {n} and {d} {a} {n}.", "I {v}, you {v}.",
    "Why was the {n} so {a}, and who is the {n} for?", "Let me {v} that: {n}, {n} and {n}.",
)  # fmt: skip


@lru_cache(maxsize=64)
def names(language: str) -> tuple[str, ...]:
    """Names of places, languages, months, days and currencies in a language."""
    from babel import Locale

    locale = Locale.parse(language.replace("-", "_"))
    found = [*locale.territories.values(), *locale.languages.values(), *locale.currencies.values()]
    found += [*locale.months["format"]["wide"].values(), *locale.days["format"]["wide"].values()]
    return tuple(sorted({name for name in found if "(" not in name and not any(c.isdigit() for c in name)}))


@lru_cache(maxsize=1)
def english_words() -> tuple[str, ...]:
    """Plain words of the built-in voice's dictionary."""
    import hibari

    path = Path(hibari.__file__).parent / "assets" / "lexicon_us_gold.json.gz"
    words = json.loads(gzip.decompress(path.read_bytes()))
    return tuple(
        sorted(word for word in words if word.isalpha() and word.islower() and word.isascii() and len(word) > 2)
    )


def sentence(language: str, random: np.random.Generator) -> str:
    """A sentence of five to twelve words; nobody would say it, but all its sounds follow each other as they may."""
    if language.startswith("en"):
        frame = str(random.choice(ENGLISH))
        for mark in ("{v}", "{n}", "{a}", "{d}"):
            while mark in frame:
                word = str(random.integers(2, 300)) if mark == "{d}" else str(random.choice(english_words()))
                frame = frame.replace(mark, word, 1)
        return frame
    pool = names(language)
    picked = [str(pool[k]) for k in random.integers(0, len(pool), random.integers(3, 6))]
    if random.random() < 0.3:
        picked.insert(1, str(random.integers(2, 2000)))
    return ", ".join(picked[:2]) + " " + " ".join(picked[2:]) + "."
