"""What looks are compared by: expression, shape, hue, what covers the skin, where the light is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.topology import BLENDSHAPES, MESH_VERTICES
from countenance.likeness.atlas import skin_on_atlas
from countenance.likeness.material import PATCH, FaceObservation
from countenance.likeness.views import GAMMA
from countenance.performance.expression import landmark_motion

FloatArray = NDArray[np.float64]

RELAX = 0.8  # share of the expression that is taken out of a look: blendshapes are read, not known
FEW = 4  # looks: fewer tell nothing of what is usual
HABIT = 0.8  # of a blendshape that may be a habit
LEVEL = 0.3  # of the mean light: less to one side is light from the front
UNLIKE = 0.45  # natural log: a texel that is so much darker or lighter than usual, light apart


def named(blendshapes: NDArray[np.floating], *names: str) -> float:
    """The mean of some blendshapes."""
    return float(np.mean([blendshapes[BLENDSHAPES.index(name)] for name in names]))


def parted(look: FaceObservation) -> float:
    """The gap between the inner lips, of the mouth's width."""
    lips = look.face.landmarks[[13, 14, 61, 291]].astype(np.float64)
    return float(np.linalg.norm(lips[0] - lips[1]) / max(float(np.linalg.norm(lips[2] - lips[3])), 1e-6))


def shown(blendshapes: NDArray[np.floating], habit: NDArray[np.floating]) -> FloatArray:
    """(5,) smile, jaw, rounded lips, brows up, brows down, 0 to 1.

    Args:
        blendshapes: (52,).
        habit: (52,) what of brows and lips the person always shows, or the landmarker always reads; see `habit_of`.
    """
    less = np.clip(blendshapes - habit, 0, 1) / np.clip(1 - habit, 0.2, 1)
    return np.array(
        [
            named(blendshapes, "mouthSmileLeft", "mouthSmileRight"),
            named(blendshapes, "jawOpen"),
            max(named(less, "mouthFunnel"), 0.7 * named(less, "mouthPucker")),
            max(named(less, "browInnerUp"), named(less, "browOuterUpLeft", "browOuterUpRight")),
            0.5 * named(less, "browDownLeft", "browDownRight"),
        ]
    )


def habit_of(looks: Sequence[FaceObservation]) -> NDArray[np.float32]:
    """(52,): the lower third of brows and lips over some looks, HABIT at most; 0 for what is no habit, or of few."""
    habit = np.zeros(len(BLENDSHAPES), np.float32)
    if len(looks) >= 2 * FEW:
        low = np.percentile([one.face.blendshapes for one in looks], 33, axis=0)
        for k, name in enumerate(BLENDSHAPES):
            if name.startswith(("brow", "mouthFunnel", "mouthPucker")):
                habit[k] = min(float(low[k]), HABIT)
    return habit


def deviations(looks: Sequence[FaceObservation]) -> FloatArray:
    """(N,) cm: how far each face's shape, expression taken out, is from the person's median."""
    shapes = [Head.of(one.face.landmarks.astype(np.float64)).shape[:MESH_VERTICES, :2] for one in looks]
    rest = [
        s - RELAX * landmark_motion(one.face.blendshapes)[:MESH_VERTICES, :2]
        for s, one in zip(shapes, looks, strict=True)
    ]
    stack = np.stack(rest)
    return np.asarray(np.sqrt(((stack - np.median(stack, axis=0)) ** 2).sum(2).mean(1)))


def colours(looks: Sequence[FaceObservation]) -> FloatArray:
    """(N, 3): log of the median skin colour of each, its mean taken out: the hue of skin and light."""
    skin = skin_on_atlas(PATCH) > 0.5
    rows = []
    for one in looks:
        there = one.patch[skin & (one.seen > 127)]
        middle = np.log(np.maximum(np.median(there, axis=0) if len(there) else np.full(3, 128.0), 4.0))
        rows.append(middle - middle.mean())
    return np.asarray(rows).reshape(-1, 3)


def coverings(looks: Sequence[FaceObservation]) -> FloatArray:
    """(N,) share of each face's skin that differs from the person's usual, once light is taken out."""
    skin = skin_on_atlas(PATCH) > 0.5
    logs = np.stack([np.log(np.maximum(one.patch.astype(np.float32), 6)) for one in looks])
    seen = np.stack([(one.seen > 127) & skin for one in looks])
    logs -= np.stack(
        [np.median(log[at], axis=0) if at.any() else np.zeros(3) for log, at in zip(logs, seen, strict=True)]
    )[:, None, None]
    masked = np.ma.masked_array(logs, ~np.broadcast_to(seen[..., None], logs.shape))
    usual = np.ma.median(masked, axis=0).filled(0.0)  # type: ignore[no-untyped-call]
    usual = np.asarray(usual, np.float32)
    out = []
    for log, at in zip(logs, seen, strict=True):
        weight = at.astype(np.float32)
        apart = (log - usual) * weight[..., None]
        sigma = PATCH / 5
        light = cv2.GaussianBlur(apart.mean(-1), (0, 0), sigma) / (cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3)
        rest = np.abs(apart - light[..., None] * weight[..., None]).max(-1)
        out.append(float((rest[at] > UNLIKE).mean()) if at.any() else 1.0)
    return np.array(out)


def light_from(look: FaceObservation, normals: NDArray[np.float32], skin: NDArray[np.float32]) -> str:
    """Where the light comes from, of the person before the camera: `front`, `left`, `right`, `above` or `below`.

    Skin is taken to be matt and of one colour: light = a + b · normal (Lambert), solved three times, each with less
    weight on what does not fit: hair, beards, shine.

    Args:
        look: with its patch.
        normals: (PATCH, PATCH, 3), head frame. skin: (PATCH, PATCH) in [0, 1].
    """
    at = (skin > 0.5) & (look.seen > 127)
    if at.sum() < 60:
        return "front"
    linear = (look.patch[at].astype(np.float64).mean(1) / 255) ** GAMMA
    a = np.column_stack([np.ones(len(linear)), normals[at].astype(np.float64)])
    weight = np.ones(len(linear))
    for _ in range(3):
        ridge = np.diag([0.0, 1.0, 1.0, 1.0]) * 0.01 * weight.sum()
        found = np.linalg.solve(a.T @ (a * weight[:, None]) + ridge, a.T @ (linear * weight))
        error = np.abs(linear - a @ found)
        weight = 1 / (1 + (error / (np.median(error) + 1e-6)) ** 2)
    direction = Head.of(look.face.landmarks.astype(np.float64)).pose.rotation @ found[1:]
    x, y = direction[:2] / max(float(linear.mean()), 1e-6)
    if max(abs(x), abs(y)) < LEVEL:
        return "front"
    if abs(x) >= abs(y):
        return "left" if x > 0 else "right"
    return "above" if y < 0 else "below"
