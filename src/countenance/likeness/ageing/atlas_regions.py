"""What of an atlas is what: skin, lips, eyes, brows, beard, and how fine the detail is that it carries.

By landmarks first, then by what the picture shows: hair and spectacles are no skin, wherever they lie. Knows nothing
of years.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.likeness.atlas import atlas_mesh
from countenance.likeness.views import log_colour
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

NOSTRILS = np.array([64, 98, 97, 2, 326, 327, 294])
BEARDED = (7.0, 16.0)  # L* by which half of a lip or chin is darker than skin: shaven or stubble, and hair
LENIENT = 1.5  # times as far from the middle of the skin's colours
FINE_TYPICAL = 0.24  # fine over coarse detail of a photograph that is about as sharp as its atlas


@dataclass(frozen=True)
class Ground:
    """What of an atlas is what, each (side, side) float32 in [0, 1].

    Attributes:
        skin: bare skin that is seen to be skin.
        lips, eyes: by landmarks.
        brows, beard: their hair, as far as it is darker than skin; of a beard, if one grows.
        least: the narrowest fold that the material carries, standard deviation in texels.
    """

    skin: FloatArray
    lips: FloatArray
    eyes: FloatArray
    brows: FloatArray
    beard: FloatArray
    least: float


@lru_cache(maxsize=4)
def _parts(side: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Lips, eyes, brows and the beard's place on every atlas of that side."""
    uv = atlas_mesh().uv * side - 0.5

    def filled(rings: list[NDArray[np.integer]], grow: float, soft: float) -> FloatArray:
        mask = np.zeros((side, side), np.uint8)
        for ring in rings:
            cv2.fillPoly(mask, [uv[ring].round().astype(np.int32)], 255)
        reach = max(1, round(abs(grow) * side)) * 2 + 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
        mask = cv2.dilate(mask, kernel) if grow > 0 else cv2.erode(mask, kernel) if grow < 0 else mask
        return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft * side), np.float32)

    lips = filled(
        [np.concatenate([LIPS_OUTER_UPPER, LIPS_INNER_UPPER[::-1]]),
         np.concatenate([LIPS_OUTER_LOWER, LIPS_INNER_LOWER[::-1]])], 0.0, 1.6 / 512,
    )  # fmt: skip
    eyes = filled(
        [np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER[::-1]]),
         np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER[::-1]])], 1.0 / 512, 1.2 / 512,
    )  # fmt: skip
    brows = filled([RIGHT_BROW, LEFT_BROW], 5.0 / 512, 3.0 / 512)
    y = (np.arange(side, dtype=np.float32)[:, None] + 0.5) / side
    x = (np.arange(side, dtype=np.float32)[None] + 0.5) / side
    low = 1 / (1 + np.exp(-(y - 0.578) / 0.008))
    wide = 1 / (1 + np.exp((np.abs(x - 0.5) - 0.30) / 0.02))
    beard = low * wide * (1 - filled([np.concatenate([LIPS_OUTER_UPPER, LIPS_OUTER_LOWER[::-1]])], 2 / 512, 2 / 512))
    return lips, eyes, brows, np.asarray(beard, np.float32)


def luminance(texture: NDArray[np.integer] | FloatArray) -> FloatArray:
    """(side, side): mean of the three logarithms."""
    return np.asarray(log_colour(texture).mean(-1), np.float32)


