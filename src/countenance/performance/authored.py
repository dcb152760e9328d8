"""Takes the project wrote itself, from nobody's face: eased curves of blendshapes. Knows no files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from countenance.errors import BadOption
from countenance.face.topology import BLENDSHAPES
from countenance.performance.angles import head_rotation
from countenance.performance.expression import canonical_neutral, landmark_motion
from countenance.performance.take import Performance, Sample, quantised, rest

RATE = Fraction(25)


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

MEANING: dict[str, dict[str, float]] = {
    "jaw": {"jawOpen": 0.6},
    "smile": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "cheekSquintLeft": 0.4, "cheekSquintRight": 0.4},
    "pucker": {"mouthPucker": 1.0, "mouthFunnel": 0.3},
    "brows": {"browInnerUp": 0.5, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6},
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "look_left": {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0},
    "look_right": {"eyeLookInLeft": 1.0, "eyeLookOutRight": 1.0},
    "look_down": {"eyeLookDownLeft": 1.0, "eyeLookDownRight": 1.0},
    "look_up": {"eyeLookUpLeft": 1.0, "eyeLookUpRight": 1.0},
}
"""What a curve at 1 means in blendshapes; `look_x` is left where positive (the person's own), `look_y` down."""

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

    def at(name: str) -> float:
        return _eased(curves[name], t) if name in curves else 0.0

    strength = {name: at(name) for name in ("jaw", "smile", "pucker", "brows")}
    strength["blink"] = max((_eased(BLINK, t - begin) for begin in blinks), default=0.0)
    across, down = at("look_x"), at("look_y")
    strength |= {"look_left": across, "look_right": -across, "look_down": down, "look_up": -down}
    shapes = np.zeros(len(BLENDSHAPES), np.float32)
    for name, value in strength.items():
        for shape, part in MEANING[name].items():
            shapes[BLENDSHAPES.index(shape)] = min(max(part * value, 0.0), 1.0)
    breath = float(np.sin(2 * np.pi * t / 4.0))
    translation = np.array([0.055 * at("yaw"), 0.03 * at("pitch") + 0.04 * breath, 0.0])
    return replace(
        rest(time),
        rotation=head_rotation(-at("yaw"), at("pitch") + 0.35 * breath, at("roll")).astype(np.float32),
        translation=translation.astype(np.float32),
        blendshapes=shapes,
        offsets=quantised(landmark_motion(shapes)),
    )


def takes() -> Iterator[str]:
    """Names of the authored takes."""
    yield from TAKES
