"""Speech whose timings are known, noise and music, written as WAV files."""

from __future__ import annotations

import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.speech.hibari import HibariVoice
from countenance.speech.utterance import Utterance

TEXT = "The museum opened in 1912, and people bring their families every Monday. Please put both maps in the box."


@lru_cache(maxsize=4)
def spoken(text: str = TEXT) -> Utterance:
    """The built-in voice saying this."""
    return HibariVoice().say(text)


def write_wav(path: Path, samples: NDArray[np.floating], rate: int) -> Path:
    """(n,) or (n, channels) in [-1, 1] as 16-bit PCM."""
    data = np.asarray(samples)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if data.ndim == 1 else data.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(data, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def music(seconds: float, rate: int = 16_000, seed: int = 0) -> NDArray[np.float32]:
    """Chords with a bass and a drum, two a second."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * rate))
    time = np.arange(rate) / rate
    for beat in np.arange(0, seconds - 1, 0.5):
        at = round(beat * rate)
        root = 110 * 2 ** (random.integers(0, 12) / 12)
        for ratio in (0.5, 1, 1.26, 1.5, 2):
            for overtone in range(1, 6):
                wave_ = np.sin(2 * np.pi * root * ratio * overtone * time) / overtone
                sound[at : at + rate] += 0.15 * wave_ * np.exp(-2 * time)
        sound[at : at + rate // 8] += random.normal(0, 0.3, rate // 8) * np.exp(-40 * time[: rate // 8])
    return np.asarray(sound / np.abs(sound).max() * 0.8, np.float32)
