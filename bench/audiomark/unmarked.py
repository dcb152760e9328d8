"""False positives: the detector on sound that carries no mark, or one under another key; and what analysis says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bench.audiomark.attacks import codec, cut, tilt
from bench.audiomark.material import Clip, Samples, babble, music
from countenance.marks.audiomark import AudioMark, detect
from countenance.marks.audiomark.detection import MOST_TRIALS
from countenance.marks.audiomark.polar import TAG_BITS


@dataclass(frozen=True)
class FalsePositives:
    """What came of it.

    Attributes:
        trials, found: pieces searched, and payloads found in them.
        seconds: of sound searched.
        thorough: over every speed and tempo.
    """

    trials: int
    found: int
    seconds: float
    thorough: bool


def pieces(clips: list[Clip], count: int) -> Iterator[tuple[Samples, int]]:
    """`count` pieces of 5 s, none like another: cuts of the clips, babble, music, noise; one in eight filtered, one in
    eight through a codec, one in eight marked under another key."""
    for i in range(count):
        rng = np.random.default_rng(70_000 + i)
        kind = i % 4
        if kind == 0:
            clip = clips[(i // 4) % len(clips)]
            samples, rate = cut(clip.samples, clip.sample_rate, 5.0, i), clip.sample_rate
        elif kind == 1:
            samples, rate = babble(5.0, 16000, 1000 + i)[:, None], 16000
        elif kind == 2:
            samples, rate = music(1000 + i, 5.0, 24000), 24000
        else:
            slope = rng.uniform(0, 1.2)
            spectrum = np.fft.rfft(rng.standard_normal(80000))
            spectrum[1:] /= np.arange(1, len(spectrum)) ** (slope / 2)
            shape = np.repeat(rng.uniform(0.02, 1, 50), 1600)
            samples = (np.fft.irfft(spectrum, 80000) * shape)[:, None].astype(np.float32)
            samples, rate = samples / np.max(np.abs(samples)) * np.float32(0.5), 16000
        treat = (i // 4) % 8
        if treat == 1:
            samples, rate = tilt(float(rng.uniform(-8, 8)))(samples, rate)
        elif treat == 2:
            samples, rate = codec("libopus", 24, "ogg", 48000, mono=True)(samples, rate)
        elif treat == 3:
            mark = AudioMark(i, rate, samples.shape[1], key=b"another key %d" % i)
            samples = np.concatenate([mark.embed(samples), mark.flush()])
        yield samples, rate


def measure(clips: list[Clip], count: int, said: Callable[[str], None], *, thorough: bool = True) -> FalsePositives:
    """Search `count` unmarked pieces, over every speed and tempo if `thorough`."""
    found, seconds = 0, 0.0
    for i, (samples, rate) in enumerate(pieces(clips, count)):
        found += detect(samples, rate, thorough=thorough) is not None
        seconds += len(samples) / rate
        if (i + 1) % 100 == 0:
            said(f"unmarked: {i + 1} of {count} searched, {found} found")
    return FalsePositives(count, found, seconds, thorough)


def text(result: FalsePositives) -> str:
    """What was measured, and the bound."""
    upper = 1 - 0.05 ** (1 / result.trials) if result.found == 0 else float("nan")
    bound = MOST_TRIALS * 2.0**-TAG_BITS
    return (
        f"Unmarked, or marked under another key: {result.found} payloads found in {result.trials} pieces "
        f"({result.seconds / 60:.0f} minutes of sound), each searched "
        + ("over every speed and tempo" if result.thorough else "at its own speed")
        + (f"; the 95 % upper bound of such a count is {upper:.1e} a piece.\n" if result.found == 0 else ".\n")
        + f"By analysis: at most {MOST_TRIALS} code words have their tags compared in one stretch of sound, each right "
        f"by chance with probability 2^-{TAG_BITS}: at most {bound:.1e} (10^{math.log10(bound):.1f}) a stretch."
    )
