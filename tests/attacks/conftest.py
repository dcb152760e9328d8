"""Two people, an installation that has a grant of one of them, and the exit's place taken by what keeps the frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from countenance.face.identity import FaceTemplate
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.video import open_video
from tests.end_to_end.command import Command
from tests.likeness.material import Studio, template_of
from tests.portraits import eileen_collins, grace_hopper

SIDE = 320


class Kept:
    """Takes the exit's place and keeps what is handed to it."""

    frames: ClassVar[list[Pixels]] = []
    receipt: Any = None

    def __init__(self, *_: object, **__: object) -> None:
        Kept.frames = []

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, frame: VideoFrame) -> None:
        Kept.frames.append(frame.pixels.copy())


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> type[Kept]:
    """What a film's frames are, before marks, label and encoding."""
    monkeypatch.setattr("countenance.render.job.VideoOutput", Kept)
    monkeypatch.setattr(Kept, "frames", [])
    return Kept


@pytest.fixture
def studio(tmp_path: Path, own_home: Path) -> Studio:
    del own_home
    return Studio(tmp_path)


@pytest.fixture(scope="session")
def grace() -> FaceTemplate:
    return template_of(grace_hopper())


@pytest.fixture(scope="session")
def eileen() -> FaceTemplate:
    return template_of(eileen_collins())


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capfd, monkeypatch)


def square(which: str, side: int = SIDE, face: float = 0.5, light: float = 1.0) -> Pixels:
    """Grace or Eileen in a square, the face so much of it, in its middle, so bright."""
    import cv2

    portrait = grace_hopper() if which == "grace" else eileen_collins()
    scale = face * side / portrait.face.size
    x, y = portrait.face.centre
    matrix = np.array([[scale, 0, side / 2 - scale * x], [0, scale, side / 2 - scale * y]])
    drawn = cv2.warpAffine(portrait.pixels, matrix, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(drawn * light, 0, 255), np.uint8)


def frames_of(path: Path) -> Iterator[Pixels]:
    with open_video(path) as video:
        for frame in video.frames():
            yield frame.pixels
