"""What a persona wears, to the chest: a torso with a collar of its own. Meshes in template cm; knows no colours."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from countenance.head.template import FloatArray
from countenance.persona.locks import BAND, CLOTH, Piece, lock, sheet, tube

# Height, half width, half depth, middle's z: from the collar down to below the picture.
_RINGS = ((-60.6, 5.9, 6.2, -2.4), (-59.4, 7.2, 6.8, -2.2), (-58.0, 9.6, 7.4, -1.8), (-56.4, 12.8, 8.0, -1.2),
          (-54.4, 15.6, 8.6, -0.8), (-51.4, 17.4, 9.4, -0.6), (-47.0, 18.2, 10.4, -0.4),
          (-40.0, 18.4, 11.2, -0.2))  # fmt: skip
_COLUMNS = 73


def garment(kind: str, man: bool) -> list[Piece]:
    """The pieces of crew, turtleneck, shirt, jacket or hoodie."""
    broad = 1.12 if man else 0.96
    out = [_torso(broad)]
    if kind == "crew":
        out.append(_collar(0.35, 0.0, -0.18))
    elif kind == "turtleneck":
        out += [_roll(-64.4, 6.1), _roll(-62.6, 6.4)]
    elif kind == "shirt":
        out += [_roll(-62.4, 6.0), *_flaps(), *_placket()]
    elif kind == "jacket":
        out += [_collar(0.3, 0.1, 0.5, BAND), *_lapels()]
    else:
        out += [_collar(1.5, 0.5, -0.1), *_strings()]
    return out


def _front(turn: FloatArray) -> FloatArray:
    return np.asarray(np.clip(np.cos(turn), 0, 1))


def _ring(y: float, wide: float, deep: float, z: float, columns: int = _COLUMNS) -> FloatArray:
    turn = np.linspace(-np.pi, np.pi, columns)
    low = 2.4 * _front(turn) ** 2 * np.clip((-55 - y) / 5, 0, 1)
    return np.stack([np.sin(turn) * wide, y + low, z - np.cos(turn) * deep], 1)


def _torso(broad: float) -> Piece:
    rings = []
    heights = np.array([ring[0] for ring in _RINGS])
    profile = PchipInterpolator(heights, np.array(_RINGS)[:, 1:])
    for y in np.linspace(heights[0], heights[-1], 48):
        wide, deep, z = (float(value) for value in profile(y))
        shoulder = np.clip((y + 60) / 6, 0, 1)
        rings.append(_ring(float(y), wide * (1 + (broad - 1) * shoulder), deep, z))
    return sheet(np.stack(rings), 0.0, CLOTH)


def _collar(thick: float, up: float, tone: float, what: int = CLOTH) -> Piece:
    ring = _ring(-60.4 - up, 6.1 + 0.6 * thick, 6.3 + 0.5 * thick, -2.4)
    return tube(ring, np.full(len(ring), max(thick, 0.3)), tone=tone, what=what)


def _roll(y: float, wide: float) -> Piece:
    """A stand-up ring round the neck."""
    turn = np.linspace(-np.pi, np.pi, _COLUMNS)
    rows = []
    for share in np.linspace(0, 1, 9):
        swell = 0.35 * np.sin(np.pi * share)
        rows.append(
            np.stack([np.sin(turn) * (wide + swell + 0.4 * share), y + 2.6 * share + 1.6 * share * _front(turn) ** 2
                      + 1.0 * _front(turn) ** 2, -2.7 - np.cos(turn) * (6.0 + swell + 0.4 * share)], 1)
        )  # fmt: skip
    return sheet(np.stack(rows), -0.06, CLOTH)


def _flaps() -> list[Piece]:
    out = []
    for side in (-1.0, 1.0):
        points = np.array([[side * 5.6, -62.6, -3.0], [side * 4.9, -60.9, -7.0], [side * 3.2, -58.8, -9.4],
                           [side * 2.6, -56.0, -10.6]])  # fmt: skip
        out.append(lock(points, 3.6, np.tile([side * 0.4, -0.3, -1.0], (4, 1)), root=0.8, tip=0.12, bulge=0.12,
                        tone=0.14, what=CLOTH))  # fmt: skip
    return out


def _placket() -> list[Piece]:
    points = np.array([[0.0, -57.6, -9.6], [0, -52, -10.6], [0, -46, -11.4], [0, -36, -12.0]])
    out = [lock(points, 1.8, np.tile([0.0, 0, -1.0], (4, 1)), root=1, tip=1, bulge=0.05, tone=-0.05, what=CLOTH)]
    for y in (-55.2, -50.2, -45.2):
        z = float(np.interp(y, points[:, 1], points[:, 2])) - 0.2
        out.append(tube(np.array([[0, y, z], [0, y, z - 0.2]]), np.array([0.3, 0.22]), what=BAND))
    return out


def _lapels() -> list[Piece]:
    out = []
    vee = np.array([[[-3.6, -58.4, -9.0], [0, -57.4, -10.1], [3.6, -58.4, -9.0]],
                    [[-2.6, -52, -10.9], [0, -51.6, -11.3], [2.6, -52, -10.9]],
                    [[-0.2, -43, -12.4], [0, -43, -12.4], [0.2, -43, -12.4]]])  # fmt: skip
    out.append(sheet(vee, 0.5, BAND))
    for side in (-1.0, 1.0):
        points = np.array([[side * 6.6, -61.0, -1.5], [side * 6.2, -59.4, -6.8], [side * 5.0, -56.4, -9.8],
                           [side * 3.4, -50.0, -11.6], [side * 0.6, -42.5, -12.8]])  # fmt: skip
        out.append(lock(points, 4.4, np.tile([side * 0.35, -0.2, -1.0], (5, 1)), root=0.6, tip=0.2, bulge=0.1,
                        tone=-0.14, what=CLOTH))  # fmt: skip
    return out


def _strings() -> list[Piece]:
    out = []
    for side in (-1.0, 1.0):
        points = np.array([[side * 2.2, -58.0, -10.0], [side * 2.5, -54, -11.0], [side * 2.4, -48.5, -11.6]])
        out.append(tube(points, np.array([0.2, 0.2, 0.24]), what=BAND))
    return out
