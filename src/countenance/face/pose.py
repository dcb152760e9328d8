"""Similarity transforms between sets of points: where a head is and how it is turned. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Similarity:
    """x ↦ scale · rotation · x + translation.

    Attributes:
        scale: positive.
        rotation: (3, 3) float64, proper.
        translation: (3,) float64.
    """

    scale: float
    rotation: FloatArray
    translation: FloatArray

    def apply(self, points: NDArray[np.floating]) -> FloatArray:
        """(N, 3) → (N, 3)."""
        return np.asarray(self.scale * points @ self.rotation.T + self.translation, np.float64)

    def undo(self, points: NDArray[np.floating]) -> FloatArray:
        """The inverse of `apply`."""
        return np.asarray((points - self.translation) @ self.rotation / self.scale, np.float64)


def fit_similarity(
    source: NDArray[np.floating], target: NDArray[np.floating], weights: NDArray[np.floating]
) -> Similarity:
    """The weighted least-squares similarity from `source` to `target`, both (N, 3).

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 13(4), 1991.
    """
    w = (weights / weights.sum()).astype(np.float64)[:, None]
    centre_s, centre_t = (w * source).sum(0), (w * target).sum(0)
    s, t = source - centre_s, target - centre_t
    u, d, vt = np.linalg.svd((w * t).T @ s)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((d * sign).sum() / (w * s**2).sum())
    return Similarity(scale, rotation, centre_t - scale * rotation @ centre_s)


def rotation_angle(a: FloatArray, b: FloatArray) -> float:
    """The angle between two rotations, degrees."""
    cosine = (np.trace(a.T @ b) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def rotation_from_vector(vector: NDArray[np.floating]) -> FloatArray:
    """Rodrigues' formula: axis × angle in radians → (3, 3)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = np.asarray(vector, np.float64) / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k)


def vector_from_rotation(rotation: FloatArray) -> FloatArray:
    """The inverse of `rotation_from_vector`, for angles below π."""
    angle = np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1.0, 1.0))
    axis = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    if angle < 1e-8:
        return np.asarray(axis / 2)
    return np.asarray(axis * angle / (2 * np.sin(angle)))
