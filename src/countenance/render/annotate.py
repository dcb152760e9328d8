"""A picture with its faces boxed and numbered, for choosing one. Nothing is synthesised in it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from countenance.face.types import Face
from countenance.marking.unsynthesised_picture import write_unaltered_picture
from countenance.media.frames import Pixels

__all__ = ["annotated", "write_unaltered_picture"]

COLOURS = ((30, 144, 255), (255, 140, 0), (60, 179, 113), (220, 20, 60), (148, 0, 211), (0, 160, 170))


def annotated(pixels: Pixels, faces: Sequence[Face]) -> Pixels:
    """A copy with a numbered box round each face. `pixels`: (h, w, 3) uint8 RGB."""
    out = pixels.copy()
    stroke = max(2, round(max(out.shape[:2]) / 400))
    for number, face in enumerate(faces, 1):
        x0, y0, x1, y1 = (round(v) for v in face.box)
        colour = COLOURS[(number - 1) % len(COLOURS)]
        cv2.rectangle(out, (x0, y0), (x1, y1), colour, stroke, cv2.LINE_AA)
        scale = max(0.6, stroke * 0.45)
        (width, height), base = cv2.getTextSize(str(number), cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
        top = max(0, y0 - height - base - 2 * stroke)
        cv2.rectangle(out, (x0, top), (x0 + width + 3 * stroke, top + height + base + stroke), colour, -1)
        at = (x0 + stroke, top + height + stroke // 2)
        cv2.putText(out, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), stroke, cv2.LINE_AA)
    return np.asarray(out, np.uint8)
