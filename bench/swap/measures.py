"""What a swap is measured by, before anything is encoded. Plain functions of pixels, landmarks and masks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from bench.dub.measures import gradient, psnr
from countenance.face.pose import rotation_angle
from countenance.face.topology import (
    FACE_OVAL,
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    MOUTH_CORNERS,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.face.types import Face
from countenance.media.frames import Pixels

Float32 = NDArray[np.float32]

BAND = 0.035  # of the face's size: how far inside and outside the oval skin is compared, and gradients are looked at


def rotation(face: Face) -> Float32:
    """(3, 3) of a head, as the landmarker fits it."""
    turned = face.pose[:3, :3].astype(np.float64)
    return np.asarray(turned / np.cbrt(np.linalg.det(turned)), np.float32)


def pose_error(a: Face, b: Face) -> float:
    """Angle between two heads' rotations, degrees."""
    return rotation_angle(rotation(a).astype(np.float64), rotation(b).astype(np.float64))


def oval_mask(face: Face, shape: tuple[int, ...], grow: float = 0.0) -> NDArray[np.bool_]:
    """(h, w): inside the oval, grown or shrunk by a share of the face's size."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [face.landmarks[FACE_OVAL, :2].round().astype(np.int32)], 1)
    reach = round(abs(grow) * face.size)
    if reach:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
        mask = np.asarray((cv2.dilate if grow > 0 else cv2.erode)(mask, kernel), np.uint8)
    return np.asarray(mask > 0)


def seam(plate: Pixels, drawn: Pixels, face: Face) -> float:
    """Mean gradient in a band round the oval, over the plate's there."""
    band = oval_mask(face, plate.shape, 0.01) & ~oval_mask(face, plate.shape, -2 * BAND)
    return gradient(drawn, band) / max(gradient(plate, band), 1e-6)


def edge_colour(pixels: Pixels, face: Face) -> float:
    """CIE76 ΔE between chin and jaw just inside the oval and just outside: the neck's own shade included."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    points = face.landmarks[FACE_OVAL, :2]
    middle = points.mean(0)
    inside = points + (middle - points) * 0.16
    outer = points + (middle - points) * 0.02
    away = []
    for a, b in zip(inside, outer, strict=True):
        one, two = _patch(lab, a, face.size), _patch(lab, b, face.size)
        if one is not None and two is not None:
            away.append(float(np.linalg.norm(one - two)))
    return float(np.mean(away)) if away else float("nan")


def _patch(lab: Float32, at: NDArray[np.floating], size: float) -> Float32 | None:
    reach = max(1, round(0.012 * size))
    x, y = at.round().astype(int)
    part = lab[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
    return np.asarray(part.reshape(-1, 3).mean(0), np.float32) if part.size else None


def flicker(before: tuple[Pixels, Face], now: tuple[Pixels, Face], two_before: tuple[Pixels, Face]) -> float:
    """Mean change of the face's inside against the mean of its two neighbours' motion, grey levels.

    Frames are brought onto the middle one by the affine map of the plate's landmarks; what then differs between the
    middle frame and the mean of the frames round it is no motion but noise, grain and flicker.
    """
    middle, face = now
    where = oval_mask(face, middle.shape, -0.08)
    others = [_onto(pixels, other, face, middle.shape) for pixels, other in (before, two_before)]
    mean = (others[0] + others[1]) / 2
    grey = cv2.cvtColor(middle, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.abs(grey - mean)[where].mean())


def _onto(pixels: Pixels, face: Face, target: Face, shape: tuple[int, ...]) -> Float32:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    a, b = (np.ascontiguousarray(one.landmarks[:468, :2]) for one in (face, target))
    matrix, _ = cv2.estimateAffine2D(a, b, method=cv2.LMEDS)
    return np.asarray(cv2.warpAffine(grey, matrix, (shape[1], shape[0]), flags=cv2.INTER_CUBIC), np.float32)


def box_quality(truth: Pixels, drawn: Pixels, face: Face) -> tuple[float, float]:
    """PSNR in decibels and SSIM inside the face's box."""
    x0, y0, x1, y1 = (int(v) for v in face.box)
    a, b = (np.ascontiguousarray(p[max(0, y0) : y1, max(0, x0) : x1]) for p in (truth, drawn))
    whole = np.ones(a.shape[:2], bool)
    return psnr(a, b, whole), float(structural_similarity(a, b, channel_axis=2))


def mouth(face: Face) -> tuple[float, float]:
    """Width between the inner corners and opening between the lips, over the distance of the outer eye corners."""
    points = face.landmarks.astype(np.float64)
    across = max(float(np.linalg.norm(points[33] - points[263])), 1e-6)
    width, opening = (float(np.linalg.norm(points[a] - points[b])) for a, b in (MOUTH_CORNERS, (13, 14)))
    return width / across, opening / across


def skin_look(pixels: Pixels, face: Face) -> tuple[float, float]:
    """Chroma (CIELAB) and local contrast of a face's skin: the median length of (a, b), and the standard deviation of
    lightness between 1.2 and 7 % of the face's size: nose, cheeks, folds; not pores, not the room's light."""
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    where = oval_mask(face, pixels.shape, -0.05)
    for ring, grow in ((LEFT_EYE, 0.05), (RIGHT_EYE, 0.05), (MOUTH, 0.02)):
        hole = np.zeros(pixels.shape[:2], np.uint8)
        cv2.fillConvexPoly(hole, cv2.convexHull(face.landmarks[ring, :2].round().astype(np.int32)), 1)
        reach = max(1, round(grow * face.size))
        where &= cv2.dilate(hole, np.ones((2 * reach + 1,) * 2, np.uint8)) == 0
    chroma = float(np.median(np.linalg.norm(lab[where][:, 1:], axis=1)))
    weight = where.astype(np.float32)

    def soft(sigma: float) -> Float32:
        mass = cv2.GaussianBlur(weight, (0, 0), sigma * face.size)
        return np.asarray(cv2.GaussianBlur(lab[..., 0] * weight, (0, 0), sigma * face.size) / (mass + 1e-3), np.float32)

    return chroma, float((soft(0.012) - soft(0.07))[where].std())


LEFT_EYE = np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_BROW])
RIGHT_EYE = np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_BROW])
MOUTH = np.concatenate([LIPS_OUTER_UPPER, LIPS_OUTER_LOWER])
