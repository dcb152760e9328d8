"""The double's brows taken off a frame: what is darker than the forehead round them is filled from it.

Where another face is laid over, its own brows come; at the rim and at the temples the double's would stay beside them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import LEFT_BROW, RIGHT_BROW
from countenance.media.frames import Pixels

Float32 = NDArray[np.float32]

RISE, GROW = 0.1, 0.022  # face sizes: brows rise above their landmarks, and are wider than they say
REACH = 0.11  # face sizes round a brow that its skin is taken from
SOFT = (0.035, 0.1)  # face sizes: how near skin is looked for, and how near where there is none
DARKER = (5.0, 16.0)  # grey levels under the skin round it between which a pixel is hair
AROUND = 0.06  # face sizes in which what lies round a pixel is looked at
ENOUGH = (0.3, 0.6)  # share of it that is skin: among hair there is little, and a pixel stays as it is
SPAN = 44  # pixels of a brow's length that it is looked at in: more cost, and show nothing new


def without_brows(pixels: Pixels, landmarks: NDArray[np.floating]) -> Pixels:
    """A copy of the frame without brows.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (478, 3) or (478, 2), pixels.
    """
    flat = landmarks[:, :2].astype(np.float64)
    up = flat[10] - flat[152]
    size = float(np.linalg.norm(up))
    out = pixels.copy()
    if size < 24:
        return out
    for ring in (RIGHT_BROW, LEFT_BROW):
        hull = cv2.convexHull(np.concatenate([flat[ring], flat[ring] + RISE * up]).astype(np.float32))[:, 0]
        _filled(out, hull, size)
    return out


def _filled(image: Pixels, hull: Float32, size: float) -> None:
    """Fill what is dark inside a hull; in place."""
    height, width = image.shape[:2]
    reach = REACH * size
    x0, y0 = np.maximum(np.floor(hull.min(0) - reach).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(hull.max(0) + reach).astype(int) + 1, (width, height))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return
    part = image[y0:y1, x0:x1]
    shrink = max(1.0, float(np.ptp(hull[:, 0])) / SPAN)
    small_size = (max(8, round((x1 - x0) / shrink)), max(8, round((y1 - y0) / shrink)))
    small = cv2.resize(part, small_size, interpolation=cv2.INTER_AREA).astype(np.float32)
    at = ((hull - (x0, y0)) / shrink).round().astype(np.int32)
    zone = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(zone, at, 255)
    cv2.polylines(zone, [at], True, 255, max(1, round(2 * GROW * size / shrink)))
    inside = zone.astype(np.float32) / 255
    # Hair beside the forehead and the eye below are no skin: what is darker than most counts little.
    luma = small.mean(-1)
    lit = float(np.median(luma[inside < 0.5])) if (inside < 0.5).any() else float(np.median(luma))
    weight = (1 - inside) * np.clip(1 - (lit - luma - 12) / 30, 0.02, 1)
    total, mass = np.zeros_like(small), np.zeros_like(luma)
    around = cv2.GaussianBlur(np.dstack([weight, 1 - inside]), (0, 0), AROUND * size / shrink)
    skin = around[..., 0] / (around[..., 1] + 1e-3)
    for sigma, trust in zip(SOFT, (1.0, 0.02), strict=True):
        both = cv2.GaussianBlur(np.dstack([small * weight[..., None], weight]), (0, 0), sigma * size / shrink)
        total, mass = total + trust * both[..., :3], mass + trust * both[..., 3]
    fill = total / (mass[..., None] + 1e-4)
    dark = np.clip((fill.mean(-1) - luma - DARKER[0]) / (DARKER[1] - DARKER[0]), 0, 1)
    dark = dark * np.clip((skin - ENOUGH[0]) / (ENOUGH[1] - ENOUGH[0]), 0, 1)
    dark = cv2.dilate(dark, np.ones((3, 3), np.uint8)) * cv2.GaussianBlur(inside, (0, 0), 1.0)
    share = cv2.resize(cv2.GaussianBlur(dark, (0, 0), 0.8), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    over = cv2.convertScaleAbs(cv2.resize(fill, (x1 - x0, y1 - y0), interpolation=cv2.INTER_CUBIC))
    part[:] = cv2.blendLinear(over, np.ascontiguousarray(part), share, 1 - share)
