"""How near a drawing is to the truth, inside a mask. Arrays only."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

WINDOW = 1.5  # standard deviation of SSIM's window, pixels
CERTAIN = 0.5  # a mask from here on counts


def psnr(made: NDArray[np.generic], truth: NDArray[np.generic], mask: NDArray[np.generic]) -> float:
    """Decibels over 255, of the pixels where the mask (h, w) in [0, 1] is CERTAIN. Pictures are (h, w, 3), 0 to 255."""
    inside = np.asarray(mask) >= CERTAIN
    gap = np.asarray(made, np.float32)[inside] - np.asarray(truth, np.float32)[inside]
    return float(-10 * np.log10(max(float((gap**2).mean()), 1e-6) / 255**2)) if inside.any() else float("nan")


def ssim(made: NDArray[np.generic], truth: NDArray[np.generic], mask: NDArray[np.generic]) -> float:
    """Of luma, in the mask: Wang et al., "Image quality assessment", IEEE TIP 13(4), 2004."""
    inside = np.asarray(mask) >= CERTAIN
    x, y = (cv2.cvtColor(np.asarray(p, np.float32), cv2.COLOR_RGB2GRAY) for p in (made, truth))

    def mean(values: FloatArray) -> FloatArray:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), WINDOW), np.float32)

    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    s = ((2 * mx * my + c1) * (2 * both + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(s[inside].mean()) if inside.any() else float("nan")
