"""Eileen's likeness, and Grace as the double, in drawn clips; made once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from countenance.engines.mesh.double import Double, know_double
from countenance.face.tracker import choose_face, find_faces
from countenance.face.types import Face
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.value import Likeness
from countenance.media.frames import Pixels
from tests.likeness.material import SHAPES, Studio, clip_of, drawn, picture_of
from tests.portraits import eileen_collins, grace_hopper

MOMENTS = [(-8.0, SHAPES[0]), (-4.0, SHAPES[1]), (0.0, SHAPES[0]), (4.0, SHAPES[2]), (8.0, SHAPES[0]), (3.0, SHAPES[3])]


@dataclass(frozen=True)
class Frame:
    """A frame of the double, and the face measured in it."""

    pixels: Pixels
    face: Face


def measured(pixels: Pixels) -> Frame:
    return Frame(pixels, choose_face(find_faces(pixels)))


@pytest.fixture(scope="session")
def eileen_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eileen")
    turns = [(yaw, SHAPES[k % len(SHAPES)]) for k, yaw in enumerate(np.linspace(-18, 18, 12))]
    return clip_of(folder / "eileen.mp4", drawn(eileen_collins(), turns))


@pytest.fixture(scope="session")
def eileen(eileen_file: Path) -> Likeness:
    return made_from(gather([eileen_file]), "Eileen", grant_sha256="ab" * 32)


@pytest.fixture(scope="session")
def frames() -> list[Frame]:
    """Grace at several moments."""
    return [measured(pixels) for pixels in drawn(grace_hopper(), MOMENTS)]


@pytest.fixture(scope="session")
def double(frames: list[Frame]) -> Double:
    rest = frames[2]
    return know_double(rest.face, rest.pixels, [(one.pixels, one.face) for one in frames if one is not rest])


@pytest.fixture(scope="session")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grace for two seconds, with half a second of somebody else in between."""
    grace = drawn(grace_hopper(), [(yaw, {}) for yaw in np.linspace(-6, 6, 16)])
    height, width = grace[0].shape[:2]
    other = eileen_collins().pixels
    other = np.pad(other, ((0, max(0, height - 512)), (0, max(0, width - 512)), (0, 0)), mode="edge")[:height, :width]
    return clip_of(tmp_path_factory.mktemp("plate") / "plate.mp4", [*grace[:8], *[other] * 4, *grace[8:]], 8)


@pytest.fixture(scope="session")
def grace_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_of(tmp_path_factory.mktemp("still") / "grace.png", grace_hopper().pixels)


@pytest.fixture
def studio(tmp_path: Path, own_home: Path) -> Studio:
    del own_home
    return Studio(tmp_path)
