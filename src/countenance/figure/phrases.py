"""The fixed phrases of figures, and what they recognise beside their knowledge, by language. Read from `words/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from ruamel.yaml import YAML

from countenance.errors import BadOption
from countenance.figure.knowledge import plain

SMALL_TALK = ("hello", "thanks", "bye", "how_are_you")
CATEGORIES = ("distress", "injection", "insult", "politics", "private")
"""In the order in which they are looked for."""


@dataclass(frozen=True)
class Phrasebook:
    """What is there in one language.

    Attributes:
        language: primary tag.
        phrases: key → sentence, with `{name}` for the figure's.
        identity: patterns of questions whether the figure is real.
        named: those with `{name}` in the place of the figure's name.
        claims: patterns of what nothing may say: to be human, to be no AI.
        patterns: category or kind of small talk → patterns.
        examples: category → questions of that kind; `identity` and `off_topic` among them.
        turns: `repeat`, `affirm`, `second`, `third`, `deny` → patterns of what refers to what was said.
        page: key → words of the page.
        negations: words that deny.
        small: words that bear no meaning of their own.
    """

    language: str
    phrases: Mapping[str, str]
    identity: tuple[re.Pattern[str], ...]
    named: tuple[str, ...]
    claims: tuple[re.Pattern[str], ...]
    patterns: Mapping[str, tuple[re.Pattern[str], ...]]
    examples: Mapping[str, tuple[str, ...]]
    turns: Mapping[str, tuple[re.Pattern[str], ...]]
    page: Mapping[str, str]
    negations: frozenset[str]
    small: frozenset[str]

    def say(self, key: str, name: str) -> str:
        """A phrase, spoken by the figure of this name."""
        return self.phrases[key].replace("{name}", name)


@lru_cache
def phrase_languages() -> tuple[str, ...]:
    """Primary tags of the languages that there are phrases in."""
    there = (one.name for one in files("countenance.figure.words").iterdir() if one.name.endswith(".yaml"))
    return tuple(sorted(name.removesuffix(".yaml") for name in there))


@lru_cache
def phrasebook(language: str) -> Phrasebook:
    """The phrases of a language, by its primary tag.

    Raises:
        BadOption: there are none.
    """
    tag = language.split("-")[0].lower()
    if tag not in phrase_languages():
        raise BadOption(f"There are no phrases in {language!r}.", f"There are: {', '.join(phrase_languages())}.")
    said = YAML(typ="safe", pure=True).load(
        (files("countenance.figure.words") / f"{tag}.yaml").read_text(encoding="utf-8")
    )
    kinds = said["categories"] | said["small_talk"]
    examples = {name: tuple(one.get("examples", ())) for name, one in said["categories"].items()}
    return Phrasebook(
        tag,
        said["phrases"],
        _patterns(said["identity"]["patterns"]),
        tuple(said["identity"]["named"]),
        _patterns(said["identity"]["claims"]),
        {name: _patterns(one["patterns"]) for name, one in kinds.items()},
        examples | {"identity": tuple(said["identity"]["examples"]), "off_topic": tuple(said["off_topic"])},
        {key: _patterns(said[key]) for key in ("repeat", "affirm", "second", "third", "deny")},
        said["ui"],
        *(frozenset(plain(word) for word in said[key].split()) for key in ("negations", "small")),
    )


def _patterns(texts: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(text) for text in texts)
