"""Several markets at once: the strictest of each rule, or a refusal where they contradict each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from countenance.errors import BadOption, InputError
from countenance.market.profile import Corner, MetadataField, Profile, Style, known_profiles
from countenance.permission.after_death import STRICTEST, TERMS, Term
from countenance.permission.territories import EU, market_codes, territory_of

NO_ADVICE = (
    "This is no legal advice. The rules were collected in November 2026, mostly from secondary sources; "
    "have a lawyer of each market check them before you rely on them."
)


@dataclass(frozen=True)
class Terms:
    """What a render must do for all of its markets.

    Attributes:
        markets: the codes as they were given.
        profiles: those that count.
        unknown: codes of which nothing is known, so that the strictest of everything counts.
        styles: of the label, those that all allow, the usual one first.
        seconds: the label stays at least so long.
        letters: its capitals' height over the shorter side, at least.
        corner: where the label stands when nobody chose a place; None: anywhere.
        notice_first: the spoken notice comes at the start, whatever the label's style.
        notice_repeat: seconds after which it is spoken again; 0: once.
        fields: what the metadata must hold.
    """

    markets: tuple[str, ...]
    profiles: tuple[Profile, ...]
    unknown: tuple[str, ...]
    styles: tuple[Style, ...]
    seconds: float
    letters: float
    corner: Corner | None
    notice_first: bool
    notice_repeat: float
    fields: tuple[MetadataField, ...]

    @property
    def forbidden_scripts(self) -> dict[str, str]:
        """Topics of scripts that one of the markets does not allow, each with its sentence."""
        rules = [(profile, profile.script) for profile in self.profiles if profile.script is not None]
        return {topic: f"{profile.name}: {rule.why}" for profile, rule in rules for topic in rule.refused}

    @property
    def post_mortem(self) -> Term:
        """For how long the dead are their heirs' here, in trade: the longest term."""
        terms = [TERMS.get(territory_of(code), STRICTEST) for code in self.markets]
        return max(terms, key=lambda term: term.years)

    @property
    def notices(self) -> tuple[str, ...]:
        """What whoever makes the render is told."""
        names = ", ".join(self.unknown)
        strict = f"Nothing is known here of the rules in {names}: the strictest known ones are applied."
        return ((strict,) if self.unknown else ()) + (NO_ADVICE,)


@lru_cache(maxsize=32)
def terms_of(markets: str) -> Terms | None:
    """The terms for a list of codes, as `--market` takes it; None for an empty one.

    Args:
        markets: `EU,US-CA,IN`; a member state means the Union and itself, `US` all its states that are known,
            `worldwide` everything.

    Raises:
        BadOption: market.code, no country. InputError: market.contradiction. SetupError: market.profile.
    """
    codes = market_codes(markets)
    if not codes:
        return None
    known = known_profiles()
    chosen: dict[str, Profile] = {}
    unknown = []
    for code in codes:
        found = _profiles(code, known)
        if not found:
            unknown.append(code)
            found = list(known.values())
        chosen |= {profile.code: profile for profile in found}
    return combine(codes, tuple(chosen.values()), tuple(unknown))


def combine(markets: Sequence[str], profiles: Sequence[Profile], unknown: Sequence[str] = ()) -> Terms:
    """The strictest of each rule.

    Raises:
        BadOption: no profile was given. InputError: market.contradiction, no label style is allowed by all.
    """
    if not profiles:
        raise BadOption("No market was given.", code="market.code")
    styles = tuple(s for s in get_args(Style) if all(s in profile.label.styles for profile in profiles))
    if not styles:
        said = "; ".join(f"{profile.code}: {', '.join(profile.label.styles)}" for profile in profiles)
        raise InputError(
            f"No label is allowed in all of these markets ({said}).",
            "Make one version for each market.",
            code="market.contradiction",
        )
    corners = {profile.label.corner for profile in profiles} - {None}
    if len(corners) > 1:
        raise InputError(
            f"These markets ask for the label in different places: {', '.join(sorted(filter(None, corners)))}.",
            "Make one version for each market.",
            code="market.contradiction",
        )
    repeats = [p.notice.repeat_seconds for p in profiles if p.notice.repeat_seconds > 0]
    asked = {field for profile in profiles for field in profile.metadata.fields}
    return Terms(
        markets=tuple(markets),
        profiles=tuple(profiles),
        unknown=tuple(unknown),
        styles=styles,
        seconds=max(profile.label.seconds for profile in profiles),
        letters=max(profile.label.letters for profile in profiles),
        corner=next(iter(corners), None),
        notice_first=any(profile.notice.at_start for profile in profiles),
        notice_repeat=min(repeats, default=0.0),
        fields=tuple(field for field in get_args(MetadataField) if field in asked),
    )


def _profiles(code: str, known: dict[str, Profile]) -> list[Profile]:
    """Those that count for a code; none where nothing is known of it."""
    if code == "worldwide":
        return []
    if code == "EU":  # what is shown in the Union is shown in each of its states
        return [profile for profile in known.values() if profile.code == "EU" or profile.code in EU]
    found = [known[code]] if code in known else []
    if territory_of(code) in EU and "EU" in known:
        found = [known["EU"], *found]
    if not found and "-" not in code:
        found = [profile for profile in known.values() if profile.code.startswith(f"{code}-")]
    return found