@lru_cache(maxsize=4)
def _bare(side: int) -> FloatArray:
    """Where skin lies on every atlas: the mesh with its rings, without eyes, brows, lips, nostrils and its rim."""
    mesh = atlas_mesh()
    uv = mesh.uv * side - 0.5
    mask = np.zeros((side, side), np.uint8)
    for triangle in mesh.triangles:
        cv2.fillConvexPoly(mask, uv[triangle].round().astype(np.int32), 255)
    rim = max(3, side // 28)
    soft = cv2.GaussianBlur(cv2.erode(mask, np.ones((rim, rim), np.uint8)).astype(np.float32) / 255, (0, 0), side / 80)
    lips, eyes, brows, _ = _parts(side)
    nose = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(nose, cv2.convexHull(uv[NOSTRILS].astype(np.float32)).round().astype(np.int32), 255)
    nose = cv2.dilate(nose, np.ones((3, 3), np.uint8))
    nostrils = cv2.GaussianBlur(nose.astype(np.float32) / 255, (0, 0), side / 256)
    wide_lips = np.clip(2.2 * cv2.GaussianBlur(lips, (0, 0), side / 300), 0, 1)
    wide_eyes = np.clip(3.0 * cv2.GaussianBlur(eyes, (0, 0), side / 200), 0, 1)
    return np.asarray(soft * (1 - nostrils) * (1 - wide_lips) * (1 - wide_eyes) * (1 - brows), np.float32)


def detail(texture: Pixels, skin: FloatArray) -> float:
    """How much of the finest detail an atlas holds, over what is four times as coarse: 0.25 and more when it is sharp,
    0.14 when its pictures were blown up four times.

    The ratio of two differences of Gaussians, at the 98th percentile of bare skin.
    """
    light = luminance(texture)
    scale = texture.shape[0] / 512
    a, b, c, d = (cv2.GaussianBlur(light, (0, 0), s * scale) for s in (0.6, 1.2, 2.4, 4.8))
    sure = skin > 0.8
    if sure.sum() < 100:
        return 0.0
    return float(np.percentile(np.abs(a - b)[sure], 98) / (np.percentile(np.abs(c - d)[sure], 98) + 1e-5))


@lru_cache(maxsize=4)
def _beards(side: int) -> tuple[tuple[NDArray[np.bool_], ...], tuple[FloatArray, ...]]:
    """Where to look for a moustache and for a beard, and where they may grow."""
    beard = _parts(side)[3]
    y = (np.arange(side, dtype=np.float32)[:, None] + 0.5) / side
    off = np.abs((np.arange(side, dtype=np.float32)[None] + 0.5) / side - 0.5)
    lip = (beard > 0.8) & (y > 0.585) & (y < 0.635) & (off < 0.075)
    chin = (beard > 0.8) & (y > 0.72) & (y < 0.80) & (off < 0.10)
    above = beard / (1 + np.exp((y - 0.67) / 0.01)) / (1 + np.exp((off - 0.13) / 0.01))
    all_round = beard / (1 + np.exp((y - 0.84) / 0.008))
    return (lip, chin), (above.astype(np.float32), all_round.astype(np.float32))


@lru_cache(maxsize=4)
def _lenient(side: int) -> FloatArray:
    """(side, side) in [0, 1]: from the eyes to the chin, where what is dark and rough is a fold sooner than hair."""
    y = (np.arange(side, dtype=np.float32)[:, None] + 0.5) / side
    off = np.abs((np.arange(side, dtype=np.float32)[None] + 0.5) / side - 0.5)
    high, low, wide = (1 / (1 + np.exp(v / 0.01)) for v in (0.455 - y, y - 0.83, off - 0.19))
    return np.asarray(high * low * wide, np.float32)


def ground_of(texture: Pixels) -> Ground:
    """What of the first view's atlas is what."""
    side = texture.shape[0]
    scale = side / 512
    lips, eyes, brows, beard = _parts(side)
    by_landmarks = _bare(side)
    lab = cv2.cvtColor(cv2.GaussianBlur(texture, (0, 0), 1.5 * scale).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    sure = by_landmarks > 0.9
    middle = np.median(lab[sure], axis=0)
    spread = np.clip(1.48 * np.median(np.abs(lab[sure] - middle), axis=0), (6.0, 3.0, 3.5), (8.0, 6.0, 6.0))
    away = np.abs(lab - middle) / spread
    lenient = _lenient(side)
    allowed = np.dstack([1.6 + LENIENT * lenient, np.full_like(lenient, 1.8), np.full_like(lenient, 1.8)])
    far = np.sqrt((np.maximum(away - allowed, 0) ** 2).sum(-1))
    light = luminance(texture)
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)) / scale
    rough = cv2.GaussianBlur(slope.astype(np.float32), (0, 0), 2.5 * scale)
    alike = np.exp(-0.5 * (far / 1.3) ** 2) / (1 + (rough / (0.55 * (1 + LENIENT * lenient))) ** 4)
    alike = cv2.erode(alike.astype(np.float32), np.ones((3, 3), np.uint8))
    skin = cv2.GaussianBlur(np.asarray(alike * by_landmarks, np.float32), (0, 0), 2.0 * scale)
    fine = detail(texture, skin)
    least = scale * float(np.clip((FINE_TYPICAL / (fine + 1e-3)) ** 1.5, 0.9, 3.0))
    near = around(lab, skin)
    darker = np.clip((near[..., 0] - lab[..., 0] - 3.0) / 14.0, 0, 1)
    grows = np.zeros_like(beard)
    for zone, wide in zip(*_beards(side), strict=True):
        hair = float(np.median((near[..., 0] - lab[..., 0])[zone]))
        grows = np.maximum(grows, wide * np.clip((hair - BEARDED[0]) / (BEARDED[1] - BEARDED[0]), 0, 1))
    return Ground(skin, lips, eyes, brows * darker, beard * grows * np.clip(2 * darker - 0.6, 0, 1), least)


def around(lab: FloatArray, skin: FloatArray) -> FloatArray:
    """The colour of the skin round each texel, also under hair and lips."""
    side = lab.shape[0]
    small = cv2.resize(lab * skin[..., None], (128, 128), interpolation=cv2.INTER_AREA)
    mass = cv2.resize(skin, (128, 128), interpolation=cv2.INTER_AREA)
    total = cv2.GaussianBlur(small, (0, 0), 6.0) + 1e-3 * cv2.GaussianBlur(small, (0, 0), 24.0)
    share = cv2.GaussianBlur(mass, (0, 0), 6.0) + 1e-3 * cv2.GaussianBlur(mass, (0, 0), 24.0)
    return np.asarray(cv2.resize(total / (share[..., None] + 1e-6), (side, side)), np.float32)
