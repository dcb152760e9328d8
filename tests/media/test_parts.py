"""A part of a file: whoever reads the source reads that part, with times of its own."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.media.audio import open_sound
from countenance.media.source import Source
from countenance.media.video import open_video
from tests.likeness.material import clip_of


def test_a_part_of_a_clip_is_read_as_a_clip_of_its_own(tmp_path: Path) -> None:
    path = clip_of(tmp_path / "a.mp4", [np.full((64, 96, 3), 8 * k, np.uint8) for k in range(25)], 25)
    with open_video(path) as video:
        whole = [frame.pixels for frame in video.frames()]
    part = Source.pin(path, start=Fraction(2, 5), duration=Fraction(1, 5))
    with open_video(part) as video:
        assert video.info.duration == Fraction(1, 5) and video.info.frame_count == 5
        frames = list(video.frames())
        again = list(video.frames(start=Fraction(2, 25), duration=Fraction(5)))
    assert [frame.time for frame in frames] == [Fraction(k, 25) for k in range(5)]
    assert all(np.array_equal(frame.pixels, whole[10 + k]) for k, frame in enumerate(frames))
    assert [frame.pixels[0, 0, 0] for frame in again] == [one[0, 0, 0] for one in whole[12:15]]
    assert part.sha256 == Source.pin(path).sha256, "it is the whole file that is asked about"
    with open_video(Source.pin(path, start=Fraction(9))) as video, pytest.raises(BadOption):
        next(video.frames())


def test_the_sound_of_a_part_and_a_part_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    ramp = np.arange(8000, dtype=np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(ramp.tobytes())
    track = open_sound(Source.pin(path, start=Fraction(1, 2), duration=Fraction(1, 10)))
    assert track is not None
    samples = np.concatenate(list(track.blocks()))[:, 0] * 32768
    assert len(samples) == 800 and np.abs(samples - ramp[4000:4800]).max() < 2
    for start, duration in ((Fraction(-1), None), (Fraction(0), Fraction(0))):
        with pytest.raises(BadOption):
            Source.pin(path, start=start, duration=duration)
