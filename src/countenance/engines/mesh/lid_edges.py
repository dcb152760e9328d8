"""Where the lids of large eyes truly end: the landmarker puts those of drawn and painted eyes inside the iris.

Looked for along the picture: the sharpest edge below the lower lid and above the upper one. Only where both eyes show
one that is sharp and far off are the landmarks moved; eyes of usual size stay as they were measured.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.retarget import EYES
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float64]

REACH, STEP = 0.4, 0.01  # of the eye's width, that is looked along
ACROSS = 4  # steps over which an edge's contrast is taken
SHARP = 9.0  # CIELAB units over that; a shadow or a line of lashes has less, or is near
OFF = 0.09  # of the eye's width from which on the landmarks are taken to be wrong
UPPER = 0.06  # that the upper edge may be nearer than that
CORNER = 0.6  # share of the lids' way that the corners go outwards
LIGHTNESS = 0.7  # weight of lightness against hue


def true_lids(pixels: Pixels, landmarks: NDArray[np.floating]) -> FloatArray:
    """(478, 3) float64: the landmarks, those of too large eyes moved to their lids' edges.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (478, 3), pixels.
    """
    out = landmarks.astype(np.float64).copy()
    found = [_edges(pixels, out[:, :2], upper, lower) for upper, lower, *_ in EYES]
    if any(edges is None for edges in found):
        return out
    for (upper, lower, above, below, iris), edges in zip(EYES, found, strict=True):
        assert edges is not None
        up, down, width, along, normal = edges
        share = np.sin(np.linspace(0, np.pi, len(upper)))[:, None] ** 0.5
        grown = 1 + (up + down) * width / max(float(np.linalg.norm(out[upper[4], :2] - out[lower[4], :2])), 1e-3)
        for ring, by in ((upper, -up), (above, -up), (lower, down), (below, down)):
            out[ring, :2] += share * normal * by * width
        for ring in (upper, lower, above, below):
            out[ring[0], :2] -= along * CORNER * down * width
            out[ring[-1], :2] += along * CORNER * down * width
        middle = out[iris[0], :2].copy()
        out[iris[1:], :2] = middle + (out[iris[1:], :2] - middle) * grown**0.5
    return out


def _edges(
    pixels: Pixels, points: FloatArray, upper: NDArray[np.int64], lower: NDArray[np.int64]
) -> tuple[float, float, float, FloatArray, FloatArray] | None:
    """How far above and below the lids' edges truly are, in widths; width, along, down. None: where they were put."""
    along = points[upper[-1]] - points[upper[0]]
    width = float(np.linalg.norm(along))
    if width < 8:
        return None
    along = along / width
    normal = np.array([-along[1], along[0]])
    normal *= np.sign(float((points[lower[2:-2]] - points[upper[2:-2]]).mean(0) @ normal) or 1.0)
    steps = np.arange(0, REACH + ACROSS * STEP, STEP)
    soft = cv2.GaussianBlur(pixels, (0, 0), max(0.6, 0.012 * width)).astype(np.float32) / 255
    ends = []
    for lid, way in ((upper, -1.0), (lower, 1.0)):
        at = points[lid[2:-2], None] + way * steps[None, :, None] * width * normal
        colours = cv2.remap(
            soft, at[..., 0].astype(np.float32), at[..., 1].astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        lab = cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2LAB) * np.array([LIGHTNESS, 1, 1], np.float32)
        contrast = np.linalg.norm(lab[:, ACROSS:] - lab[:, :-ACROSS], axis=-1)
        place = float(np.median(contrast.argmax(1))) * STEP + ACROSS * STEP / 2
        ends.append((place, float(np.median(contrast.max(1)))))
    (up, up_sharp), (down, down_sharp) = ends
    if down < OFF or down_sharp < SHARP or up < UPPER or up_sharp < SHARP:
        return None
    return up, down, width, along, normal
