"""Eyelids that are shut: an open eye shows almost no lid, so its skin is taken from under the eye, and its line drawn.

Stretching the sliver of lid that an open eye shows would drag lashes and the crease's shadow over the whole eye.
Knows nothing of the mesh: it is told where the lids are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.curves import spline_matrix
from countenance.face.raster import rasterise
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

STEPS = 4
COLUMNS = 8 * STEPS + 1
SHUT = (0.35, 0.8)  # of the resting gap that has closed: where the lid fades in
SKIN = (0.3, 0.04)  # of the eye's width below the ring under it: where the skin comes from, at the crease and the edge
CORNER = 0.09  # of the lid, over which its skin fades towards the corners
TONE = 0.35  # share of the crease's tone that is left at the lid's edge
BULGE = 0.1  # how much darker the lid is at crease and edge than at its middle
LINE = (0.055, 0.85, 0.38)  # the lash line's thickness in eye widths, its opacity, its tone against the lid's


def _strip() -> NDArray[np.int32]:
    rows = []
    for i in range(COLUMNS - 1):
        rows += [(i, i + 1, COLUMNS + i), (i + 1, COLUMNS + i + 1, COLUMNS + i)]
    return np.array(rows, np.int32)


STRIP = _strip()


@dataclass(frozen=True)
class Lids:
    """One eye's lids, each (9, 2) from the outer to the inner corner, pixels.

    Attributes:
        upper, lower: the edges.
        crease: the ring above the upper one.
        below: the ring below the lower one.
    """

    upper: NDArray[np.floating]
    lower: NDArray[np.floating]
    crease: NDArray[np.floating]
    below: NDArray[np.floating]

    @property
    def width(self) -> float:
        """Between the corners, pixels."""
        return float(np.linalg.norm(self.upper[0] - self.upper[-1]))

    @property
    def gap(self) -> float:
        """How far the eye is open, in its widths."""
        return float(np.linalg.norm(self.upper[3:6] - self.lower[3:6], axis=1).mean()) / max(self.width, 1e-6)


def lids_of(points: NDArray[np.floating], eye: tuple[NDArray[np.int64], ...]) -> Lids:
    """One eye's lids among a face's points, (478, 2). `eye`: one of `retarget.EYES`."""
    upper, lower, crease, below, _ = eye
    return Lids(points[upper], points[lower], points[crease], points[below])


class LidPainter:
    """The upper lid of one eye of a portrait.

    Args:
        pixels: (h, w, 3) uint8 RGB, the portrait.
        rest: the lids in it.
    """

    def __init__(self, pixels: Pixels, rest: Lids) -> None:
        fine = spline_matrix(9, STEPS)
        lower, below, crease, upper = (
            fine @ part.astype(np.float64) for part in (rest.lower, rest.below, rest.crease, rest.upper)
        )
        self._pixels = pixels
        self._gap = rest.gap
        # From as far as the lid is high, that it is not stretched into streaks.
        down = below - lower
        down = np.broadcast_to(down.mean(0) / np.linalg.norm(down.mean(0)) * rest.width, down.shape)
        self._from, self._to = below + SKIN[0] * down, below + SKIN[1] * down
        soft = cv2.GaussianBlur(pixels, (0, 0), max(0.8, 0.05 * rest.width)).astype(np.float32)
        tone = (_at(soft, crease + 0.15 * (crease - upper)) + 4) / (_at(soft, self._from) + 4)
        smooth = np.ones(9) / 9
        tone = np.stack([np.convolve(np.pad(channel, 4, "edge"), smooth, "valid") for channel in tone.T], axis=1)
        self._tone = np.clip(tone, 0.35, 1.6)

    def paint(self, image: Pixels, offset: tuple[int, int], now: Lids) -> LashLine | None:
        """Lay the lid's skin into `image` (its corner is at `offset` in the picture); the line that goes over it."""
        closed = float(np.clip((1 - now.gap / max(self._gap, 1e-3) - SHUT[0]) / (SHUT[1] - SHUT[0]), 0, 1))
        strength = closed * closed * (3 - 2 * closed)
        if strength <= 0 or self._gap <= 0:
            return None
        fine = spline_matrix(9, STEPS)
        edge, crease = fine @ now.upper - offset, fine @ now.crease - offset
        corners = np.concatenate([crease, edge + 0.06 * (edge - crease)])
        x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int) - 2, 0)
        x1, y1 = np.minimum(np.ceil(corners.max(0)).astype(int) + 3, (image.shape[1], image.shape[0]))
        if x1 - x0 < 3 or y1 - y0 < 3:
            return None
        along = np.linspace(0, 1, COLUMNS)
        values = np.concatenate(
            [
                np.column_stack([self._from, np.zeros(COLUMNS), along]),
                np.column_stack([self._to, np.ones(COLUMNS), along]),
            ]
        ).astype(np.float32)
        found = np.full((y1 - y0, x1 - x0, 4), -1, np.float32)
        rasterise(
            (corners - (x0, y0)).astype(np.float32), np.zeros(2 * COLUMNS, np.float32), STRIP, values, found,
            np.full(found.shape[:2], 1e9, np.float32),
        )  # fmt: skip
        inside = found[..., 2] >= 0
        if not inside.any():
            return None
        down, across = found[..., 2].clip(0, 1), found[..., 3].clip(0, 1)
        skin = cv2.remap(
            self._pixels, found[..., 0], found[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)
        tone = np.stack([np.interp(across, along, self._tone[:, k]) for k in range(3)], axis=-1)
        skin *= tone ** (1 - (1 - TONE) * down[..., None]) * (1 - BULGE * (2 * down[..., None] - 1) ** 2)
        mask = inside * np.clip(down / 0.35, 0, 1) * np.clip(np.minimum(across, 1 - across) / CORNER, 0, 1)
        mask = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.6, 0.012 * now.width))[..., None] * strength
        part = image[y0:y1, x0:x1]
        part[:] = np.clip(part + (skin - part) * mask + 0.5, 0, 255).astype(np.uint8)
        return LashLine(edge, now.width, np.asarray(skin[inside].mean(0)), strength)


