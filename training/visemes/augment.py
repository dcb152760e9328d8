"""One voice becomes many, one room many rooms: what is done to training speech, every time it is heard anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from countenance.speech.listening.log_mel import BANDS, STEP, levelled, log_mel
from countenance.speech.listening.sound import HEARD_RATE

FloatArray = NDArray[np.float32]


def resampled(sound: FloatArray, ratio: float, count: int) -> FloatArray:
    """`count` samples at `ratio` times the pace: pitch, formants and rate go together, as between short and tall."""
    return np.interp(np.arange(count) * ratio, np.arange(len(sound)), sound).astype(np.float32)


def in_a_room(sound: FloatArray, random: np.random.Generator) -> FloatArray:
    """With an echo that decays by 60 dB in 0.1 to 0.6 s."""
    count = int(random.uniform(0.1, 0.6) * HEARD_RATE)
    tail = random.normal(0, 1, count) * 10 ** (-3 * np.arange(count) / count)
    tail *= random.uniform(0.05, 0.6) / np.sqrt((tail**2).sum())
    tail[0] = 1.0
    return fftconvolve(sound, tail)[: len(sound)].astype(np.float32)


def with_noise(sound: FloatArray, other: FloatArray, random: np.random.Generator) -> FloatArray:
    """With hiss, hum, rumble or somebody else far away, 5 to 40 dB below."""
    kind = random.integers(4)
    if kind == 0:
        noise = other[::-1].copy() if random.random() < 0.5 else other
    elif kind == 1:
        time = np.arange(len(sound)) / HEARD_RATE
        tones = 2 * np.pi * random.uniform(50, 2000, 4)
        noise = np.sin(tones[:, None] * time + random.uniform(0, 6, (4, 1))).sum(axis=0)
    else:
        spectrum = np.fft.rfft(random.normal(0, 1, len(sound)))
        spectrum *= np.maximum(np.arange(len(spectrum)), 20.0) ** -random.uniform(0, 1)
        noise = np.fft.irfft(spectrum, len(sound))
    decibels = random.uniform(12 if kind == 0 else 5, 40)
    level = np.sqrt((sound**2).mean() / max(float((noise**2).mean()), 1e-12)) * 10 ** (-decibels / 20)
    return np.asarray(sound + level * noise, np.float32)


def coloured(mel: FloatArray, random: np.random.Generator) -> FloatArray:
    """Through another microphone: a smooth curve of up to 12 dB, at times the band of a telephone."""
    at = np.linspace(0, BANDS - 1, 6)
    mel = mel + np.interp(np.arange(BANDS), at, random.normal(0, 5, 6)).astype(np.float32)
    if random.random() < 0.1:
        mel[:, : random.integers(2, 7)] -= 40
        mel[:, -random.integers(4, 14) :] -= 40
    return mel


def heard(sound: FloatArray, other: FloatArray, ratio: float, frames: int, random: np.random.Generator) -> FloatArray:
    """(frames, BANDS): a stretch of speech as a listener may meet it."""
    out = resampled(sound, ratio, frames * STEP)
    if random.random() < 0.4:
        out = in_a_room(out, random)
    if random.random() < 0.7:
        out = with_noise(out, other[: len(out)], random)
    if random.random() < 0.1:
        peak = float(np.abs(out).max()) * random.uniform(0.2, 0.7) + 1e-6
        out = np.clip(out, -peak, peak)
    mel = levelled(coloured(log_mel(out), random))
    if random.random() < 0.5:  # patches that are not heard at all
        for _ in range(2):
            band, at = random.integers(BANDS - 6), random.integers(frames - 12)
            mel[:, band : band + random.integers(1, 6)] = mel.mean()
            mel[at : at + random.integers(2, 9)] = mel.mean()
    return mel
