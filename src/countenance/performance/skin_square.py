"""A face's skin on the mesh's UV square: its luminance, how squarely it is seen, and how much it is stretched.

What changes with the head's turn while the skin is at rest is light, shadow and the landmarker's slips, and no fold:
`TurnLight` learns it from frames spread over a clip, texel by texel. Knows nothing of takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import vector_from_rotation
from countenance.face.raster import rasterise
from countenance.face.topology import MESH_VERTICES, FaceMesh
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

FOLDS = (0.08, 0.2)  # change of the mesh's edges over their length, between which skin begins to fold; below: slips
STRETCH_SIGMA = 3.0  # texels of 128
AT_REST = 0.3  # stretch at which a frame says e times less about light
TURN = 0.26  # radians: features of the turn are counted in this
CELL = 4  # texels
PRIOR = 0.03  # frames turned by TURN whose shading is none: what little evidence is held against


@dataclass(frozen=True)
class SkinReading:
    """Skin in one frame, each (side, side) float32 on the UV square.

    Attributes:
        luminance: natural log.
        seen: in [0, 1], how squarely.
    """

    luminance: FloatArray
    seen: FloatArray


class SkinSquare:
    """Reads skin on a UV square of `side` texels."""

    def __init__(self, mesh: FaceMesh, side: int) -> None:
        self._mesh, self._side = mesh, side
        self._uv = (mesh.uv * side - 0.5).astype(np.float32)
        self._flat = np.zeros(MESH_VERTICES, np.float32)
        t = mesh.triangles
        self._edges = np.unique(np.sort(np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]]), axis=1), axis=0)

    def spread(self, values: FloatArray) -> FloatArray:
        """Values of the mesh's vertices, (468, C), on the square: (side, side, C); −1 beside the mesh."""
        out = np.full((self._side, self._side, values.shape[1]), -1, np.float32)
        depth = np.full(out.shape[:2], 1e9, np.float32)
        rasterise(self._uv, self._flat, self._mesh.triangles, values.astype(np.float32), out, depth)
        return out

    def read(self, pixels: Pixels, landmarks: NDArray[np.floating]) -> SkinReading:
        """The skin of a face in a frame.

        Args:
            pixels: (h, w, 3) uint8 RGB.
            landmarks: (478, 3) in them.
        """
        points = landmarks[:MESH_VERTICES].astype(np.float32)
        out = self.spread(np.column_stack([points[:, :2], self._mesh.facing(points)]))
        x0, y0 = np.maximum(points[:, :2].min(0).astype(int) - 2, 0)
        x1, y1 = points[:, :2].max(0).astype(int) + 3
        part = np.ascontiguousarray(pixels[y0:y1, x0:x1])
        if part.size == 0:
            return SkinReading(np.zeros(out.shape[:2], np.float32), np.zeros(out.shape[:2], np.float32))
        scale = max(points[:, 1].max() - points[:, 1].min(), 1) / self._side
        grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
        if scale > 1.5:
            grey = cv2.GaussianBlur(grey, (0, 0), 0.4 * scale)
        sampled = cv2.remap(
            grey, out[..., :2] - np.array([x0, y0], np.float32), None, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
        )
        seen = np.clip((out[..., 2] - 0.3) / 0.35, 0, 1)
        return SkinReading(np.log(np.maximum(sampled, 6.0)).astype(np.float32), seen.astype(np.float32))

    def stretch(self, rest: NDArray[np.floating], shape: NDArray[np.floating]) -> FloatArray:
        """(side, side): how much longer or shorter the mesh's edges are round each texel, over their resting length.

        Args:
            rest, shape: (≥ 468, 3) in the head frame.
        """
        a, b = self._edges.T
        offsets = shape - rest
        change = ((offsets[a] - offsets[b]) ** 2).sum(1)
        length = ((rest[a] - rest[b]) ** 2).sum(1)
        changes, lengths = (
            np.bincount(a, part, MESH_VERTICES) + np.bincount(b, part, MESH_VERTICES) for part in (change, length)
        )
        at = np.sqrt(changes / np.maximum(lengths, 1e-9))
        spread = np.maximum(self.spread(at[:, None].astype(np.float32))[..., 0], 0)
        return np.asarray(cv2.GaussianBlur(spread, (0, 0), STRETCH_SIGMA * self._side / 128), np.float32)


def turn_features(rotation: NDArray[np.floating]) -> FloatArray:
    """(6,): a head's turn, (3, 3), as what shading is explained by: its angles, and the squares of pitch and yaw."""
    x, y, z = vector_from_rotation(np.asarray(rotation, np.float64)) / TURN
    return np.array([x, y, z, x * x, y * y, x * y], np.float32)


class TurnLight:
    """What of a performer's shading goes with the turn of the head alone.

    Ridge regression, texel by texel, each frame counting by how little the skin is stretched there.

    Args:
        turns: (N, 6), `turn_features` of each frame.
        shadings: N of (side, side), natural log against the reference.
        stretches: N of (side, side).
    """

    def __init__(self, turns: Sequence[FloatArray], shadings: Sequence[FloatArray], stretches: Sequence[FloatArray]):
        side, count = len(shadings[0]), len(turns[0])
        # Stretch is smooth: the frames' weights are counted by cells, which need a sixteenth of the sums.
        cells = side // CELL
        normal = np.broadcast_to(PRIOR * np.eye(count, dtype=np.float32), (cells, cells, count, count)).copy()
        moment = np.zeros((side, side, count), np.float32)
        for turn, shading, stretch in zip(turns, shadings, stretches, strict=True):
            weight = np.exp(-((cv2.resize(stretch, (cells, cells), interpolation=cv2.INTER_AREA) / AT_REST) ** 2))
            normal += weight[..., None, None] * np.outer(turn, turn)
            fine = cv2.resize(weight, (side, side), interpolation=cv2.INTER_NEAREST)
            moment += (fine * shading)[..., None] * turn
        # (cells, cells, features, texels of the cell)
        by_cell = moment.reshape(cells, CELL, cells, CELL, count).transpose(0, 2, 4, 1, 3)
        solved = np.linalg.solve(normal, by_cell.reshape(cells, cells, count, CELL * CELL))
        back = solved.reshape(cells, cells, count, CELL, CELL).transpose(0, 3, 1, 4, 2)
        self._by_turn = np.ascontiguousarray(back.reshape(side, side, count), np.float32)

    def at(self, turn: FloatArray) -> FloatArray:
        """(side, side): the shading that the turn explains. `turn`: (6,)."""
        return np.asarray(self._by_turn @ turn, np.float32)


def folding(stretch: FloatArray) -> FloatArray:
    """In [0, 1]: how much of the shading may be folds, where the skin is stretched so."""
    return np.asarray(np.clip((stretch - FOLDS[0]) / (FOLDS[1] - FOLDS[0]), 0, 1), np.float32)
