"""A description in words as attributes of a recipe, from a closed vocabulary: unknown words are refused, not guessed.

That is what keeps names out: no list of celebrities is asked, every word that is not an attribute is refused.
"""

from __future__ import annotations

import re

from countenance.errors import BadOption
from countenance.persona.recipe import CHOICES, YOUNGEST

FILLERS = frozenset(
    "a an the with and about aged of some in her his who is has wearing old year years looks looking".split()
)
YOUNG = frozenset(
    "girl boy child kid kids teen teenage teenager teenaged schoolgirl schoolboy minor baby toddler infant adolescent "
    "young youthful childlike loli shota underage preteen".split()
)
# Phrases with a noun, longest first; COLOUR and STYLE are filled from what a recipe offers.
NOUNS = {"hair": ("hair_colour", "hair"), "eyes": ("eyes",), "skin": ("skin",), "beard": ("beard",)}
PLAIN = {
    **{w: ("sex", w) for w in ("woman", "man")},
    **{w: ("mood", w) for w in CHOICES["mood"]},
    **{w: ("hair", w) for w in ("fringe", "bob", "shaved", "headscarf")},
    "stubble": ("beard", "stubble"),
    "freckles": ("freckles", "some"),
    "freckled": ("freckles", "some"),
    "glasses": ("glasses", "round"),
    "drawn": ("style", "drawn"),
}
_TOKEN = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|\d+|[^\s]")


def parse_description(text: str) -> dict[str, str | int]:
    """Attributes for `Recipe`, of words like "woman about 30, short black hair, freckles, calm".

    Raises:
        BadOption: `persona.name` a proper name; `persona.age` a look that is not adult; `persona.contradiction` two
            values for one attribute; `persona.word` a word that says nothing a recipe has.
    """
    found: dict[str, str | int] = {}
    for phrase in text.split(","):
        tokens = _TOKEN.findall(phrase)
        _refuse_names(tokens)
        _read_phrase([token.lower() for token in tokens], found)
    return found


def _refuse_names(tokens: list[str]) -> None:
    for place, token in enumerate(tokens):
        known = token.lower() in FILLERS | YOUNG | set(PLAIN) | set(NOUNS) | {w for c in CHOICES.values() for w in c}
        if token[:1].isupper() and (place or not known):
            raise BadOption(
                f"{token!r} reads as a name; a persona is nobody and is not made after anybody",
                code="persona.name",
                remedy="Describe it by attributes, in small letters: age, skin, eyes, hair, mood.",
            )


def _read_phrase(tokens: list[str], found: dict[str, str | int]) -> None:
    nouns = [t for t in tokens if t in NOUNS]
    if len(nouns) > 1:
        raise _word(nouns[1], "stands with another noun; put a comma between them")
    for token in tokens:
        if token in YOUNG:
            raise _young(token)
        if token.isdecimal():
            if int(token) < YOUNGEST:
                raise _young(token)
            _put(found, "age", int(token))
        elif token in nouns or token in FILLERS:
            continue
        elif keys := [k for n in nouns for k in NOUNS[n] if token in CHOICES[k]]:
            _put(found, keys[0], token)
        elif token in PLAIN:
            _put(found, *PLAIN[token])
        else:
            raise _word(token, "is no attribute of a persona")


def _put(found: dict[str, str | int], key: str, value: str | int) -> None:
    if found.setdefault(key, value) != value:
        raise BadOption(
            f"{key} cannot be both {found[key]!r} and {value!r}",
            code="persona.contradiction",
            remedy="Leave one of the two out.",
        )


def _young(token: str) -> BadOption:
    return BadOption(
        f"{token!r}: a persona looks like an adult", code="persona.age", remedy=f"Ask for {YOUNGEST} years or more."
    )


def _word(token: str, why: str) -> BadOption:
    return BadOption(
        f"{token!r} {why}",
        code="persona.word",
        remedy='Use words like "woman about 30, short black hair, green eyes, freckles, calm"; no names.',
    )
