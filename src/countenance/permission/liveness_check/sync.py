"""Does the mouth move with the sound? The opening of the lips against what is heard, over small shifts. Pure.

What is heard are the loudness of speech and, where the recogniser gives them, its phones: lips are shut for p, b and m,
and wide open for a. All are freed of what changes slower than a second, and correlated. Mouth and sound must agree at a
shift that clips really have, and better there than at shifts that nobody's clip has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP = 0.02  # seconds
NEAR, FAR = (-0.16, 0.2), (0.45, 2.5)  # seconds of shift that count as together, and as apart
LEAST = 0.42  # correlation; a person on film 0.47 to 0.51; another phrase laid under a clip stays below 9 times in 10
MOVES = 0.012  # eye distances: standard deviation of a mouth that speaks; a shut one 0.001 to 0.008
_SPEECH = (200.0, 3500.0)  # hertz
# How far each sound opens the lips, 0 to 1, after the vowels' first formants and the consonants' places.
_OPENS = {
    "AA": 1.0, "AE": 1.0, "AY": 0.9, "AW": 0.9, "AO": 0.8, "EH": 0.75, "OY": 0.7, "EY": 0.65, "OW": 0.65, "AH": 0.6,
    "ER": 0.45, "IH": 0.45, "IY": 0.4, "UH": 0.4, "UW": 0.3, "L": 0.4, "HH": 0.4, "K": 0.35, "G": 0.35, "NG": 0.35,
    "N": 0.3, "R": 0.3, "Y": 0.3, "T": 0.25, "D": 0.25, "TH": 0.25, "DH": 0.25, "S": 0.2, "Z": 0.2, "SH": 0.2,
    "ZH": 0.2, "CH": 0.2, "JH": 0.2, "W": 0.2, "F": 0.1, "V": 0.1, "P": 0.0, "B": 0.0, "M": 0.0,
}  # fmt: skip
_SHUT = 0.05  # in silence


@dataclass(frozen=True)
class Agreement:
    """How mouth and sound go together.

    Attributes:
        near: highest correlation within NEAR.
        far: what 95 of 100 shifts in FAR stay below.
        moves: standard deviation of the mouth's opening, eye distances.
    """

    near: float
    far: float
    moves: float

    @property
    def together(self) -> bool:
        """Whether the mouth speaks what is heard."""
        return self.moves >= MOVES and self.near >= LEAST and self.near > self.far


def loudness(samples: NDArray[np.float32], rate: int) -> Array:
    """Logarithm of the speech band's level every STEP seconds."""
    hop = round(rate * STEP)
    count = len(samples) // hop
    if count < 8:
        return np.full(max(count, 1), -9.0)
    band = scipy.signal.sosfiltfilt(
        scipy.signal.butter(3, _SPEECH, "bandpass", fs=rate, output="sos"), samples[: count * hop].astype(np.float64)
    )
    level = np.sqrt((band.reshape(count, hop) ** 2).mean(1))
    smooth = np.convolve(level, np.ones(3) / 3, "same")
    return np.asarray(np.log(smooth + 0.01 * smooth.max() + 1e-6))


def openings(phones: Sequence[tuple[str, float, float]], count: int) -> Array:
    """(count,) how far phones (name, start, end) should open the lips, every STEP seconds, smoothed as lips move."""
    at = np.arange(count) * STEP
    wanted = np.full(count, _SHUT)
    for name, start, end in phones:
        wanted[(at >= start) & (at < end)] = _OPENS.get(name, _SHUT)
    window = np.hanning(9)
    return np.convolve(wanted, window / window.sum(), "same")


def agreement(
    times: Array,
    mouth: Array,
    level: Array,
    start: float,
    end: float,
    phones: Sequence[tuple[str, float, float]] = (),
) -> Agreement:
    """How the mouth goes with the sound between two moments.

    Args:
        times, mouth: (N,) seconds; opening of the lips over the eye distance.
        level: as `loudness` gives it, from second 0.
        start, end: seconds in which the phrase is said.
        phones: what is said when; empty where it is not known.
    """
    grid = np.arange(max(start - 0.3, times[0]), min(end + 0.3, times[-1]), STEP)
    if len(grid) < 1.0 / STEP:
        return Agreement(0.0, 0.0, 0.0)
    opening = np.interp(grid, times, mouth)
    at = np.arange(len(level)) * STEP
    quick = _quick(opening)

    heard = [level, openings(phones, len(level))] if phones else [level]

    def correlation(shift: float) -> float:
        return float(np.mean([_correlated(quick, _quick(np.interp(grid - shift, at, one))) for one in heard]))

    near = max(correlation(shift) for shift in np.arange(NEAR[0], NEAR[1] + STEP / 2, STEP))
    shifts = np.arange(FAR[0], FAR[1], 2 * STEP)
    far = [correlation(sign * shift) for shift in shifts for sign in (-1, 1)]
    return Agreement(near, float(np.percentile(far, 95)), float(opening.std()))


def _correlated(one: Array, other: Array) -> float:
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norm if norm > 1e-9 else 0.0


def _quick(values: Array) -> Array:
    """Without what changes slower than a second, and without its mean."""
    width = round(1.0 / STEP) | 1
    padded = np.pad(values, width // 2, mode="edge")
    fast = values - np.convolve(padded, np.ones(width) / width, "valid")
    return np.asarray(fast - fast.mean())
