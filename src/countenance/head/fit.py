"""A head for one person, from one or many measured faces: identity by bounded ridge regression on the landmarks,
expression taken off, and what is left carried over by a smooth warp where it helps views that were left out.

Knows landmarks only: no pictures, no files, no permission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.pose import Similarity, fit_similarity
from countenance.face.types import Face
from countenance.head.landmarks import identity_basis, load_landmarks, mean_landmarks
from countenance.head.shapes import expression_landmarks, vertex_motion
from countenance.head.solver import bounded_ridge
from countenance.head.template import MACROS, FloatArray, load_template
from countenance.head.warp import warped

ROUNDS = 6
# cm² for a target or a shape at 1: found on clips, so that the neutral of smiling frames is that of calm ones
# (`bench/head`); less lets identity take up what is expression.
IDENTITY_RIDGE = 0.6
EXPRESSION_RIDGE = 0.5
DEPTH_WEIGHT = 0.35  # the landmarker guesses depth
TURNED = (25.0, 55.0)  # degrees of yaw between which the far half of a face counts less, down to FAR
FAR = 0.25
WARP_GAIN = 0.97  # of the error in left-out views that must remain below for the warp to be kept


@dataclass(frozen=True)
class FittedHead:
    """One person's head.

    Attributes:
        vertices: (V, 3) float64, neutral, template cm (`head.template`).
        identity: (K,) float64, of the template's identity targets.
        landmarks: (478, 3) float64, neutral, on these vertices.
        poses: of each face: template frame → that picture's pixels.
        expressions: (N, 52) float64 in [0, 1], of each face, in the order of `BLENDSHAPES`.
        residual: millimetres rms of the landmarks, on a head with eyes of everybody's size.
        warped: whether what the targets cannot say was carried over by a warp.
        left: (N, 478, 3) float64, template cm: what is left of each face that the head does not explain.
    """

    vertices: FloatArray
    identity: FloatArray
    landmarks: FloatArray
    poses: tuple[Similarity, ...]
    expressions: FloatArray
    residual: float
    warped: bool
    left: FloatArray

    def posed(self, expression: NDArray[np.floating]) -> FloatArray:
        """(V, 3): the vertices with an expression, (52,) in the order of `BLENDSHAPES`."""
        return self.vertices + vertex_motion(expression)


@dataclass(frozen=True)
class _View:
    """One face made ready: landmarks in the canonical frame without the landmarker's bias, and how far each counts."""

    pose: Similarity
    shape: FloatArray
    weights: FloatArray
    read: FloatArray


@dataclass(frozen=True)
class _Found:
    identity: FloatArray
    expressions: FloatArray
    onto: tuple[Similarity, ...]
    left: FloatArray  # (N, 478, 3), template cm: what the model does not explain


def fit_head(faces: Sequence[Face], *, warp: bool | None = None) -> FittedHead:
    """The head that explains one person's faces best.

    Args:
        faces: of one person; any expression.
        warp: carry over what the targets cannot say; None: where there are three views or more, and it helps those
            that are left out.

    Raises:
        ValueError: no face is given.
    """
    if not faces:
        raise ValueError("a head is fitted to at least one face")
    views = [_view(face) for face in faces]
    found = _solved(views)
    template = load_template()
    vertices = template.vertices + np.tensordot(found.identity, template.identity, axes=1)
    extra = _residual(found, views)
    keep = warp if warp is not None else _warp_helps(views)
    if keep:
        vertices = warped(vertices, extra)
        found = replace(found, left=found.left - extra)
    rms = float(np.sqrt(np.mean([(view.weights * left) ** 2 for view, left in zip(views, found.left, strict=True)])))
    poses = tuple(_through(view.pose, onto) for view, onto in zip(views, found.onto, strict=True))
    return FittedHead(
        vertices=vertices,
        identity=found.identity,
        landmarks=load_landmarks().on(vertices),
        poses=poses,
        expressions=found.expressions,
        residual=10 * rms,
        warped=keep,
        left=found.left,
    )


def pose_and_expression(head: FittedHead, face: Face) -> tuple[Similarity, FloatArray]:
    """Where a known head is in another picture, and (52,) what its face does there."""
    view = _view(face)
    found = _tracked(view, head.landmarks)
    return _through(view.pose, found[0]), found[1]


def _view(face: Face) -> _View:
    measured = Head.of(face.landmarks)
    marks = load_landmarks()
    weights = np.tile(marks.confidence[:, None], (1, 3)) * np.array([1, 1, DEPTH_WEIGHT])
    yaw = face.angles[0]
    turned = float(np.clip((abs(yaw) - TURNED[0]) / (TURNED[1] - TURNED[0]), 0, 1))
    # A head that looks to its left (yaw > 0) hides its left side.
    far = np.clip(np.sign(yaw) * mean_landmarks()[:, 0] / 3.0, 0, 1)
    weights *= (1 - (1 - FAR) * turned * far)[:, None]
    read = face.blendshapes.astype(np.float64).copy()
    read[0] = 0.0
    return _View(measured.pose, measured.shape - marks.bias, weights, read)


