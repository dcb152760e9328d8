"""The plate bent to other proportions: its own pixels, warped so that the face's vertices come to lie elsewhere.

What lies round the face gives way less and less and at some distance not at all. Knows nothing of likenesses.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.likeness_texture import CELL
from countenance.engines.mesh.vertices import Rings, make_rings
from countenance.face.head import Head
from countenance.face.pose import Similarity
from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.likeness.atlas import RADII
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float64]

FOLLOW = np.array([0.85, 0.55, 0.28, 0.1, 0.0, 0.0, 0.0, 0.0])  # of the outline's change that each ring round it takes
GOES = (0.03, 0.25)  # pixels: what moves less than the first is left as it is
STILL = 4  # the ring that stays, and with it all beyond
INNER_RINGS = len(RADII) * len(FACE_OVAL)


@dataclass(frozen=True)
class Placed:
    """A face in a frame.

    Attributes:
        landmarks: (478, 3) float64, pixels.
        pose: of the head, against its rest.
        shape: (478, 3), the face in the head frame, cm.
        rings: round it.
    """

    landmarks: FloatArray
    pose: Similarity
    shape: FloatArray
    rings: Rings

    @classmethod
    def of(cls, head: Head, face: Face) -> Placed:
        """Where a head whose rest is known is in a frame."""
        landmarks = face.landmarks.astype(np.float64)
        pose, shape = head.locate(landmarks)
        return cls(landmarks, pose, shape, make_rings(landmarks, Head(pose, shape, head.mesh)))

    @property
    def atlas_vertices(self) -> FloatArray:
        """(550, 3): the vertices of the atlas mesh."""
        return np.concatenate([self.landmarks, self.rings.places[:INNER_RINGS]])


@dataclass(frozen=True)
class Reshaped:
    """A region of a frame with its face in other proportions.

    Attributes:
        box: x0, y0, x1, y1 of the region in the frame, of whole cells.
        pixels: (h, w, 3) uint8 RGB, the frame warped.
        vertices: (550, 3), the vertices of the atlas mesh as they lie now, pixels of the frame.
        flat: (478, 2), landmarks as they lie now, pixels of the region.
    """

    box: tuple[int, int, int, int]
    pixels: Pixels
    vertices: FloatArray
    flat: FloatArray

    def inner(self) -> Inner:
        """The part of the region that the atlas covers."""
        x0, y0, x1, y1 = self.box
        low = np.floor(self.vertices[:, :2].min(0)).astype(int) - 2
        high = np.ceil(self.vertices[:, :2].max(0)).astype(int) + 3
        left, top = max(x0, int(low[0])), max(y0, int(low[1]))
        right, bottom = min(x1, int(high[0])), min(y1, int(high[1]))
        right -= (right - left) % CELL
        bottom -= (bottom - top) % CELL
        part = self.pixels[top - y0 : max(top, bottom) - y0, left - x0 : max(left, right) - x0]
        return Inner((left, top, right, bottom), part, self.flat + np.array([x0 - left, y0 - top]))

    def into(self, frame: Pixels) -> Pixels:
        """A copy of the frame with the region in its place."""
        x0, y0, x1, y1 = self.box
        out = frame.copy()
        out[y0:y1, x0:x1] = self.pixels
        return out


@dataclass(frozen=True)
class Inner:
    """A part of a reshaped region.

    Attributes:
        box: x0, y0, x1, y1 in the frame, of whole cells.
        pixels: (h, w, 3) uint8, a view into the region's: what is written here is written there.
        flat: (478, 2), landmarks as they lie now, pixels of the part.
    """

    box: tuple[int, int, int, int]
    pixels: Pixels
    flat: FloatArray

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def lay_over(self, values: NDArray[np.float32], share: NDArray[np.float32]) -> None:
        """Lay grey levels (h, w, 3) over it, by a share (h, w) in [0, 1]."""
        over = cv2.convertScaleAbs(np.maximum(values, 0))
        self.pixels[:] = cv2.blendLinear(over, np.ascontiguousarray(self.pixels), share, 1 - share)


def reshaped(pixels: Pixels, placed: Placed, head: Head, moved: FloatArray) -> Reshaped | None:
    """Bend a frame so that the face's landmarks come to lie elsewhere; None where nothing of it is in the picture.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        placed: the face in it.
        head: whose mesh it is.
        moved: (478, 3), where its landmarks are wanted, pixels.
    """
    rings = placed.rings
    change = (moved - placed.landmarks)[FACE_OVAL]
    carried = rings.places + np.repeat(FOLLOW, len(FACE_OVAL))[:, None] * change[rings.oval]
    box = _box(carried, pixels)
    if box is None:
        return None
    x0, y0, x1, y1 = box
    columns, rows = (x1 - x0) // CELL, (y1 - y0) // CELL
    gy, gx = np.mgrid[0:rows, 0:columns].astype(np.float32)
    still = np.dstack([gx * CELL + (CELL - 1) / 2 + x0, gy * CELL + (CELL - 1) / 2 + y0]).astype(np.float32)
    coarse = still.copy()
    origin = np.concatenate([placed.landmarks[:, :2], rings.places[:, :2]]).astype(np.float32)
    vertices = np.concatenate([moved, carried])
    triangles = np.concatenate([head.mesh.triangles, rings.triangles]).astype(np.int32)
    cells = ((vertices[:, :2] - (x0, y0) + 0.5) / CELL - 0.5).astype(np.float32)
    depth = np.full((rows, columns), 1e9, np.float32)
    rasterise(cells, vertices[:, 2].astype(np.float32), triangles, origin, coarse, depth)
    goes = np.abs(coarse - still).max(-1)
    # What does not move is not resampled either; the region's own edge never moves.
    goes[[0, -1], :] = goes[:, [0, -1]] = 0
    warped = pixels[y0:y1, x0:x1].copy()
    rows_moved, columns_moved = (np.flatnonzero((goes > GOES[0]).any(axis)) for axis in (1, 0))
    if len(rows_moved):
        top, bottom = int(rows_moved[0]), int(rows_moved[-1]) + 1
        left, right = int(columns_moved[0]), int(columns_moved[-1]) + 1
        part = warped[CELL * top : CELL * bottom, CELL * left : CELL * right]
        size = (part.shape[1], part.shape[0])
        places = cv2.resize(coarse[top:bottom, left:right], size, interpolation=cv2.INTER_LINEAR)
        share = cv2.resize(goes[top:bottom, left:right], size, interpolation=cv2.INTER_LINEAR)
        share = np.clip((share - GOES[0]) / (GOES[1] - GOES[0]), 0, 1)
        bent = cv2.remap(pixels, places, None, cv2.INTER_CUBIC, None, cv2.BORDER_REFLECT_101)
        part[:] = cv2.blendLinear(bent, np.ascontiguousarray(part), share, 1 - share)
    atlas = np.concatenate([moved, carried[:INNER_RINGS]])
    return Reshaped(box, warped, atlas, moved[:, :2] - (x0, y0))


def _box(carried: FloatArray, pixels: Pixels) -> tuple[int, int, int, int] | None:
    """x0, y0, x1, y1 of all that moves, of whole cells."""
    height, width = pixels.shape[:2]
    moving = carried.reshape(len(FOLLOW), -1, 3)[STILL][:, :2]
    x0, y0 = (max(0, int(v)) for v in moving.min(0))
    x1, y1 = int(min(width, moving[:, 0].max() + 1)), int(min(height, moving[:, 1].max() + 1))
    x1, y1 = x1 - (x1 - x0) % CELL, y1 - (y1 - y0) % CELL
    return (x0, y0, x1, y1) if x1 - x0 >= 8 * CELL and y1 - y0 >= 8 * CELL else None
