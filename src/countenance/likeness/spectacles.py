"""Spectacles on the atlas: where their rims are, and the skin without them. Knows textures only.

A rim is thin, crosses the bridge of the nose and runs below both eyes; wrinkles, lashes and brows do not do all three.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.likeness.atlas import atlas_mesh

FloatArray = NDArray[np.float32]

WIDE = 0.029  # of the atlas's side: what is wider is no rim
FAINT, CLEAR = 0.024, 0.075  # natural log, against the skin beside it: that goes on from a rim, and that is one
NOISE = 2.5  # times the median of the skin's own thin detail
# Share of the columns between the eyes, and below both eyes together, that one thin thing runs through. Measured: with
# spectacles 0.93 to 1 and 0.78 to 1.6; without 0.47 at most between the eyes.
BRIDGE, BELOW = 0.75, 0.6
ROUND_EYES = 0.012  # of the side, beyond the lids: lashes
DARKEST = 4.0  # grey levels; below, logarithms are noise
MIRRORS = (8.0, 20.0)  # of 255, lighter than the other side
LENS = 0.7  # of the skin's own colour that is given to what a lens reflects


@lru_cache(maxsize=4)
def eye_zone(side: int) -> FloatArray:
    """(side, side) in [0, 1]: 1 in the band where spectacles are worn, from brow to cheekbone."""
    uv = atlas_mesh().uv
    top, bottom = float(uv[[105, 334], 1].min()) - 0.045, float(uv[[50, 280], 1].max())
    rows = np.arange(side) / side
    band = np.clip((rows - top) / 0.02, 0, 1) * np.clip((bottom - rows) / 0.02, 0, 1)
    face = np.zeros((side, side), np.uint8)
    cv2.fillPoly(face, [(uv[FACE_OVAL] * side).round().astype(np.int32)], 1)
    return np.asarray(np.repeat(band[:, None], side, axis=1) * face, np.float32)


def rims_on(log_texture: FloatArray, seen: FloatArray) -> FloatArray | None:
    """(side, side) in [0, 1]: the rims of spectacles; None where none are worn.

    Args:
        log_texture: (side, side, 3) natural log of sRGB.
        seen: (side, side) in [0, 1], how squarely each texel was seen.
    """
    side = log_texture.shape[0]
    thin = _thin(log_texture.mean(-1)) * (eye_zone(side) > 0) * (1 - _eyes(side))
    cheeks = (eye_zone(side) > 0.5) & (seen > 0.5)
    if int(cheeks.sum()) < 100:
        return None
    noise = NOISE * float(np.median(thin[cheeks]))
    bare = _not_brows(side)
    strong, weak = (thin > max(CLEAR, noise)) & bare, (thin > max(FAINT, noise)) & bare
    if not _worn(weak, seen > 0.2, side):
        return None
    count, labels = cv2.connectedComponents(weak.astype(np.uint8), connectivity=8)
    has = np.bincount(labels[strong], minlength=count) > 0
    size = np.bincount(labels.ravel(), minlength=count)
    keep = has & (size > 0.06 * side)
    keep[0] = False
    reach = max(1, round(0.004 * side))
    mask = cv2.dilate(keep[labels].astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.004 * side) * (1 - _eyes(side)), np.float32)


def without_spectacles(texture: NDArray[np.uint8], rims: FloatArray) -> NDArray[np.uint8]:
    """A texture (side, side, 3) with its rims filled from the skin beside them, and what lenses reflect toned down."""
    side = texture.shape[0]
    hole = (rims > 0.2).astype(np.uint8)
    filled = cv2.inpaint(np.ascontiguousarray(texture), hole, max(3, side // 120), cv2.INPAINT_NS)
    lab = cv2.cvtColor(filled, cv2.COLOR_RGB2LAB).astype(np.float32)
    within = _lenses(rims)
    skin = np.median(lab[(eye_zone(side) > 0.5) & (within < 0.1)], axis=0)
    share = LENS * within * (1 - _eyes(side))
    lab[..., 1:] += share[..., None] * (skin[1:] - lab[..., 1:])
    # What a lens mirrors is lighter than the same place on the other side, which then speaks for it.
    other = lab[:, ::-1]
    soft = cv2.GaussianBlur(lab[..., 0] - other[..., 0], (0, 0), 0.006 * side)
    share = np.clip((soft - MIRRORS[0]) / (MIRRORS[1] - MIRRORS[0]), 0, 1) * within * (1 - _eyes(side))
    lab += cv2.GaussianBlur(share, (0, 0), 0.004 * side)[..., None] * (other - lab)
    return np.asarray(cv2.cvtColor(np.clip(lab + 0.5, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB), np.uint8)


def bared(textures: Sequence[NDArray[np.uint8]], seens: Sequence[FloatArray]) -> list[NDArray[np.uint8]]:
    """One person's textures, without the spectacles that at least half of them show."""
    rims = [rims_on(_log(texture), seen) for texture, seen in zip(textures, seens, strict=True)]
    if 2 * sum(one is not None for one in rims) < len(rims):
        return list(textures)
    return [
        texture if one is None else without_spectacles(texture, one)
        for texture, one in zip(textures, rims, strict=True)
    ]


