"""Small files that cost much to look at: thousands of frames on a huge canvas, places that lie behind minutes of
decoding. The work is bounded, and the verdict says where was looked; what goes on all the same is ended, and leaves
nothing.
"""

from __future__ import annotations

import multiprocessing
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from countenance.verify import sampling
from countenance.verify.sampling import WINDOW_PIXELS, open_source
from countenance.verify.service.sandbox import GRACE, Exhausted, Look, ResourceLimits, answer_apart
from tests.exit_material import settings_in


def gif(path: Path, frames: int, side: int) -> Path:
    """A moving GIF of 23 bytes a frame, each of one pixel on a canvas of side × side."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\x00\x04\x00\x00\x00\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    path.write_bytes(head + frame * frames + b"\x3b")
    return path


def film(path: Path, frames: int, key_every: int) -> Path:
    """A film of nothing, of 64 × 64 pixels."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"sc_threshold": "0", "keyint_min": str(key_every)})
        stream.width = stream.height = 64
        stream.pix_fmt, stream.gop_size = "yuv420p", key_every
        black = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        for number in range(frames):
            black.pts = number
            container.mux(stream.encode(black))
        container.mux(stream.encode())
    return path


def test_a_gif_of_twenty_thousand_frames_is_looked_at_from_its_beginning_alone(tmp_path: Path) -> None:
    path = gif(tmp_path / "long.gif", 20_000, 5000)
    assert path.stat().st_size < 500_000
    source = open_source(path)
    try:
        assert source.places() == [Fraction(0)] and source.duration == 800
        pixels = sum(frame.pixels.shape[0] * frame.pixels.shape[1] for frame in source.frames(Fraction(0)))
    finally:
        source.close()
    assert 0 < pixels <= WINDOW_PIXELS


def test_places_without_a_key_frame_near_are_not_gone_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "PASSED_PIXELS", 64 * 64 * 50)
    places = {}
    for name, key_every in (("far", 2000), ("near", 25)):
        source = open_source(film(tmp_path / f"{name}.mp4", 600, key_every))
        places[name] = source.places()
        source.close()
    assert places["far"] == [Fraction(0)] and len(places["near"]) == len(sampling.PLACES)


def test_a_look_that_takes_too_long_or_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    settings, folder = settings_in(tmp_path), tmp_path / "upload"
    folder.mkdir()
    path = gif(folder / "file", 2000, 500)
    said = {"name": "long", "language": "en"}
    with pytest.raises(Exhausted):
        answer_apart(path, settings, ResourceLimits(seconds=0.5 - GRACE), whole=True, **said)
    off = Look()
    off.break_off()
    with pytest.raises(Exhausted, match="broken off"):
        answer_apart(path, settings, ResourceLimits(), whole=True, look=off, **said)
    assert [one.name for one in folder.iterdir()] == ["file"] and not multiprocessing.active_children()
