"""The atlas: a square on which every texel is one place of the face, whoever's it is and however it is turned.

The mesh's own UV square lies in the middle; two rings round it hold the hairline, temples and jaw. Knows nothing of
files or of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.head import HEAD_AXIS_DEPTH, Head
from countenance.face.raster import rasterise
from countenance.face.topology import FACE_OVAL, LANDMARKS, LIPS, MESH_VERTICES, load_face_mesh
from countenance.performance.appearance import skin_mask

FloatArray = NDArray[np.float32]

MESH_SHARE = 0.78  # of the atlas that the mesh's UV square takes
RADII = (1.08, 1.22)  # of the rings, in face radii from the oval's middle
DEPTHS = (0.25, 0.5)  # how far each ring lies between the oval's depth (0) and the head's axis (1)
SQUARE = (0.2, 0.6)  # cosine to the viewer between which a texel counts as seen


@dataclass(frozen=True)
class AtlasMesh:
    """The face's triangles with the rings.

    Attributes:
        uv: (478 + 72, 2) float32 in [0, 1], v down; landmarks of the irises, which no triangle uses, are at 0.
        triangles: (M, 3) int32.
    """

    uv: FloatArray
    triangles: NDArray[np.int32]


@lru_cache(maxsize=1)
def atlas_mesh() -> AtlasMesh:
    """The one mesh that every atlas shares. Raises ModelMissing, ModelCorrupt."""
    mesh = load_face_mesh()
    inner = 0.5 + (mesh.uv - 0.5) * MESH_SHARE
    oval = inner[FACE_OVAL]
    middle = (oval.min(0) + oval.max(0)) / 2
    uv = np.zeros((LANDMARKS + len(RADII) * len(FACE_OVAL), 2), np.float32)
    uv[:MESH_VERTICES] = inner
    for k, radius in enumerate(RADII):
        uv[LANDMARKS + k * len(FACE_OVAL) :][: len(FACE_OVAL)] = middle + (oval - middle) * radius
    triangles = [tuple(t) for t in mesh.triangles]
    count = len(FACE_OVAL)
    rows = [FACE_OVAL] + [LANDMARKS + k * count + np.arange(count) for k in range(len(RADII))]
    for near, far in pairwise(rows):
        for i in range(count):
            j = (i + 1) % count
            triangles += [(near[i], far[i], far[j]), (near[i], far[j], near[j])]
    return AtlasMesh(np.clip(uv, 0, 1), np.array(triangles, np.int32))


def with_rings(landmarks: NDArray[np.floating]) -> NDArray[np.float64]:
    """(478 + 72, 3): landmarks in pixels and the rings round them; x and y by radius, z towards the head's axis."""
    head = Head.of(landmarks)
    oval = landmarks[FACE_OVAL].astype(np.float64)
    in_head = head.pose.undo(oval)
    middle = oval.mean(0)
    parts = [landmarks.astype(np.float64)]
    for radius, deep in zip(RADII, DEPTHS, strict=True):
        ring = middle + (oval - middle) * radius
        at = in_head.copy()
        at[:, 2] += deep * (HEAD_AXIS_DEPTH - at[:, 2])
        ring[:, 2] = head.pose.apply(at)[:, 2]
        parts.append(ring)
    return np.concatenate(parts)


def on_atlas(values: NDArray[np.floating], side: int) -> FloatArray:
    """(side, side, C) float32: values at the vertices of `atlas_mesh`, (550, C), interpolated; −1 outside the mesh."""
    mesh = atlas_mesh()
    out = np.full((side, side, values.shape[1]), -1, np.float32)
    rasterise(
        (mesh.uv * side - 0.5).astype(np.float32), np.zeros(len(mesh.uv), np.float32), mesh.triangles,
        values.astype(np.float32), out, np.full((side, side), 1e9, np.float32),
    )  # fmt: skip
    return out


