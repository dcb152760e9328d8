"""The signals that were better than chance, with what they are worth. What was tried and dropped stands in
docs/verify.md.

`python -m bench.forensics` prints the tables that the numbers here are from.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from countenance.verify.findings import Kind
from countenance.verify.forensics import measures
from countenance.verify.forensics.findings import Calibration
from countenance.verify.forensics.protocol import Watched

LEAST_SECONDS = 9.5
ENVELOPE_RATE = 100.0
RESTING = 0.02
"""Spread of the mouth's opening, of the distance of the eye corners, below which nobody speaks."""


class LipsSignal:
    """Lips against sound: finds speech that was laid over a face that says something else, and sound that is late."""

    name: ClassVar[str] = "lips"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"video"})
    calibration: ClassVar[Calibration] = Calibration(
        0.8,
        135,
        173,
        0,
        20,
        "stretches of 10 s of one person who speaks, with her own sound, late sound and other speech",
    )

    def measure(self, watched: Watched) -> float:
        times = np.array(watched.times, np.float32)
        openings = np.array(watched.openings, np.float32)
        if watched.sound is None or len(times) < 100 or times[-1] - times[0] < LEAST_SECONDS:
            return float("nan")
        if float(np.std(openings)) < RESTING or float(np.abs(watched.sound).max()) < 1e-3:
            return float("nan")
        envelope = measures.loudness(watched.sound, watched.rate, ENVELOPE_RATE)
        return measures.lips_against_sound(openings, times - np.float32(watched.sound_start), envelope, ENVELOPE_RATE)


class GhostSignal:
    """Compression ghosts: the surroundings were saved as JPEG before, and the face was not."""

    name: ClassVar[str] = "ghost"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"picture"})
    calibration: ClassVar[Calibration] = Calibration(
        1.05,
        43,
        140,
        0,
        140,
        "frames of six people saved as JPEG at 70 to 90 and again at 80 to 95, swapped between or not",
    )

    def measure(self, watched: Watched) -> float:
        return measures.ghost(watched.seen)