@dataclass(frozen=True)
class LashLine:
    """The line of lashes where the lids meet.

    Attributes:
        edge: (33, 2) the upper lid's edge, pixels of the image.
        width: the eye's, pixels.
        skin: (3,) the lid's mean colour.
        strength: 1 where the eye is shut.
    """

    edge: NDArray[np.float64]
    width: float
    skin: FloatArray
    strength: float

    def paint(self, image: Pixels) -> None:
        """Draw it in place, thin at both ends."""
        x0, y0 = np.maximum(np.floor(self.edge.min(0)).astype(int) - 6, 0)
        x1, y1 = np.minimum(np.ceil(self.edge.max(0)).astype(int) + 7, (image.shape[1], image.shape[0]))
        along = self.edge[-1] - self.edge[0]
        if x1 - x0 < 3 or y1 - y0 < 3 or not along.any():
            return
        thickness, opacity, tone = LINE
        normal = np.array([-along[1], along[0]]) / np.linalg.norm(along)
        half = normal * (thickness * self.width / 2 * np.sin(np.pi * np.linspace(0.06, 1, COLUMNS)) ** 0.5)[:, None]
        outline = np.concatenate([self.edge - half, (self.edge + half)[::-1]]) - (x0, y0)
        line = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(line, [np.round(np.nan_to_num(outline) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        soft = cv2.GaussianBlur(line, (0, 0), max(0.5, 0.01 * self.width)).astype(np.float32)[..., None] / 255
        part = image[y0:y1, x0:x1]
        drawn = part + (self.skin * tone - part) * soft * (opacity * self.strength)
        part[:] = np.clip(drawn + 0.5, 0, 255).astype(np.uint8)


def _at(pixels: FloatArray, places: NDArray[np.floating]) -> FloatArray:
    """(N, 3) the nearest pixels."""
    at = places.round().astype(int)
    x, y = at[:, 0].clip(0, pixels.shape[1] - 1), at[:, 1].clip(0, pixels.shape[0] - 1)
    return np.asarray(pixels[y, x], np.float32)
