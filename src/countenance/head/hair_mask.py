"""Hair in a picture: where it is, what colours it has, and which of a few styles comes nearest.

GrabCut (Rother, Kolmogorov and Blake 2004) inside the person's matte, from what lies over the forehead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import FACE_OVAL, LEFT_BROW, RIGHT_BROW
from countenance.face.types import Face
from countenance.head.view import to_linear

FloatArray = NDArray[np.float32]
Style = Literal["short", "bob", "long", "tied", "covered", "none"]
STYLES: tuple[Style, ...] = ("short", "bob", "long", "tied", "covered", "none")

FACE_ROWS = 96.0  # pixels of the face's height in the picture that is cut
BALD = 11.0  # CIE Lab: hair is at least so unlike the skin
CLOTH = 34.0  # chroma beyond which no hair is, of a hue that hair does not have
LEAST = 0.25  # of the band over the forehead that must be hair


@dataclass(frozen=True)
class HairFound:
    """Hair as a picture shows it.

    Attributes:
        mask: (h, w) float32 in [0, 1].
        style: the nearest.
        dark, middle, light: (3,) linear colours, by quantiles of luminance.
    """

    mask: FloatArray
    style: Style
    dark: tuple[float, float, float]
    middle: tuple[float, float, float]
    light: tuple[float, float, float]


def find_hair(pixels: NDArray[np.uint8], face: Face, person: FloatArray | None) -> HairFound:
    """The hair of one face.

    Args:
        pixels: (h, w, 3) uint8 sRGB.
        face: the person's.
        person: (h, w) matte in [0, 1]; None: nothing is cut, and the style is `none`.
    """
    height, width = pixels.shape[:2]
    empty = np.zeros((height, width), np.float32)
    if person is None:
        return HairFound(empty, "none", (0, 0, 0), (0, 0, 0), (0, 0, 0))
    oval = face.landmarks[FACE_OVAL, :2]
    tall = float(np.ptp(oval[:, 1]))
    low, high = oval.min(0) - tall * np.array([1.0, 1.0]), oval.max(0) + tall * np.array([1.0, 1.0])
    x0, y0 = np.maximum(low.astype(int), 0)
    x1, y1 = np.minimum(high.astype(int), (width, height))
    scale = min(1.0, FACE_ROWS / tall)
    size = (max(8, round((x1 - x0) * scale)), max(8, round((y1 - y0) * scale)))
    small = cv2.resize(pixels[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA)
    matte = cv2.resize(person[y0:y1, x0:x1], size, interpolation=cv2.INTER_AREA)
    ring = (oval - (x0, y0)) * scale
    marks = _marks(size, ring, matte, (face.landmarks[:, :2] - (x0, y0)) * scale)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    sure = marks == cv2.GC_FGD
    skin = np.median(lab[_core(size, ring)], axis=0)
    if sure.sum() < 20:
        return HairFound(empty, "none", (0, 0, 0), (0, 0, 0), (0, 0, 0))
    crown = lab[sure]
    unlike = np.linalg.norm(crown - skin, axis=1) > BALD
    if unlike.mean() < LEAST:
        return HairFound(empty, "none", (0, 0, 0), (0, 0, 0), (0, 0, 0))
    middle = np.median(crown[unlike], axis=0)
    like_skin = np.linalg.norm(lab - skin, axis=2) < np.linalg.norm(lab - middle, axis=2)
    marks[sure & like_skin] = cv2.GC_PR_BGD
    marks[_core(size, ring, 0.9) & like_skin] = cv2.GC_BGD
    cv2.setRNGSeed(3)
    cv2.grabCut(small, marks, None, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    hair = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)) & (matte > 0.5) & ~(like_skin & _core(size, ring, 1.05))
    count, labels = cv2.connectedComponents(hair.astype(np.uint8))
    touching = [k for k in range(1, count) if (sure & (labels == k)).any()]
    hair = np.isin(labels, touching)
    part = cv2.resize(hair.astype(np.float32), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    mask = empty.copy()
    mask[y0:y1, x0:x1] = part * person[y0:y1, x0:x1]
    colours = to_linear(small[hair]) if hair.any() else to_linear(small[sure])
    order = colours[np.argsort(colours.mean(1))]
    dark, medium, light = (_triple(order[int(q * (len(order) - 1))]) for q in (0.15, 0.42, 0.7))
    return HairFound(mask, _style(hair, ring, middle), dark, medium, light)


def _triple(colour: NDArray[np.floating]) -> tuple[float, float, float]:
    r, g, b = (float(v) for v in colour)
    return r, g, b


def _core(size: tuple[int, int], ring: NDArray[np.floating], share: float = 0.7) -> NDArray[np.bool_]:
    """(h, w): the oval, made smaller or larger about its middle."""
    middle = ring.mean(0)
    inner = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(inner, [np.rint(middle + (ring - middle) * share).astype(np.int32)], 1)
    return inner > 0


def _marks(
    size: tuple[int, int], ring: NDArray[np.floating], matte: FloatArray, points: NDArray[np.floating]
) -> NDArray[np.uint8]:
    """GrabCut's first guess."""
    width, height = size
    marks = np.full((height, width), cv2.GC_BGD, np.uint8)
    rows = np.arange(height)[:, None] * np.ones((1, width))
    chin = float(ring[:, 1].max())
    person = matte > 0.5
    marks[person] = cv2.GC_PR_BGD
    inner = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inner, [np.rint(ring).astype(np.int32)], 1)
    outside = person & (inner == 0)
    marks[outside & (rows < chin)] = cv2.GC_PR_FGD
    middle = ring.mean(0)
    core = np.zeros((height, width), np.uint8)
    cv2.fillPoly(core, [np.rint(middle + (ring - middle) * 0.86).astype(np.int32)], 1)
    brows = float(points[np.concatenate([LEFT_BROW, RIGHT_BROW]), 1].min())
    marks[(core > 0) & (rows > brows)] = cv2.GC_BGD
    top = float(ring[:, 1].min())
    tall = chin - top
    columns = np.arange(width)[None] * np.ones((height, 1))
    # What lies well over the forehead: hair, or what covers it.
    crown = person & (rows < top - 0.09 * tall) & (np.abs(columns - middle[0]) < 0.36 * tall)
    marks[crown] = cv2.GC_FGD
    return marks


def _style(hair: NDArray[np.bool_], ring: NDArray[np.floating], crown: NDArray[np.floating]) -> Style:
    chroma, hue = float(np.hypot(crown[1], crown[2])), float(np.degrees(np.arctan2(crown[2], crown[1])))
    if chroma > CLOTH and not 20 < hue < 95:
        return "covered"
    top, chin = float(ring[:, 1].min()), float(ring[:, 1].max())
    tall = chin - top
    left, right = float(ring[:, 0].min()), float(ring[:, 0].max())
    columns = np.arange(hair.shape[1])
    beside = ((columns > left - 0.5 * tall) & (columns < left)) | ((columns < right + 0.5 * tall) & (columns > right))
    rows = np.flatnonzero(hair[:, beside].sum(1) > 0.05 * tall)
    lowest = (float(rows.max()) - top) / tall if len(rows) else 0.0
    if lowest < 0.72:
        return "short"
    return "bob" if lowest < 1.2 else "long"