def vertex_normals(vertices: NDArray[np.floating]) -> NDArray[np.float64]:
    """(550, 3) unit normals of the atlas mesh, towards the viewer (z negative) on a face seen from the front."""
    mesh = atlas_mesh()
    points = vertices.astype(np.float64)
    a, b, c = (points[mesh.triangles[:, k]] for k in range(3))
    facets = np.cross(b - a, c - a)
    total = np.zeros_like(points)
    for k in range(3):
        np.add.at(total, mesh.triangles[:, k], facets)
    total /= np.linalg.norm(total, axis=1, keepdims=True) + 1e-12
    return np.asarray(total * -np.sign(np.median(total[:MESH_VERTICES, 2]) or 1.0))


def facing_of(vertices: NDArray[np.floating]) -> NDArray[np.float64]:
    """(550,): cosine to the viewer of each vertex of the atlas mesh, as far as it tells whether skin can be seen.

    The rings are no surface: they are seen where the oval is. Under the nose and inside the lips the mesh turns away
    from every viewer, and yet nostrils and lips are seen: they count as what is round them.
    """
    facing = -vertex_normals(vertices)[:, 2]
    facing[LANDMARKS:] = np.tile(facing[FACE_OVAL], len(RADII))
    nose, lips = _hollows()
    for hollow, around in ((nose, ROUND_NOSE), (lips, ROUND_LIPS)):
        # What is turned away altogether is hidden, whatever is round it.
        share = np.clip((facing[hollow] - HIDDEN[0]) / (HIDDEN[1] - HIDDEN[0]), 0, 1)
        facing[hollow] += share * np.maximum(float(facing[around].mean()) - facing[hollow], 0)
    return np.asarray(facing)


HIDDEN = (0.1, 0.3)  # cosine to the viewer
ROUND_NOSE, ROUND_LIPS = np.array([164, 165, 391, 1, 4]), np.array([0, 17, 61, 291])


@lru_cache(maxsize=1)
def _hollows() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The vertices under the nose, and those of the lips."""
    uv = load_face_mesh().uv
    middle, half = uv[2], float(np.linalg.norm(uv[98] - uv[327])) / 2
    away = np.abs(uv - middle) / (1.25 * half, 1.1 * half)
    under = np.flatnonzero(np.hypot(away[:, 0], away[:, 1]) < 1)
    return under, np.unique(LIPS)


def unwrap(
    pixels: NDArray[np.uint8], landmarks: NDArray[np.floating], side: int
) -> tuple[NDArray[np.uint8], FloatArray]:
    """A face in a picture, brought onto the atlas.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (478, 3), pixels.
        side: of the atlas.

    Returns:
        (side, side, 3) uint8, and how squarely each texel was seen, (side, side) float32 in [0, 1], 0 outside.
    """
    vertices = with_rings(landmarks)
    facing = facing_of(vertices)
    at = on_atlas(np.column_stack([vertices[:, :2], facing]), side)
    scale = float(np.ptp(vertices[:LANDMARKS, 1])) / (MESH_SHARE * side)
    source = pixels
    if scale > 1.3:  # several pixels fall on a texel: sample what is as fine as the atlas
        source = cv2.GaussianBlur(pixels, (0, 0), 0.45 * scale)
    texture = cv2.remap(source, at[..., :2], None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    height, width = pixels.shape[:2]
    inside = (at[..., 0] > 0) & (at[..., 0] < width - 1) & (at[..., 1] > 0) & (at[..., 1] < height - 1)
    seen = np.clip((at[..., 2] - SQUARE[0]) / (SQUARE[1] - SQUARE[0]), 0, 1) * inside
    return np.asarray(texture, np.uint8), np.asarray(seen, np.float32)


@lru_cache(maxsize=4)
def skin_on_atlas(side: int) -> FloatArray:
    """(side, side) in [0, 1]: skin, without eyes, brows, lips and rim."""
    inner = round(MESH_SHARE * side)
    mask = cv2.resize(skin_mask(256), (inner, inner), interpolation=cv2.INTER_LINEAR)
    out = np.zeros((side, side), np.float32)
    at = (side - inner) // 2
    out[at : at + inner, at : at + inner] = mask
    return out
