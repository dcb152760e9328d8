"""What a dub is measured by, before anything is encoded. Plain functions of pixels and landmarks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.dub_rig import NOSE_BASE
from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.media.frames import Pixels

UPPER, LOWER, EYES = 13, 14, (33, 263)
MARGIN = 0.35  # of the face's width that jaw and neck may move beyond its outline
SEAM = 3  # pixels: how wide a band round the edge of what was redrawn is looked at


def lower_face(face: Face, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(h, w): the outline of the face below the base of the nose, and a margin round it."""
    oval = face.landmarks[FACE_OVAL, :2]
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(oval.round().astype(np.int32)), 255)
    reach = round(MARGIN * float(np.ptp(oval[:, 0])))
    grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    grown[: max(0, int(face.landmarks[[NOSE_BASE, 50, 280], 1].min()) - 4)] = 0
    return np.asarray(grown > 0)


def psnr(a: Pixels, b: Pixels, where: NDArray[np.bool_]) -> float:
    """Decibels; infinite for the same."""
    error = float(((a[where].astype(np.float64) - b[where]) ** 2).mean()) if where.any() else 0.0
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def seam(original: Pixels, drawn: Pixels) -> float | None:
    """Mean gradient in a band round the edge of what was redrawn, over the original's there; None: nothing was."""
    changed = np.asarray((original != drawn).any(2), np.uint8)
    if changed.sum() < 200:
        return None
    whole = cv2.morphologyEx(changed, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    found, _ = cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    band = np.zeros_like(whole)
    cv2.drawContours(band, [max(found, key=cv2.contourArea)], -1, 1, 2 * SEAM + 1)
    return gradient(drawn, band > 0) / max(1e-6, gradient(original, band > 0))


def gradient(pixels: Pixels, where: NDArray[np.bool_]) -> float:
    """Mean size of the luma's gradient."""
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    return float(np.hypot(across, down)[where].mean())


def lip_gap(face: Face) -> float:
    """Between the inner lips, over the distance of the eyes' outer corners in space: yaw does not change it."""
    points = face.landmarks
    return float(np.linalg.norm(points[UPPER] - points[LOWER]) / np.linalg.norm(points[EYES[0]] - points[EYES[1]]))
