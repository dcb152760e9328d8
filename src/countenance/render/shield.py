"""People beside the subject of a picture, kept as they are: whatever an engine draws, their faces stay to the bit."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.media.frames import Pixels

ROUND = 1.5  # of a face's oval: with ears, chin and most of the hair
OWN = 1.12  # of the subject's own oval, which is never kept back
FEATHER = 0.06  # of a face's size, over which the drawing goes over into what is kept


class Shield:
    """Lays the picture's other faces over what was drawn.

    Args:
        pixels: (h, w, 3) uint8, the picture before.
        own: the subject's face in it.
        others: all other faces in it.
    """

    def __init__(self, pixels: Pixels, own: Face, others: Sequence[Face]) -> None:
        self._parts: list[tuple[slice, slice, Pixels, NDArray[np.float32]]] = []
        height, width = pixels.shape[:2]
        mine = _hull(own, OWN, (height, width))
        for face in others:
            kept = _hull(face, ROUND, (height, width)) * (1 - mine)
            rows, columns = np.nonzero(kept.any(1))[0], np.nonzero(kept.any(0))[0]
            if not rows.size:
                continue
            reach = max(2, round(FEATHER * face.size))
            across = slice(max(0, columns[0] - 2 * reach), columns[-1] + 2 * reach + 1)
            down = slice(max(0, rows[0] - 2 * reach), rows[-1] + 2 * reach + 1)
            part = kept[down, across]
            # 1 throughout the face, falling outside it alone, and nowhere on the subject's own.
            soft = np.maximum(part, cv2.GaussianBlur(cv2.dilate(part, np.ones((reach, reach))), (0, 0), reach / 2))
            share = (soft * (1 - mine[down, across])).astype(np.float32)[..., None]
            self._parts.append((down, across, pixels[down, across].copy(), share))

    def over(self, drawn: Pixels) -> Pixels:
        """The same picture with the others as they were; `drawn` itself is changed."""
        for down, across, before, share in self._parts:
            part = drawn[down, across]
            mixed = part + (before - part.astype(np.float32)) * share + 0.5
            drawn[down, across] = np.where(share >= 1, before, mixed.astype(np.uint8))
        return drawn


def _hull(face: Face, scale: float, shape: tuple[int, int]) -> NDArray[np.float32]:
    """(h, w) float32, 1 inside the face's oval, scaled about its middle."""
    oval = face.landmarks[FACE_OVAL, :2]
    middle = (oval.min(0) + oval.max(0)) / 2
    points = cv2.convexHull((middle + (oval - middle) * scale).round().astype(np.int32))
    return np.asarray(cv2.fillConvexPoly(np.zeros(shape, np.uint8), points, 1), np.float32)
