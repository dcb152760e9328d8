"""A headscarf and a cap, as pieces over a scalp."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from countenance.persona.locks import BAND, CLOTH, Piece, sheet, shell, tube
from countenance.persona.scalp import AROUND, Scalp, direction

DEG = np.pi / 180
_FACE = ([0, 22, 42, 58, 70, 80, 90], [37, 35, 26, 6, -20, -44, -60])  # the scarf's edge round the face


def headscarf(scalp: Scalp, chin: float) -> list[Piece]:
    """Close round the face and under the chin, draped over neck and shoulders.

    Args:
        chin: its height, cm.
    """
    azimuth = np.linspace(-np.pi, np.pi, AROUND + 1)
    away = np.abs(np.degrees(azimuth))
    ends = np.radians(np.interp(away, [*_FACE[0], 100], [*_FACE[1], -60]))
    rows = np.clip((1 - np.linspace(0, 1, 24)) / 0.2, 0.5, 1)[:, None]
    out = [shell(scalp, ends, 0.9 * rows + 0.25, what=CLOTH)]
    # A band along the edge, round the forehead.
    angle = np.linspace(-84, 84, 61)
    edge = np.radians(np.interp(np.abs(angle), *_FACE))
    rim = scalp.at(direction(angle * DEG, edge), 0.55)
    out.append(tube(rim, np.full(len(rim), 0.42), tone=-0.12, what=CLOTH))
    # What covers neck and shoulders: one sheet that widens downwards, with folds.
    turn = np.linspace(-np.pi, np.pi, 121)
    heights = chin + np.array([-10.0, -5.0, -1.5, 1.0, 3.0, 5.5, 8.5, 12.0, 16.0])
    profile = PchipInterpolator(
        heights,
        np.array([[8.2, 6.2, -2.6], [8.0, 6.6, -2.3], [7.5, 6.2, -2.4], [7.3, 6.6, -2.6], [8.6, 7.6, -2.4],
                  [12.0, 9.6, -1.6], [16.4, 11.4, -1.0], [18.6, 12.6, -0.7], [19.2, 13.2, -0.5]]),
    )  # fmt: skip
    rings = []
    for y in np.linspace(heights[0], heights[-1], 60):
        wide, deep, z = profile(y)
        front = np.clip(np.cos(turn), 0, 1)
        low = (y - chin) / 12
        fold = 0.3 * np.clip(low, 0, 1) * np.sin(7 * turn + 5 * low) + 0.12 * np.sin(13 * turn - 7 * low) * (low > 0)
        # In front it hangs lower, and begins below the chin, along the jaw.
        edge = chin + 0.7 - 9.0 * (1 - np.cos(turn)) ** 1.2
        down = np.maximum(front**2 * 2.2 * np.clip(low, 0, 1), np.where(front > 0, edge - y, 0))
        rings.append(np.stack([np.sin(turn) * (wide + fold), y + down, z - np.cos(turn) * (deep + fold)], 1))
    out.append(sheet(np.stack(rings), -0.03, CLOTH))
    return out


def cap(scalp: Scalp) -> list[Piece]:
    """A cap with a peak."""
    azimuth = np.linspace(-np.pi, np.pi, AROUND + 1)
    away = np.abs(np.degrees(azimuth))
    ends = np.radians(np.interp(away, [0, 40, 70, 110, 180], [36, 33, 24, 10, -6]))
    tall = 0.7 + 0.9 * np.sin(np.linspace(0.4, np.pi, 24))[:, None]
    out = [shell(scalp, ends, tall, what=CLOTH)]
    angle = np.linspace(-180, 180, 121)
    line = np.radians(np.interp(np.abs(angle), [0, 40, 70, 110, 180], [36, 33, 24, 10, -6]))
    out.append(tube(scalp.at(direction(angle * DEG, line), 0.75), np.full(121, 0.35), tone=-0.15, what=CLOTH))
    turn, reach = np.meshgrid(np.linspace(-62, 62, 41), np.linspace(0, 1, 10))
    edge = scalp.at(direction(turn * DEG, np.radians(np.interp(np.abs(turn), [0, 40, 70], [36, 33, 24]))), 0.75)
    ahead = np.cos(turn / 62 * np.pi / 2) ** 0.6
    out_x = 0.9 * np.sin(turn * DEG) * reach * ahead
    drop = reach * (1.9 - 1.0 * np.cos(turn * DEG)) * ahead + 1.5 * reach**2 * ahead
    peak = edge + np.stack([out_x, drop, -reach * 5.2 * ahead], -1)
    out.append(sheet(peak, -0.22, CLOTH))
    top = scalp.at(direction(np.array([0.0]), np.array([np.pi / 2])), 1.2)[0]
    button = top + np.array([[0, 0.1, 0], [0, -0.35, 0]])
    out.append(tube(button, np.array([0.5, 0.3]), what=BAND))
    return out
