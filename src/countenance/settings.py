"""One typed settings object. Every value is also an environment variable (`COUNTENANCE_…`) and, where it
matters to a command, a flag; flags win over the environment, the environment over these defaults.

Knows nothing of the rest of the package.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_home() -> Path:
    return Path.home() / ".countenance"


class Settings(BaseSettings):
    """Everything that can be set. Lengths in pixels, times in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="COUNTENANCE_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=_default_home, description="Keys, registry, ledger, grants, models.")
    models: Path | None = Field(None, description="Where model files are kept; default: models/ in home.")
    engine: str = Field("mesh", description="The engine that draws, by its entry-point name.")

    # What is read
    max_picture_pixels: int = Field(64_000_000, gt=0, description="Pictures with more pixels are refused.")
    max_video_pixels: int = Field(36_000_000, gt=0, description="Frames with more pixels are refused.")
    min_eye_distance: float = Field(48.0, gt=0, description="Outer eye corners closer than this are refused.")

    # What is written
    video_quality: int = Field(18, ge=0, le=51, description="x264 CRF of outputs.")
    video_preset: str = Field("veryfast", description="x264 preset of outputs.")

    # Permission
    ledger_url: str | None = Field(None, description="SQLAlchemy address; default: SQLite in home.")
    registry_url: str | None = Field(None, description="SQLAlchemy address; default: SQLite in home.")
    revocation_max_age: int = Field(24 * 3600, gt=0, description="Older cached revocation lists are stale.")
    revocation_offline: Literal["refuse", "allow"] = Field(
        "refuse", description="What to do when a revocation list can be neither fetched nor found fresh."
    )

    # Marks
    signer: str = Field("local", description="`local`, a PKCS#11 URI, or an https address of a signer.")
    timestamp_url: str | None = Field(None, description="RFC 3161 time-stamp server.")
    organisation: str = Field("", description="Name put into manifests as the maker; empty: none.")

    @property
    def models_folder(self) -> Path:
        """Where verified model files are kept."""
        return self.models or self.home / "models"


@lru_cache(maxsize=1)
def default_settings() -> Settings:
    """The settings of this process, read once from the environment."""
    return Settings()
