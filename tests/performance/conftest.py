"""A clip to perform from, and the command as its user types it."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import pytest

from countenance.engines import DrawOptions, load_engine
from countenance.performance.authored import authored_performance
from tests.end_to_end.command import Command
from tests.portraits import eileen_collins


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, as its user types it."""
    return Command(capfd, monkeypatch)


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eileen Collins, speaking and turning by a take of ours: 0.8 s."""
    path = tmp_path_factory.mktemp("clip") / "driving clip.mp4"
    take = authored_performance("demo")
    rig = load_engine("mesh").prepare(eileen_collins(), take.neutral, DrawOptions())
    height, width = eileen_collins().pixels.shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "12", "preset": "veryfast"}
        for index, sample in enumerate(islice(take, 105, 125)):
            frame = av.VideoFrame.from_ndarray(rig.draw(sample), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
