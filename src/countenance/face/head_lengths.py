"""Lengths on a face that motion is scaled by. Pure arithmetic on the head-frame shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    MOUTH_CORNERS,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)


def mouth_and_eyes(shape: NDArray[np.floating]) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Eye heights (right, left), eye widths (right, left) and mouth width, in the units of `shape` (478, 3)."""
    heights, widths = [], []
    for upper, lower in ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER), (LEFT_EYE_UPPER, LEFT_EYE_LOWER)):
        heights.append(float(np.linalg.norm(shape[upper[3:6]] - shape[lower[3:6]], axis=1).mean()))
        widths.append(float(np.linalg.norm(shape[upper[0]] - shape[upper[-1]])))
    a, b = shape[list(MOUTH_CORNERS)]
    return (heights[0], heights[1]), (widths[0], widths[1]), float(np.linalg.norm(a - b))
