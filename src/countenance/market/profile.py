"""One market's rules, read from `profiles/CODE.toml`; every key is checked, so that a slip in the data is an error and
not a rule left out. Knows nothing of how a rule is met."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from countenance.errors import SetupError
from countenance.permission.scripts import Topic

FOLDER = Path(__file__).parent / "profiles"
Style = Literal["burn", "first", "credit"]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
MetadataField = Literal["digitalSourceType", "provider", "system", "version", "time", "timestamp", "id", "AIGC"]
"""`time`: stated in the signed metadata; `timestamp`: vouched for by an RFC 3161 authority."""
Text = Annotated[str, Field(min_length=3)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """Where a rule was found.

    Attributes:
        rule: its name.
        since: from when it holds, in words.
        sure: how sure we are of it.
    """

    rule: Text
    since: Text
    sure: Text


class LabelRule(_Strict):
    """The label that is seen.

    Attributes:
        styles: of `LabelChoice.style`, those that meet the rule.
        seconds: it stays at least so long at the start.
        letters: height of its capital letters over the picture's shorter side, at least.
        corner: where it stands by the market's example; None: anywhere.
        why: the rule in a sentence.
    """

    styles: tuple[Style, ...] = Field(min_length=1)
    seconds: float = Field(0.0, ge=0)
    letters: float = Field(0.0, ge=0, le=0.2)
    corner: Corner | None = None
    why: Text


class NoticeRule(_Strict):
    """What is heard in sound without pictures.

    Attributes:
        at_start: it is spoken before anything else.
        repeat_seconds: again after so long; 0: only once.
        why: the rule in a sentence.
    """

    at_start: bool
    repeat_seconds: float = Field(0.0, ge=0)
    why: Text


class MetadataRule(_Strict):
    """What stands in the file, unseen. `fields` as `MetadataField`; `why`: the rule in a sentence."""

    fields: tuple[MetadataField, ...]
    why: Text


class ScriptRule(_Strict):
    """Words that may not be spoken at all, whoever means them.

    Attributes:
        refused: topics, as `permission.scripts.TOPICS` has them.
        why: the rule in a sentence.
    """

    refused: tuple[Topic, ...] = Field(min_length=1)
    why: Text


class Profile(_Strict):
    """One market.

    Attributes:
        code: ISO 3166-1 or -2, or EU.
        name: in words.
        as_of: year and month in which it was looked up.
        unsure: what was not read or not found.
        source: the rules.
        label, notice, metadata: what a render does.
        script: what may not be spoken; None: no such rule known.
        synthetic_performer: when an advert must say that a performer does not exist; empty: no such rule known.
        told: who must be told, and of what: the duties that no render can meet alone.
    """

    code: str = Field(pattern=r"^(EU|[A-Z]{2}(-[A-Z0-9]{1,3})?)$")
    name: Text
    as_of: str = Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")
    unsure: Text
    source: tuple[Source, ...] = Field(min_length=1)
    label: LabelRule
    notice: NoticeRule
    metadata: MetadataRule
    script: ScriptRule | None = None
    synthetic_performer: str = ""
    told: tuple[Text, ...] = Field(min_length=1)


@dataclass(frozen=True)
class ProfileFile:
    """A profile on disk."""

    path: Path

    def read(self) -> Profile:
        """The profile. Raises SetupError: market.profile, the data does not fit the schema."""
        try:
            profile = Profile.model_validate(tomllib.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError, ValidationError) as error:
            raise SetupError(
                f"The market profile {self.path.name} cannot be used: {' '.join(str(error).split())[:300]}",
                "Install the package again.",
                code="market.profile",
            ) from error
        if profile.code != self.path.stem:
            raise SetupError(
                f"The market profile {self.path.name} calls itself {profile.code}.",
                "Install the package again.",
                code="market.profile",
            )
        return profile


@lru_cache(maxsize=1)
def known_profiles() -> dict[str, Profile]:
    """All profiles by code, in order. Raises SetupError: market.profile."""
    return {path.stem: ProfileFile(path).read() for path in sorted(FOLDER.glob("*.toml"))}
