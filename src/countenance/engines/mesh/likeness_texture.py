"""A likeness's skin in a picture: views blended by pose and expression, laid through the atlas onto a moved face.

Knows where vertices are and what the atlas holds; nothing of plates, light or permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL, LANDMARKS
from countenance.likeness.atlas import MESH_SHARE, atlas_mesh, vertex_normals
from countenance.likeness.value import Likeness
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

CELL = 2  # pixels a cell of the coarse maps
# How far views may be from a moment and still speak for it: degrees of yaw and pitch, units of smile and jaw.
NEAR = np.array([11.0, 14.0, 0.30, 0.25])
TURNED = (0.04, 0.22)  # cosine to the viewer between which a turning cheek comes into sight
BLENDED = 3  # views at a time; more would blur the skin


@dataclass(frozen=True)
class Moment:
    """How the head is held and what the face does, as views are told apart by.

    Attributes:
        yaw, pitch: degrees.
        smile, jaw: 0 to 1.
    """

    yaw: float
    pitch: float
    smile: float
    jaw: float


@dataclass(frozen=True)
class Laid:
    """Where the atlas lies in a region of a picture.

    Attributes:
        places: (h, w, 2) float32, atlas coordinates in [0, 1] of each pixel.
        cover: (h, w) float32 in [0, 1], where there is any face, less where it turns away from the viewer.
    """

    places: FloatArray
    cover: FloatArray

    def sample(self, atlas: NDArray[Any], how: int = cv2.INTER_LINEAR) -> NDArray[Any]:
        """A map on the atlas, (A, A) or (A, A, C), brought into the region; of its own type."""
        side = np.float32(atlas.shape[0])
        return np.asarray(cv2.remap(atlas, self.places * side - np.float32(0.5), None, how, None, cv2.BORDER_REPLICATE))


class Skin:
    """The views of a likeness.

    Args:
        likeness: whose.
    """

    def __init__(self, likeness: Likeness) -> None:
        self._views = likeness.views
        self._at = np.array([(v.yaw, v.pitch, v.smile, v.jaw) for v in likeness.views])
        self._last: tuple[NDArray[np.float64], Pixels] | None = None

    def weights(self, moment: Moment) -> NDArray[np.float64]:
        """(views,) that sum to 1, smooth in the moment; BLENDED of them at most are not 0."""
        here = np.array([moment.yaw, moment.pitch, moment.smile, moment.jaw])
        low, high = self._at.min(0), self._at.max(0)
        # Beyond what was seen, the nearest that was seen speaks alone.
        away = (((self._at - np.clip(here, low, high)) / NEAR) ** 2).sum(1)
        weight = np.exp(-(away - away.min()) / 2)
        if len(weight) > BLENDED:
            weight = np.maximum(weight - np.sort(weight)[-BLENDED - 1], 0)
        total = float(weight.sum())
        return np.asarray(weight / total if total > 0 else np.eye(len(weight))[int(away.argmin())])

    def texture(self, moment: Moment) -> Pixels:
        """(A, A, 3) uint8 for a moment."""
        weight = self.weights(moment).round(2)
        if self._last is not None and np.array_equal(self._last[0], weight):
            return self._last[1]
        used = np.flatnonzero(weight)
        if len(used) == 1:
            blended = self._views[int(used[0])].texture
        else:
            first = int(used[0])
            blended, so_far = self._views[first].texture, weight[first]
            for k in used[1:]:
                so_far += weight[k]
                share = float(weight[k] / so_far)
                blended = cv2.addWeighted(self._views[int(k)].texture, share, blended, 1 - share, 0)
        texture = np.asarray(blended, np.uint8)
        self._last = (weight, texture)
        return texture


def fitting(texture: Pixels, face: float) -> Pixels:
    """A texture no finer than a face of so many pixels shows it: finer ones would shimmer."""
    shrink = int(MESH_SHARE * texture.shape[0] / max(face, 1.0))
    if shrink < 2:
        return texture
    side = texture.shape[0] // shrink
    return np.asarray(cv2.resize(texture, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def lay(vertices: NDArray[np.floating], box: tuple[int, int, int, int]) -> Laid:
    """Lay the atlas onto moved vertices.

    Args:
        vertices: (478 + 72, 3), pixels of the picture, z away from the viewer; in the order of `atlas_mesh`.
        box: x0, y0, x1, y1 of the region, of whole cells.
    """
    x0, y0, x1, y1 = box
    columns, rows = (x1 - x0) // CELL, (y1 - y0) // CELL
    mesh = atlas_mesh()
    coarse = np.zeros((rows, columns, 4), np.float32)
    facing = -vertex_normals(vertices)[:, 2]
    facing[LANDMARKS:] = np.tile(facing[FACE_OVAL], (len(facing) - LANDMARKS) // len(FACE_OVAL))
    values = np.column_stack([mesh.uv, np.ones(len(mesh.uv)), facing]).astype(np.float32)
    cells = ((vertices[:, :2] - (x0, y0) + 0.5) / CELL - 0.5).astype(np.float32)
    depth = np.full((rows, columns), 1e9, np.float32)
    rasterise(cells, vertices[:, 2].astype(np.float32), mesh.triangles, values, coarse, depth)
    fine = cv2.resize(coarse, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    squarely = np.clip((fine[..., 3] - TURNED[0]) / (TURNED[1] - TURNED[0]), 0, 1) * (fine[..., 2] > 0.999)
    return Laid(np.ascontiguousarray(fine[..., :2]), np.asarray(squarely, np.float32))
