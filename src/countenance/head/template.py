"""The head that everybody's starts from: a mesh with eyes, teeth, tongue, lashes and neck, targets that tell heads
apart, and the 52 ARKit shapes. Public domain (CC0, see `data/LICENSE.md`); `scripts/head-data` builds the file.

All in the *head frame* of the house, in the template's own centimetres: x right in the picture (the person's left), y
down, z away from the viewer, when the head looks into the camera. Knows nothing of pictures, people or landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

DATA = Path(__file__).parent / "data"
TO_HEAD_FRAME = 10.0 * np.array([1.0, -1.0, -1.0])  # MakeHuman: decimetres, y up, z forward
STEP = 0.001  # dm, of the targets as they are kept
MACROS = 6  # the first identity targets: of these the mean head has a sixth each


@dataclass(frozen=True)
class HeadTemplate:
    """The mean head and what may become of it.

    Attributes:
        vertices: (V, 3) float64, the mean head, cm.
        triangles: (M, 3) int32 over vertices; counter-clockwise seen from outside with y up.
        corners: (M, 3) int32 over `uv`: the same triangles on the texture.
        uv: (T, 2) float64 in [0, 1], v up: MakeHuman's own layout.
        part: (M,) int32 into `parts`.
        parts: skin, mouth, sockets, neck, eyes, teeth, tongue, lashes.
        weights: (V, 3) float64: how far a vertex goes with head, neck and chest.
        joints: name → (3,) place, cm.
        identity_names: of the identity targets.
        identity: (K, V, 3) float64, what each adds at 1, cm.
        shape_names: of the 52 ARKit shapes, by Apple's names, in alphabetical order.
        shapes: (52, V, 3) float64, what each adds at 1, cm.
    """

    vertices: FloatArray
    triangles: IntArray
    corners: IntArray
    uv: FloatArray
    part: IntArray
    parts: tuple[str, ...]
    weights: FloatArray
    joints: dict[str, FloatArray]
    identity_names: tuple[str, ...]
    identity: FloatArray
    shape_names: tuple[str, ...]
    shapes: FloatArray

    def of_part(self, *names: str) -> IntArray:
        """The triangles (their numbers) of some parts."""
        wanted = [self.parts.index(name) for name in names]
        return np.asarray(np.flatnonzero(np.isin(self.part, wanted)), np.int32)

    def vertices_of(self, *names: str) -> IntArray:
        """The vertices that some parts use."""
        return np.asarray(np.unique(self.triangles[self.of_part(*names)]), np.int32)

    def shape(self, name: str) -> FloatArray:
        """(V, 3): what one ARKit shape adds at 1, cm."""
        return np.asarray(self.shapes[self.shape_names.index(name)])


@lru_cache(maxsize=1)
def load_template() -> HeadTemplate:
    """The template, read once; its arrays cannot be written to."""
    with np.load(DATA / "template.npz") as file:
        data = {name: file[name] for name in file.files}
    count = len(data["vertices"])
    # The frame turns y and z about: a half turn round x, so triangles keep their way round.
    loaded = HeadTemplate(
        vertices=data["vertices"].astype(np.float64) * TO_HEAD_FRAME,
        triangles=data["triangles"].astype(np.int32),
        corners=data["corners"].astype(np.int32),
        uv=data["uv"].astype(np.float64),
        part=data["part"].astype(np.int32),
        parts=tuple(map(str, data["parts"])),
        weights=data["weights"].astype(np.float64),
        joints={
            str(name): place * TO_HEAD_FRAME for name, place in zip(data["joint_names"], data["joints"], strict=True)
        },
        identity_names=tuple(map(str, data["identity_names"])),
        identity=_unpacked(data, "identity", count),
        shape_names=tuple(map(str, data["expression_names"])),
        shapes=_unpacked(data, "expression", count),
    )
    for array in vars(loaded).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return loaded


def _unpacked(data: dict[str, NDArray[np.generic]], word: str, count: int) -> FloatArray:
    starts = data[f"{word}_starts"].astype(np.int64)
    index, step = data[f"{word}_index"].astype(np.int64), data[f"{word}_step"].astype(np.float64)
    out = np.zeros((len(starts) - 1, count, 3))
    for k, (start, end) in enumerate(pairwise(starts)):
        out[k, index[start:end]] = step[start:end] * STEP * TO_HEAD_FRAME
    return out


def vertex_normals(vertices: FloatArray, triangles: IntArray) -> FloatArray:
    """(V, 3) unit normals, outwards; 0 where no triangle is."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    facets = np.cross(b - a, c - a)
    total = np.zeros_like(vertices)
    for k in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(triangles[:, k], facets[:, axis], len(vertices))
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12))


@lru_cache(maxsize=1)
def mirrored_vertices() -> IntArray:
    """(V,) for each vertex the one on the other side of the mean head; itself on the middle."""
    from scipy.spatial import cKDTree

    vertices = load_template().vertices
    return np.asarray(cKDTree(vertices).query(vertices * np.array([-1.0, 1.0, 1.0]))[1], np.int32)
