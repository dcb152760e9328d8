"""Sound to measure the mark on: synthetic speech, music-like synthetics, mixtures, and the user's own clips.

Speech comes from hibari-tts (Apache-2.0, its one voice is in the wheel); a lower voice is the same one slowed
down by resampling. When hibari-tts is not installed, a source-filter babble takes its place, and says so.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter, resample_poly

Samples = NDArray[np.float32]

SENTENCES = (
    "Good evening, and welcome to the museum. The woman you are looking at sat for this portrait more than five "
    "hundred years ago, and nobody can say with certainty what she was thinking.",
    "On the third of March the committee met again. Twelve members voted for the plan, nine against it, and two "
    "went home early because the heating had failed.",
    "She sells sea shells by the sea shore, while the quick brown fox jumps over a lazy dog. Please leave your "
    "message after the tone, and we will call you back before Friday.",
    "If you mix the flour with cold butter first, the pastry stays crisp. Bake it for forty minutes, let it rest, "
    "and do not open the oven door, however good the smell.",
    "The train to the coast leaves from platform seven at half past nine. Passengers with bicycles should use the "
    "last carriage, and keep the doors clear at every station.",
    "Nothing in the universe stands still. Even the mountains move, a few centimetres in a year, and the stars that "
    "guide the sailors are not where they were when the oldest maps were drawn.",
)


@dataclass(frozen=True)
class Clip:
    """A named sound: `samples (n, channels) float32` in [-1, 1]; `kind` is speech, music or mixed."""

    name: str
    kind: str
    sample_rate: int
    samples: Samples


def _levelled(samples: NDArray[np.floating], peak: float = 0.6) -> Samples:
    top = float(np.max(np.abs(samples))) or 1.0
    return np.ascontiguousarray(samples * (peak / top), dtype=np.float32)


def babble(seconds: float, rate: int, seed: int) -> Samples:
    """Vowel-like pulses through moving formants with pauses: no words, but speech's rhythm and spectrum."""
    rng = np.random.default_rng(seed)
    out: list[NDArray[np.float64]] = []
    length = 0
    while length < seconds * rate:
        n = int(rng.uniform(0.08, 0.28) * rate)
        f0 = rng.uniform(90, 210) * (1 + 0.06 * np.sin(np.arange(n) / rate * 2 * np.pi * rng.uniform(2, 5)))
        phase = np.cumsum(f0 / rate)
        pulses = np.diff(np.floor(phase), prepend=0.0) + 0.02 * rng.standard_normal(n)
        if rng.random() < 0.25:
            pulses = 0.1 * rng.standard_normal(n)
        sound = pulses
        for formant, width in ((rng.uniform(300, 800), 80), (rng.uniform(900, 2300), 110), (2700, 160), (3600, 220)):
            r = np.exp(-np.pi * width / rate)
            sound = lfilter([1 - r], [1, -2 * r * np.cos(2 * np.pi * formant / rate), r * r], sound)
        sound *= np.hanning(n) ** 0.5
        out.append(sound / (np.std(sound) + 1e-9) * rng.uniform(0.4, 1.0))
        length += n
        if rng.random() < 0.15:
            gap = int(rng.uniform(0.1, 0.5) * rate)
            out.append(np.zeros(gap))
            length += gap
    return _levelled(np.concatenate(out)[: int(seconds * rate)])


def spoken() -> bool:
    """Whether real synthetic speech is at hand."""
    return importlib.util.find_spec("hibari") is not None


def speech(index: int, rate: int = 48000, *, pitch: float = 1.0) -> Samples:
    """A spoken sentence pair, `(n,) float32` at `rate`; `pitch` below 1 lowers voice and pace together."""
    if not spoken():
        return babble(14.0, rate, index)
    from hibari import Hibari

    voice = Hibari()
    text = SENTENCES[index % len(SENTENCES)] + " " + SENTENCES[(index + 1) % len(SENTENCES)]
    dry = np.asarray(voice(text, seed=index), dtype=np.float64)
    up, down = rate // 1000, round(24 * pitch)
    return _levelled(resample_poly(dry, up, down))


