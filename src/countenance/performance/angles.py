"""Rotation vectors of the head, and the angles people call yaw, pitch and roll. Pure arithmetic.

Samples turn about the camera's axes: x right, y down, z away. The angles count as `face.types.Face.angles` does:
yaw towards the person's left, pitch down, roll towards their left shoulder; roll is applied first, then pitch, then
yaw, each about the axis of a head that faces the viewer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import rotation_from_vector, vector_from_rotation

FloatArray = NDArray[np.float64]


def head_angles(rotation: NDArray[np.floating]) -> tuple[float, float, float]:
    """Yaw, pitch, roll in degrees of a rotation vector (3,), radians."""
    r = rotation_from_vector(rotation)
    yaw = np.degrees(np.arctan2(-r[0, 2], r[2, 2]))
    pitch = np.degrees(np.arcsin(np.clip(-r[1, 2], -1, 1)))
    roll = np.degrees(np.arctan2(r[1, 0], r[1, 1]))
    return float(yaw), float(pitch), float(roll)


def head_rotation(yaw: float, pitch: float, roll: float) -> FloatArray:
    """The inverse of `head_angles`: degrees → (3,) float64, radians."""
    turns = [
        rotation_from_vector(np.radians(vector)) for vector in ([0.0, -yaw, 0.0], [pitch, 0.0, 0.0], [0.0, 0.0, roll])
    ]
    return vector_from_rotation(turns[0] @ turns[1] @ turns[2])
