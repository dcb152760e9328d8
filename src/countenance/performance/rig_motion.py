"""A take as rigs take it: ARKit's 52 weights, the head's turn and place on glTF's axes; for files and streams alike."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import BLENDSHAPES
from countenance.face.types import Face
from countenance.performance.angles import head_angles, head_rotation
from countenance.performance.expression import blendshapes_of
from countenance.performance.live_link_rows import ARKIT, PLACES
from countenance.performance.take import Sample

FloatArray = NDArray[np.float64]

NAMES = tuple(name[0].lower() + name[1:] for name in ARKIT)
"""The 52 shapes by ARKit's own names, in the order in which Live Link Face sends them."""
TO_SCENE = np.array([1.0, -1.0, -1.0])
GAZE = 30.0  # degrees that an eye turns at a weight of 1


@dataclass(frozen=True)
class RigMotion:
    """One moment.

    Attributes:
        time: seconds from the start, exact.
        present: whether a face was seen.
        weights: (52,) float64 in [0, 1], in the order of NAMES.
        angles: (9,) radians, as Live Link Face has them: yaw, pitch, roll of head, left eye, right eye.
        rotation: (3,) float64, rotation vector of the head: x to the person's left, y up, z forward.
        translation: (3,) float64, metres on the same axes.
    """

    time: Fraction
    present: bool
    weights: FloatArray
    angles: FloatArray
    rotation: FloatArray
    translation: FloatArray

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        """x, y, z, w of the head's turn."""
        angle = float(np.linalg.norm(self.rotation))
        axis = self.rotation / angle if angle > 1e-9 else np.zeros(3)
        x, y, z = (float(v) for v in axis * np.sin(angle / 2))
        return x, y, z, float(np.cos(angle / 2))


def motion_of(sample: Sample) -> RigMotion:
    """What a sample of a take means for a rig."""
    shapes = sample.blendshapes.astype(np.float64)
    if not shapes[1:].any() and sample.offsets.any():
        shapes = blendshapes_of(sample.offsets)  # a take that was not measured may have motion only
    return _motion(sample.time, sample.present, shapes, sample.rotation.astype(np.float64), sample.translation)


def motion_of_face(face: Face | None, time: Fraction, last: RigMotion | None = None) -> RigMotion:
    """What a face before a camera does, the head as it is turned towards it; a missing face repeats `last`."""
    if face is None:
        if last is None:
            return _motion(time, False, np.zeros(len(BLENDSHAPES)), np.zeros(3), np.zeros(3))
        return RigMotion(time, False, last.weights, last.angles, last.rotation, last.translation)
    place = face.pose[:3, 3].astype(np.float64) * np.array([1, -1, -1])
    return _motion(time, True, face.blendshapes.astype(np.float64), head_rotation(*face.angles), place * [1, 1, 0])


def _motion(
    time: Fraction, present: bool, shapes: FloatArray, rotation: FloatArray, translation: NDArray[np.floating]
) -> RigMotion:
    weights = np.array([float(shapes[place]) if place else 0.0 for place in PLACES])
    yaw, pitch, roll = np.radians(head_angles(rotation))
    angles = [yaw, pitch, -roll]
    by_name = dict(zip(NAMES, weights, strict=True))
    for side, out, into in (("Left", 1.0, -1.0), ("Right", -1.0, 1.0)):
        across = out * by_name[f"eyeLookOut{side}"] + into * by_name[f"eyeLookIn{side}"]
        down = by_name[f"eyeLookDown{side}"] - by_name[f"eyeLookUp{side}"]
        angles += [np.radians(GAZE) * across, np.radians(GAZE) * down, 0.0]
    return RigMotion(
        time, present, np.clip(weights, 0, 1), np.array(angles, np.float64), rotation * TO_SCENE,
        np.asarray(translation, np.float64) * TO_SCENE * 0.01,
    )  # fmt: skip
