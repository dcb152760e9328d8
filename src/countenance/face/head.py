"""The head frame: landmarks split into where the head is and what the face does. Pure arithmetic.

Landmarks L (pixels) = pose · N, with N in the head frame: centimetres of the canonical head, x right in the picture,
y down, z away from the viewer when the head looks into the camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity, fit_similarity
from countenance.face.topology import MESH_VERTICES, FaceMesh, load_face_mesh

TO_HEAD_FRAME = np.array([1.0, -1.0, -1.0])
HEAD_AXIS_DEPTH = 3.2  # cm: silhouettes lie about as deep as the head's axis
PIVOT = np.array([0.0, 0.0, 3.0])
"""The point whose path is the head's translation: about the middle of the head, head frame, cm."""


@dataclass(frozen=True)
class Head:
    """A reference measurement of one head.

    Attributes:
        pose: head frame → the picture's pixels, for the reference.
        shape: (478, 3) float64, the reference's landmarks in the head frame, cm.
        mesh: the canonical mesh.
    """

    pose: Similarity
    shape: NDArray[np.float64]
    mesh: FaceMesh

    @classmethod
    def of(cls, landmarks: NDArray[np.floating]) -> Head:
        """Fit the canonical head to (478, 3) landmarks in pixels."""
        mesh = load_face_mesh()
        canonical = mesh.vertices[mesh.rigid] * TO_HEAD_FRAME
        pose = fit_similarity(canonical, landmarks[mesh.rigid], mesh.rigid_weights)
        return cls(pose, pose.undo(landmarks), mesh)

    def locate(self, landmarks: NDArray[np.floating]) -> tuple[Similarity, NDArray[np.float64]]:
        """This head's pose in another picture, and its shape there, both against the reference's own rigid points."""
        rigid = self.mesh.rigid
        pose = fit_similarity(self.shape[rigid], landmarks[rigid], self.mesh.rigid_weights)
        return pose, pose.undo(landmarks)

    def motion(self, pose: Similarity) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
        """Rotation (3, 3) and translation (3,) in cm of the reference against `pose`, and the log of its zoom."""
        rotation = pose.rotation @ self.pose.rotation.T
        path = pose.apply(PIVOT[None])[0] - self.pose.apply(PIVOT[None])[0]
        return rotation, path / self.pose.scale, float(np.log(pose.scale / self.pose.scale))

    def moved(self, rotation: NDArray[np.floating], translation: NDArray[np.floating], zoom: float) -> Similarity:
        """The pose after a motion; the inverse of `motion`."""
        turned = rotation @ self.pose.rotation
        scale = self.pose.scale * float(np.exp(zoom))
        place = self.pose.apply(PIVOT[None])[0] + np.asarray(translation) * self.pose.scale
        return Similarity(scale, turned, place - scale * turned @ PIVOT)


def canonical_shape() -> NDArray[np.float64]:
    """(468, 3) float64: the canonical face in the head frame, cm."""
    return np.asarray(load_face_mesh().vertices[:MESH_VERTICES] * TO_HEAD_FRAME, np.float64)
