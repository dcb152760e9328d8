"""People, their templates and a folder of material, made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.face.identity import FaceTemplate
from countenance.likeness.gathering import Gathered, gather, made_from
from countenance.likeness.value import Likeness, resealed
from tests.likeness.material import SHAPES, Studio, clip_of, drawn, picture_of, template_of
from tests.portraits import eileen_collins, grace_hopper


@pytest.fixture(scope="session")
def grace() -> FaceTemplate:
    return template_of(grace_hopper())


@pytest.fixture(scope="session")
def eileen() -> FaceTemplate:
    return template_of(eileen_collins())


@pytest.fixture
def studio(tmp_path: Path, own_home: Path) -> Studio:
    del own_home
    return Studio(tmp_path)


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Grace in a photo, blurred, beside Eileen, and in a clip that cuts to Eileen; and what is no material."""
    folder = tmp_path_factory.mktemp("material")
    (folder / "clips").mkdir()
    (folder / ".hidden").mkdir()
    mine, other = grace_hopper().pixels, eileen_collins().pixels
    picture_of(folder / "a.png", mine)
    picture_of(folder / "again.png", mine)
    picture_of(folder / "blurred.png", np.asarray(cv2.GaussianBlur(mine, (0, 0), 5), np.uint8))
    both = [cv2.resize(one, (512, 512), interpolation=cv2.INTER_AREA) for one in (other, mine[:512, :512])]
    picture_of(folder / "both.png", np.hstack(both))
    picture_of(folder / ".hidden" / "b.png", other)
    (folder / "notes.txt").write_text("no picture")
    (folder / "empty.jpg").touch()
    turns = [(yaw, SHAPES[k % len(SHAPES)]) for k, yaw in enumerate(np.linspace(-22, 22, 16))]
    height, width = mine.shape[:2]
    cut = [cv2.resize(other, (width, height))] * 6
    clip_of(folder / "clips" / "takes.mp4", [*drawn(grace_hopper(), turns), *cut])
    return folder


@pytest.fixture(scope="session")
def gathered(material: Path, grace: FaceTemplate) -> Gathered:
    return gather([material], [grace])


@pytest.fixture(scope="session")
def likeness(gathered: Gathered) -> Likeness:
    """With all that a file can hold."""
    made = made_from(gathered, "Grace Ö.", grant_sha256="ab" * 32, grant_id="cd" * 16)
    return resealed(replace(made, years=-12.5, network=b"no network, but bytes"))
