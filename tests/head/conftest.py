"""A studio with Eileen's grants, her portrait, and a head made of it, once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from countenance.head.model import HeadModel, make_head
from countenance.permission.authorisation import GrantFile
from countenance.render.result import RenderResult
from countenance.settings import Settings, default_settings
from tests.likeness.material import BEN, Studio, picture_of, template_of
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper

__all__ = ["ADA", "BEN"]


@dataclass(frozen=True)
class Made:
    """A head's file, and what it was made of."""

    result: RenderResult
    path: Path
    source: Path
    right: GrantFile
    settings: Settings


@pytest.fixture(scope="session")
def model() -> HeadModel:
    portrait = eileen_collins()
    return make_head([(portrait.pixels, portrait.face, portrait.matte)], side=512)


@pytest.fixture(scope="session")
def eileen_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_of(tmp_path_factory.mktemp("head") / "eileen.png", eileen_collins().pixels)


@pytest.fixture(scope="session")
def grace_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_of(tmp_path_factory.mktemp("head") / "grace.png", grace_hopper().pixels)


@pytest.fixture
def studio(tmp_path: Path, own_home: Path) -> Studio:
    del own_home
    return Studio(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, eileen_picture: Path) -> Made:
    """In a home of its own."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTENANCE_HOME", str(folder / "home"))
        default_settings.cache_clear()
        studio = Studio(folder)
        right = studio.grant(ADA, template_of(eileen_collins()), "game")
        path = folder / "ada.vrm"
        result = studio.job.create_head([eileen_picture], path, permission=right)
        settings = studio.settings
    default_settings.cache_clear()
    return Made(result, path, eileen_picture, right, settings)
