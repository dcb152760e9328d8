"""Blush, contour, highlight and foundation: films on the skin, by masks that are drawn once on the atlas.

Each keeps the skin's own fine light. Knows the canvas and the atlas; nothing of clips or of products' files.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import feature_mask
from countenance.engines.mesh.likeness_texture import Laid
from countenance.face.topology import FACE_OVAL, LEFT_BROW, RIGHT_BROW
from countenance.kernels import kernel
from countenance.likeness.atlas import atlas_mesh
from countenance.tryon.canvas import Canvas
from countenance.tryon.colour import LUMINANCE
from countenance.tryon.look import Cosmetic

Float32 = NDArray[np.float32]

SIDE = 512  # texels of the masks
BLUSH, CONTOUR, HIGHLIGHT = 0.40, 0.60, 0.10  # strength at full coverage
USUAL = 0.7  # coverage of a film, where none is asked for
FOUNDATION = 0.6  # of blotches, and of the way to the product's colour
FINE, BLOTCH = 0.006, 0.055  # of the face's size: finer is pores, between them blotches, coarser light
LIFT = 0.30  # natural log by which a foundation may brighten or darken at most


@lru_cache(maxsize=1)
def masks() -> dict[str, Float32]:
    """(SIDE, SIDE) float32 in [0, 1] each: blush, contour, highlight, foundation."""
    uv = atlas_mesh().uv * SIDE
    features = feature_mask(SIDE)
    skin = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(skin, [uv[FACE_OVAL].round().astype(np.int32)], 255)
    inside = cv2.distanceTransform(skin, cv2.DIST_L2, 5) / SIDE
    soft_rim = np.clip(inside / 0.06, 0, 1).astype(np.float32)
    brows = np.zeros((SIDE, SIDE), np.uint8)
    for ring in (RIGHT_BROW, LEFT_BROW):
        cv2.fillConvexPoly(brows, cv2.convexHull(uv[ring].astype(np.float32)).round().astype(np.int32), 255)
    free = 1 - np.maximum(features, cv2.GaussianBlur(brows.astype(np.float32) / 255, (0, 0), 0.008 * SIDE))

    def both(draw: dict[str, tuple[int, ...]], blur: float, thick: float) -> Float32:
        out = np.zeros((SIDE, SIDE), np.uint8)
        for line in draw.values():
            cv2.polylines(out, [uv[list(line)].round().astype(np.int32)], False, 255, max(1, round(thick * SIDE)))
        return np.asarray(cv2.GaussianBlur(out.astype(np.float32) / 255, (0, 0), blur * SIDE), np.float32)

    blush = np.zeros((SIDE, SIDE), np.uint8)
    for apple, temple in ((50, 227), (280, 447)):
        middle = 0.72 * uv[apple] + 0.28 * uv[temple]
        along = uv[temple] - uv[apple]
        angle = float(np.degrees(np.arctan2(along[1], along[0])))
        size = (round(0.092 * SIDE), round(0.047 * SIDE))
        cv2.ellipse(blush, tuple(int(v) for v in middle), size, angle, 0, 360, 255, -1)
    cheek = both({"right": (137, 123, 187), "left": (366, 352, 411)}, 0.028, 0.035)
    jaw = both({"right": (58, 172, 136, 150), "left": (288, 397, 365, 379)}, 0.03, 0.03)
    nose = both({"right": (122, 196, 236, 198), "left": (351, 419, 456, 420)}, 0.011, 0.012)
    bone = both({"right": (117, 116, 143), "left": (346, 345, 372)}, 0.018, 0.022)
    ridge = both({"ridge": (6, 197, 195, 5)}, 0.009, 0.012)
    bow = both({"bow": (37, 0, 267)}, 0.006, 0.006)
    return {
        "blush": _unit(cv2.GaussianBlur(blush.astype(np.float32) / 255, (0, 0), 0.032 * SIDE)) * soft_rim * free,
        "contour": np.maximum(np.maximum(_unit(cheek), 0.75 * _unit(jaw)), 0.5 * _unit(nose)) * free,
        "highlight": np.maximum(np.maximum(_unit(bone), 0.9 * _unit(ridge)), 0.5 * _unit(bow)) * soft_rim * free,
        "foundation": soft_rim * free,
    }


def paint_film(canvas: Canvas, laid: Laid, item: Cosmetic, light: Float32, keep: Float32) -> None:
    """Lay a blush, contour or highlight.

    Args:
        laid: where the atlas lies in the canvas's region.
        light: (3,) linear, of a white surface.
        keep: (H, W), 1 where the skin is open.
    """
    mask = laid.sample(masks()[item.kind]) * keep
    coverage = USUAL if item.coverage is None else item.coverage
    if item.kind == "highlight":
        level = canvas.light @ LUMINANCE
        usual = cv2.GaussianBlur(level, (0, 0), max(1.0, level.shape[1] * 0.02))
        gleam = HIGHLIGHT * np.clip(level / (usual + 1e-3), 0.5, 1.8) ** 1.5 * (2.0 if item.finish == "metallic" else 1)
        new = canvas.light + gleam[..., None] * light * item.colour
        canvas.lay(np.asarray(new, np.float32), np.asarray(mask * coverage, np.float32))
        return
    strength = (BLUSH if item.kind == "blush" else CONTOUR) * coverage
    tint = item.colour / max(float(item.colour.max()), 1e-3)
    if item.kind == "contour":
        tint = np.clip(tint, 0.25, 1) * 0.75
    canvas.lay(np.asarray(canvas.light * tint, np.float32), np.asarray(mask * strength, np.float32))


def paint_foundation(
    canvas: Canvas, laid: Laid, item: Cosmetic, light: Float32, keep: Float32, size: float, skin: Float32
) -> None:
    """Even the skin out and bring it nearer to the product's colour.

    Args:
        size: of the face, pixels.
        skin: (3,) linear, as the face's skin is seen.
        laid, light, keep: as `paint_film`.
    """
    mask = laid.sample(masks()["foundation"]) * keep
    coverage = 0.8 if item.coverage is None else item.coverage
    # What changes is coarse: it is found at half the size, and multiplied into the fine.
    half = (max(1, mask.shape[1] // 2), max(1, mask.shape[0] // 2))
    small = cv2.resize(np.dstack([np.maximum(canvas.light, 2e-3), mask]), half, interpolation=cv2.INTER_AREA)
    logs, weight = np.log(small[..., :3]), small[..., 3:] + 1e-3
    fine = _mean(logs, weight, FINE * size / 2)
    broad = _mean(logs, weight, BLOTCH * size / 2)
    away = np.log(np.maximum(item.colour * light, 2e-3)) - np.log(np.maximum(skin, 2e-3))
    level = float(away @ LUMINANCE)
    shift = (away - level) + np.clip(level, -LIFT, LIFT)
    change = FOUNDATION * coverage * ((broad - fine) + shift.astype(np.float32))
    # Where the skin is beard, shadow or shine, there is nothing to even out.
    odd = np.abs(_broad_level(broad) - np.log(max(float(skin @ LUMINANCE), 2e-3)))
    change *= np.clip((1.3 - odd) / 0.5, 0, 1)[..., None]
    gain = cv2.resize(np.exp(change), mask.shape[::-1], interpolation=cv2.INTER_LINEAR)
    canvas.lay(np.asarray(canvas.light * gain, np.float32), np.asarray(mask, np.float32))


def _broad_level(broad: Float32) -> Float32:
    return np.asarray(np.log(np.maximum(np.exp(broad) @ LUMINANCE, 2e-3)), np.float32)


def _mean(values: Float32, weight: Float32, sigma: float) -> Float32:
    """The weighted Gaussian mean, at a size that suits it."""
    shrink = max(1, int(sigma / 2.5))
    both = np.dstack([values * weight, weight])
    size = (max(1, values.shape[1] // shrink), max(1, values.shape[0] // shrink))
    small = cv2.resize(both, size, interpolation=cv2.INTER_AREA) if shrink > 1 else both
    small = cv2.GaussianBlur(small, (0, 0), max(0.4, sigma / shrink))
    mean = small[..., :3] / (small[..., 3:] + 1e-6)
    if shrink == 1:
        return np.asarray(mean, np.float32)
    return np.asarray(cv2.resize(mean, values.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def _unit(mask: NDArray[np.floating]) -> Float32:
    return np.asarray(mask / max(float(mask.max()), 1e-6), np.float32)


@lru_cache(maxsize=1)
def grain_on_atlas() -> Float32:
    """(SIDE, SIDE) noise of mean 0 and deviation 0.16, that moves with the skin; the pigment of metallic finishes."""
    noise = np.random.default_rng(7).normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.8)
    return np.asarray(0.16 * noise / noise.std(), np.float32)


@kernel(nogil=True)
def darkest(level, usual, out) -> None:  # type: ignore[no-untyped-def]
    """out: in [0, 1], how much darker than what is usual round it each pixel is. (h, w) float32 each."""
    height, width = level.shape
    for y in range(height):
        for x in range(width):
            out[y, x] = min(max((usual[y, x] - level[y, x]) / (0.35 * usual[y, x] + 1e-4) - 0.15, 0.0), 1.0)
