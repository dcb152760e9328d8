"""Irises and whites: their colours measured in pictures, and an eye painted with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
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
from countenance.face.types import Face
from countenance.head.layout import EYE_REACH
from countenance.head.view import to_linear

IRIS = 0.62  # cm, on the template's eye
PUPIL = 0.24
BRIGHTEST = 0.22  # an iris's light over the white's: more is a reflection
LEAST = 12  # pixels of each that must be seen
PLAIN_IRIS, PLAIN_WHITE = (0.06, 0.04, 0.03), (0.55, 0.52, 0.5)


@dataclass(frozen=True)
class EyeColours:
    """Linear colours.

    Attributes:
        iris, white: (3,) each.
        measured: whether a picture showed them well enough; else they are plain.
    """

    iris: tuple[float, float, float] = PLAIN_IRIS
    white: tuple[float, float, float] = PLAIN_WHITE
    measured: bool = False


def eye_colours(pictures: Sequence[tuple[NDArray[np.uint8], Face]]) -> EyeColours:
    """Of several pictures (pixels, face), the median."""
    irises, whites = [], []
    for pixels, face in pictures:
        for upper, lower, iris in (
            (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_IRIS),
            (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_IRIS),
        ):
            found = _eye(pixels, face.landmarks, upper, lower, iris)
            if found is not None:
                irises.append(found[0])
                whites.append(found[1])
    if not irises:
        return EyeColours()
    iris, white = np.median(irises, axis=0), np.median(whites, axis=0)
    # Whites are never coloured much, whatever the light was.
    grey = float(white.mean())
    white = np.clip(0.35 * white + 0.65 * grey * np.array([1.04, 0.99, 0.97]), 0.3, 0.75)
    iris = iris * min(1.0, BRIGHTEST * float(white.mean()) / max(float(iris.mean()), 1e-6))
    return EyeColours(_triple(iris), _triple(white), True)


def _triple(colour: NDArray[np.floating]) -> tuple[float, float, float]:
    r, g, b = (float(v) for v in colour)
    return r, g, b


def _eye(pixels, landmarks, upper, lower, iris):  # type: ignore[no-untyped-def]
    centre = landmarks[iris[0], :2]
    radius = float(np.linalg.norm(landmarks[iris[1:], :2] - centre, axis=1).mean())
    around = np.concatenate([landmarks[upper, :2], landmarks[lower[::-1], :2]])
    low, high = np.floor(around.min(0)).astype(int), np.ceil(around.max(0)).astype(int) + 1
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, (pixels.shape[1], pixels.shape[0]))
    if x1 - x0 < 6 or y1 - y0 < 3:
        return None
    inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillPoly(inside, [np.rint(around - (x0, y0)).astype(np.int32)], 1)
    inside = cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0
    yy, xx = np.mgrid[y0:y1, x0:x1]
    away = np.hypot(xx - centre[0], yy - centre[1]) / max(radius, 1e-3)
    part = to_linear(pixels[y0:y1, x0:x1])
    ring, white = inside & (away > 0.45) & (away < 0.85), inside & (away > 1.25)
    if ring.sum() < LEAST or white.sum() < LEAST:
        return None
    bright = part[white]
    bright = bright[bright.sum(1) >= np.quantile(bright.sum(1), 0.75)]
    return np.median(part[ring], axis=0), bright.mean(0)


def painted_eye(colours: EyeColours, side: int) -> NDArray[np.float32]:
    """(side, side, 3) linear: an eye from in front, `EYE_REACH` cm to each side of its middle."""
    grid = (np.arange(side) + 0.5) / side * 2 * EYE_REACH - EYE_REACH
    x, y = np.meshgrid(grid, grid)
    away = np.hypot(x, y)
    angle = np.arctan2(y, x)
    soft = 2 * EYE_REACH / side * 1.5
    white = np.array(colours.white) * (1 - 0.16 * np.clip(away / EYE_REACH, 0, 1)[..., None] ** 2)
    pink = np.clip((away - 0.9) / 0.6, 0, 1)[..., None] * np.array([0.0, 0.1, 0.09])
    white = white * (1 - pink)
    rng = np.random.default_rng(7)
    fibres = sum(rng.normal() * np.cos(k * angle + rng.uniform(0, 6.28)) for k in range(18, 60, 3)) / 4
    iris = np.array(colours.iris) * (1 + 0.22 * np.clip(fibres, -2, 2) * np.clip(away / IRIS, 0, 1))[..., None]
    iris = iris * (1.25 - 0.75 * np.clip((away - 0.72 * IRIS) / (0.28 * IRIS), 0, 1))[..., None]

    def over(below, above, edge):  # type: ignore[no-untyped-def]
        share = np.clip((edge - away) / soft + 0.5, 0, 1)[..., None]
        return below * (1 - share) + above * share

    out = over(white, iris, IRIS)
    out = over(out, np.full(3, 0.004), PUPIL)
    glint = np.clip((0.11 - np.hypot(x + 0.2, y + 0.24)) / soft + 0.5, 0, 1)[..., None]
    return np.asarray(np.clip(out * (1 - 0.8 * glint) + 0.72 * glint, 0, 1), np.float32)
