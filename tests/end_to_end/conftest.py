"""What several of these tests need: the command, and a driving clip."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from tests.end_to_end.command import Command


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, as its user types it."""
    return Command(capfd, monkeypatch)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A driving clip of 1.2 s with a 440 Hz tone: Grace Hopper herself, moved by a take of ours, upright."""
    from countenance.engines import DrawOptions, load_engine
    from countenance.performance.authored import authored_performance
    from tests.portraits import grace_hopper

    path = tmp_path_factory.mktemp("clip") / "driving.mp4"
    take = authored_performance("demo")
    rig = load_engine("mesh").prepare(grace_hopper(), take.neutral, DrawOptions())
    base = Fraction(1, 90_000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        height, width = grace_hopper().pixels.shape[:2]
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "12", "preset": "veryfast"}
        sound = container.add_stream("aac", rate=48_000, layout="mono")
        for index, sample in enumerate(islice(take, 104, 134)):  # where it speaks
            frame = av.VideoFrame.from_ndarray(rig.draw(sample), format="rgb24")
            frame.pts, frame.time_base = round(Fraction(index, 25) / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(57_600) / 48_000)
        for at in range(0, len(tone), 1024):
            block = av.AudioFrame.from_ndarray(tone[None, at : at + 1024].astype(np.float32), "fltp", "mono")
            block.sample_rate, block.pts, block.time_base = 48_000, at, Fraction(1, 48_000)
            container.mux(sound.encode(block))
        container.mux(sound.encode())
    return path
