"""What a likeness is about to be used for, by the operator's own word: purpose, places, languages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn, get_args

from countenance.errors import BadOption, PermissionRefused
from countenance.permission.grant import ALWAYS, Purpose, Scope
from countenance.permission.territories import (
    ANY,
    WORLDWIDE,
    is_language,
    is_territory,
    language_covered,
    territory_covered,
)

PURPOSES: tuple[str, ...] = get_args(Purpose)
_POLITICAL = frozenset("political politics campaign election elections propaganda party voting referendum".split())
_INTIMATE = frozenset(
    "intimate sexual sex porn pornography erotic erotica nude nudity undress undressing nsfw adult fetish".split()
)


@dataclass(frozen=True)
class Circumstances:
    """What for, where, in which languages. None stands for what the operator left open.

    Attributes:
        purpose: one of PURPOSES.
        territories: countries, `EU` or `worldwide`, where it will be shown.
        languages: BCP 47 tags of what is said or written in it.
    """

    purpose: str | None = None
    territories: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.purpose is not None:
            refuse_forbidden(self.purpose)
            if self.purpose not in PURPOSES:
                raise BadOption(f"--purpose {self.purpose!r} is not known.", f"Use one of {', '.join(PURPOSES)}.")
        for place in self.territories:
            if not is_territory(place):
                raise BadOption(
                    f"--territory {place!r} is no country.", "Use two capital letters (DE, US), EU or worldwide."
                )
        for language in self.languages:
            if not is_language(language) or language == ANY:
                raise BadOption(f"--language {language!r} is no language tag.", "Write it like en, pt-BR or zh-Hant.")

    def within(self, scope: Scope) -> None:
        """Refuse unless a grant's scope covers all of it. What is left open is taken where the scope leaves no choice.

        Raises:
            PermissionRefused: permission.purpose, permission.territory, permission.language.
        """
        purposes = (self.purpose,) if self.purpose else _only_choice(scope.purposes, "purpose", ())
        places = self.territories or _only_choice(scope.territories, "territory", (WORLDWIDE,))
        languages = self.languages or _only_choice(scope.languages, "language", (ANY,))
        _cover("purpose", purposes, scope.purposes, lambda wanted, granted: wanted in granted)
        _cover("territory", places, scope.territories, territory_covered)
        _cover("language", [one for one in languages if one != ANY], scope.languages, language_covered)


def refuse_forbidden(word: str) -> None:
    """Refuse what no grant allows. Raises PermissionRefused: permission.political, permission.intimate."""
    parts = set(word.casefold().replace("-", " ").replace("_", " ").split())
    for words, code, rule in ((_POLITICAL, "political", ALWAYS[0]), (_INTIMATE, "intimate", ALWAYS[1])):
        if parts & words:
            raise PermissionRefused(
                f"No likeness is used for {word!r} here. {rule}",
                "There is no permission for this, whoever signs it.",
                code=f"permission.{code}",
            )


def _only_choice(granted: tuple[str, ...], what: str, widest: tuple[str, ...]) -> tuple[str, ...]:
    if len(granted) == 1:
        return granted
    if not set(widest) & set(granted):
        _refuse(what, f"The grant allows several ({', '.join(granted)}), and nothing says which is meant.", granted[0])
    return widest


def _cover(
    what: str, wanted: Iterable[str], granted: tuple[str, ...], covered: Callable[[str, tuple[str, ...]], bool]
) -> None:
    for one in wanted:
        if not covered(one, granted):
            _refuse(what, f"The grant does not allow the {what} {one!r}, only {', '.join(granted)}.", granted[0])


def _refuse(what: str, why: str, example: str) -> NoReturn:
    way = "Have it said and written in" if what == "language" else f"Say what it is for with --{what}"
    raise PermissionRefused(why, f"{way} {example}, or ask for a wider grant.", code=f"permission.{what}")
