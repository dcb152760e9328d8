"""How much of a face is replaced: masks on the atlas, soft at their rim."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.protocol import Area
from countenance.face.topology import (
    FACE_OVAL,
    LANDMARKS,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.likeness.atlas import atlas_mesh

FloatArray = NDArray[np.float32]


AREAS: tuple[Area, ...] = get_args(Area)

FEATHER = 0.05  # of the atlas's side, over which the mask rises from its rim
RIM = 2.0  # feathers from the edge over which light is matched closely
INSET = 0.012  # of the atlas's side: the oval's own line is already background as often as not
NOSE_BASE, CHEEKS = 2, (116, 345)


@lru_cache(maxsize=8)
def area_mask(area: Area, side: int) -> tuple[FloatArray, FloatArray]:
    """What is replaced, and its rim, each (side, side) float32 in [0, 1].

    Args:
        area: `face` (inside the oval), `whole` (with the forehead up to the hair) or `lower` (below the nose).
        side: of the atlas.
    """
    uv = atlas_mesh().uv * side
    outline = uv[FACE_OVAL].copy()
    if area == "whole":
        ring = uv[LANDMARKS : LANDMARKS + len(FACE_OVAL)]
        high = np.clip((uv[FACE_OVAL[9], 1] - outline[:, 1]) / (0.15 * side), 0, 1)[:, None]
        outline = outline + (ring - outline) * high
    shape = np.zeros((side, side), np.uint8)
    cv2.fillPoly(shape, [outline.round().astype(np.int32)], 255)
    if area == "lower":
        line = int(uv[NOSE_BASE, 1])
        shape[:line] = 0
    inside = cv2.distanceTransform(shape, cv2.DIST_L2, 5) / side
    mask = smoothstep(inside, INSET, INSET + FEATHER)
    rim = 1 - smoothstep(inside, INSET, INSET + RIM * FEATHER)
    return mask.astype(np.float32), rim.astype(np.float32)


@lru_cache(maxsize=4)
def feature_mask(side: int) -> FloatArray:
    """(side, side) in [0, 1]: 1 round eyes and mouth, where a face changes by itself."""
    uv = atlas_mesh().uv * side
    out = np.zeros((side, side), np.uint8)
    for upper, lower, grow in (
        (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, 0.028),
        (LEFT_EYE_UPPER, LEFT_EYE_LOWER, 0.028),
        (LIPS_INNER_UPPER, LIPS_INNER_LOWER, 0.06),
    ):
        ring = np.concatenate([uv[upper], uv[lower][::-1]]).round().astype(np.int32)
        cv2.fillPoly(out, [ring], 255)
        cv2.polylines(out, [ring], True, 255, max(1, int(2 * grow * side)))
    return np.asarray(cv2.GaussianBlur(out.astype(np.float32) / 255, (0, 0), 0.012 * side), np.float32)


@lru_cache(maxsize=4)
def lower_skin(side: int) -> FloatArray:
    """(side, side) in [0, 1]: 1 on nose, cheeks and chin, up to the lower lids; 0 on lips, nostrils and the rim."""
    uv = atlas_mesh().uv * side
    skin = np.zeros((side, side), np.uint8)
    cv2.fillPoly(skin, [uv[FACE_OVAL].round().astype(np.int32)], 255)
    skin = cv2.erode(skin, np.ones((2 * round(INSET * side) + 1,) * 2, np.uint8))
    for ring, grow in FEATURES:
        hull = cv2.convexHull(uv[ring].round().astype(np.int32))
        cv2.fillConvexPoly(skin, hull, 0)
        cv2.polylines(skin, [hull], True, 0, max(1, round(2 * grow * side)))
    skin[: int(uv[[33, 263], 1].mean())] = 0
    return np.asarray(cv2.GaussianBlur(skin.astype(np.float32) / 255, (0, 0), 0.012 * side), np.float32)


FEATURES = (
    (np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER]), 0.016),
    (np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER]), 0.016),
    (np.concatenate([LIPS_OUTER_UPPER, LIPS_OUTER_LOWER]), 0.008),
    (np.array([2, 98, 240, 60, 20, 242]), 0.006),
    (np.array([2, 327, 460, 290, 250, 462]), 0.006),
)  # rings, and how far beyond them in sides: eyes, lips, nostrils


def smoothstep(x: NDArray[np.floating], low: float, high: float) -> NDArray[Any]:
    """0 up to `low`, 1 from `high` on, between them 3t² − 2t³."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
