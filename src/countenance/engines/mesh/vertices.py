"""Where every vertex goes: the face mesh, and rings round it that carry hair, ears and neck along.

Knows nothing of pixels. All places are in the portrait's pixels, z away from the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.retarget import Retarget
from countenance.face.head import HEAD_AXIS_DEPTH, PIVOT, Head
from countenance.face.pose import Similarity
from countenance.face.topology import FACE_OVAL, LANDMARKS

FloatArray = NDArray[np.float64]

RING_RADII = np.array([1.08, 1.22, 1.4, 1.62, 1.9, 2.25, 2.7, 3.2])  # in face radii, from the oval's middle
# Along the oval from the crown (0) past the ear (8) and the corner of the jaw (12) to the chin (18), both sides alike.
ALONG = np.array([0.0, 8.0, 11.0, 13.5, 16.0, 18.0])
# Share of the head's motion that each ring takes there: skull and hair go with it, collars and shoulders stay.
RIGID = np.array(
    [
        [1.00, 1.00, 0.70, 0.32, 0.65, 0.82],
        [1.00, 1.00, 0.36, 0.08, 0.40, 0.68],
        [1.00, 0.92, 0.15, 0.02, 0.22, 0.50],
        [1.00, 0.78, 0.06, 0.00, 0.10, 0.30],
        [0.92, 0.50, 0.02, 0.00, 0.04, 0.15],
        [0.65, 0.25, 0.00, 0.00, 0.00, 0.04],
        [0.25, 0.10, 0.00, 0.00, 0.00, 0.00],
        [0.00, 0.00, 0.00, 0.00, 0.00, 0.00],
    ]
)
# Share of the oval's own deformation (the jaw dropping, cheeks filling).
FOLLOW = np.array(
    [
        [0.90, 0.80, 0.60, 0.40, 0.70, 0.85],
        [0.80, 0.55, 0.30, 0.12, 0.40, 0.60],
        [0.60, 0.30, 0.15, 0.04, 0.20, 0.35],
        [0.40, 0.15, 0.05, 0.00, 0.08, 0.15],
        [0.20, 0.05, 0.00, 0.00, 0.00, 0.05],
        [0.08, 0.00, 0.00, 0.00, 0.00, 0.00],
        [0.00, 0.00, 0.00, 0.00, 0.00, 0.00],
        [0.00, 0.00, 0.00, 0.00, 0.00, 0.00],
    ]
)
DEPTH_OF_RING = np.array([0.25, 0.5, 0.75, 0.95, 1.0, 1.0, 1.0, 1.0])  # from the oval's depth (0) to the axis (1)

# A head that goes farther than a neck lets it is carried by its body, or by the camera: neck and shoulders then follow.
LEAN = 0.6  # cm the head moves on its own neck
BODY = np.array([1.0, 1.0, 1.0, 1.0, 0.95, 0.8, 0.45, 0.0])  # share of what is beyond that each ring takes


@dataclass(frozen=True)
class Rings:
    """Vertices round the face, in the portrait.

    Attributes:
        places: (8·36, 3) float64, pixels.
        rigid: (8·36,) share of the head's motion.
        follow: (8·36,) share of the oval's deformation.
        oval: (8·36,) index into FACE_OVAL of the oval point behind each.
        triangles: (M, 3) int32 over [478 landmarks, rings].
    """

    places: FloatArray
    rigid: FloatArray
    follow: FloatArray
    oval: NDArray[np.int64]
    triangles: NDArray[np.int32]


def make_rings(landmarks: NDArray[np.floating], head: Head) -> Rings:
    """Rings of 36 vertices round the oval of a portrait's face."""
    oval = landmarks[FACE_OVAL].astype(np.float64)
    in_head = head.pose.undo(oval)
    middle = landmarks[FACE_OVAL].astype(np.float64).mean(0)
    centre = np.array([middle[0], middle[1], 0.0])
    ray = oval[:, :2] - centre[:2]
    count, points = len(RING_RADII), len(FACE_OVAL)
    along = np.minimum(np.arange(points), points - np.arange(points))
    places = np.zeros((count, points, 3))
    for k, (radius, deep) in enumerate(zip(RING_RADII, DEPTH_OF_RING, strict=True)):
        at = in_head.copy()
        at[:, 2] += deep * (HEAD_AXIS_DEPTH - at[:, 2])
        places[k, :, :2] = centre[:2] + ray * radius
        places[k, :, 2] = head.pose.apply(at)[:, 2]
    rigid = np.array([np.interp(along, ALONG, row) for row in RIGID])
    follow = np.array([np.interp(along, ALONG, row) for row in FOLLOW])
    return Rings(
        places.reshape(-1, 3),
        rigid.ravel(),
        follow.ravel(),
        np.tile(np.arange(points), count),
        _ring_triangles(),
    )


@lru_cache(maxsize=1)
def _ring_triangles() -> NDArray[np.int32]:
    """(M, 3) over [478 landmarks, rings]: the same for everybody."""
    points = len(FACE_OVAL)
    rows = [FACE_OVAL] + [LANDMARKS + k * points + np.arange(points) for k in range(len(RING_RADII))]
    triangles = []
    for inner, outer in pairwise(rows):
        for i in range(points):
            j = (i + 1) % points
            triangles.append((inner[i], outer[i], outer[j]))
            triangles.append((inner[i], outer[j], inner[j]))
    found = np.array(triangles, np.int32)
    found.setflags(write=False)
    return found


class MeshGeometry:
    """The portrait's vertices, at rest and at any moment.

    Args:
        landmarks: (478, 3), the portrait's, pixels.
        retarget: what the performer's motion means for this face.
    """

    def __init__(self, landmarks: NDArray[np.floating], retarget: Retarget) -> None:
        self.head = retarget.head
        self.retarget = retarget
        self.rings = make_rings(landmarks, self.head)
        self.rest = np.concatenate([landmarks.astype(np.float64), self.rings.places])
        self.triangles = np.concatenate([self.head.mesh.triangles, self.rings.triangles]).astype(np.int32)

    def at(self, pose: Similarity, shape: FloatArray) -> FloatArray:
        """(478 + 288, 3) float64: every vertex with the head at `pose` and the face in `shape`, pixels."""
        face = pose.apply(shape)
        rest_in_head = self.head.pose.undo(self.rings.places)
        carried = pose.apply(rest_in_head)
        oval_deform = (face - pose.apply(self.head.shape))[FACE_OVAL]
        path = pose.apply(PIVOT[None])[0] - self.head.pose.apply(PIVOT[None])[0]
        length = float(np.linalg.norm(path[:2]))
        beyond = path * max(0.0, 1 - LEAN * self.head.pose.scale / max(length, 1e-6))
        beyond[2] = 0.0
        rings = (
            self.rings.places
            + self.rings.rigid[:, None] * (carried - beyond - self.rings.places)
            + np.repeat(BODY, len(FACE_OVAL))[:, None] * beyond
            + self.rings.follow[:, None] * oval_deform[self.rings.oval]
        )
        return np.concatenate([face, rings])
