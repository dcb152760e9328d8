"""Making a picture's own structure quiet, so that the mark in it is heard: windowed transforms, coefficients limited.

Edges and textures put most of their energy into few coefficients of a small window; the mark spreads over all of
them. A coefficient c of power p among neighbours of typical power s becomes c / (p + s + floor), the locally optimum
nonlinearity for noise with Cauchy tails: what is far above the mark says little, whatever its sign. Pure.
"""

from __future__ import annotations

import cv2
import numpy as np
import scipy
from numpy.typing import NDArray

Map = NDArray[np.float32]

WINDOW = 16
HOP = WINDOW // 2
FLOOR = 6.0
"""Power under which nothing is taken for structure, levels² of the whitened picture."""


def limited(white: Map) -> Map:
    """The picture, (h, w) float32 in levels, with its strong structures made quiet; in 1 / levels."""
    height, width = white.shape
    rows, columns = -(-height // HOP) + 1, -(-width // HOP) + 1
    padded = cv2.copyMakeBorder(
        white,
        HOP,
        (rows + 1) * HOP - height - HOP,
        HOP,
        (columns + 1) * HOP - width - HOP,
        cv2.BORDER_REFLECT_101,
    )
    windows = np.lib.stride_tricks.sliding_window_view(padded, (WINDOW, WINDOW))[::HOP, ::HOP]
    sine = np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW).astype(np.float32)
    taper = sine[:, None] * sine[None, :]
    transforms = scipy.fft.rfft2(windows * taper)
    power = np.square(transforms.real) + np.square(transforms.imag)
    transforms /= power + _typical(power) + np.float32(FLOOR * WINDOW * WINDOW / 4)
    parts = scipy.fft.irfft2(transforms, s=(WINDOW, WINDOW)) * taper
    out = np.zeros(padded.shape, np.float32)
    for top in range(2):
        for left in range(2):
            part = parts[top::2, left::2]
            high, wide = part.shape[0] * WINDOW, part.shape[1] * WINDOW
            laid = part.transpose(0, 2, 1, 3).reshape(high, wide)
            out[top * HOP : top * HOP + high, left * HOP : left * HOP + wide] += laid
    return np.ascontiguousarray(out[HOP : HOP + height, HOP : HOP + width])


def _typical(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """The geometric mean over three windows and three frequencies each way."""
    level = np.log(power + np.float32(1e-6))
    for axis in range(4):
        level = _three(level, axis)
    return np.asarray(np.exp(level * np.float32(1 / 81)))


def _three(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Sums of three neighbours along an axis; the outermost count twice."""
    along = np.moveaxis(values, axis, 0)
    out = along.copy()
    out[1:] += along[:-1]
    out[0] += along[0]
    out[:-1] += along[1:]
    out[-1] += along[-1]
    return np.asarray(np.moveaxis(out, 0, axis))
