"""A persona's glasses: two rims, a bridge and the beginning of the temples, drawn over a finished picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity
from countenance.head.template import FloatArray, load_template

WIRE = 0.17  # cm
COLOUR = (28, 24, 26)


def put_on(srgb: NDArray[np.uint8], kind: str, head: FloatArray, pose: Similarity, samples: int) -> None:
    """Draw them into (h, w, 3) uint8, `samples` to a pixel of the pose.

    Args:
        kind: round or square.
        head: (V, 3) as it is drawn.
    """
    template = load_template()
    turn = np.linspace(0, 2 * np.pi, 97)[:-1]
    power = 1.0 if kind == "round" else 0.42
    half = (2.35, 2.1 if kind == "round" else 1.65)
    shape = np.stack(
        [
            np.sign(wave) * np.abs(wave) ** power * cm
            for wave, cm in zip((np.cos(turn), np.sin(turn)), half, strict=True)
        ],
        1,
    )
    rims = []
    for name, side in (("eye_left", 1.0), ("eye_right", -1.0)):
        eye = head[template.vertices_of(name)].mean(0)
        # The rim follows the face: back at its outer side.
        depth = eye[2] - 2.7 + 0.12 * np.clip(side * shape[:, 0] + 2.35, 0, 9) ** 1.4
        rims.append(np.column_stack([eye[0] + side * 0.25 + shape[:, 0], eye[1] + 0.25 + shape[:, 1], depth]))
    left, right = (rims[0], rims[1]) if rims[0][:, 0].mean() > 0 else (rims[1], rims[0])
    inner_left, inner_right = left[np.argmin(left[:, 0])], right[np.argmax(right[:, 0])]
    middle = (inner_left + inner_right) / 2 + np.array([0, -0.4, -0.5])
    lines = [(left, True), (right, True), (np.stack([inner_right, middle, inner_left]), False)]
    for rim, side in ((left, 1.0), (right, -1.0)):
        outer = rim[np.argmax(side * rim[:, 0])] + np.array([0, -0.5, 0])
        lines.append((np.stack([outer, outer + np.array([side * 1.9, -0.05, 2.6])]), False))
    drawn = srgb.copy()
    width = max(1, round(WIRE * pose.scale * samples))
    for rim in (left, right):
        tinted = drawn.copy()
        cv2.fillPoly(tinted, [_pixels(rim, pose, samples)], (225, 236, 245))
        cv2.addWeighted(tinted, 0.08, drawn, 0.92, 0, dst=drawn)
    for line, closed in lines:
        cv2.polylines(drawn, [_pixels(line, pose, samples)], closed, COLOUR, width, cv2.LINE_AA)
    srgb[:] = drawn


def _pixels(places: FloatArray, pose: Similarity, samples: int) -> NDArray[np.int32]:
    return np.rint((pose.apply(places)[:, :2] + 0.5) * samples - 0.5).astype(np.int32)