def music(index: int, seconds: float = 14.0, rate: int = 48000) -> Samples:
    """Plucked chords, a bass and a brushed beat: `(n, 2) float32`, keyed by `index`."""
    rng = np.random.default_rng(1000 + index)
    n = int(seconds * rate)
    out = np.zeros((n, 2))
    beat = rng.uniform(0.3, 0.6)
    scale = 220 * 2 ** (np.array([0, 2, 3, 5, 7, 8, 10, 12]) / 12)
    t = 0.0
    while t < seconds:
        start = int(t * rate)
        hold = int(rng.uniform(0.8, 2.2) * rate)
        time = np.arange(min(hold, n - start)) / rate
        for _ in range(rng.integers(1, 4)):
            f = rng.choice(scale) * rng.choice([0.5, 1, 2])
            tone = sum(
                np.sin(2 * np.pi * f * k * time + rng.uniform(0, 6)) * np.exp(-time * (1.5 + k)) / k
                for k in range(1, 10)
            )
            pan = rng.uniform(0.2, 0.8)
            out[start : start + len(time)] += 0.25 * np.stack([tone * (1 - pan), tone * pan], 1)
        hit = rng.standard_normal(len(time)) * np.exp(-time * 40) * rng.choice([0.05, 0.25])
        out[start : start + len(time)] += hit[:, None]
        bass = np.sin(2 * np.pi * rng.choice(scale) / 4 * time) * np.exp(-time * 2)
        out[start : start + len(time)] += 0.3 * bass[:, None]
        t += beat * rng.choice([0.5, 1, 1, 2])
    return _levelled(out)


def pad(seconds: float = 14.0, rate: int = 48000) -> Samples:
    """Slow sustained chords, the tonal worst case for a mark made of level changes: `(n, 2) float32`."""
    time = np.arange(int(seconds * rate)) / rate
    out = np.zeros((len(time), 2))
    for k, f in enumerate((146.8, 220.0, 277.2, 329.6, 440.0, 554.4)):
        for h in range(1, 9):
            swell = 0.6 + 0.4 * np.sin(2 * np.pi * time * (0.05 + 0.02 * k) + k)
            tone = np.sin(2 * np.pi * f * h * time * (1 + 0.0004 * k) + k * h) * swell / h**1.3
            out[:, 0] += tone
            out[:, 1] += np.roll(tone, 200)
    return _levelled(out)


def noise(seconds: float = 14.0, rate: int = 48000) -> Samples:
    """Pink noise, `(n, 1) float32`: surf, rain, an audience."""
    n = int(seconds * rate)
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(n))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    return _levelled(np.fft.irfft(spectrum, n)[:, None], 0.4)


def _mixed(index: int, rate: int = 48000) -> Samples:
    voice = speech(index, rate)
    bed = music(index, len(voice) / rate + 0.1, rate)[: len(voice)]
    return _levelled(voice[:, None] + 0.35 * bed)


def synthetic() -> Iterator[Clip]:
    """The clips that need nothing but the wheel, about 14–20 s each."""
    for i in range(4):
        yield Clip(f"speech-{i}", "speech", 48000, speech(i)[:, None])
    yield Clip("speech-low", "speech", 24000, speech(4, 24000, pitch=0.75)[:, None])
    yield Clip("speech-16k", "speech", 16000, speech(5, 16000)[:, None])
    for i in range(2):
        yield Clip(f"music-{i}", "music", 48000, music(i))
    yield Clip("pad", "music", 48000, pad())
    yield Clip("noise", "music", 48000, noise())
    for i in range(2):
        yield Clip(f"mixed-{i}", "mixed", 48000, _mixed(i))


def from_folder(folder: Path, limit_seconds: float = 30.0) -> Iterator[Clip]:
    """The sound of every media file in `folder` that has any, first `limit_seconds`, as it was decoded."""
    for path in sorted(folder.glob("*")):
        if path.suffix.lower() not in {
            ".mp4",
            ".mov",
            ".mkv",
            ".webm",
            ".wav",
            ".flac",
            ".m4a",
            ".mp3",
            ".opus",
            ".ogg",
        }:
            continue
        with av.open(str(path)) as container:
            if not container.streams.audio:
                continue
            stream = container.streams.audio[0]
            resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=stream.rate)
            blocks = [f.to_ndarray() for frame in container.decode(stream) for f in resampler.resample(frame)]
        samples = np.concatenate(blocks, axis=1).T[: int(limit_seconds * stream.rate)]
        if len(samples) >= 5 * stream.rate and float(np.std(samples)) > 1e-3:
            yield Clip(path.stem, "real", int(stream.rate), np.ascontiguousarray(samples, dtype=np.float32))
