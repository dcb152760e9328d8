"""Sound alone out: WAV, marked where it was made, signed, streamed."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from countenance.errors import BadOption, OutputError, OutputFormat
from countenance.marking.label_words import WORDS
from countenance.marking.spoken_notice import Announced, spoken
from countenance.marking.video_exit import write_sound
from countenance.marks.audiomark import detect
from tests.exit_material import Clicks, making, permit, settings_in


class Hum:
    """Something like a voice: harmonics that swell, with breath."""

    def __init__(self, rate: int, channels: int, seconds: float) -> None:
        self.sample_rate, self.channels = rate, channels
        at = np.arange(round(rate * seconds)) / rate
        rng = np.random.default_rng(3)
        tone = sum(np.sin(2 * np.pi * 140 * k * at + k) / k for k in range(1, 20))
        voice = np.asarray(tone) * (0.15 + 0.1 * np.sin(2 * np.pi * 2.3 * at)) + rng.normal(0, 0.01, at.size)
        self.samples: NDArray[np.float32] = np.repeat(voice[:, None], channels, 1).astype(np.float32) * 0.6

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        for begin in range(0, len(self.samples), 4096):
            yield self.samples[begin : begin + 4096]


def read(path: Path) -> tuple[NDArray[np.float32], int]:
    with wave.open(str(path), "rb") as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return raw.astype(np.float32) / 32767, file.getframerate()


@pytest.mark.parametrize(("rate", "channels"), [(48000, 2), (22050, 1)])
def test_made_sound_is_marked_and_signed(tmp_path: Path, rate: int, channels: int) -> None:
    receipt = write_sound(
        tmp_path / "out.wav", Hum(rate, channels, 10.0), permit(), making(sound_is_synthetic=True),
        settings=settings_in(tmp_path),
    )  # fmt: skip
    assert (receipt.state, receipt.marks) == ("Trusted", ("sound",))
    samples, found_rate = read(tmp_path / "out.wav")
    assert found_rate == rate and samples.shape[1] == channels
    assert receipt.duration == Fraction(len(samples), rate) > 11
    assert receipt.label == "Spoken: Made with artificial intelligence (at the start)"
    assert np.abs(samples[: rate // 2]).max() > 0.1
    found = detect(samples, rate)
    assert found is not None and f"{found.payload:016x}" == receipt.payload


@pytest.mark.parametrize(("rate", "channels"), [(48000, 2), (16000, 1), (44100, 1)])
def test_it_begins_with_a_spoken_notice(rate: int, channels: int) -> None:
    sound = Hum(rate, channels, 1.0)
    for language in ("en", "de-AT", "hi", "nn", "tlh"):
        heard = np.concatenate(list(Announced(sound, making(language=language)).blocks()))
        before = len(heard) - len(sound.samples)
        assert 1.5 < before / rate < 3.5 and np.array_equal(heard[before:], sound.samples)
        notice = heard[:before]
        assert 0.05 < np.sqrt(np.mean(notice**2)) < 0.2 and np.abs(notice).max() <= 1
    late = Announced(sound, making(label="credit"))
    heard = np.concatenate(list(late.blocks()))
    assert np.array_equal(heard[: len(sound.samples)], sound.samples) and len(heard) > len(sound.samples) + rate
    assert "at the end" in late.text and "at the start" in Announced(sound, making()).text
    assert not list(Announced(Hum(rate, channels, 0.0), making()).blocks())


def test_every_language_has_a_notice_of_its_own() -> None:
    heard = {language: spoken(language, 16000).tobytes() for language in WORDS if language not in ("no", "nn")}
    assert len(set(heard.values())) == len(heard) >= 25
    assert spoken("nn", 16000).tobytes() == heard["nb"]


def test_carried_sound_keeps_its_samples(tmp_path: Path) -> None:
    sound = Hum(16000, 1, 1.0)
    receipt = write_sound(tmp_path / "out.wav", sound, permit(), making(), settings=settings_in(tmp_path))
    samples, _ = read(tmp_path / "out.wav")
    assert receipt.marks == () and np.abs(samples - sound.samples).max() < 1 / 32767


def test_sound_that_cannot_be_written(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    for name, sound, kind in (
        ("out.mp3", Clicks(16000, 1, 1.0, ()), OutputFormat),
        ("out.wav", Clicks(16000, 3, 1.0, ()), BadOption),
        ("out.wav", Clicks(16000, 1, 0.0, ()), OutputError),
    ):
        with pytest.raises(kind):
            write_sound(tmp_path / name, sound, permit(), making(), settings=settings)
    assert {p.name for p in tmp_path.iterdir()} <= {"home"}


def test_peaks_are_limited_not_wrapped(tmp_path: Path) -> None:
    sound = Hum(16000, 1, 1.0)
    sound.samples *= 8
    write_sound(tmp_path / "out.wav", sound, permit(), making(), settings=settings_in(tmp_path))
    samples, _ = read(tmp_path / "out.wav")
    assert np.abs(samples - np.clip(sound.samples, -1, 1)).max() < 1e-4
