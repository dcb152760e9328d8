"""What somebody does who says nothing: breath, blinks, gaze, small turns of the head; a loop without a seam. Seeded."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from countenance.speech.nonverbal import speaker_bearing
from countenance.speech.utterance import SILENCE, Phone, Utterance

RATE = 25
"""Moments a second."""
LOOP = 60
"""Seconds before it repeats."""
SEAM = 25
"""Moments over which its end goes over into its beginning."""


def idle_life(seed: int, liveliness: float) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Blendshapes (n, 52), turns (n, 3) and rises (n,) of somebody who says nothing, without a seam."""
    quiet = Utterance(np.zeros(LOOP * 1000, np.float32), 1000, (Phone(SILENCE, Fraction(0), Fraction(LOOP)),))
    times = np.arange(LOOP * RATE) / RATE
    bearing = speaker_bearing(quiet, times, seed=seed, liveliness=liveliness)
    over = np.linspace(0, 1, SEAM)
    parts = []
    for values in (bearing.blendshapes, bearing.turn, bearing.rise):
        ramp = over.reshape((-1,) + (1,) * (values.ndim - 1))
        joined = values[: len(values) - SEAM].copy()
        joined[:SEAM] = values[len(values) - SEAM :] * (1 - ramp) + values[:SEAM] * ramp
        parts.append(joined)
    return parts[0], parts[1], parts[2]
