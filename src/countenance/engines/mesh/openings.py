"""What eyes and mouth show inside: where it lies, and the irises' colour. Knows outlines, not faces' owners."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.curves import polygon_mask, spline_matrix
from countenance.engines.mesh.retarget import EYES
from countenance.media.frames import Pixels
from countenance.performance.appearance import LIP_RING

FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]

SOFT = 0.006  # of the outer eye corners' distance, at the edges
SHINE = (150.0, 220.0)  # grey levels between which a reflection in the eye is left as it is


def eye_outlines(flat: FloatArray) -> list[FloatArray]:
    """Both eyes' openings, smooth. `flat`: (478, 2) pixels."""
    fine = spline_matrix(9, 3)
    return [np.concatenate([fine @ flat[upper], (fine @ flat[lower])[-2:0:-1]]) for upper, lower, *_ in EYES]


def openings_mask(flat: FloatArray, size: tuple[int, int], *, eyes: bool = True) -> Float32:
    """(h, w) in [0, 1]: the mouth's inside, and the eyeballs. `flat`: (478, 2) pixels of the region; `size`: h, w."""
    out = np.zeros(size, np.float32)
    soft = SOFT * float(np.linalg.norm(flat[33] - flat[263]))
    ring = flat[LIP_RING]
    lips = spline_matrix(11, 3)
    low = np.concatenate([ring[:1], ring[11:][::-1], ring[10:11]])
    for outline in [*(eye_outlines(flat) if eyes else ()), np.concatenate([lips @ ring[:11], (lips @ low)[-2:0:-1]])]:
        _add(out, outline, soft)
    return out


def tint_irises(image: Pixels, flat: FloatArray, tint: Float32) -> None:
    """Give both irises another colour, in place.

    Args:
        image: (h, w, 3) uint8 RGB.
        flat: (478, 2), pixels of the image.
        tint: (3,) natural log of the new colour over the old one.
    """
    height, width = image.shape[:2]
    for outline, (*_, iris) in zip(eye_outlines(flat), EYES, strict=True):
        centre = flat[iris[0]]
        radius = float(np.linalg.norm(flat[iris[1:]] - centre, axis=1).mean())
        x0, y0 = np.maximum(np.floor(centre - radius - 2).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(centre + radius + 3).astype(int), (width, height))
        if radius < 1.5 or x1 - x0 < 3 or y1 - y0 < 3:
            continue
        yy, xx = np.mgrid[y0:y1, x0:x1]
        disc = np.clip((radius - np.hypot(xx - centre[0], yy - centre[1])) / (0.15 * radius) + 0.5, 0, 1)
        weight = disc * polygon_mask(outline - (x0, y0), int(x1 - x0), int(y1 - y0))
        part = image[y0:y1, x0:x1].astype(np.float32)
        weight = weight * (1 - np.clip((part.max(-1) - SHINE[0]) / (SHINE[1] - SHINE[0]), 0, 1))
        image[y0:y1, x0:x1] = np.clip(part * np.exp(weight[..., None] * tint) + 0.5, 0, 255).astype(np.uint8)


def _add(out: Float32, outline: FloatArray, soft: float) -> None:
    """Add a polygon, soft at its edge, to a mask in place."""
    height, width = out.shape
    reach = int(3 * soft) + 2
    x0, y0 = np.maximum(np.floor(outline.min(0)).astype(int) - reach, 0)
    x1, y1 = np.minimum(np.ceil(outline.max(0)).astype(int) + reach + 1, (width, height))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    mask = polygon_mask(outline - (x0, y0), int(x1 - x0), int(y1 - y0))
    part = out[y0:y1, x0:x1]
    np.maximum(part, cv2.GaussianBlur(mask, (0, 0), max(0.6, soft)), out=part)
