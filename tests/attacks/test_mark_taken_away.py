"""Attack: a setting, a size or a crude encoding that takes the mark or the record away while a manifest goes on
promising them. Whatever is set, either the mark can be read from the file that was written, or there is no file."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import ValidationError

from countenance.errors import BadOption, ProvenanceError, SettingWrong
from countenance.marking.read_back import SMALLEST_SIDE
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Making
from countenance.marking.video_exit import VideoOutput, write_picture, write_sound
from countenance.marks import audiomark, watermark
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from countenance.settings import COARSEST_QUALITY, Settings
from tests.exit_material import Clicks, making, permit, picture, settings_in
from tests.marking.test_sounds import Hum

RATE = Fraction(25)


def forced(tmp_path: Path, quality: int, preset: str = "veryfast") -> Settings:
    """Settings that went past their checks, as Python code may make them."""
    return settings_in(tmp_path).model_copy(update={"video_quality": quality, "video_preset": preset})


def video(path: Path, pixels: Pixels, settings: Settings, *, count: int = 20, **more: object) -> Receipt:
    height, width = pixels.shape[:2]
    with VideoOutput(path, permit(), making(), width=width, height=height, rate=RATE, settings=settings, **more) as out:  # type: ignore[arg-type]
        for index in range(count):
            out.write(VideoFrame(pixels, index / RATE, index))
    return out.receipt


def seen(path: Path) -> str:
    """What a stranger with nothing but the file and the public key reads."""
    if path.suffix in (".mp4", ".webm"):
        with open_video(path) as clip:
            found = watermark.detect(frame.pixels for frame in clip.frames())
    else:
        found = watermark.detect([read_picture(path).pixels])
    return "" if found is None else f"{found.payload:016x}"


FLAT = {"black": 0, "near black": 12, "grey": 128, "white": 255}


@pytest.mark.parametrize("quality", [COARSEST_QUALITY, 42, 51])
@pytest.mark.parametrize("side", [96, 240])
def test_a_crude_encoding_never_takes_the_mark(tmp_path: Path, quality: int, side: int) -> None:
    """Each of these either bears the mark it names, or is not there."""
    try:
        receipt = video(tmp_path / "out.mp4", picture(side * 5 // 4, side), forced(tmp_path, quality))
    except ProvenanceError as refused:  # seldom, for some numbers in the smallest frames
        assert (refused.code, side) == ("mark.unreadable", 96) and not (tmp_path / "out.mp4").exists()
    else:
        assert seen(receipt.path) == receipt.payload


@pytest.mark.parametrize("name", FLAT)
def test_flat_frames_bear_it_too(tmp_path: Path, name: str) -> None:
    flat = np.full((180, 320, 3), FLAT[name], np.uint8)
    receipt = video(tmp_path / "out.mp4", flat, settings_in(tmp_path, video_quality=COARSEST_QUALITY))
    assert seen(receipt.path) == receipt.payload
    for ending in ("png", "jpg"):
        left = write_picture(tmp_path / f"a.{ending}", flat, permit(), making(), settings=settings_in(tmp_path))
        assert seen(left.path) == left.payload, ending


@pytest.mark.parametrize("count", [1, 2, 17])
@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_the_shortest_clips_bear_it(tmp_path: Path, count: int, ending: str) -> None:
    receipt = video(tmp_path / f"a.{ending}", picture(160, 128), forced(tmp_path, 40), count=count)
    assert receipt.frames == count and seen(receipt.path) == receipt.payload


@pytest.mark.parametrize("side", [64, 72, 90, SMALLEST_SIDE - 1])
@pytest.mark.parametrize("wide", [False, True])
def test_frames_too_small_for_a_mark_are_refused(tmp_path: Path, side: int, wide: bool) -> None:
    pixels = picture(320 if wide else side, side if wide else 320)
    with pytest.raises(BadOption) as refused:
        video(tmp_path / "a.mp4", pixels, settings_in(tmp_path))
    assert str(SMALLEST_SIDE) in refused.value.remedy
    with pytest.raises(BadOption):
        write_picture(tmp_path / "a.png", pixels, permit(), making(), settings=settings_in(tmp_path))
    assert not list(tmp_path.iterdir())


def drowned(seed: int, width: int = 128, height: int = 96) -> Pixels:
    """Noise in which nothing is heard: every pixel black or white by chance."""
    noise = np.random.default_rng(seed).integers(0, 2, (height, width, 1), np.uint8) * 255
    return np.repeat(noise, 3, 2)


def test_what_cannot_bear_a_mark_is_refused_with_its_first_frames(tmp_path: Path) -> None:
    taken = 0
    with (
        pytest.raises(ProvenanceError) as refused,
        VideoOutput(
            tmp_path / "a.mp4", permit(), making(), width=128, height=96, rate=RATE, settings=settings_in(tmp_path)
        ) as out,
    ):
        for index in range(10_000):
            out.write(VideoFrame(drowned(index), index / RATE, index))
            taken += 1
    assert refused.value.code == "mark.unreadable" and refused.value.exit_status == 8 and refused.value.remedy
    assert taken < 40
    with pytest.raises(ProvenanceError):
        write_picture(tmp_path / "a.png", drowned(0), permit(), making(), settings=settings_in(tmp_path))
    assert [each.name for each in tmp_path.iterdir()] == ["home"]


class Silence:
    sample_rate, channels = 24_000, 1

    def __init__(self, seconds: float) -> None:
        self._count = round(seconds * self.sample_rate)

    def blocks(self):  # type: ignore[no-untyped-def]
        yield np.zeros((self._count, 1), np.float32)


def synthetic(**more: object) -> Making:
    return making(sound_is_synthetic=True, **more)


def heard(path: Path) -> str:
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        samples = np.concatenate([f.to_ndarray().astype(np.float32) for f in container.decode(audio=0)], axis=1)
    found = audiomark.detect(samples.T, rate)
    return "" if found is None else f"{found.payload:016x}"


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_a_manifest_names_the_sounds_mark_only_where_it_is_heard(tmp_path: Path, ending: str) -> None:
    pixels = picture(160, 128)
    for name, sound, marks in (
        ("speech", Hum(48_000, 1, 6.0), ("picture", "sound")),
        ("too short", Hum(48_000, 1, 1.0), ("picture",)),
        ("silence", Silence(6.0), ("picture",)),
    ):
        path = tmp_path / f"{name}.{ending}"
        with VideoOutput(
            path, permit(), synthetic(), width=160, height=128, rate=Fraction(5), audio=sound,
            settings=settings_in(tmp_path),
        ) as out:  # fmt: skip
            for index in range(32):
                out.write(VideoFrame(pixels, Fraction(index, 5), index))
        assert out.receipt.marks == marks, name
        assert heard(path) == (out.receipt.payload if "sound" in marks else ""), name


def test_sound_alone_bears_its_mark_or_is_not_written(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    receipt = write_sound(
        tmp_path / "a.wav", Hum(24_000, 1, 3.0), permit(), synthetic(), settings=settings_in(tmp_path)
    )
    assert receipt.marks == ("sound",)
    with pytest.raises(ProvenanceError) as refused:
        write_sound(
            tmp_path / "b.wav", Clicks(24_000, 1, 0.05, ()), permit(), synthetic(language="fi"), settings=settings
        )
    assert refused.value.code == "mark.unreadable"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.wav", "home"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIDEO_QUALITY", "42"),
        ("VIDEO_QUALITY", "51"),
        ("VIDEO_QUALITY", str(COARSEST_QUALITY + 1)),
        ("VIDEO_QUALITY", "-1"),
        ("VIDEO_QUALITY", "good"),
        ("VIDEO_PRESET", "ultrafast:crf=51"),
        ("VIDEO_PRESET", "quick"),
        ("MAX_PICTURE_PIXELS", "0"),
        ("MIN_EYE_DISTANCE", "inf"),
        ("REVOCATION_OFFLINE", "ignore"),
        ("REVOCATION_MAX_AGE", "604801"),
        ("REGISTRY_URL", "sqlite://"),
        ("REGISTRY_URL", "sqlite:///:memory:"),
        ("REGISTRY_URL", "SQLite+pysqlite:///%3Amemory%3A"),
        ("REGISTRY_URL", "sqlite:///file:any?mode=memory&uri=true"),
        ("LEDGER_URL", "sqlite://"),
        ("LEDGER_URL", "sqlite:///?timeout=3"),
    ],
)
def test_settings_that_take_the_mark_or_the_record_away(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = f"COUNTENANCE_{name}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingWrong) as refused:
        Settings.load()
    assert refused.value.code == "setup.setting" and refused.value.exit_status == 7
    assert variable in refused.value.message and variable in refused.value.remedy
    assert refused.value.details == {"variables": [variable]}
    monkeypatch.delenv(variable)
    with pytest.raises(ValidationError):
        Settings(**{name.lower(): value})


def test_the_command_says_which_setting_is_wrong(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "countenance", "keys", "show"],
        env={"COUNTENANCE_HOME": str(tmp_path), "COUNTENANCE_VIDEO_QUALITY": "42", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 7
    assert "COUNTENANCE_VIDEO_QUALITY=42" in ended.stderr and "setup.setting" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_what_keeps_a_record_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("sqlite:////var/lib/registry.sqlite", "sqlite:///registry.sqlite", "postgresql://a@b/c"):
        assert Settings.load(registry_url=address, ledger_url=address).registry_url == address
    monkeypatch.setenv("COUNTENANCE_VIDEO_QUALITY", "")
    assert Settings.load().video_quality == 18
