"""Which texels of a take show the person's skin as it is: seen squarely, lit, and not covered by hair or a collar.

What is not reliable is filled from other takes or from the face's other side; see `views`. Knows the atlas only.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.likeness.atlas import atlas_mesh, skin_on_atlas

FloatArray = NDArray[np.float32]

SEEN = 0.5  # seen so far, a texel may speak for itself
SHADOW, NIGHT = (0.5, 0.9), (45.0, 80.0)  # natural log under the lit skin, and grey levels: there is noise, not skin
BROW_RISE = 0.05  # of the atlas's side that a raised brow stands above its landmarks
HAIR_DARK, HAIR_COLOUR = (0.45, 0.8), (0.16, 0.3)  # log luminance, log colour away from the skin's: hair, cloth
ONE_SIDED = 0.03  # of the atlas's side: the light that both sides are compared by
DARKER = (0.3, 0.65)  # natural log under the other side
MARGIN = 0.15  # of the atlas's side inside the oval within which hair may hang


@lru_cache(maxsize=8)
def hair_zone(side: int, margin: float = MARGIN) -> FloatArray:
    """(side, side) in [0, 1]: forehead, temples and jaw, where hair or cloth may cover a face; 0 on its features.

    Args:
        side: of the atlas.
        margin: how far inside the oval it reaches, in sides.
    """
    uv = atlas_mesh().uv * side
    inner = np.zeros((side, side), np.uint8)
    cv2.fillPoly(inner, [uv[FACE_OVAL].round().astype(np.int32)], 255)
    inside = cv2.distanceTransform(inner, cv2.DIST_L2, 5) / side
    zone = np.clip((margin - inside) / (0.35 * margin), 0, 1).astype(np.float32)
    features = np.zeros((side, side), np.uint8)
    for ring in (RIGHT_BROW, LEFT_BROW, np.concatenate([LIPS_OUTER_UPPER, LIPS_OUTER_LOWER])):
        around = uv[ring].astype(np.float32)
        if ring is RIGHT_BROW or ring is LEFT_BROW:
            around = np.concatenate([around, around - np.array([0, BROW_RISE * side], np.float32)])
        hull = cv2.convexHull(around).round().astype(np.int32)
        cv2.fillConvexPoly(features, hull, 255)
        cv2.polylines(features, [hull], True, 255, max(1, side // 30))
    return np.asarray(zone * (1 - cv2.GaussianBlur(features.astype(np.float32) / 255, (0, 0), side / 100)), np.float32)


def lit_skin(log_texture: FloatArray, weight: FloatArray) -> FloatArray:
    """(3,) the log colour of the face's well-lit skin: the median of the lighter half."""
    skin = log_texture[(weight * skin_on_atlas(log_texture.shape[0])) > 0.5]
    if len(skin) < 50:
        return np.asarray(np.median(log_texture.reshape(-1, 3), axis=0), np.float32)
    light = skin.mean(1)
    return np.asarray(np.median(skin[light >= np.median(light)], axis=0), np.float32)


def covered(log_texture: FloatArray, skin: FloatArray) -> FloatArray:
    """(A, A) in [0, 1]: 1 where the hair zone shows what has not the colour of skin.

    Args:
        log_texture: (A, A, 3).
        skin: (3,), as `lit_skin`.
    """
    away = cv2.GaussianBlur(log_texture - skin, (0, 0), log_texture.shape[0] / 250)
    dark = _ramp(-away.mean(-1), HAIR_DARK)
    colour = _ramp(np.abs(away - away.mean(-1, keepdims=True)).max(-1), HAIR_COLOUR)
    return np.asarray(np.maximum(dark, colour) * hair_zone(log_texture.shape[0]), np.float32)


def reliable(log_texture: FloatArray, seen: FloatArray) -> FloatArray:
    """(A, A) in [0, 1]: how far each texel is the person's own skin, well seen.

    Args:
        log_texture: (A, A, 3) log colours.
        seen: (A, A) as `atlas.unwrap` gives it.
    """
    side = log_texture.shape[0]
    skin = lit_skin(log_texture, seen)
    smooth = cv2.GaussianBlur(log_texture, (0, 0), 0.03 * side)
    smooth = smooth.mean(-1)
    shadow = _ramp(skin.mean() - smooth, SHADOW) * (1 - _ramp(np.exp(smooth), NIGHT))
    bad = np.maximum(covered(log_texture, skin), shadow * skin_on_atlas(side))
    bad = np.maximum(bad, in_own_shadow(log_texture, seen))
    reach = max(3, side // 28) | 1
    sure = (seen > SEEN) & (bad < 0.5)
    sure = cv2.erode(sure.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    return np.asarray(cv2.GaussianBlur(sure.astype(np.float32), (0, 0), side / 100), np.float32)


def in_own_shadow(log_texture: FloatArray, seen: FloatArray) -> FloatArray:
    """(A, A) in [0, 1]: where a face lit from the side is so much darker than its other side that noise speaks there.

    Eyes are left out: their other side looks elsewhere.

    Args:
        log_texture: (A, A, 3) log colours.
        seen: (A, A), as `atlas.unwrap` gives it.
    """
    side = log_texture.shape[0]
    luma = cv2.GaussianBlur(np.dstack([log_texture.mean(-1) * seen, seen]), (0, 0), ONE_SIDED * side)
    smooth = luma[..., 0] / (luma[..., 1] + 1e-3)
    both = np.minimum(luma[..., 1], luma[:, ::-1, 1]) > SEEN
    return np.asarray(_ramp(smooth[:, ::-1] - smooth, DARKER) * both * (1 - _round_eyes(side)), np.float32)


@lru_cache(maxsize=4)
def _round_eyes(side: int) -> FloatArray:
    out = np.zeros((side, side), np.uint8)
    for upper, lower in ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER), (LEFT_EYE_UPPER, LEFT_EYE_LOWER)):
        hull = cv2.convexHull((atlas_mesh().uv[np.concatenate([upper, lower])] * side).round().astype(np.int32))
        cv2.fillConvexPoly(out, hull, 255)
        cv2.polylines(out, [hull], True, 255, max(1, round(0.03 * side)))
    return np.asarray(cv2.GaussianBlur(out.astype(np.float32) / 255, (0, 0), 0.006 * side), np.float32)


def _ramp(values: FloatArray, between: tuple[float, float]) -> FloatArray:
    low, high = between
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)
