"""The phrases of each language, read from `phrases/LANGUAGE.toml`; every key is checked, so that a slip in the data is
an error and not a phrase left out."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from countenance.errors import SetupError

FOLDER = Path(__file__).parent / "phrases"
Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Plain(_Strict):
    """Words that mean one thing."""

    words: Words


class Claim(_Strict):
    """How somebody says whom they speak as: before the name, and after it; `head` only of heads of state."""

    words: Words
    after: Words
    head: Words


class Who(_Strict):
    """Whom nobody may pretend to be."""

    who: Words


class Bank(_Strict):
    """Staff of a bank; `plain` are names that a bank's own advert uses too, and count only with a call."""

    who: Words
    plain: Words


class Ask(_Strict):
    """How something is asked for; `hand` also stands after what is asked for."""

    words: Words
    hand: Words


class Secret(_Strict):
    """What nobody tells anybody."""

    things: Words


class Pay(_Strict):
    """Ways of paying that cannot be taken back; `cards` count where they are asked for, not where they are sold, and
    `transfer` goes with a long number."""

    words: Words
    things: Words
    cards: Words
    transfer: Words


class Negation(_Strict):
    """What turns asking into warning, unless `but` stands between; `after` does so behind the thing."""

    words: Words
    but: Words
    after: tuple[str, ...]


class Phrases(_Strict):
    """All phrases of one language. A `*` at a phrase's end or beginning stands for the rest of a word.

    Attributes:
        language: BCP 47.
        as_of: year and month of the names in it.
        sources: what they were drawn up from.
    """

    language: str = Field(pattern="^[a-z]{2}$")
    as_of: str = Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")
    sources: Words
    claim: Claim
    call: Plain
    official: Who
    bank: Bank
    head: Who
    ask: Ask
    secret: Secret
    pay: Pay
    relative: Who
    trouble: Plain
    money: Plain
    plea: Plain
    negation: Negation
    digits: Plain


@lru_cache(maxsize=1)
def all_phrases() -> dict[str, Phrases]:
    """By language, in order. Raises SetupError: setup.phrases, the data does not fit the schema."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        try:
            phrases = Phrases.model_validate(tomllib.loads(path.read_text("utf-8")))
            if phrases.language != path.stem:
                raise ValueError(f"it calls itself {phrases.language}")
        except (OSError, ValueError, ValidationError) as error:
            raise SetupError(
                f"The phrases of {path.name} cannot be used: {' '.join(str(error).split())[:300]}",
                "Install the package again.",
                code="setup.phrases",
            ) from error
        found[phrases.language] = phrases
    return found