def _log(texture: NDArray[np.uint8]) -> FloatArray:
    return np.log(np.maximum(texture.astype(np.float32), DARKEST))


def _thin(luma: FloatArray) -> FloatArray:
    """What is narrower than WIDE, darker or lighter than what is beside it."""
    side = luma.shape[0]
    size = max(3, round(WIDE * side)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    soft = cv2.GaussianBlur(luma, (0, 0), 0.0016 * side)
    dark = cv2.morphologyEx(soft, cv2.MORPH_BLACKHAT, kernel)
    light = cv2.morphologyEx(soft, cv2.MORPH_TOPHAT, kernel)
    return np.asarray(np.maximum(dark, light), np.float32)


def _worn(thin: NDArray[np.bool_], seen: NDArray[np.bool_], side: int) -> bool:
    uv = atlas_mesh().uv * side
    bridge = _columns(thin, seen, (uv[[55, 285], 0], (uv[168, 1] - 0.045 * side, uv[6, 1] + 0.02 * side)))
    if bridge < BRIDGE:
        return False
    below = 0.0
    for lower in (RIGHT_EYE_LOWER, LEFT_EYE_LOWER):
        low = float(uv[lower, 1].max())
        below += _columns(thin, seen, (uv[lower[[0, -1]], 0], (low + 0.02 * side, low + 0.12 * side)))
    return below > BELOW


def _columns(
    thin: NDArray[np.bool_], seen: NDArray[np.bool_], box: tuple[NDArray[np.floating], tuple[float, float]]
) -> float:
    """Share of a box's columns that something thin runs through, neighbours at about one height."""
    (x0, x1), (y0, y1) = (int(v) for v in sorted(box[0])), (int(box[1][0]), int(box[1][1]))
    part, known = thin[y0:y1, x0:x1], seen[y0:y1, x0:x1].any(0)
    if known.sum() < 3:
        return 0.0
    count, labels = cv2.connectedComponents(part.astype(np.uint8), connectivity=8)
    if count < 2:
        return 0.0
    widths = [int((labels == k).any(0).sum()) for k in range(1, count)]
    return max(widths) / float(known.sum())


def _lenses(rims: FloatArray) -> FloatArray:
    """(side, side) in [0, 1]: inside the rims of each eye, by their hull on its half of the face."""
    side = rims.shape[0]
    out = np.zeros((side, side), np.uint8)
    half = side // 2
    for begin, end in ((0, half), (half, side)):
        ys, xs = np.nonzero(rims[:, begin:end] > 0.5)
        if len(xs) > 10:
            hull = cv2.convexHull(np.column_stack([xs + begin, ys]).astype(np.int32))
            cv2.fillConvexPoly(out, hull, 1)
    return np.asarray(cv2.GaussianBlur(out.astype(np.float32), (0, 0), 0.008 * side) * (eye_zone(side) > 0), np.float32)


@lru_cache(maxsize=4)
def _eyes(side: int) -> FloatArray:
    """(side, side) in [0, 1]: the eyes with their lashes."""
    return _hulls(
        side,
        (np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER]), np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER])),
        ROUND_EYES,
    )


@lru_cache(maxsize=4)
def _not_brows(side: int) -> NDArray[np.bool_]:
    return np.asarray(_hulls(side, (RIGHT_BROW, LEFT_BROW), 0.004) < 0.5)


def _hulls(side: int, rings: tuple[NDArray[np.int64], ...], grow: float) -> FloatArray:
    out = np.zeros((side, side), np.uint8)
    for ring in rings:
        hull = cv2.convexHull((atlas_mesh().uv[ring] * side).round().astype(np.int32))
        cv2.fillConvexPoly(out, hull, 255)
        cv2.polylines(out, [hull], True, 255, max(1, round(2 * grow * side)))
    return np.asarray(cv2.GaussianBlur(out.astype(np.float32) / 255, (0, 0), 0.004 * side), np.float32)
