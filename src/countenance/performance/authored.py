"""Takes the project wrote itself, from nobody's face: deformation fields on the canonical mesh and eased curves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption
from countenance.face.head import canonical_shape
from countenance.face.measures import mouth_and_eyes
from countenance.face.topology import (
    LANDMARKS,
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LEFT_LID_UPPER_OUTER,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
    RIGHT_LID_UPPER_OUTER,
)
from countenance.performance.model import Neutral, Performance, Sample, quantised, rest

FloatArray = NDArray[np.float64]

JAW_AXIS = np.array([-1.2, 3.0])  # y, z of the jaw's hinge, head frame, cm
RATE = Fraction(25)


def _near(points: FloatArray, centre: FloatArray, reach: float) -> FloatArray:
    distance = np.linalg.norm(points - centre, axis=1)
    return np.asarray(np.exp(-((distance / reach) ** 2)))


@lru_cache(maxsize=1)
def _fields() -> dict[str, FloatArray]:
    """Each motion at full strength, (478, 3) cm on the canonical face."""
    shape = np.zeros((LANDMARKS, 3))
    shape[:468] = canonical_shape()
    shape[RIGHT_IRIS] = shape[[33, 133]].mean(0)
    shape[LEFT_IRIS] = shape[[263, 362]].mean(0)
    fields = {
        name: np.zeros((LANDMARKS, 3)) for name in ("jaw", "smile", "pucker", "brows", "blink", "look_x", "look_y")
    }
    lip_line = shape[[78, 308], 1].mean()

    below = 1 / (1 + np.exp(-(shape[:, 1] - lip_line - 0.55) / 0.28))
    below[LIPS_INNER_LOWER[1:-1]] = np.maximum(below[LIPS_INNER_LOWER[1:-1]], 0.82)
    below[LIPS_INNER_UPPER] = 0.0
    below[[78, 308]] = 0.28
    below *= np.clip(1.15 - np.abs(shape[:, 0]) / 9.0, 0, 1)
    angle = np.radians(17)
    y, z = shape[:, 1] - JAW_AXIS[0], shape[:, 2] - JAW_AXIS[1]
    turned_y, turned_z = y * np.cos(angle) - z * np.sin(angle), y * np.sin(angle) + z * np.cos(angle)
    fields["jaw"][:, 1] = (turned_y - y) * below
    fields["jaw"][:, 2] = (turned_z - z) * below

    for corner, side in ((61, -1.0), (291, 1.0)):
        at = _near(shape, shape[corner], 1.7)[:, None]
        fields["smile"] += at * np.array([0.75 * side, -0.62, 0.35])
        cheek = _near(shape, shape[205 if side < 0 else 425], 1.8)[:, None]
        fields["smile"] += cheek * np.array([0.12 * side, -0.28, -0.12])
        fields["pucker"] += at * np.array([-0.75 * side, 0.0, -0.45])
    fields["pucker"] += _near(shape, shape[[13, 14]].mean(0), 1.3)[:, None] * np.array([0, 0, -0.35])

    for brow in (RIGHT_BROW, LEFT_BROW):
        weight = np.max([_near(shape, shape[v], 1.3) for v in brow], axis=0)
        weight *= 1 / (1 + np.exp((shape[:, 1] - shape[brow, 1].mean() - 0.9) / 0.2))
        fields["brows"][:, 1] -= 0.75 * weight
    for upper, lower, outer, iris in (
        (RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_LID_UPPER_OUTER, RIGHT_IRIS),
        (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_LID_UPPER_OUTER, LEFT_IRIS),
    ):
        gap = shape[lower] - shape[upper]
        fields["blink"][upper[1:-1]] = 0.92 * gap[1:-1]
        fields["blink"][lower[1:-1]] = -0.06 * gap[1:-1]
        fields["blink"][outer[1:-1]] = 0.42 * gap[1:-1]
        fields["look_x"][iris, 0] = 0.8
        fields["look_y"][iris, 1] = 0.5
        fields["look_y"][upper[1:-1], 1] = 0.22
    return fields


def canonical_neutral() -> Neutral:
    """The measures of the canonical face, which authored takes are made on."""
    shape = np.zeros((LANDMARKS, 3))
    shape[:468] = canonical_shape()
    return Neutral(*mouth_and_eyes(shape))


def _eased(keys: list[tuple[float, float]], t: float) -> float:
    """Minimum-jerk between (time, value) keys (Flash and Hogan 1985)."""
    if t <= keys[0][0]:
        return keys[0][1]
    for (t0, a), (t1, b) in pairwise(keys):
        if t < t1:
            x = (t - t0) / (t1 - t0)
            return a + (b - a) * x * x * x * (10 - 15 * x + 6 * x * x)
    return keys[-1][1]


Curves = dict[str, list[tuple[float, float]]]

DEMO: Curves = {
    "yaw": [(0.3, 0), (1.2, -11), (2.0, -10), (3.1, 9), (4.0, 10), (4.9, 0), (6.4, 0), (6.9, 3), (7.6, 0)],
    "pitch": [(0.5, 0), (1.2, 2), (2.6, -4), (3.4, 1), (4.9, 0), (5.2, 5), (5.55, -3), (5.9, 3), (6.3, 0)],
    "roll": [(0.8, 0), (1.6, 3), (2.6, -2), (3.8, -4), (4.8, 0), (6.6, 2), (7.5, 0)],
    "smile": [(1.3, 0), (2.1, 0.7), (3.2, 0.8), (4.2, 0.1), (5.9, 0.1), (6.6, 0.75), (7.3, 0.6), (7.9, 0)],
    "brows": [(0.4, 0), (0.8, 0.7), (1.5, 0.1), (3.0, 0.0), (3.3, 0.8), (4.0, 0.2), (6.5, 0.5), (7.4, 0)],
    "jaw": [
        (2.2, 0), (2.5, 0.15), (2.8, 0.02), (4.1, 0), (4.25, 0.42), (4.4, 0.08), (4.6, 0.55), (4.78, 0.1),
        (4.95, 0.36), (5.1, 0.02), (5.3, 0.48), (5.5, 0.12), (5.7, 0.3), (5.9, 0), (6.5, 0.1), (7.3, 0.12), (7.8, 0),
    ],
    "pucker": [(4.3, 0), (4.5, 0.1), (4.75, 0.55), (5.0, 0.05), (5.15, 0.4), (5.4, 0), (5.7, 0.35), (5.95, 0)],
    "look_x": [(0.2, 0), (0.28, -0.6), (1.9, -0.5), (2.0, 0.5), (3.6, 0.55), (3.7, 0), (6.3, 0), (6.4, 0.2), (7.3, 0)],
    "look_y": [(2.4, 0), (2.5, -0.3), (3.2, 0.2), (3.6, 0), (5.0, 0.15), (5.8, 0)],
}  # fmt: skip
NOD: Curves = {"pitch": [(0.2, 0), (0.6, 8), (1.0, -4), (1.4, 7), (1.8, -2), (2.3, 0)]}
SMILE: Curves = {"smile": [(0.2, 0), (1.0, 1.0), (2.2, 0.9), (3.0, 0)], "jaw": [(0.6, 0), (1.1, 0.12), (2.3, 0)]}
LOOK_AROUND: Curves = {"yaw": [(0.3, 0), (1.2, -16), (2.2, -16), (3.6, 16), (4.6, 16), (5.6, 0)],
                       "look_x": [(0.2, 0), (0.3, -0.7), (2.1, -0.5), (2.2, 0.7), (4.5, 0.5), (4.6, 0)]}  # fmt: skip
TAKES: dict[str, tuple[Curves, float, tuple[float, ...]]] = {
    "demo": (DEMO, 8.0, (0.9, 2.05, 3.65, 5.95, 7.2)),
    "nod": (NOD, 2.6, (0.9,)),
    "smile": (SMILE, 3.2, (1.6,)),
    "look-around": (LOOK_AROUND, 6.0, (0.3, 2.15, 4.6)),
}
BLINK = [(0.0, 0.0), (0.09, 1.0), (0.13, 1.0), (0.30, 0.0)]


def authored_performance(name: str = "demo", *, rate: Fraction = RATE) -> Performance:
    """One of the project's own takes.

    Raises:
        BadOption: there is none of that name.
    """
    if name not in TAKES:
        raise BadOption(f"There is no authored take called {name!r}.", f"Use one of {', '.join(TAKES)}.")
    curves, length, blinks = TAKES[name]
    count = int(length * rate)
    return Performance(
        neutral=canonical_neutral(),
        rate=rate,
        read=lambda: (_sample(curves, blinks, Fraction(k) / rate) for k in range(count)),
        duration=Fraction(count) / rate,
        source="authored",
    )


def _sample(curves: Curves, blinks: tuple[float, ...], time: Fraction) -> Sample:
    t = float(time)
    fields = _fields()

    def at(name: str) -> float:
        return _eased(curves[name], t) if name in curves else 0.0

    breath = np.sin(2 * np.pi * t / 4.0)
    offsets = np.zeros((LANDMARKS, 3))
    for name in ("jaw", "smile", "pucker", "brows", "look_x", "look_y"):
        offsets += at(name) * fields[name]
    blink = max((_eased(BLINK, t - begin) for begin in blinks), default=0.0)
    offsets += blink * fields["blink"]
    rotation = np.radians([at("pitch") + 0.35 * breath, at("yaw"), at("roll")])
    translation = np.array([0.055 * at("yaw"), 0.03 * at("pitch") + 0.04 * breath, 0.0])
    return replace(
        rest(time),
        rotation=rotation.astype(np.float32),
        translation=translation.astype(np.float32),
        offsets=quantised(offsets),
    )


def takes() -> Iterator[str]:
    """Names of the authored takes."""
    yield from TAKES
