"""Where other people's faces lie in a frame: nothing is laid there, whoever stands in front. Knows faces alone."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face

WIDER = 1.06  # of the landmarks' hull, round its middle
FOREHEAD = 0.22  # of the height from chin to brow that the landmarks leave out above them
SAME = 0.15  # of a face's size: a face whose landmarks lie nearer than this is the same one


def barred(others: Sequence[Face], own: Face, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Which pixels of a region belong to somebody else.

    Args:
        others: the faces of the frame; the person's own among them is passed over.
        own: the person's.
        box: x0, y0, x1, y1 of the region.

    Returns:
        (y1 − y0, x1 − x0) bool.
    """
    x0, y0, x1, y1 = box
    there = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for one in others:
        if not is_same(one, own):
            hull = outline(one) - np.array([x0, y0])
            cv2.fillConvexPoly(there, np.clip(np.round(hull), -30_000, 30_000).astype(np.int32), 1)
    return there.astype(np.bool_)


def is_same(one: Face, other: Face) -> bool:
    """Whether two measurements of one frame are of the same face."""
    away = np.linalg.norm(one.landmarks[:, :2] - other.landmarks[:, :2], axis=1).mean()
    return bool(away < SAME * min(one.size, other.size))


def outline(face: Face) -> NDArray[np.float64]:
    """(N, 2) pixels: a convex outline of a face, its forehead with it."""
    points = face.landmarks[:, :2].astype(np.float64)
    oval = points[FACE_OVAL]
    middle = oval.mean(0)
    up = points[10] - points[152]
    upper = oval[(oval - middle) @ up > 0] + FOREHEAD * up
    every = np.concatenate([middle + WIDER * (points - middle), upper])
    return np.asarray(cv2.convexHull(every.astype(np.float32))[:, 0], np.float64)
