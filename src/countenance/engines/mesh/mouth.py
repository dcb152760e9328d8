"""The inside of the mouth: borrowed from the driver and re-lit, or drawn; kept behind the portrait's own lips.

Knows nothing of the mesh: it is told where the inner lips are.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.curves import polygon_mask, spline_matrix
from countenance.face.raster import rasterise
from countenance.media.frames import Pixels
from countenance.performance.appearance import CHEEKS, decode_mouth
from countenance.performance.model import Appearance

FloatArray = NDArray[np.float32]

STEPS = 4  # spline steps between two lip landmarks
TINT = 0.5  # share of the portrait's colour cast the borrowed mouth takes on: all of it makes teeth pink
LIGHT_RANGE = (0.3, 1.35)  # how far the borrowed mouth may be darkened or brightened
COLUMNS = 10 * STEPS + 1


def _strip() -> NDArray[np.int32]:
    """Triangles between an upper and a lower row of COLUMNS points."""
    rows = []
    for i in range(COLUMNS - 1):
        rows += [(i, i + 1, COLUMNS + i), (i + 1, COLUMNS + i + 1, COLUMNS + i)]
    return np.array(rows, np.int32)


STRIP = _strip()


def _edges(ring: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Smooth upper and lower edges, each (COLUMNS, 2), from the ring of 20 inner-lip points."""
    fine = spline_matrix(11, STEPS)
    lower = np.concatenate([ring[:1], ring[11:][::-1], ring[10:11]])
    return fine @ ring[:11], fine @ lower


def lip_gap(ring: NDArray[np.floating]) -> float:
    """The widest opening between the inner lips, in the ring's units."""
    return float(np.linalg.norm(ring[11:][::-1] - ring[1:10], axis=1).max())


class MouthPainter:
    """The mouth of one portrait.

    Args:
        pixels: (h, w, 3) uint8 RGB, the portrait.
        landmarks: (478, 3), pixels.
        ring: (20, 2) the inner lips in the portrait, in the order of `performance.appearance.LIP_RING`.
        eye_distance: pixels.
    """

    def __init__(
        self, pixels: Pixels, landmarks: NDArray[np.floating], ring: NDArray[np.floating], eye_distance: float
    ) -> None:
        self._gap = lip_gap(ring)
        self._unit = eye_distance
        cheeks = landmarks[CHEEKS, :2].round().astype(int)
        height, width = pixels.shape[:2]
        cheeks[:, 0] = cheeks[:, 0].clip(2, width - 3)
        cheeks[:, 1] = cheeks[:, 1].clip(2, height - 3)
        self._skin = np.concatenate([pixels[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3) for x, y in cheeks]).mean(0)
        low, high = landmarks[:, :2].min(0).astype(int), landmarks[:, :2].max(0).astype(int)
        face = pixels[max(0, low[1]) : high[1], max(0, low[0]) : high[0]]
        self._brightest = float(np.percentile(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), 97))

    def paint(
        self, image: Pixels, offset: tuple[int, int], ring: NDArray[np.floating], appearance: Appearance | None
    ) -> None:
        """Draw the opening into `image` (a region whose corner is at `offset` in the picture), in place."""
        opened = (lip_gap(ring) - self._gap) / self._unit
        strength = float(np.clip((opened - 0.004) / 0.016, 0, 1))
        if strength <= 0 or appearance is None or appearance.mouth is None:
            return
        upper, lower = (edge - offset for edge in _edges(ring))
        outline = np.concatenate([upper, lower[-2:0:-1]])
        height, width = image.shape[:2]
        x0, y0 = np.maximum(np.floor(outline.min(0)).astype(int) - 3, 0)
        x1, y1 = np.minimum(np.ceil(outline.max(0)).astype(int) + 4, (width, height))
        if x1 - x0 < 2 or y1 - y0 < 2:
            return
        size = (int(x1 - x0), int(y1 - y0))
        mask = polygon_mask(outline - (x0, y0), *size)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.006 * self._unit))
        inside = self._borrowed(appearance, upper - (x0, y0), lower - (x0, y0), size)
        part = image[y0:y1, x0:x1]
        part[:] = np.clip(part + (inside - part) * (mask * strength)[..., None] + 0.5, 0, 255).astype(np.uint8)

    def _borrowed(
        self, appearance: Appearance, upper: NDArray[np.float64], lower: NDArray[np.float64], size: tuple[int, int]
    ) -> FloatArray:
        assert appearance.mouth is not None
        patch = decode_mouth(appearance.mouth)
        patch_upper, patch_lower = _edges(appearance.lips)
        places = np.concatenate([upper, lower]).astype(np.float32)
        # Grow the strip a little so that the soft edge has something to show.
        middle = (upper + lower) / 2
        grown = np.concatenate([middle + (upper - middle) * 1.0 - [0, 2], middle + (lower - middle) * 1.0 + [0, 2]])
        places = grown.astype(np.float32)
        values = np.concatenate([patch_upper, patch_lower]).astype(np.float32)
        scale = np.linalg.norm(patch_upper[0] - patch_upper[-1]) / max(np.linalg.norm(upper[0] - upper[-1]), 1e-3)
        values[: len(upper), 1] -= 2 * scale
        values[len(upper) :, 1] += 2 * scale
        out = np.zeros((size[1], size[0], 2), np.float32)
        out[:] = values.mean(0)
        rasterise(
            places, np.zeros(len(places), np.float32), STRIP, values, out, np.full(out.shape[:2], 1e9, np.float32)
        )
        inside = cv2.remap(patch, out, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        return np.asarray(inside * self._gain(appearance.skin), np.float32)

    def _gain(self, skin: NDArray[np.floating]) -> NDArray[np.float64]:
        """Per-channel gain that lights the borrowed mouth as the portrait is lit."""
        weights = np.array([0.299, 0.587, 0.114])
        light = float((self._skin @ weights) / max(skin @ weights, 1.0))
        cast = (self._skin / max(float(self._skin @ weights), 1)) / (skin / max(float(skin @ weights), 1) + 1e-6)
        return np.clip(light, *LIGHT_RANGE) * (1 + TINT * (cast - 1))
