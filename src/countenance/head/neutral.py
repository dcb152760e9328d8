"""The face at rest, out of looks of which none need be at rest: what the shapes of `BLENDSHAPES` explain is taken off.

It stays in the landmarker's own terms (its bias and what no shape explains are left in), so that motion against it can
be carried over as it is. Knows landmarks only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.pose import fit_similarity
from countenance.face.topology import (
    BLENDSHAPES,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    MESH_VERTICES,
    load_face_mesh,
)
from countenance.face.types import Face
from countenance.head.fit import fit_head
from countenance.head.shapes import expression_landmarks
from countenance.head.template import FloatArray

MOST = 8  # looks that are fitted together: more say little that is new, and cost
CALM = 0.12  # cm²: the largest motion that was taken off a look, squared, at which it counts e times less
TURNED = 22.0  # degrees of yaw and pitch
SMILES = 0.4  # mouthSmile from which squinting is part of the smile, and no habit
# What the landmarker reads in a face's build as much as in what it does: what is usual of it belongs to the person.
HABITUAL = tuple(
    k for k, name in enumerate(BLENDSHAPES) if name.startswith(("eyeBlink", "eyeSquint", "browDown", "cheekSquint"))
)
SMILE = tuple(k for k, name in enumerate(BLENDSHAPES) if name.startswith("mouthSmile"))
OPENING = tuple(
    k for k, name in enumerate(BLENDSHAPES) if name.startswith(("jawOpen", "mouthLowerDown", "mouthUpperUp"))
)
LIPS_MEET = 0.4  # share of the way that the upper lip goes
OUTER = 0.5  # of the inner lips' way that the outer ones go


@dataclass(frozen=True)
class RestingFace:
    """One person at rest.

    Attributes:
        shape: (478, 3) float64, head frame, cm.
        expressions: (N, 52) float64 in [0, 1], of each face that was given.
    """

    shape: FloatArray
    expressions: FloatArray


def resting_face(faces: Sequence[Face]) -> RestingFace:
    """One person's face at rest.

    Args:
        faces: of one person; any expression; the calmest first, where it is known.

    Raises:
        ValueError: no face is given.
    """
    used = spread(faces)
    fit = fit_head(used, warp=False)
    rigid, weights = load_face_mesh().rigid, load_face_mesh().rigid_weights
    shapes, counts = [], []
    habit = _habit(fit.expressions)
    for face, pose, expression in zip(used, fit.poses, fit.expressions - habit, strict=True):
        head = Head.of(face.landmarks)
        # Template cm → pixels → head frame: turned and scaled, a motion needs no more.
        turn = head.pose.rotation.T @ pose.rotation * (pose.scale / head.pose.scale)
        moved = np.tensordot(expression, expression_landmarks(), axes=1) @ turn.T
        shapes.append(head.shape - moved)
        yaw, pitch, _ = face.angles
        unrest = float((moved[:MESH_VERTICES] ** 2).sum(1).max())
        counts.append(np.exp(-((yaw / TURNED) ** 2) - (pitch / TURNED) ** 2 - unrest / CALM) + 1e-6)
    first = shapes[int(np.argmax(counts))]
    aligned = [_onto(shape, first, rigid, weights) for shape in shapes]
    return RestingFace(_lips_shut(np.average(np.stack(aligned), axis=0, weights=counts)), fit.expressions)


def opening_of(face: Face, head: Head) -> FloatArray:
    """How far a face is from the same one with its lips shut, (478, 3) cm in the head frame.

    What lowers the jaw and parts the lips, as `BLENDSHAPES` explain it, and what is left of the gap; a smile is not.

    Args:
        face: as measured.
        head: its head, `Head.of(face.landmarks)`.
    """
    fit = fit_head([face], warp=False)
    expression = np.zeros_like(fit.expressions[0])
    expression[list(OPENING)] = fit.expressions[0][list(OPENING)]
    turn = head.pose.rotation.T @ fit.poses[0].rotation * (fit.poses[0].scale / head.pose.scale)
    moved = np.tensordot(expression, expression_landmarks(), axes=1) @ turn.T
    return np.asarray(head.shape - _lips_shut(head.shape - moved))


def _habit(expressions: FloatArray) -> FloatArray:
    """(52,): what of the expressions is the person's build: seen in all looks that do not smile."""
    out = np.zeros(expressions.shape[1])
    plain = expressions[expressions[:, SMILE].mean(1) < SMILES]
    if len(plain):
        out[list(HABITUAL)] = np.percentile(plain[:, HABITUAL], 25, axis=0)
    return out


def _lips_shut(shape: FloatArray) -> FloatArray:
    """Lips at rest meet: what is left of a gap is closed; in place."""
    gap = shape[LIPS_INNER_LOWER] - shape[LIPS_INNER_UPPER]
    gap[[0, -1]] = 0
    for upper, lower, share in ((LIPS_INNER_UPPER, LIPS_INNER_LOWER, 1.0), (LIPS_OUTER_UPPER, LIPS_OUTER_LOWER, OUTER)):
        shape[upper] += share * LIPS_MEET * gap
        shape[lower] -= share * (1 - LIPS_MEET) * gap
    return shape


def spread(faces: Sequence[Face], most: int = MOST) -> list[Face]:
    """The first face, and others as unlike each other in expression and pose as there are."""
    points = np.stack([np.append(face.blendshapes, np.array(face.angles) / 30) for face in faces]).astype(np.float64)
    picked = [0]
    far = np.linalg.norm(points - points[0], axis=1)
    while len(picked) < min(most, len(faces)):
        picked.append(int(far.argmax()))
        far = np.minimum(far, np.linalg.norm(points - points[picked[-1]], axis=1))
    return [faces[k] for k in picked]


def _onto(shape: FloatArray, other: FloatArray, rigid: NDArray[np.int32], weights: NDArray[np.float32]) -> FloatArray:
    return fit_similarity(shape[rigid], other[rigid], weights).apply(shape)
