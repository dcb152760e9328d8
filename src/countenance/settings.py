"""One typed settings object. Every value is also an environment variable (`COUNTENANCE_…`) and, where it
matters to a command, a flag; flags win over the environment, the environment over these defaults.

Knows nothing of the rest of the package but its errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import unquote

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from countenance.errors import SettingWrong

VideoCodec = Literal["auto", "h264", "h265", "vp9", "av1"]
X264Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"
]
COARSEST_QUALITY = 26
"""The highest CRF that is taken. Measured (`python -m bench.floors`): beyond it the mark is often lost already in the
file as it leaves, and a copy of it has nothing to lose."""

MOST_REVOCATION_AGE = 7 * 24 * 3600  # seconds: what was revoked is not used for longer, whoever blocks its list


def _default_home() -> Path:
    return Path.home() / ".countenance"


class Settings(BaseSettings):
    """Everything that can be set. Lengths in pixels, times in seconds, sizes in bytes.

    No value takes a mark or a record away: what would is refused here.
    """

    model_config = SettingsConfigDict(env_prefix="COUNTENANCE_", frozen=True, extra="ignore", env_ignore_empty=True)

    home: Path = Field(default_factory=_default_home, description="Keys, registry, ledger, grants, models.")
    models: Path | None = Field(None, description="Where model files are kept; default: models/ in home.")
    spool: Path | None = Field(None, description="Where files in passing lie; default: spool/ in home.")
    engine: str = Field("mesh", description="The engine that draws, by its entry-point name.")

    # What is read
    max_picture_pixels: int = Field(64_000_000, gt=0, description="Pictures with more pixels are refused.")
    max_video_pixels: int = Field(36_000_000, gt=0, description="Frames with more pixels are refused.")
    min_eye_distance: float = Field(
        48.0, gt=0, allow_inf_nan=False, description="Outer eye corners closer than this are refused."
    )

    # What is written
    video_quality: int = Field(18, ge=0, le=COARSEST_QUALITY, description="x264 CRF of outputs.")
    video_preset: X264Preset = Field("veryfast", description="x264 preset of outputs.")
    video_codec: VideoCodec = Field(
        "auto", description="Of outputs: h264, h265, vp9 or av1; auto: h264, and vp9 in WebM. The scales stay x264's."
    )

    # Permission
    ledger_url: str | None = Field(None, description="SQLAlchemy address; default: SQLite in home.")
    registry_url: str | None = Field(None, description="SQLAlchemy address; default: SQLite in home.")
    revocation_max_age: int = Field(
        24 * 3600, gt=0, le=MOST_REVOCATION_AGE, description="Older cached revocation lists are stale; a week at most."
    )
    revocation_offline: Literal["refuse", "allow"] = Field(
        "refuse", description="What to do when a revocation list can be neither fetched nor found fresh."
    )

    # Marks
    signer: str = Field("local", description="`local`, a PKCS#11 URI, or an https address of a signer.")
    identity_signer: str = Field(
        "", description="Signs for the organisation (CAWG identity): a PKCS#11 URI or an https address; empty: nobody."
    )
    timestamp_url: str | None = Field(None, description="RFC 3161 time-stamp servers, asked in turn; commas between.")
    organisation: str = Field("", description="Name put into manifests as the maker; empty: none.")
    issuer: int | None = Field(
        None, ge=1 << 16, lt=1 << 24, description="Number of this installation's issuer, as a directory lists it."
    )
    market: str = Field("", description="Where renders will be shown, such as EU,US-CA,IN; sets what their rules ask.")

    @field_validator("ledger_url", "registry_url")
    @classmethod
    def _keeps_what_is_written(cls, address: str | None) -> str | None:
        if address is not None and forgets(address):
            raise ValueError("a database in memory keeps no record; give the address of one that stays")
        return address

    @field_validator("issuer", mode="before")
    @classmethod
    def _issuer_in_hex(cls, number: object) -> object:
        if not isinstance(number, str):
            return number
        if not re.fullmatch("[0-9a-fA-F]{6}", number):
            raise ValueError("an issuer's number has six hexadecimal digits, such as 0a1b2c")
        return int(number, 16)

    @classmethod
    def load(cls, **more: Any) -> Self:
        """The settings of the environment.

        Args:
            more: values that win over it.

        Raises:
            SettingWrong: setup.setting, with the variable's name and what it takes.
        """
        try:
            return cls(**more)
        except ValidationError as error:
            raise _explained(error) from error

    @property
    def models_folder(self) -> Path:
        """Where verified model files are kept."""
        return self.models or self.home / "models"


@lru_cache(maxsize=1)
def default_settings() -> Settings:
    """The settings of this process, read once from the environment. Raises SettingWrong."""
    return Settings.load()


def forgets(address: str) -> bool:
    """Whether an SQLAlchemy address names a database that is gone when the process ends: SQLite's in memory, or its
    unnamed temporary one."""
    scheme, _, rest = address.strip().partition("://")
    if scheme.partition("+")[0].lower() != "sqlite":
        return False
    file, _, options = rest.lower().partition("?")
    file = unquote(file.removeprefix("/"))
    if file.startswith("file:"):
        file = file.removeprefix("file:")
    return file in ("", ":memory:") or "mode=memory" in unquote(options) or "vfs=memdb" in unquote(options)


def _explained(error: ValidationError) -> SettingWrong:
    problems = error.errors(include_url=False)
    told = [_problem(each["loc"], each["input"], each["msg"]) for each in problems]
    name = _variable(problems[0]["loc"])
    field = Settings.model_fields.get(str(problems[0]["loc"][0]))
    means = f" It is: {field.description}" if field is not None and field.description else ""
    return SettingWrong(
        " ".join(told),
        f"Correct {name}, or unset it.{means}",
        details={"variables": [_variable(each["loc"]) for each in problems]},
    )


def _problem(where: Sequence[int | str], given: object, wanted: str) -> str:
    wanted = wanted.removeprefix("Value error, ").replace("Input should", "it should", 1)
    return f"{_variable(where)}={given!s:.80} is refused: {wanted}."


def _variable(where: Sequence[int | str]) -> str:
    return f"COUNTENANCE_{str(where[0]).upper()}" if where else "COUNTENANCE_…"
