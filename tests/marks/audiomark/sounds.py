"""Sound to mark in tests: speech-like and music-like, made from a seed in a few milliseconds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, resample_poly

from countenance.marks.audiomark import AudioMark

Samples = NDArray[np.float32]

PAYLOAD = 0x0123_4567_89AB_CDEF


def _levelled(samples: NDArray[np.floating], peak: float = 0.6) -> Samples:
    return np.asarray(samples * (peak / np.max(np.abs(samples))), dtype=np.float32)


@lru_cache(maxsize=8)
def speechlike(seconds: float = 9.0, rate: int = 16000, seed: int = 1) -> Samples:
    """Pulses and hiss through moving formants, with pauses: `(n, 1)`, speech's rhythm and spectrum."""
    rng = np.random.default_rng(seed)
    pieces: list[NDArray[np.float64]] = []
    length = 0
    while length < seconds * rate:
        n = int(rng.uniform(0.08, 0.28) * rate)
        pitch = rng.uniform(90, 210) * (1 + 0.06 * np.sin(np.arange(n) / rate * 2 * np.pi * rng.uniform(2, 5)))
        sound = np.diff(np.floor(np.cumsum(pitch / rate)), prepend=0.0) + 0.02 * rng.standard_normal(n)
        if rng.random() < 0.25:
            sound = 0.1 * rng.standard_normal(n)
        for formant, width in ((rng.uniform(300, 800), 80), (rng.uniform(900, 2300), 110), (2700, 160), (3600, 220)):
            r = np.exp(-np.pi * width / rate)
            sound = lfilter([1 - r], [1, -2 * r * np.cos(2 * np.pi * formant / rate), r * r], sound)
        pieces.append(sound * np.hanning(n) ** 0.5 / (np.std(sound) + 1e-9) * rng.uniform(0.4, 1.0))
        if rng.random() < 0.15:
            pieces.append(np.zeros(int(rng.uniform(0.1, 0.4) * rate)))
        length = sum(map(len, pieces))
    return _levelled(np.concatenate(pieces)[: int(seconds * rate), None])


@lru_cache(maxsize=8)
def musiclike(seconds: float = 9.0, rate: int = 16000, seed: int = 1) -> Samples:
    """Decaying chords and brushed hits, `(n, 2)`, panned."""
    rng = np.random.default_rng(1000 + seed)
    out = np.zeros((int(seconds * rate), 2))
    scale = 220 * 2 ** (np.array([0, 2, 3, 5, 7, 8, 10, 12]) / 12)
    at = 0.0
    while at < seconds:
        start = int(at * rate)
        time = np.arange(min(int(1.5 * rate), len(out) - start)) / rate
        for root in rng.choice(scale, 2) * rng.choice([0.5, 1, 2], 2):
            tone = sum(
                np.sin(2 * np.pi * root * k * time + rng.uniform(0, 6)) * np.exp(-time * (1.5 + k)) / k
                for k in range(1, 10)
                if root * k < rate / 2
            )
            pan = rng.uniform(0.2, 0.8)
            out[start : start + len(time)] += 0.25 * np.stack([tone * (1 - pan), tone * pan], 1)
        hit = rng.standard_normal(len(time)) * np.exp(-time * 40) * rng.choice([0.05, 0.25])
        out[start : start + len(time)] += hit[:, None]
        at += rng.uniform(0.2, 0.6)
    return _levelled(out)


def marked(samples: Samples, rate: int, payload: int = PAYLOAD, **options: bytes) -> Samples:
    """The whole sound through the embedder in one block."""
    mark = AudioMark(payload, rate, samples.shape[1], **options)  # type: ignore[arg-type]
    return np.concatenate([mark.embed(samples), mark.flush()])


@lru_cache(maxsize=4)
def marked_speech() -> Samples:
    """Nine seconds of marked speech-like sound at 16 kHz."""
    return marked(speechlike(), 16000)


def at_rate(samples: Samples, rate: int, target: int) -> Samples:
    """Polyphase resampling; also what a change of speed is, when the rate is then read as the old one."""
    common = int(np.gcd(rate, target))
    return np.asarray(resample_poly(samples, target // common, rate // common, axis=0), dtype=np.float32)