def _solved(views: list[_View]) -> _Found:
    basis, mean = identity_basis(), mean_landmarks()
    count = len(basis)
    low, high = np.zeros(count), np.ones(count)
    low[:MACROS] = -1 / MACROS
    high[:MACROS] = 1 - 1 / MACROS
    ridge = np.full(count, IDENTITY_RIDGE)
    identity = np.zeros(count)
    expressions = np.stack([view.read for view in views])
    grams = [_gram(basis, view.weights) for view in views]
    total = np.sum(grams, axis=0)
    targets: list[FloatArray] = []
    onto: list[Similarity] = []
    for _ in range(ROUNDS):
        neutral = mean + np.tensordot(identity, basis, axes=1)
        onto, targets = [], []
        for k, view in enumerate(views):
            similarity, expressions[k] = _tracked(view, neutral, expressions[k])
            onto.append(similarity)
            targets.append(similarity.undo(view.shape) - _moved(expressions[k]))
        pull = np.sum([_pull(basis, view.weights, to - mean) for view, to in zip(views, targets, strict=True)], axis=0)
        identity = bounded_ridge(total, pull, ridge * len(views), np.zeros(count), low, high, identity)
    neutral = mean + np.tensordot(identity, basis, axes=1)
    return _Found(identity, expressions, tuple(onto), np.stack(targets) - neutral)


def _tracked(
    view: _View, neutral: FloatArray, start: FloatArray | None = None, rounds: int = 1
) -> tuple[Similarity, FloatArray]:
    """Where a known neutral lies on a view, and (52,) its expression."""
    basis = expression_landmarks()
    expression = view.read if start is None else start
    similarity = Similarity(1.0, np.eye(3), np.zeros(3))
    gram = _gram(basis, view.weights)
    rounds = 4 if start is None else rounds
    for _ in range(rounds):
        similarity = fit_similarity(neutral + _moved(expression), view.shape, _point_weights(view))
        pull = _pull(basis, view.weights, similarity.undo(view.shape) - neutral)
        ridge = np.full(len(basis), EXPRESSION_RIDGE)
        expression = bounded_ridge(gram, pull, ridge, view.read, np.zeros(len(basis)), np.ones(len(basis)), expression)
    return similarity, expression


def _point_weights(view: _View) -> FloatArray:
    """(478,) for the similarity: what expression moves little counts most."""
    still = 1 / (1 + np.linalg.norm(expression_landmarks(), axis=2).max(0) / 0.4)
    return np.asarray(view.weights[:, 0] * still)


def _moved(expression: NDArray[np.floating]) -> FloatArray:
    return np.asarray(np.tensordot(expression, expression_landmarks(), axes=1))


def _gram(basis: FloatArray, weights: FloatArray) -> FloatArray:
    flat = (basis * weights).reshape(len(basis), -1)
    return flat @ flat.T


def _pull(basis: FloatArray, weights: FloatArray, to: FloatArray) -> FloatArray:
    return np.asarray((basis * weights).reshape(len(basis), -1) @ (to * weights).ravel())


def _residual(found: _Found, views: list[_View]) -> FloatArray:
    """(478, 3): what all views leave unexplained alike."""
    weights = np.stack([view.weights for view in views])
    return np.asarray((found.left * weights).sum(0) / np.maximum(weights.sum(0), 1e-9))


def _warp_helps(views: list[_View]) -> bool:
    """Whether views that were left out are nearer to a head that was warped to the others."""
    if len(views) < 3:
        return False
    before = after = 0.0
    for fold in range(3):
        held = views[fold::3]
        kept = [view for k, view in enumerate(views) if k % 3 != fold]
        found = _solved(kept)
        neutral = mean_landmarks() + np.tensordot(found.identity, identity_basis(), axes=1)
        extra = _residual(found, kept)
        for view in held:
            before += _error(view, neutral)
            after += _error(view, neutral + extra)
    return after < WARP_GAIN * before


def _error(view: _View, neutral: FloatArray) -> float:
    similarity, expression = _tracked(view, neutral)
    left = similarity.undo(view.shape) - neutral - _moved(expression)
    return float((view.weights * left**2).sum())


def _through(pose: Similarity, onto: Similarity) -> Similarity:
    """Template frame → pixels: first onto the canonical head, then into the picture."""
    rotation = pose.rotation @ onto.rotation
    return Similarity(pose.scale * onto.scale, rotation, pose.apply(onto.translation[None])[0])
