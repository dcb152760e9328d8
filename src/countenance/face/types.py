"""One face as it was measured in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import BLENDSHAPES, FACE_OVAL, OUTER_EYE_CORNERS

FloatArray = NDArray[np.float32]
Array = TypeVar("Array", bound=NDArray[Any])


def immutable(array: Array) -> Array:
    """The same values over bytes that nothing writes to: unlike a flag, it cannot be taken back."""
    return np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape)  # type: ignore[return-value]


@dataclass(frozen=True)
class Face:
    """A face in a picture.

    Attributes:
        landmarks: (478, 3) float32, pixels: x right, y down, z away from the viewer, in the picture's own scale.
        blendshapes: (52,) float32 in [0, 1], in the order of `topology.BLENDSHAPES`.
        pose: (4, 4) float32, canonical face (centimetres) → camera; MediaPipe's own, y up, z towards the viewer.
    """

    landmarks: FloatArray
    blendshapes: FloatArray
    pose: FloatArray

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the landmarks, pixels."""
        low, high = self.landmarks[:, :2].min(0), self.landmarks[:, :2].max(0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def centre(self) -> FloatArray:
        """(2,) float32, the middle of the oval's box."""
        oval = self.landmarks[FACE_OVAL, :2]
        return np.asarray((oval.min(0) + oval.max(0)) / 2, np.float32)

    @property
    def size(self) -> float:
        """The longer side of the landmarks' box, pixels."""
        x0, y0, x1, y1 = self.box
        return max(x1 - x0, y1 - y0)

    @property
    def eye_distance(self) -> float:
        """Between the outer eye corners, in the picture plane and depth, pixels."""
        a, b = self.landmarks[list(OUTER_EYE_CORNERS)]
        return float(np.linalg.norm(a - b))

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch, roll in degrees: towards the person's left, down, towards their left shoulder."""
        r = self.pose[:3, :3].astype(np.float64)
        r = r / np.cbrt(np.linalg.det(r))
        yaw = np.degrees(np.arctan2(r[0, 2], r[2, 2]))
        pitch = np.degrees(np.arcsin(np.clip(-r[1, 2], -1, 1)))
        roll = np.degrees(np.arctan2(r[1, 0], r[1, 1]))
        return float(yaw), float(pitch), float(-roll)

    def blendshape(self, name: str) -> float:
        """One blendshape by its ARKit name."""
        return float(self.blendshapes[BLENDSHAPES.index(name)])
