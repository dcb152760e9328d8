"""Lipstick and lip liner, on the lips as the picture's own landmarks draw them; teeth and the mouth's inside stay.

The colour is the product's under the face's light; what is light, fold and shine on the lips goes on top as the finish
lets it. See docs/tryon.md. Knows nothing of clips.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import LIPS_INNER_LOWER, LIPS_INNER_UPPER, LIPS_OUTER_LOWER, LIPS_OUTER_UPPER
from countenance.tryon.canvas import Canvas
from countenance.tryon.colour import LUMINANCE, lab_of
from countenance.tryon.look import Cosmetic

Float32 = NDArray[np.float32]

# Opacity, how far the lips' own light is flattened, how much shine is added.
FINISHES = {
    "sheer": (0.45, 0.0, 0.3),
    "satin": (0.80, 0.15, 0.55),
    "matte": (0.92, 0.55, 0.0),
    "gloss": (0.72, 0.0, 2.2),
    "metallic": (0.88, 0.1, 2.6),
}
SHINE, WET = 0.10, 0.045  # of the light: shine that is there already, and the wet line of a gloss
PARTED = (0.03, 0.08)  # gap over width between which the opening is cut out; closed lips would keep a red line
TOOTH_BRIGHTER, TOOTH_RED = 12.0, 0.72  # Lab L above the lips', and share of their a*
CAVITY = (0.30, 0.52)  # of the lips' L between which something is the mouth's dark inside
HAIR = 0.42  # of the lips' luminance below which, without their red, it is a moustache's hair
BITS = 4  # of subpixel places


@dataclass(frozen=True)
class Mouth:
    """The mouth in a region.

    Attributes:
        at: rows and columns of the region that it takes.
        lips: (h, w) float32 in [0, 1]: the vermilion, without what is in the mouth.
        outer: (h, w): the whole mouth, with the opening.
        width: of the mouth, pixels.
        points: (478, 2) landmarks in this part.
    """

    at: tuple[slice, slice]
    lips: Float32
    outer: Float32
    width: float
    points: Float32


def find_mouth(canvas: Canvas, points: Float32, size: float) -> Mouth | None:
    """The mouth, or None where it lies outside the picture.

    Args:
        points: (478, 2) landmarks in the canvas's region.
        size: of the face, pixels.
    """
    ring = np.concatenate([points[LIPS_OUTER_UPPER], points[LIPS_OUTER_LOWER[-2:0:-1]]])
    margin = 0.04 * size
    height, width = canvas.touched.shape
    x0, y0 = np.clip((ring.min(0) - margin).astype(int), 0, (width, height))
    x1, y1 = np.clip((ring.max(0) + margin).astype(int) + 1, 0, (width, height))
    if x1 - x0 < 8 or y1 - y0 < 6:
        return None
    at = (slice(int(y0), int(y1)), slice(int(x0), int(x1)))
    local = points - np.array([x0, y0], np.float32)
    inner = np.concatenate([local[LIPS_INNER_UPPER], local[LIPS_INNER_LOWER[-2:0:-1]]])
    shape = (int(y1 - y0), int(x1 - x0))
    sigma = max(0.6, size / 420)
    outer = filled(smooth_ring(ring - (x0, y0)), shape, sigma)
    span = float(np.linalg.norm(local[78] - local[308])) + 1e-3
    gap = float(np.linalg.norm(local[13] - local[14])) / span
    parted = float(np.clip((gap - PARTED[0]) / (PARTED[1] - PARTED[0]), 0, 1))
    opening = filled(smooth_ring(inner), shape, 0.7 * sigma) * parted
    lips = outer * (1 - opening)
    if parted > 0:
        lips = lips * (1 - _not_lip(canvas.light[at], lips, opening, size))
    return Mouth(at, np.asarray(lips, np.float32), outer, span, local.astype(np.float32))


def paint_lips(canvas: Canvas, mouth: Mouth, item: Cosmetic, light: Float32, keep: Float32, grain: Float32) -> None:
    """Lay a lipstick.

    Args:
        light: (3,) linear, of a white surface.
        keep: (H, W) of the canvas's region, 1 where nothing stands before the face.
        grain: (H, W) of the canvas's region, noise of mean 0 that moves with the skin; for metallic finishes.
    """
    opacity, flat, shine = FINISHES[item.finish]
    if item.coverage is not None:
        opacity = float(item.coverage)
    part = canvas.light[mouth.at]
    level = np.asarray(part @ LUMINANCE, np.float32)
    mask = mouth.lips * keep[mouth.at]
    sure = mouth.lips > 0.7
    if sure.sum() < 12:
        return
    middle = float(np.median(level[sure])) + 1e-4
    sigma = max(1.0, 0.055 * mouth.width)
    weight = mouth.lips + 1e-3
    coarse = cv2.GaussianBlur(level * weight, (0, 0), sigma) / cv2.GaussianBlur(weight, (0, 0), sigma)
    detail = np.clip(level / (coarse + 1e-4), 0.45, 2.2)
    shading = (np.clip(coarse / middle, 0.3, 2.5)) ** (1 - 0.6 * flat) * detail ** (1 - 0.5 * flat)
    base = item.colour[None, None] * light * shading[..., None]
    if shine > 0:
        bright = np.clip((level / middle - 1.15) / 0.9, 0, 1.2)
        sheen = SHINE * shine * bright
        if item.finish == "gloss":
            sheen = sheen + WET * shine * _wet_line(mouth) * np.clip(detail, 0.6, 1.5) ** 2
        if item.finish == "metallic":
            sheen = sheen * (1 + 2.0 * grain[mouth.at]) + 0.05 * np.clip(shading, 0, 2) * (1 + 3.0 * grain[mouth.at])
            tint = 0.45 + 0.55 * item.colour / max(float(item.colour.max()), 1e-3)
            base = base * (1 + 0.9 * grain[mouth.at])[..., None] + np.maximum(sheen, 0)[..., None] * light * tint
        else:
            base = base + sheen[..., None] * light
    hair = (level < HAIR * middle) & (_redness(part) < 0.5 * float(np.median(_redness(part)[sure])))
    mask = mask * opacity * (1 - cv2.GaussianBlur(hair.astype(np.float32), (0, 0), 0.8))
    canvas.lay(np.asarray(base, np.float32), np.asarray(mask, np.float32), mouth.at)


def paint_lip_liner(canvas: Canvas, mouth: Mouth, item: Cosmetic, light: Float32, keep: Float32) -> None:
    """Draw a line along the vermilion's border; arguments as `paint_lips`."""
    ring = np.concatenate([mouth.points[LIPS_OUTER_UPPER], mouth.points[LIPS_OUTER_LOWER[-2:0:-1]]])
    middle = ring.mean(0)
    ring = middle + (ring - middle) * 0.985
    line = np.zeros(mouth.lips.shape, np.uint8)
    thickness = max(1, round(0.04 * mouth.width))
    closed = (smooth_ring(ring) * 2**BITS).round().astype(np.int32)
    cv2.polylines(line, [closed], True, 255, thickness, cv2.LINE_AA, BITS)
    soft = cv2.GaussianBlur(line.astype(np.float32) / 255, (0, 0), max(0.6, 0.012 * mouth.width))
    opacity = 0.7 if item.coverage is None else item.coverage
    part = canvas.light[mouth.at]
    level = np.asarray(part @ LUMINANCE, np.float32)
    usual = float(np.median(level[mouth.lips > 0.5])) if (mouth.lips > 0.5).any() else float(level.mean())
    base = item.colour[None, None] * light * np.clip(level / (usual + 1e-4), 0.4, 1.8)[..., None]
    canvas.lay(np.asarray(base, np.float32), np.asarray(soft * opacity * keep[mouth.at], np.float32), mouth.at)


