"""How fine the detail is that a picture of a face holds, whatever its size: by where its octaves fade. Pure.

In a sharp picture of a face, edges at eyes, brows and lips have about as much contrast from one octave to the next
(Field, "Relations between the statistics of natural images…", JOSA A 4(12), 1987). Blur, enlargement and compression
take the finest octaves first. What is found is the height in pixels at which the face would look just as sharp.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.media.frames import Pixels

TALL = 1024  # pixels: the height faces are looked at in; finer is not told apart
OCTAVES = 6
OCTAVE = 0.2  # cycles a pixel: the middle of the finest octave of a Laplacian pyramid
SHARP = np.array([0.6, 0.7, 0.8, 0.9, 1.0, 1.0])  # of the coarse octaves' contrast, in a face without any blur
FLOOR = 0.03  # what noise and enlargement leave in octaves that hold nothing
PIXEL = 0.27  # pixels: the σ that fits portraits reduced until their pixels were all that limited them
_PARTS = (
    np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER]),
    np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER]),
    RIGHT_BROW,
    LEFT_BROW,
    np.concatenate([LIPS_OUTER_UPPER, LIPS_OUTER_LOWER]),
)


def octaves_of(pixels: Pixels, landmarks: NDArray[np.floating], tall: int = TALL) -> NDArray[np.float64]:
    """(OCTAVES,) contrast at eyes, brows and lips, from the finest octave of a face `tall` pixels high to the coarsest.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (478, 3), pixels.
        tall: what the face is scaled to.
    """
    points = landmarks[:, :2].astype(np.float64)
    low, high = points.min(0), points.max(0)
    scale = tall / max(height_of(landmarks), 1.0)
    x0, y0 = np.floor(low).astype(int) - 8
    x1, y1 = np.ceil(high).astype(int) + 8
    height, width = pixels.shape[:2]
    part = pixels[max(0, y0) : min(height, y1), max(0, x0) : min(width, x1)]
    if min(part.shape[:2]) < 8:
        return np.zeros(OCTAVES)
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    size = (max(8, round(part.shape[1] * scale)), max(8, round(part.shape[0] * scale)))
    grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC).astype(np.float32)
    at = (points - (max(0, x0), max(0, y0))) * (size[0] / part.shape[1], size[1] / part.shape[0])
    mask = np.zeros(grey.shape, np.uint8)
    for part_of in _PARTS:
        cv2.fillConvexPoly(mask, cv2.convexHull(at[part_of].astype(np.float32)).round().astype(np.int32), 255)
    reach = round(0.03 * tall) | 1
    mask = cv2.dilate(mask, np.ones((reach, reach), np.uint8))
    here = np.log(np.maximum(grey, 8.0))
    found = []
    for _ in range(OCTAVES):
        smaller = cv2.pyrDown(here)
        band = here - cv2.pyrUp(smaller, dstsize=here.shape[1::-1])
        weight = mask > 127
        found.append(float(np.sqrt(np.mean(band[weight] ** 2))) if weight.any() else 0.0)
        here = smaller
        mask = cv2.resize(mask, smaller.shape[1::-1], interpolation=cv2.INTER_AREA)
    return np.array(found)


def detail_of(pixels: Pixels, landmarks: NDArray[np.floating]) -> float:
    """The height in pixels, TALL at most, of a sharp face that holds as much; arguments as `octaves_of`.

    A Gaussian takes exp(−(2πσf)²/2) of an octave at frequency f: the σ that fits all octaves best is looked for.
    """
    contrast = octaves_of(pixels, landmarks)
    coarse = float(contrast[-3:].max())
    if coarse <= 1e-6:
        return 0.0
    share = np.maximum(contrast / coarse, FLOOR)
    sigmas = np.geomspace(0.25, TALL / 12, 120)
    octave = OCTAVE / 2.0 ** np.arange(OCTAVES)
    kept = SHARP * np.exp(-((2 * np.pi * sigmas[:, None] * octave) ** 2) / 2)
    error = (np.log(np.hypot(kept, FLOOR)) - np.log(share)) ** 2
    found = TALL * PIXEL / sigmas[int(error.sum(1).argmin())]
    return float(min(TALL, found, height_of(landmarks)))


def height_of(landmarks: NDArray[np.floating]) -> float:
    """Of the face, forehead to chin, pixels."""
    return float(np.linalg.norm(landmarks[10, :2].astype(np.float64) - landmarks[152, :2]))
