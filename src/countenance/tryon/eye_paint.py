"""Eye shadow, eyeliner, lashes and brows, drawn in the picture by its own landmarks: the atlas is too coarse for lines.

The eye itself is never painted. Knows the canvas; nothing of clips.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.tryon.canvas import Canvas
from countenance.tryon.colour import LUMINANCE
from countenance.tryon.face_paint import darkest
from countenance.tryon.lips import BITS, filled, smooth_ring
from countenance.tryon.look import Cosmetic

Float32 = NDArray[np.float32]

TURNED = (26.0, 42.0)  # degrees of yaw between which the far eye's make-up fades: its landmarks are guesses there
LID = 0.42  # of the way from the lash line to the brow that a shadow takes
SHADOW, LINER, LASHES, BROWS = 0.75, 0.9, 0.85, 0.6  # opacity at full coverage
LINE = (0.0042, 0.0115)  # of the face's size: a liner's width at the inner and the outer end
WING = 0.075  # of the face's size: the longest wing
HAIRS, LONG = 26, 0.036  # lashes an eye, and their length in face sizes
FINER = 3  # times finer than the picture lashes are drawn
ABOVE = {True: (70, 63, 105, 66, 107), False: (300, 293, 334, 296, 336)}  # the brow's upper edge, outer end first


@dataclass(frozen=True)
class Eye:
    """One eye in a region.

    Attributes:
        at: rows and columns of the region.
        upper, lower: (9, 2) the lash lines from the outer corner to the inner one.
        brow: (10, 2).
        brow_line: (5, 2) the brow's lower edge, outer end first.
        opening: (h, w) in [0, 1]: the eye itself.
        trust: in [0, 1]: less where the head is turned away.
    """

    at: tuple[slice, slice]
    upper: Float32
    lower: Float32
    brow: Float32
    brow_line: Float32
    opening: Float32
    trust: float


def find_eyes(canvas: Canvas, points: Float32, size: float, yaw: float) -> list[Eye]:
    """Both eyes, those that lie in the picture.

    Args:
        points: (478, 2) landmarks in the canvas's region.
        size: of the face, pixels.
        yaw: of the head, degrees towards the person's left.
    """
    eyes = []
    height, width = canvas.touched.shape
    for right in (True, False):
        up, low = (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER) if right else (LEFT_EYE_UPPER, LEFT_EYE_LOWER)
        brow = points[RIGHT_BROW if right else LEFT_BROW]
        every = np.concatenate([points[up], points[low], brow])
        margin = 0.11 * size
        x0, y0 = np.clip((every.min(0) - margin).astype(int), 0, (width, height))
        x1, y1 = np.clip((every.max(0) + margin).astype(int) + 1, 0, (width, height))
        if x1 - x0 < 12 or y1 - y0 < 12:
            continue
        shift = np.array([x0, y0], np.float32)
        # Turned towards the person's left, the left eye goes out of sight.
        hidden = yaw if not right else -yaw
        trust = 1 - float(np.clip((hidden - TURNED[0]) / (TURNED[1] - TURNED[0]), 0, 1))
        upper, lower = points[up] - shift, points[low] - shift
        ring = smooth_ring(np.concatenate([upper, lower[-2:0:-1]]), 4)
        opening = filled(ring, (int(y1 - y0), int(x1 - x0)), max(0.5, size / 700))
        under = (46, 53, 52, 65, 55) if right else (276, 283, 282, 295, 285)
        at = (slice(int(y0), int(y1)), slice(int(x0), int(x1)))
        eyes.append(Eye(at, upper, lower, brow - shift, points[list(under)] - shift, opening, trust))
    return eyes


def paint_shadow(
    canvas: Canvas, eye: Eye, item: Cosmetic, light: Float32, keep: Float32, size: float, grain: Float32
) -> None:
    """Lay an eye shadow: dense at the lash line, gone before the brow, its tail outwards.

    Args:
        light: (3,) linear, of a white surface.
        keep: (H, W) of the canvas's region, 1 where nothing stands before the face.
        size: of the face, pixels.
        grain: (H, W), as for lips.
    """
    spine = (
        eye.brow_line[np.clip(np.arange(9) // 2, 0, 4)] * 0.5
        + eye.brow_line[np.clip((np.arange(9) + 1) // 2, 0, 4)] * 0.5
    )
    top = eye.upper + LID * (spine - eye.upper)
    out = eye.upper[0] - eye.upper[-1]
    tail = eye.upper[0] + 0.20 * out + 0.3 * (spine[0] - eye.upper[0])
    ring = np.concatenate([eye.upper, top[::-1], tail[None]])
    shape = eye.opening.shape
    broad = filled(ring, shape, max(1.0, 0.018 * size))
    lid = eye.upper + 0.5 * LID * (spine - eye.upper)
    near = filled(np.concatenate([eye.upper, lid[::-1]]), shape, max(0.8, 0.009 * size))
    coverage = 1.0 if item.coverage is None else item.coverage
    mask = SHADOW * coverage * np.clip(0.62 * broad + 0.5 * near, 0, 1) * (1 - eye.opening) * eye.trust
    part = canvas.light[eye.at]
    level = np.asarray(part @ LUMINANCE, np.float32)
    usual = float(np.median(level[broad > 0.5])) if (broad > 0.5).any() else float(level.mean())
    shading = np.clip(level / (usual + 1e-4), 0.25, 1.6) ** (0.7 if item.finish == "matte" else 1.0)
    base = item.colour * light * shading[..., None]
    if item.finish in ("metallic", "gloss"):
        shine = 0.10 * np.clip(shading, 0, 1.6) ** 2 * (1 + 3.0 * grain[eye.at])
        base = base + np.maximum(shine, 0)[..., None] * light
    canvas.lay(np.asarray(base, np.float32), np.asarray(mask * keep[eye.at], np.float32), eye.at)


def paint_liner(canvas: Canvas, eye: Eye, item: Cosmetic, light: Float32, keep: Float32, size: float) -> None:
    """Draw a line along the upper lashes, thicker outwards, with a wing; arguments as `paint_shadow`."""
    line = _dense(eye.upper, 40)
    t = np.linspace(1, 0, len(line))[:, None]
    width = (LINE[0] + (LINE[1] - LINE[0]) * t**1.2) * size * 0.5
    normal = _outward(line, eye)
    upper, lower = line + normal * 1.5 * width, line - normal * 0.35 * width
    ring = [lower[::-1], upper] if item.wing == 0 else [lower[::-1]]
    if item.wing > 0:
        along = (line[0] - line[6]) / max(float(np.linalg.norm(line[0] - line[6])), 1e-3)
        tip = line[0] + (0.8 * along + 0.55 * normal[0]) * WING * size * item.wing
        ring += [tip[None], upper]
        ring = [lower[::-1], tip[None], upper]
    mask = filled(np.concatenate(ring), eye.opening.shape, max(0.45, size / 900))
    coverage = 1.0 if item.coverage is None else item.coverage
    _ink(canvas, eye, item, light, keep, LINER * coverage * mask * eye.trust)


def paint_lashes(canvas: Canvas, eye: Eye, item: Cosmetic, light: Float32, keep: Float32, size: float) -> None:
    """Draw lashes, longer outwards; arguments as `paint_shadow`."""
    line = _dense(eye.upper, 60)
    normal = _outward(line, eye)
    out = np.zeros((eye.opening.shape[0] * FINER, eye.opening.shape[1] * FINER), np.uint8)
    chance = np.random.default_rng(11)
    side = (line[0] - line[-1]) / max(float(np.linalg.norm(line[0] - line[-1])), 1e-3)
    thick = max(1, round(FINER * size / 420))
    s = 0.03 + 0.86 * np.arange(HAIRS)[:, None] / (HAIRS - 1)  # 0 at the outer corner
    at = (s[:, 0] * (len(line) - 1)).astype(int)
    root, up = line[at], normal[at]
    lean = side * (0.9 * (1 - s) - 0.25)
    length = LONG * size * (0.55 + 0.45 * np.sin(np.pi * (0.75 - 0.55 * s))) * chance.uniform(0.85, 1.1, (HAIRS, 1))
    way = up * 0.9 + lean
    way /= np.linalg.norm(way, axis=1, keepdims=True) + 1e-6
    bend = root + (way + 0.35 * lean - 0.25 * up) * 0.5 * length
    tip = root + way * length
    u = np.linspace(0, 1, 8)[None, :, None]
    hairs = (1 - u) ** 2 * root[:, None] + 2 * u * (1 - u) * bend[:, None] + u**2 * tip[:, None]
    scaled = ((hairs + 0.5) * FINER * 2**BITS).round().astype(np.int32)
    cv2.polylines(out, list(scaled[:, :6]), False, 255, thick, cv2.LINE_AA, BITS)
    cv2.polylines(out, list(scaled[:, 5:]), False, 190, max(1, thick - 1), cv2.LINE_AA, BITS)
    mask = cv2.resize(out, eye.opening.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    coverage = 1.0 if item.coverage is None else item.coverage
    _ink(canvas, eye, item, light, keep, LASHES * coverage * mask * eye.trust)


def paint_brows(canvas: Canvas, eye: Eye, item: Cosmetic, light: Float32, keep: Float32, size: float) -> None:
    """Colour a brow's hair, where it is darker than the skin round it; arguments as `paint_shadow`."""
    hull = cv2.convexHull(eye.brow.astype(np.float32))[:, 0]
    middle = hull.mean(0)
    zone = filled(middle + (hull - middle) * (1.06, 1.30), eye.opening.shape, max(0.8, 0.008 * size))
    level = np.asarray(canvas.light[eye.at] @ LUMINANCE, np.float32)
    around = cv2.GaussianBlur(level, (0, 0), max(2.0, 0.05 * size))
    hair = np.empty_like(level)
    darkest(level, around, hair)
    coverage = 1.0 if item.coverage is None else item.coverage
    shading = np.clip(level / (around + 1e-4), 0.3, 1.2)[..., None]
    base = item.colour * light * (0.55 + 0.45 * shading)
    mask = BROWS * coverage * zone * (0.25 + 0.75 * hair) * eye.trust * keep[eye.at]
    canvas.lay(np.asarray(base, np.float32), np.asarray(mask, np.float32), eye.at)


def _ink(canvas: Canvas, eye: Eye, item: Cosmetic, light: Float32, keep: Float32, mask: Float32) -> None:
    part = canvas.light[eye.at]
    base = np.minimum(np.broadcast_to(item.colour * light * 0.8, part.shape), part)
    canvas.lay(np.ascontiguousarray(base, np.float32), np.asarray(mask * keep[eye.at], np.float32), eye.at)


def _dense(points: Float32, count: int) -> Float32:
    """The line through points, evenly (N, 2) → (count, 2)."""
    smooth = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    curve = smooth_ring(smooth, 6)[6 : 6 * (len(points))]
    curve = np.concatenate([curve, points[-1:]])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count)
    return np.column_stack([np.interp(at, length, curve[:, k]) for k in range(2)]).astype(np.float32)


def _outward(line: Float32, eye: Eye) -> Float32:
    """(N, 2) unit normals of a lash line, away from the eye."""
    along = np.gradient(line, axis=0)
    normal = np.column_stack([along[:, 1], -along[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-6
    up = eye.brow.mean(0) - eye.upper.mean(0)
    if float((normal.mean(0) * up).sum()) < 0:
        normal = -normal
    return np.asarray(normal, np.float32)
