"""Glasses put on a head: where the bridge rests, how the front tilts and the temples bend; and the pose, held steady.

All in the head's axes and true centimetres; perspective comes last. Knows no pixels but places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity, fit_similarity, rotation_from_vector, vector_from_rotation
from countenance.face.topology import LEFT_IRIS, RIGHT_IRIS, load_face_mesh
from countenance.tryon.eyewear import Frame
from countenance.tryon.true_scale import TrueHead

Float64 = NDArray[np.float64]

TRAGIONS, CHEEKBONES, NOSE = (127, 356), (234, 454), (168, 6, 197, 195)
LIDS = (159, 386, 145, 374)
BELOW = 0.25  # cm that a lens's middle sits below the pupils
INTO = 0.10  # cm that pads press into the skin
CLEAR = 1.25  # cm between lids and lenses at least
TILT = np.radians(7.0)  # of the front
STRAIGHTENED = 1.2  # cm behind the hinge over which the tilt is gone
REST, SPREAD, NARROWEST = 0.15, 8.0, 1.2  # cm: off the temple's skin, over how far they bend, and how far inwards
EAR = 0.9  # cm behind the cheekbone's end, where temples go out of sight
DISTANCE = 60.0  # cm from camera to bridge
HOLD = 9  # frames over which the scale is held
STEP = 0.008  # of the scale that may change at once
TURN_NOISE, TURN_SURE, TURN_LEAST = 0.004, 0.02, 0.35  # radians a frame, and the share of less that is taken
SLIDE_NOISE, SLIDE_SURE = 0.010, 0.05  # cm a frame


@dataclass(frozen=True)
class Fitted:
    """Glasses in the head's frame.

    Attributes:
        points: (N, 3) float64 cm.
        normals: (N, 3).
        bridge: (3,) cm, where the frame's origin came to lie.
        hidden_from: cm behind the hinge from which temples go behind the ears.
        gap: cm between lenses and lids.
        ratio: the frame's width over the face's.
    """

    points: Float64
    normals: Float64
    bridge: Float64
    hidden_from: float
    gap: float
    ratio: float


def fit_frame(frame: Frame, head: TrueHead) -> Fitted:
    """Put a frame onto a head."""
    shape = head.shape
    x = 0.5 * float(shape[list(TRAGIONS), 0].mean()) + 0.5 * float(shape[[168, 6], 0].mean())
    y = float(shape[[RIGHT_IRIS[0], LEFT_IRIS[0]], 1].mean()) + BELOW
    lens_back = float(frame.points[:, 2][frame.behind == 0].mean())
    z = _nose_at(shape, y + _bridge_height(frame)) + INTO
    lids = float(shape[list(LIDS), 2].min())
    z = min(z, lids - CLEAR - lens_back)
    bridge = np.array([x, y, z])
    points = frame.points.astype(np.float64).copy()
    side = np.sign(points[:, 0])
    # The temples bend to the head's width, as they do when they are put on.
    # Where the head is widest it lies farther from the camera: it is wider than it looks beside the irises.
    deep = float(shape[list(CHEEKBONES), 2].mean()) - z
    half = head.face_width / 2 * (DISTANCE + max(deep, 0.0)) / DISTANCE
    rest = max(half + REST, frame.hinge[0] - NARROWEST)
    behind = frame.behind.astype(np.float64)
    at_ear = behind > SPREAD - 1
    natural = float(np.abs(points[at_ear & (behind < SPREAD + 1), 0]).mean()) if at_ear.any() else frame.hinge[0]
    points[:, 0] += side * (rest - natural) * np.clip(behind / SPREAD, 0, 1)
    angle = TILT * (1 - np.clip(behind / STRAIGHTENED, 0, 1))
    cosine, sine = np.cos(angle), np.sin(angle)
    tilted = points.copy()
    tilted[:, 1] = points[:, 1] * cosine - points[:, 2] * sine
    tilted[:, 2] = points[:, 1] * sine + points[:, 2] * cosine
    normals = frame.normals.astype(np.float64).copy()
    turned = normals.copy()
    turned[:, 1] = normals[:, 1] * cosine - normals[:, 2] * sine
    turned[:, 2] = normals[:, 1] * sine + normals[:, 2] * cosine
    ear = float(shape[list(CHEEKBONES), 2].mean()) + EAR
    return Fitted(
        tilted + bridge, turned, bridge, max(2.0, ear - (bridge[2] + frame.hinge[1])), lids - z - lens_back,
        frame.width / head.face_width,
    )  # fmt: skip


def _bridge_height(frame: Frame) -> float:
    """cm, y down, of the bridge's lower edge against the lenses' middle: where it rests."""
    middle = frame.points[np.abs(frame.points[:, 0]) < 0.35]
    return float(middle[:, 1].max()) if len(middle) else 0.0


def _nose_at(shape: Float64, y: float) -> float:
    """The nose's depth at a height, by its landmarks."""
    line = shape[list(NOSE)]
    order = np.argsort(line[:, 1])
    return float(np.interp(y, line[order, 1], line[order, 2]))


