"""Eileen's picture and clip, and grants of hers; made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.permission import GrantFile
from tests.likeness.material import SHAPES, Studio, clip_of, drawn, picture_of, template_of
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper


@pytest.fixture(scope="session")
def eileen() -> tuple[Pixels, Face]:
    portrait = eileen_collins()
    return portrait.pixels, portrait.face


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_of(tmp_path_factory.mktemp("still") / "me.png", eileen_collins().pixels)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eileen for two seconds, with a quarter of a second of Grace in between."""
    turns = [(yaw, SHAPES[k % 3]) for k, yaw in enumerate(np.linspace(-8, 8, 14))]
    mine = drawn(eileen_collins(), turns)
    height, width = mine[0].shape[:2]
    other = np.full_like(mine[0], 96)
    grace = grace_hopper().pixels[:height, :width]
    other[: grace.shape[0], : grace.shape[1]] = grace
    return clip_of(tmp_path_factory.mktemp("clip") / "me.mp4", [*mine[:8], *[other] * 2, *mine[8:]], 8)


@pytest.fixture
def studio(tmp_path: Path, own_home: Path) -> Studio:
    del own_home
    return Studio(tmp_path)


@pytest.fixture
def right(studio: Studio) -> GrantFile:
    """Ada's, with Eileen's face, for try-on."""
    return studio.grant(ADA, template_of(eileen_collins()), "try-on")
