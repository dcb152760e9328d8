"""Which pixels are the person: a matte round one face, from MediaPipe's selfie segmenter, sharpened to its edges.

Guided filter: He, Sun and Tang, "Guided image filtering", PAMI 35(6), 2013.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.models import model_path

FloatArray = NDArray[np.float32]

SIDE = 256  # the segmenter's input
REACH = 2.0  # half the working crop's side in face sizes: shoulders show, small hairs still count
# The segmenter is asked at several crops, half sides and shifts down in face sizes: close ones know hats and hair, the
# wide one knows shoulders. Each counts the more, the finer it sees; close ones not at all below the chin.
VIEWS = ((1.2, -0.3), (1.2, 0.0), (1.5, -0.25), (1.5, 0.2), (REACH, 0.0))
CHIN = (0.2, 0.6)  # face sizes below the face's middle between which close views fade
RIM = 0.08  # of a view's side, where it sees too little around to be trusted
EDGE = (0.30, 0.78)  # the segmenter's soft rim is brought down to these
TRUST = 0.85  # of the face must be person, else the segmenter has not understood the picture


def person_matte(pixels: Pixels, face: Face) -> FloatArray | None:
    """(h, w) float32 in [0, 1], 1 on the person; None where the segmenter does not see one.

    Raises:
        ModelMissing, ModelCorrupt.
    """
    height, width = pixels.shape[:2]
    half = face.size * REACH
    x0, y0 = (int(v) for v in face.centre - half)
    x1, y1 = (int(v) for v in face.centre + half)
    sides = (max(0, -y0), max(0, y1 - height), max(0, -x0), max(0, x1 - width))
    inside = pixels[max(0, y0) : y1, max(0, x0) : x1]
    crop = cv2.copyMakeBorder(inside, *sides, cv2.BORDER_REFLECT_101 if min(inside.shape[:2]) > max(sides) else 1)
    side = crop.shape[0]
    work = min(side, 1024)  # the filter is local: finer than this only costs time
    guide = cv2.resize(crop, (work, work), interpolation=cv2.INTER_AREA)
    rough = _seen(guide, work / (2 * REACH))
    radius = max(2, round(0.025 * work))
    fine = _guided(cv2.cvtColor(guide.astype(np.float32) / 255, cv2.COLOR_RGB2GRAY), rough, radius, 2e-4)
    t = np.clip((fine - EDGE[0]) / (EDGE[1] - EDGE[0]), 0, 1)
    fine = (t * t * (3 - 2 * t)).astype(np.float32)
    fine = cv2.resize(fine, (side, side), interpolation=cv2.INTER_LINEAR)
    matte = np.zeros((height, width), np.float32)
    top, _, left, _ = sides
    part = fine[top : top + inside.shape[0], left : left + inside.shape[1]]
    matte[max(0, y0) : max(0, y0) + part.shape[0], max(0, x0) : max(0, x0) + part.shape[1]] = part
    oval = np.zeros((height, width), np.uint8)
    cv2.fillPoly(oval, [face.landmarks[FACE_OVAL, :2].round().astype(np.int32)], 1)
    if not oval.any() or float(matte[oval > 0].mean()) < TRUST:
        return None
    return np.asarray(np.maximum(matte, cv2.GaussianBlur(oval.astype(np.float32), (0, 0), 1.0)), np.float32)


def _seen(square: Pixels, face_size: float) -> FloatArray:
    """What the views say together, in [0, 1]. `square`: (n, n, 3) uint8 RGB with the face in its middle."""
    side = square.shape[0]
    net = cv2.dnn.readNetFromTFLite(str(model_path("selfie_segmenter")))
    total, weight = np.zeros((side, side), np.float32), np.full((side, side), 1e-6, np.float32)
    ramp = np.clip(np.minimum(np.arange(SIDE), np.arange(SIDE)[::-1]) / (RIM * SIDE), 1e-3, 1).astype(np.float32)
    window = np.minimum.outer(ramp, ramp)

    def fade(to_view: NDArray[np.floating]) -> NDArray[np.float32]:
        """(SIDE, 1): 1 above the chin, 0 below."""
        below = ((np.arange(SIDE) - to_view[1, 2]) / to_view[1, 1] - side / 2) / face_size
        return np.asarray(1 - np.clip((below - CHIN[0]) / (CHIN[1] - CHIN[0]), 0, 1), np.float32)[:, None]

    for reach, down in VIEWS:
        scale = SIDE / (2 * reach * face_size)
        centre = np.array([side / 2, side / 2 + down * face_size])
        to_view = np.column_stack([np.eye(2) * scale, SIDE / 2 - scale * centre])
        shrink = max(1, int(1 / scale))
        source = cv2.resize(square, (side // shrink,) * 2, interpolation=cv2.INTER_AREA) if shrink > 1 else square
        to_source = to_view.copy()
        to_source[:, :2] *= side / source.shape[0]
        small = cv2.warpAffine(source, to_source, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101)
        net.setInput(cv2.dnn.blobFromImage(small.astype(np.float32) / 255))
        answer = np.asarray(net.forward()[0, 0], np.float32)
        back = cv2.invertAffineTransform(to_view)
        wide = reach == REACH
        edge = cv2.BORDER_REPLICATE if wide else cv2.BORDER_CONSTANT
        trust = np.ones_like(window) if wide else window * fade(to_view)
        total += cv2.warpAffine(answer * trust, back, (side, side), borderMode=edge) / reach**2
        weight += cv2.warpAffine(trust, back, (side, side), borderMode=edge) / reach**2
    return np.asarray(total / weight, np.float32)


def _guided(guide: FloatArray, values: FloatArray, radius: int, epsilon: float) -> FloatArray:
    """The grey-guided filter on box windows of 2·radius + 1."""
    window = (2 * radius + 1, 2 * radius + 1)

    def mean(a: NDArray[np.floating]) -> FloatArray:
        return np.asarray(cv2.blur(a, window), np.float32)

    mean_i, mean_p = mean(guide), mean(values)
    a = (mean(guide * values) - mean_i * mean_p) / (mean(guide * guide) - mean_i**2 + epsilon)
    b = mean_p - a * mean_i
    return np.asarray(mean(a) * guide + mean(b), np.float32)
