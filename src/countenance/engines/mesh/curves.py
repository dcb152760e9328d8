"""Smooth outlines through landmarks, and their anti-aliased masks. Knows nothing of faces."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@lru_cache(maxsize=16)
def spline_matrix(points: int, steps: int) -> NDArray[np.float64]:
    """((points − 1)·steps + 1, points): Catmull–Rom interpolation through `points` points, ends included."""
    rows = []
    for segment in range(points - 1):
        for step in range(steps + (segment == points - 2)):
            t = step / steps
            weights = (
                -0.5 * t + t**2 - 0.5 * t**3,
                1 - 2.5 * t**2 + 1.5 * t**3,
                0.5 * t + 2 * t**2 - 1.5 * t**3,
                -0.5 * t**2 + 0.5 * t**3,
            )
            row = np.zeros(points)
            for k, weight in zip(range(segment - 1, segment + 3), weights, strict=True):
                row[min(max(k, 0), points - 1)] += weight
            rows.append(row)
    return np.array(rows)


def polygon_mask(polygon: NDArray[np.floating], width: int, height: int) -> FloatArray:
    """(height, width) float32 in [0, 1]: how much of each pixel is inside. `polygon`: (N, 2)."""
    mask = np.zeros((height, width), np.uint8)
    fixed = np.round(np.clip(polygon, -2000, 30000) * 64).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, 6)
    return np.asarray(mask, np.float32) / np.float32(255)