class Pose:
    """Follows a head of known shape; what trembles is held, what moves is followed.

    Args:
        head: as it was measured over the clip.
    """

    def __init__(self, head: TrueHead) -> None:
        mesh = load_face_mesh()
        self._rigid, self._weights = mesh.rigid, mesh.rigid_weights
        self._shape = head.shape[self._rigid]
        self._middle = (self._shape * self._weights[:, None]).sum(0) / self._weights.sum()
        self._scale: float | None = None
        self._rotation: Float64 | None = None
        self._centre: Float64 | None = None

    @property
    def now(self) -> Similarity:
        """As it was last followed."""
        assert self._scale is not None and self._rotation is not None and self._centre is not None
        return Similarity(self._scale, self._rotation, self._centre - self._scale * self._rotation @ self._middle)

    def __call__(self, landmarks: NDArray[np.floating], *, cut: bool = False) -> Similarity:
        """Head frame, true cm → pixels of this frame."""
        found = fit_similarity(self._shape, landmarks[self._rigid].astype(np.float64), self._weights)
        centre = found.apply(self._middle[None])[0]
        if cut or self._scale is None or self._rotation is None or self._centre is None:
            self._scale, self._rotation, self._centre = found.scale, found.rotation, centre
            return self.now
        change = float(np.log(found.scale / self._scale))
        if abs(change) > STEP:
            self._scale = found.scale / float(np.exp(np.sign(change) * STEP))
        else:
            self._scale *= float(np.exp(change / HOLD))
        turn = vector_from_rotation(found.rotation @ self._rotation.T)
        share = _share(float(np.linalg.norm(turn)), TURN_NOISE, TURN_SURE)
        self._rotation = rotation_from_vector(turn * share) @ self._rotation
        slide = centre - self._centre
        self._centre = self._centre + slide * _share(
            float(np.linalg.norm(slide[:2])) / self._scale, SLIDE_NOISE, SLIDE_SURE
        )
        return self.now


def _share(size: float, noise: float, sure: float) -> float:
    """How much of a change is followed."""
    t = min(max((size - noise) / (sure - noise), 0.0), 1.0)
    return TURN_LEAST + (1 - TURN_LEAST) * t * t * (3 - 2 * t)


def placed(points: Float64, pose: Similarity, bridge: Float64) -> Float64:
    """(N, 3) pixels: head frame → picture, with the perspective of a camera at arm's length."""
    at = pose.apply(points)
    middle = pose.apply(bridge[None])[0]
    depth = (at[:, 2] - middle[2]) / pose.scale
    zoom = DISTANCE / np.maximum(DISTANCE + depth, 10.0)
    at[:, :2] = middle[:2] + (at[:, :2] - middle[:2]) * zoom[:, None]
    return at