def smooth_ring(points: NDArray[np.floating], per: int = 5) -> Float32:
    """A closed Catmull-Rom curve through points, (N, 2) → (N·per, 2)."""
    p0, p1, p2, p3 = np.roll(points, 1, 0), points, np.roll(points, -1, 0), np.roll(points, -2, 0)
    t = (np.arange(per) / per)[None, :, None]
    a, b, c, d = (p[:, None] for p in (p0, p1, p2, p3))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    return np.asarray(curve.reshape(-1, 2), np.float32)


def filled(ring: NDArray[np.floating], shape: tuple[int, int], sigma: float) -> Float32:
    """(h, w) in [0, 1]: inside of a polygon, soft at its rim."""
    out = np.zeros(shape, np.uint8)
    cv2.fillPoly(out, [(ring * 2**BITS).round().astype(np.int32)], 255, cv2.LINE_AA, BITS)
    return np.asarray(cv2.GaussianBlur(out.astype(np.float32) / 255, (0, 0), sigma), np.float32)


def _redness(part: Float32) -> Float32:
    """A cheap a*: red over green, by luminance."""
    return np.asarray((part[..., 0] - part[..., 1]) / (part @ LUMINANCE + 0.01), np.float32)


def _not_lip(part: Float32, lips: Float32, opening: Float32, size: float) -> Float32:
    """(h, w) in [0, 1]: teeth and the cavity that reach beyond the landmarks' opening, in a band round it."""
    sure = lips > 0.8
    if sure.sum() < 12:
        return np.zeros_like(lips)
    lab = lab_of(part)
    level, red = float(np.median(lab[..., 0][sure])), float(np.median(lab[..., 1][sure]))
    reach = max(2, round(0.022 * size)) * 2 + 1
    band = cv2.dilate((opening > 0.2).astype(np.uint8), np.ones((reach, reach), np.uint8)).astype(np.float32)
    tooth = np.clip((lab[..., 0] - level - TOOTH_BRIGHTER + 4) / 8, 0, 1) * np.clip(
        (TOOTH_RED * red - lab[..., 1]) / (0.15 * abs(red) + 1) + 0.5, 0, 1
    )
    dark = np.clip((CAVITY[1] * level - lab[..., 0]) / ((CAVITY[1] - CAVITY[0]) * level + 1e-3), 0, 1)
    found = np.maximum(tooth, dark) * band
    return np.asarray(cv2.GaussianBlur(found.astype(np.float32), (0, 0), max(0.5, size / 700)), np.float32)


def _wet_line(mouth: Mouth) -> Float32:
    """(h, w): the shine of a gloss, along the fullest part of the lower lip and on the bow."""
    p = mouth.points
    out = np.zeros(mouth.lips.shape, np.uint8)

    def stroke(upper: list[int], lower: list[int], share: float, thick: float) -> None:
        line = p[upper] + share * (p[lower] - p[upper])
        scaled = (line * 2**BITS).round().astype(np.int32)
        cv2.polylines(out, [scaled], False, 255, max(1, round(thick * mouth.width)), cv2.LINE_AA, BITS)

    stroke([87, 14, 317], [84, 17, 314], 0.34, 0.035)
    stroke([81, 82], [39, 37], 0.62, 0.016)
    stroke([312, 311], [267, 269], 0.62, 0.016)
    return np.asarray(cv2.GaussianBlur(out.astype(np.float32) / 255, (0, 0), max(0.7, 0.016 * mouth.width)), np.float32)
