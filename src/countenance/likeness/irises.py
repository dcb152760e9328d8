"""Where irises are in their eyes, and what colour they have apart from the light. Knows pictures and landmarks only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from countenance.likeness.value import LikenessView

EYES = ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_IRIS), (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_IRIS))
LEAST = 14  # pixels of each that must be seen
RING = (0.45, 0.9)  # of the iris's radius: neither the pupil nor the dark limbus
DARKEST = 4.0
LIGHTEST = -0.3


def iris_places(landmarks: NDArray[np.floating]) -> NDArray[np.float32]:
    """(2, 3) float32, right and left eye: where the iris's middle lies and its radius, in eye widths.

    Along the line from the outer to the inner corner, from its middle; across it, downwards; and the radius.
    """
    out = []
    for upper, _, iris in EYES:
        middle, along, across, width = _frame(landmarks, upper)
        away = landmarks[iris[0], :2] - middle
        radius = float(np.linalg.norm(landmarks[iris[1:], :2] - landmarks[iris[0], :2], axis=1).mean())
        out.append((away @ along / width, away @ across / width, radius / width))
    return np.asarray(out, np.float32)


def irises_at(landmarks: NDArray[np.floating], places: NDArray[np.floating]) -> list[NDArray[np.float64]]:
    """The inverse: per eye (5, 2), the iris's middle and four points of its rim, in the pixels of the landmarks."""
    found = []
    for (upper, _, _), (right, down, radius) in zip(EYES, places, strict=True):
        middle, along, across, width = _frame(landmarks, upper)
        centre = middle + width * (right * along + down * across)
        rim = [centre, *(centre + width * radius * way for way in (along, across, -along, -across))]
        found.append(np.array(rim, np.float64))
    return found


def _frame(
    landmarks: NDArray[np.floating], upper: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
    """Middle between an eye's corners, unit vectors along them and across (downwards), and their distance."""
    outer, inner = landmarks[upper[[0, -1]], :2].astype(np.float64)
    width = float(np.linalg.norm(inner - outer)) + 1e-9
    along = (inner - outer) / width
    across = np.array([-along[1], along[0]])
    across = across if across[1] >= 0 else -across
    return (outer + inner) / 2, along, across, width


def iris_colour(pixels: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.float32] | None:
    """(3,) natural log of the irises' colour over the eyes' whites; None where they are too small, or shut.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (478, 3), pixels.
    """
    found = []
    for upper, lower, iris in EYES:
        centre = landmarks[iris[0], :2]
        radius = float(np.linalg.norm(landmarks[iris[1:], :2] - centre, axis=1).mean())
        along = landmarks[[upper[0], upper[-1]], :2]
        low = np.floor(np.minimum(along.min(0), centre - radius)).astype(int)
        high = np.ceil(np.maximum(along.max(0), centre + radius)).astype(int) + 1
        x0, y0 = np.maximum(low, 0)
        x1, y1 = np.minimum(high, (pixels.shape[1], pixels.shape[0]))
        if x1 - x0 < 6 or y1 - y0 < 3:
            continue
        yy, xx = np.mgrid[y0:y1, x0:x1]
        line = np.argsort(landmarks[upper, 0])
        top = np.interp(xx, landmarks[upper, 0][line], landmarks[upper, 1][line])
        line = np.argsort(landmarks[lower, 0])
        bottom = np.interp(xx, landmarks[lower, 0][line], landmarks[lower, 1][line])
        margin = 0.12 * radius
        open_ = (yy > top + margin) & (yy < bottom - margin)
        away = np.hypot(xx - centre[0], yy - centre[1]) / max(radius, 1e-3)
        corner = np.abs(xx - along[:, 0].mean()) < 0.42 * abs(float(along[0, 0] - along[1, 0]))
        ring, white = open_ & (away > RING[0]) & (away < RING[1]), open_ & (away > 1.2) & corner
        if ring.sum() < LEAST or white.sum() < LEAST:
            continue
        part = pixels[y0:y1, x0:x1].astype(np.float32)
        bright = part[white]
        bright = bright[bright.sum(1) >= np.median(bright.sum(1))]
        found.append(np.log(np.maximum(np.median(part[ring], axis=0), DARKEST) / np.maximum(bright.mean(0), DARKEST)))
    return np.asarray(np.mean(found, axis=0), np.float32) if found else None


def iris_from(takes: Sequence[LikenessView]) -> NDArray[np.float32] | None:
    """(3,) the median over takes whose eyes are open; None where none shows them well enough."""
    found = [c for take in takes if (c := iris_colour(take.pixels, take.landmarks)) is not None]
    colour = np.median(np.stack(found), axis=0) if found else None
    # An iris as light as the white beside it is a reflection, of spectacles as a rule.
    return np.asarray(colour, np.float32) if colour is not None and float(colour.mean()) < LIGHTEST else None
