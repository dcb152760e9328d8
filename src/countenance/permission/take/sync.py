"""Does the mouth move with the sound? The opening of the lips against the loudness of speech, over small shifts. Pure.

Both are freed of what changes slower than a second, and correlated. What is heard and seen together must agree at a
shift that clips really have, and better there than at shifts that nobody's clip has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

Array = NDArray[np.float64]

STEP = 0.02  # seconds
NEAR, FAR = 0.25, (0.45, 2.5)  # seconds of shift that count as together, and as apart
LEAST = 0.33  # correlation; readers 0.47 to 0.56, other speech laid under a clip 0.0 to 0.3
MOVES = 0.012  # eye distances: standard deviation of a mouth that speaks; a shut one 0.001 to 0.008
_SPEECH = (200.0, 3500.0)  # hertz


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
    band = sosfiltfilt(butter(3, _SPEECH, "bandpass", fs=rate, output="sos"), samples[: count * hop].astype(np.float64))
    level = np.sqrt((band.reshape(count, hop) ** 2).mean(1))
    smooth = np.convolve(level, np.ones(3) / 3, "same")
    return np.asarray(np.log(smooth + 0.01 * smooth.max() + 1e-6))


def agreement(times: Array, mouth: Array, level: Array, start: float, end: float) -> Agreement:
    """How the mouth goes with the sound between two moments.

    Args:
        times, mouth: (N,) seconds; opening of the lips over the eye distance.
        level: as `loudness` gives it, from second 0.
        start, end: seconds in which the phrase is said.
    """
    grid = np.arange(max(start - 0.3, times[0]), min(end + 0.3, times[-1]), STEP)
    if len(grid) < 1.0 / STEP:
        return Agreement(0.0, 0.0, 0.0)
    opening = np.interp(grid, times, mouth)
    at = np.arange(len(level)) * STEP
    quick = _quick(opening)

    def correlation(shift: float) -> float:
        heard = _quick(np.interp(grid - shift, at, level))
        norm = float(np.linalg.norm(quick) * np.linalg.norm(heard))
        return float(quick @ heard) / norm if norm > 1e-9 else 0.0

    near = max(correlation(shift) for shift in np.arange(-NEAR, NEAR + STEP / 2, STEP))
    shifts = np.arange(FAR[0], FAR[1], 2 * STEP)
    far = [correlation(sign * shift) for shift in shifts for sign in (-1, 1)]
    return Agreement(near, float(np.percentile(far, 95)), float(opening.std()))


def _quick(values: Array) -> Array:
    """Without what changes slower than a second, and without its mean."""
    width = round(1.0 / STEP) | 1
    padded = np.pad(values, width // 2, mode="edge")
    fast = values - np.convolve(padded, np.ones(width) / width, "valid")
    return np.asarray(fast - fast.mean())
