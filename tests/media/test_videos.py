"""Clips in: exact times, upright, any rate; and a clear error for what is not one."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countenance.errors import (
    BadOption,
    CountenanceError,
    Damaged,
    EmptyFile,
    FileMissing,
    InputError,
    NotAVideo,
    NoVideoStream,
)
from countenance.media.audio import open_sound
from countenance.media.video import open_video
from tests.media.clips import even, write_clip

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(60)]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_times_are_the_containers_own(tmp_path: Path, rate: Fraction) -> None:
    path = write_clip(tmp_path / "a.mp4", even(20, rate), rate=rate)
    with open_video(path) as video:
        frames = list(video.frames())
    assert [f.index for f in frames] == list(range(20))
    assert all(abs(f.time - i / rate) <= Fraction(1, 80_000) for i, f in enumerate(frames))
    greys = [int(f.pixels.mean()) for f in frames]
    assert np.allclose(greys, [8 * i for i in range(20)], atol=3)


def test_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [Fraction(n, 100) for n in (0, 4, 8, 20, 24, 60, 64)]
    path = write_clip(tmp_path / "a.mp4", times)
    with open_video(path) as video:
        assert [f.time for f in video.frames()] == times
        steady = list(video.frames(rate=Fraction(25)))
    assert [f.time for f in steady] == even(len(steady), Fraction(25))
    shown = [round(f.pixels.mean() / 8) for f in steady]
    assert shown[:8] == [0, 1, 2, 2, 2, 3, 4, 4], "each instant shows the frame that was on screen"


def test_a_part_begins_with_what_is_on_screen(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", even(25, Fraction(25)))
    with open_video(path) as video:
        frames = list(video.frames(start=Fraction(1, 2), duration=Fraction(1, 5)))
    assert frames[0].time == 0 and round(frames[0].pixels.mean() / 8) == 12
    assert all(f.time < Fraction(1, 5) for f in frames) and len(frames) in (5, 6)


def test_a_start_beyond_the_end_is_told(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", even(10, Fraction(25)))
    with open_video(path) as video, pytest.raises(BadOption, match="no frame at 9 s"):
        list(video.frames(start=Fraction(9)))


def test_a_clip_may_be_read_twice(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", even(6, Fraction(25)))
    with open_video(path) as video:
        assert len(list(video.frames())) == len(list(video.frames())) == 6


def test_sound_only_and_no_video(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(8000))
    with pytest.raises(NoVideoStream):
        open_video(tmp_path / "a.wav")
    with pytest.raises(FileMissing):
        open_video(tmp_path / "none.mp4")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(EmptyFile):
        open_video(tmp_path / "empty.mp4")
    (tmp_path / "text.mp4").write_text("no video at all " * 20)
    with pytest.raises(NotAVideo):
        open_video(tmp_path / "text.mp4")


def test_sound_lies_where_the_picture_says(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", even(50, Fraction(25)), tone=True)
    track = open_sound(path, start=Fraction(1, 2), duration=Fraction(1))
    assert track is not None and track.sample_rate == 48_000 and track.channels == 1
    samples = np.concatenate(list(track.blocks()))[:, 0]
    assert len(samples) == 48_000
    expected = np.sin(2 * np.pi * 440 * (np.arange(48_000) + 24_000) / 48_000)
    assert np.corrcoef(samples[1000:-1000], expected[1000:-1000])[0, 1] > 0.99, "to the sample"
    assert open_sound(write_clip(tmp_path / "b.mp4", even(5, Fraction(25)))) is None


def test_a_cut_clip_gives_what_it_holds_or_is_damaged(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mkv", even(60, Fraction(25))).read_bytes()
    (tmp_path / "b.mkv").write_bytes(whole[: int(len(whole) * 0.7)])
    with open_video(tmp_path / "b.mkv") as video:
        assert 0 < len(list(video.frames())) < 60
    cut = write_clip(tmp_path / "c.mp4", even(60, Fraction(25))).read_bytes()[:600]
    (tmp_path / "c.mp4").write_bytes(cut)
    with pytest.raises((NotAVideo, Damaged)):
        open_video(tmp_path / "c.mp4")


@pytest.fixture(scope="module")
def whole_clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("damaged")
    names = {"a.mp4": "libx264", "a.mkv": "libx264", "a.webm": "libvpx-vp9"}
    return folder, {
        name: write_clip(folder / name, even(8, Fraction(25)), tone=name == "a.mp4", codec=codec).read_bytes()
        for name, codec in names.items()
    }


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_clips_never_surprise(whole_clips: tuple[Path, dict[str, bytes]], data: st.DataObject) -> None:
    folder, files = whole_clips
    name = data.draw(st.sampled_from(sorted(files)))
    whole = bytearray(files[name])
    for _ in range(data.draw(st.integers(1, 10))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    path = folder / f"damaged{Path(name).suffix}"
    path.write_bytes(bytes(whole[:cut]))
    try:
        with open_video(path) as video:
            for frame in video.frames():
                assert frame.pixels.dtype == np.uint8
        track = open_sound(path)
        if track is not None:
            sum(len(block) for block in track.blocks())
    except CountenanceError as error:
        assert isinstance(error, InputError) and error.remedy
