"""What years do to the shape of a face: measures of it, fields that move landmarks, and how much of each is asked for.

A field says where the face moves, a measure says by how much: the amounts are solved for so that every measure of this
very face changes as `rates` asks, although fields overlap. Knows nothing of textures.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    FACE_OVAL,
    LANDMARKS,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LEFT_LID_UPPER_OUTER,
    LIPS,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
    RIGHT_LID_UPPER_OUTER,
)
from countenance.likeness.ageing.rates import SHAPE
from countenance.performance.expression import canonical_landmarks

FloatArray = NDArray[np.float64]
Vector = tuple[float, float, float]

NASION, TIP, SUBNASAL, CHIN, TOP = 168, 4, 2, 152, 10
EYES = ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER), (LEFT_EYE_UPPER, LEFT_EYE_LOWER))
JOWL = ([136, 172], [365, 397])  # of the oval, halfway between chin and angle of the jaw
STEP = 0.01  # cm, of each field's amount, to see what it does to each measure


def _apart(shape: FloatArray, a: int, b: int) -> float:
    return float(np.linalg.norm(shape[a] - shape[b]))


def _down(shape: FloatArray, of: list[int], against: list[int]) -> float:
    return float(shape[of, 1].mean() - shape[against, 1].mean())


def _eye_height(shape: FloatArray) -> float:
    return float(np.mean([np.linalg.norm(shape[u[3:6]] - shape[w[3:6]], axis=1).mean() for u, w in EYES]))


def _lid_show(shape: FloatArray) -> float:
    outer = (RIGHT_LID_UPPER_OUTER, LEFT_LID_UPPER_OUTER)
    gaps = [shape[u[3:6]] - shape[o[3:6]] for (u, _), o in zip(EYES, outer, strict=True)]
    return float(np.mean([gap[:, 1].mean() for gap in gaps]))


def _jowl(shape: FloatArray) -> float:
    """How far the jaw line hangs below the chord from the chin to the angle of the jaw."""
    hang = []
    for angle, chin, sag in ((58, 148, JOWL[0]), (288, 377, JOWL[1])):
        a, b = shape[angle, :2], shape[chin, :2]
        along = (b - a) / np.linalg.norm(b - a)
        normal = np.array([-along[1], along[0]])
        normal *= np.sign(normal[1]) or 1.0
        hang.append(float(((shape[sag, :2] - a) @ normal).mean()))
    return float(np.mean(hang))


MEASURES: dict[str, Callable[[FloatArray], float]] = {
    "nose length": lambda s: _apart(s, NASION, TIP),
    "nose tip drop": lambda s: _down(s, [TIP], [129, 358]),
    "nose width": lambda s: _apart(s, 129, 358),
    "upper lip length": lambda s: _apart(s, SUBNASAL, 0),
    "upper vermilion": lambda s: _apart(s, 0, 13),
    "lower vermilion": lambda s: _apart(s, 14, 17),
    "mouth width": lambda s: _apart(s, 61, 291),
    "mouth corner drop": lambda s: _down(s, [61, 291], [13, 14]),
    "eye height": _eye_height,
    "eye width": lambda s: (_apart(s, 33, 133) + _apart(s, 263, 362)) / 2,
    "lid show": _lid_show,
    "brow drop": lambda s: _down(s, [70, 63, 300, 293], [NASION]),
    "jowl": _jowl,
    "cheek hollow": lambda s: float(s[[187, 411], 2].mean() - s[[NASION], 2].mean()),
    "temple hollow": lambda s: -_apart(s, 21, 251) / 2,
    "face height": lambda s: _apart(s, NASION, CHIN),
}
"""Of a shape (478, 3), head frame, cm: each in cm."""


def measured(shape: NDArray[np.floating]) -> dict[str, float]:
    """Every measure of a shape, cm."""
    points = np.asarray(shape, np.float64)
    return {name: of(points) for name, of in MEASURES.items()}


def asked(shape: NDArray[np.floating], years: float) -> dict[str, float]:
    """By how much every measure is to change, cm; shares are of what the face has."""
    has = measured(shape)
    out = {}
    for name, rate in SHAPE.items():
        decades = years / 10
        out[name] = (
            has[name] * (np.exp(np.log1p(rate.per_decade) * decades) - 1)
            if rate.unit == "share"
            else (rate.per_decade * decades / 10)
        )
    return {name: float(value) for name, value in out.items()}


def _near(centres: list[int], reach: Vector) -> FloatArray:
    """(478,) weights that fall off from the nearest of `centres` by a Gaussian; its reach along each axis in cm."""
    points = canonical_landmarks()
    step = (points[:, None] - points[centres][None]) / np.asarray(reach)
    return np.asarray(np.exp(-(step**2).sum(2)).max(1))


def _arc(count: int = 9, power: float = 0.7) -> FloatArray:
    return np.asarray(np.sin(np.linspace(0, np.pi, count)) ** power)


@lru_cache(maxsize=1)
def fields() -> FloatArray:
    """(16, 478, 3): what each of `MEASURES` moves at an amount of 1, in their order."""
    points = canonical_landmarks()
    side = np.tanh(points[:, 0] / 0.6)
    out = {name: np.zeros((LANDMARKS, 3)) for name in MEASURES}
    eyes = _near([33, 133, 263, 362, 159, 386, 145, 374], (1.3, 0.7, 4.0))
    still = 1 - eyes
    nose = np.clip((points[:, 1] - points[NASION, 1]) / (points[TIP, 1] - points[NASION, 1]), 0, 1)
    nose = nose * _near([NASION, 197, 5, TIP, SUBNASAL, 129, 358], (1.4, 1.0, 3.0))
    nose *= 1 - _near([0, 37, 267], (3.0, 0.75, 4.0))
    out["nose length"][:, 1] = nose
    tip = _near([TIP, 1], (0.9, 0.75, 1.6))
    out["nose tip drop"][:, 1] = tip
    out["nose tip drop"][:, 2] = 0.25 * tip
    out["nose width"][:, 0] = side * _near([129, 358, 98, 327], (0.8, 0.9, 2.0))
    upper, lower = _near([0, 37, 267], (2.2, 0.6, 4.0)), _near([17, 84, 314], (2.0, 0.6, 4.0))
    taper = np.exp(-((np.abs(points[:, 0]) / 2.3) ** 4))
    # The red of a lip goes with its edge, less and less towards where the lips meet, and not at all there.
    for name, ring, inner, weight in (
        ("upper", LIPS_OUTER_UPPER, LIPS_INNER_UPPER, upper), ("lower", LIPS_OUTER_LOWER, LIPS_INNER_LOWER, lower),
    ):  # fmt: skip
        edge = points[ring, 1][None] - points[:, 1][:, None]
        share = weight * np.exp(-(edge.min(1) ** 2 if name == "upper" else edge.max(1) ** 2) / 4.0) * taper
        middle = points[inner, 1].mean()
        share *= np.clip((middle - points[:, 1]) * (1 if name == "upper" else -1) / 0.45, 0, 1)
        share[inner] = 0.0
        out[f"{name} vermilion"][:, 1] = -share if name == "upper" else share
    # A longer upper lip takes all below it along, down to the chin, where it has died away.
    below = 1 / (1 + np.exp(-(points[:, 1] - (points[SUBNASAL, 1] + points[0, 1]) / 2) / 0.28))
    mouth = below * _near([int(v) for v in LIPS], (2.2, 1.1, 4.0))
    out["upper lip length"][:, 1] = mouth
    corners = _near([61, 78, 291, 308], (1.0, 0.9, 3.0))
    out["mouth width"][:, 0] = side * corners
    out["mouth width"][:, 2] = 0.3 * corners
    out["mouth corner drop"][:, 1] = _near([61, 78, 291, 308], (1.0, 1.1, 3.0))
    for (up, low), iris, outer, sign in zip(
        EYES, (RIGHT_IRIS, LEFT_IRIS), (RIGHT_LID_UPPER_OUTER, LEFT_LID_UPPER_OUTER), (-1, 1), strict=True
    ):
        # The lid sinks more outside than inside: the outer half of it is hooded.
        hood = _arc() * np.linspace(1.15, 0.75, 9)
        out["eye height"][up, 1] = 0.85 * hood
        out["eye height"][low, 1] = -0.15 * _arc()
        out["eye height"][outer, 1] = 0.6 * hood
        inward = np.linspace(1, 0, 9)[:, None]
        for ring in (up, low):
            out["eye width"][ring] = np.array([-sign, 0.1, 0.0]) * inward
        out["eye width"][iris] = 0.0
        out["lid show"][outer, 1] = np.array([0.9, 1.1, 1.15, 1.1, 1.0, 0.9, 0.7, 0.4, 0.1])
    brow = _near([70, 63, 300, 293, 46, 276], (1.5, 1.1, 6.0)) + 0.5 * _near([105, 334, 52, 282], (1.0, 1.1, 6.0))
    out["brow drop"][:, 1] = np.minimum(brow, 1) * still
    jowl = _near([*JOWL[0], *JOWL[1]], (1.5, 1.6, 4.0))
    pre = _near([148, 377, 176, 400], (0.8, 0.9, 3.0))
    out["jowl"][:, 1] = jowl - 0.35 * pre
    out["jowl"][:, 0] = side * (0.35 * jowl - 0.1 * pre)
    cheek = _near([187, 411, 207, 427, 205, 425], (1.7, 1.9, 3.0)) * (1 - corners) * still
    out["cheek hollow"][:, 2] = cheek
    out["cheek hollow"][:, 0] = -side * 0.3 * _near([213, 433, 192, 416, 177, 401], (1.2, 1.8, 3.0))
    out["temple hollow"][:, 0] = -side * _near([21, 251, 162, 389, 71, 301], (2.0, 2.0, 4.0)) * still
    out["face height"][:, 1] = np.clip((points[:, 1] - 3.0) / (points[CHIN, 1] - 3.0), 0, 1.2)
    return np.stack([out[name] for name in MEASURES])


def amounts(shape: NDArray[np.floating], years: float) -> FloatArray:
    """(16,) cm: how much of each field makes every measure change as asked; Newton's method."""
    start = np.asarray(shape, np.float64)
    basis, want = fields(), np.array(list(asked(shape, years).values()))
    goal = np.array(list(measured(start).values())) + want
    solved = np.zeros(len(basis))
    for _ in range(6):
        at = start + np.tensordot(solved, basis, axes=1)
        now = np.array(list(measured(at).values()))
        slopes = np.stack([(np.array(list(measured(at + STEP * f).values())) - now) / STEP for f in basis], axis=1)
        solved = solved + np.linalg.solve(slopes, goal - now)
    return np.asarray(solved)


def aged_shape(shape: NDArray[np.floating], years: float) -> NDArray[np.float32]:
    """(478, 3) float32, head frame, cm: the shape after `years`, which may be less than 0."""
    moved = np.asarray(shape, np.float64) + np.tensordot(amounts(shape, years), fields(), axes=1)
    return np.asarray(moved, np.float32)


def oval_moved(before: NDArray[np.floating], after: NDArray[np.floating]) -> float:
    """How far the outline moved at most, cm."""
    return float(np.linalg.norm((after - before)[FACE_OVAL], axis=1).max())
