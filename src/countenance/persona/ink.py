"""Lines where one thing ends before another: outlines thick, what lies within them thin. On samples, sRGB-free."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.persona.scene import CLOTH, EYE, FAR, HAIR, MOUTH, NOTHING, SCARF, SKIN, Scene

Image = NDArray[np.float32]
OUTER, INNER, FINE = 0.115, 0.07, 0.045  # cm


def ink_lines(scene: Scene) -> Image:
    """(h, w) in [0, 1]: how much ink there is."""
    kind = np.where(scene.kind == MOUTH, SKIN, scene.kind).astype(np.uint8)
    body = (kind != NOTHING).astype(np.uint8)
    outer = _edge(body, _round(OUTER * scene.scale)) & (body > 0)
    # Skin against hair or cloth; eyes have lines of their own.
    plain = np.where(kind == EYE, SKIN, kind).astype(np.uint8)
    inner = _edge(plain, _round(INNER * scene.scale * 0.75))
    near = np.minimum(scene.depth, scene.depth[scene.depth < FAR].max(initial=0) + 1)
    box = _round(INNER * scene.scale * 0.75)
    jump = (cv2.dilate(near, box) - cv2.erode(near, box)) / scene.scale
    cloth = (kind == CLOTH) | (kind == SCARF)
    fold = (jump > 0.75) & (plain == SKIN)
    # Locks among each other: only where one stands before the other.
    thin = _round(FINE * scene.scale)
    region = np.where(np.isin(kind, (HAIR, CLOTH, SCARF)), scene.region, 0).astype(np.float32)
    step = (cv2.dilate(near, thin) - cv2.erode(near, thin)) / scene.scale
    between = (cv2.dilate(region, thin) != cv2.erode(region, thin)) & (region > 0)
    locks = between * np.clip((step - 0.12) / 0.3, 0, 1) * 0.8
    locks = np.where(cloth & between, 0.85, locks)
    line = np.maximum(np.maximum(outer * 1.0, inner * 0.95), np.maximum(fold * 0.9, locks))
    return np.asarray(cv2.GaussianBlur(line.astype(np.float32), (0, 0), 0.9), np.float32)


def inked(lit: Image, line: Image) -> Image:
    """Ink in a dark of the colour that it lies on, so that no line is plain black."""
    soft = cv2.blur(lit, (9, 9))
    ink = 0.13 * soft * np.array([1.0, 0.66, 0.66], np.float32) + 0.003
    return np.asarray(lit + line[..., None] * (ink - lit), np.float32)


def _edge(values: NDArray[np.uint8], box: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(values, box) != cv2.erode(values, box))


def _round(diameter: float) -> NDArray[np.uint8]:
    size = max(3, 2 * round(diameter / 2) + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
