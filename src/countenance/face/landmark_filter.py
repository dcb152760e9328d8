"""Landmarks that tremble less: what all of them do together is taken at once, what one does alone only if it is much.

The landmarker measures every frame anew, with a noise of some tenths of a pixel on each point; together the points say
exactly enough how the face moves. No frame is waited for. Pure arithmetic.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from countenance.face.types import Face

FloatArray = NDArray[np.float64]

TREMOR, MOTION = 0.0025, 0.012  # of the face's size a frame: less is noise, more is motion of that point
LEAST = 0.3  # share of a trembling point's own step that is taken


class Steady:
    """Follows one face; give frames in order."""

    def __init__(self) -> None:
        self._last: FloatArray | None = None

    def __call__(self, face: Face, *, cut: bool = False) -> Face:
        """The face with steadied landmarks.

        Args:
            face: as measured.
            cut: the frame before was of another shot, or did not show the face.
        """
        now = face.landmarks.astype(np.float64)
        if self._last is not None and not cut:
            ones = np.column_stack([self._last, np.ones(len(now))])
            together = ones @ np.linalg.lstsq(ones, now, rcond=None)[0]
            alone = now - together
            length = np.linalg.norm(alone[:, :2], axis=1, keepdims=True) / max(face.size, 1e-3)
            t = np.clip((length - TREMOR) / (MOTION - TREMOR), 0, 1)
            now = together + (LEAST + (1 - LEAST) * t * t * (3 - 2 * t)) * alone
        self._last = now
        return replace(face, landmarks=now.astype(np.float32))
