"""The face's features as strokes of a pen, along its landmarks: lashes, lids, brows, nose, mouth, marks of age.

Drawn on the lit picture; hair that hangs before them hides them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
)
from countenance.head.template import FloatArray
from countenance.persona.scene import EYE, MOUTH, SKIN, Scene

Image = NDArray[np.float32]


class _Pen:
    """Draws on a linear picture where the face is seen."""

    def __init__(self, scene: Scene, picture: Image) -> None:
        self.picture = picture
        self.face = np.isin(scene.kind, (SKIN, EYE, MOUTH))
        self.scale = scene.scale

    def fill(self, polygon: FloatArray, colour: FloatArray, alpha: float = 1.0, soft: float = 0.0) -> None:
        """The inside of (N, 2) samples; `soft`, cm."""
        height, width = self.face.shape
        margin = 4 + 3 * soft * self.scale
        x0, y0 = np.maximum(np.floor(polygon.min(0) - margin), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(polygon.max(0) + margin), (width, height)).astype(int)
        if x1 <= x0 or y1 <= y0:
            return
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [np.rint((polygon - [x0, y0]) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        share = mask.astype(np.float32) / 255
        if soft:
            share = cv2.GaussianBlur(share, (0, 0), soft * self.scale)
        share = (alpha * share * self.face[y0:y1, x0:x1])[..., None]
        part = self.picture[y0:y1, x0:x1]
        part += share * (np.asarray(colour, np.float32) - part)

    def stroke(
        self, points: FloatArray, width: FloatArray | float, colour: FloatArray, alpha: float = 1.0, soft: float = 0.0
    ) -> None:
        """A line through (N, 2) whose width, cm, runs through (M,) from its beginning to its end."""
        curve = smooth_curve(points)
        along = np.gradient(curve, axis=0)
        side = np.stack([-along[:, 1], along[:, 0]], 1)
        side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
        wide = np.atleast_1d(np.asarray(width, float))
        half = np.interp(np.linspace(0, 1, len(curve)), np.linspace(0, 1, len(wide)), wide) * self.scale / 2
        self.fill(
            np.concatenate([curve + side * half[:, None], (curve - side * half[:, None])[::-1]]), colour, alpha, soft
        )


def smooth_curve(points: FloatArray, count: int = 60) -> FloatArray:
    """(count, 2) on the spline through (N, 2)."""
    if len(points) < 3:
        share = np.linspace(0, 1, count)[:, None]
        return np.asarray(points[0] * (1 - share) + points[-1] * share)
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1) ** 0.5)])
    return np.asarray(CubicSpline(steps, points)(np.linspace(0, steps[-1], count)))


def draw_features(scene: Scene, picture: Image, light: float = 1.0) -> None:
    """Onto (h, w, 3) float32 linear, in place.

    Args:
        light: how bright the scene is; catchlights follow it.
    """
    pen = _Pen(scene, picture)
    skin = scene.traits.skin.astype(np.float32)
    line = 0.22 * skin * np.array([1.0, 0.6, 0.55]) * light + 0.003
    shade = skin * np.array([0.62, 0.42, 0.4]) * light
    _nose(scene, pen, line)
    _mouth(scene, pen, line, light)
    _age(scene, pen, shade)
    for side in (0, 1):
        _eye(scene, pen, side, line, shade)
        _brow(scene, pen, side, light)


def _up(scene: Scene) -> FloatArray:
    """(2,) samples that a cm upwards on the head is."""
    return np.asarray(-scene.turn[:2, 1] * scene.scale)


def _eye(scene: Scene, pen: _Pen, side: int, line: FloatArray, shade: FloatArray) -> None:
    traits, up = scene.traits, _up(scene)
    upper = scene.marks[(RIGHT_EYE_UPPER, LEFT_EYE_UPPER)[side], :2]
    lower = scene.marks[(RIGHT_EYE_LOWER, LEFT_EYE_LOWER)[side], :2]
    out = scene.turn[:2, 0] * scene.scale * (-1 if side == 0 else 1)  # a cm outwards
    black = np.array([0.012, 0.009, 0.01])
    # The white in the shadow of the lid; then a window's light and its answer on the cornea.
    rim = smooth_curve(upper)
    pen.fill(np.concatenate([rim, (rim - 0.17 * up)[::-1]]), 0.12 * shade, 0.45, 0.05)
    middle, size = scene.eyes[side, :2], traits.iris_size * _wide(scene, side)
    for dx, dy, r, alpha in ((-0.34, 0.36, 0.27, 0.97), (0.32, -0.4, 0.15, 0.75)):
        at = middle + (scene.turn[:2, 0] * dx - scene.turn[:2, 1] * dy) * size * scene.scale
        turn = np.linspace(0, 2 * np.pi, 40)
        pen.fill(at + r * size * scene.scale * np.stack([np.cos(turn), np.sin(turn)], 1), np.full(3, 0.97), alpha)
    # The upper lash line swells outwards and runs out in a wing.
    curve = smooth_curve(upper)[::-1]  # from the nose outwards
    wing = curve[-1] + out * (0.12 + 0.3 * traits.lash) + up * (0.05 + 0.22 * traits.lash)
    edge = np.concatenate([curve, [wing]])
    along = np.linspace(0, 1, len(edge))
    thick = np.interp(along, [0, 0.35, 0.85, 1], [0.03, 0.1, 0.17 + 0.1 * traits.lash, 0.0]) * (
        0.6 if traits.man else 1.0
    )
    pen.fill(np.concatenate([edge - 0.02 * up, (edge + thick[:, None] * up)[::-1]]), black)
    if traits.lash > 0.2:
        for place, length, lean in ((0.62, 0.55, 0.35), (0.76, 0.75, 0.6), (0.88, 0.85, 0.85)):
            root = edge[int(place * (len(edge) - 1))] + 0.05 * up
            tip = root + traits.lash * length * (up + lean * out)
            bend = (root + tip) / 2 + 0.12 * traits.lash * (out - 0.4 * up)
            pen.stroke(np.stack([root, bend, tip]), np.array([0.085, 0.06, 0.0]), black)
    low = smooth_curve(lower)[::-1]
    pen.stroke(low[22:], np.array([0.0, 0.05, 0.07]), line, 0.8)
    pen.stroke(low[8:34], 0.03, 0.7 * shade + 0.2, 0.35)
    # The crease over the lid.
    crease = curve[6:-2] + up * (0.3 * np.sin(np.linspace(0.5, 2.5, len(curve) - 8)) + 0.05)[:, None]
    pen.stroke(crease, np.array([0.0, 0.05, 0.055, 0.0]), line, 0.75)


def _wide(scene: Scene, side: int) -> float:
    """How many times as wide as the mean head's an eye is drawn."""
    corners = scene.marks[[(33, 133), (263, 362)][side], :2]
    return float(np.clip(np.linalg.norm(corners[0] - corners[1]) / scene.scale / 2.62, 0.7, 1.6))


def _brow(scene: Scene, pen: _Pen, side: int, light: float) -> None:
    traits, up = scene.traits, _up(scene)
    thick, arch, slant, high = traits.brow
    upper = scene.marks[((107, 66, 105, 63, 70), (336, 296, 334, 293, 300))[side], :2]
    lower = scene.marks[((55, 65, 52, 53, 46), (285, 295, 282, 283, 276))[side], :2]
    t = np.linspace(0, 1, 5)
    lift = high - 0.05 + arch * np.sin(np.pi * np.clip(t / 1.25, 0, 1)) - 0.12 * arch + slant * (t - 0.45) * 0.6
    middle = smooth_curve(0.5 * upper + 0.5 * lower + up * lift[:, None])
    share = np.linspace(0, 1, len(middle))
    half = thick / 2 * np.interp(share, [0, 0.12, 0.55, 1], [0.75, 1.0, 0.85, 0.0])
    shape = np.concatenate([middle + up * half[:, None], (middle - up * half[:, None])[::-1]])
    colour = traits.brow_colour * light
    pen.fill(shape, colour, 0.9, 0.012)


def _nose(scene: Scene, pen: _Pen, line: FloatArray) -> None:
    marks, up = scene.marks[:, :2], _up(scene)
    for wing, rim, hole, tip in (((129, 64, 98), 97, 79, 2), ((358, 294, 327), 326, 309, 2)):
        pen.stroke(marks[list(wing)], np.array([0.0, 0.055, 0.02]), line, 0.65)
        a, b = marks[hole], marks[rim]
        nostril = a * 0.55 + b * 0.45
        across = (marks[wing[1]] - marks[tip]) * 0.19 * scene.traits.nostril
        thick = np.array([0.02, 0.13 * scene.traits.nostril, 0.03])
        pen.stroke(np.stack([nostril - across, nostril + 0.06 * up, nostril + across]), thick, line, 0.9)
    if scene.traits.bridge > 0:  # the ridge's shadow side
        ridge = marks[[193, 122, 196, 236, 198]] if scene.traits.part > 0 else marks[[417, 351, 419, 456, 420]]
        pen.stroke(ridge, np.array([0.0, 0.07, 0.05, 0.03, 0.0]), line * 1.6, 0.75 * scene.traits.bridge, 0.015)
    low = marks[[97, 2, 326]] + 0.02 * up
    pen.stroke(low, np.array([0.0, 0.04, 0.0]), line, 0.55)
    # A highlight on the tip.
    at = marks[4] + 0.28 * up
    turn = np.linspace(0, 2 * np.pi, 30)
    spot = at + scene.scale * np.stack([0.11 * np.cos(turn), 0.17 * np.sin(turn)], 1)
    pen.fill(spot, np.clip(scene.traits.skin * 1.5 + 0.12, 0, 0.95), 0.5, 0.03)


def _mouth(scene: Scene, pen: _Pen, line: FloatArray, light: float) -> None:
    marks, up = scene.marks[:, :2], _up(scene)
    lower = np.array([78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308])
    seam = 0.5 * (marks[LIPS_INNER_UPPER] + marks[lower])
    ends = marks[[61, 291]]
    curve = np.concatenate([ends[:1], seam[1:-1], ends[1:]])
    dark = 0.28 * scene.traits.lip_colour * np.array([1, 0.6, 0.6]) * light + 0.004
    pen.stroke(curve, np.array([0.11, 0.06, 0.075, 0.09, 0.075, 0.06, 0.11]), dark, 0.95)
    below = marks[LIPS_OUTER_LOWER][3:8] - (0.14 + 0.12 * scene.traits.lip) * up
    pen.stroke(below, np.array([0.0, 0.16, 0.0]), line * 1.8, 0.4, 0.03)
    # A gleam on the lower lip.
    full = marks[17] - marks[14]
    at = marks[14] + 0.42 * full
    turn = np.linspace(0, 2 * np.pi, 30)
    for dx, wide in ((-0.28, 0.24), (0.22, 0.13)):
        spot = (
            at
            + scene.turn[:2, 0] * dx * scene.scale
            + scene.scale * np.stack([wide * np.cos(turn), 0.07 * np.sin(turn)], 1)
        )
        pen.fill(spot, np.clip(scene.traits.lip_colour * light * 1.6 + 0.2, 0, 0.95), 0.45, 0.03)


def _age(scene: Scene, pen: _Pen, shade: FloatArray) -> None:
    """Folds beside the mouth, crow's feet, lines on the forehead; more with the years."""
    years = float(np.clip((scene.traits.age - 32) / 34, 0, 1))
    if years <= 0.05:
        return
    marks, up = scene.marks[:, :2], _up(scene)
    for wing, corner, eye, out in ((129, 61, 33, -1.0), (358, 291, 263, 1.0)):
        away = scene.turn[:2, 0] * scene.scale * out
        start, end = marks[wing] + 0.15 * away, marks[corner] + 0.45 * away - 0.1 * up
        bend = 0.5 * (start + end) + 0.3 * away
        pen.stroke(np.stack([start, bend, end]), np.array([0.0, 0.08, 0.0]), shade * 0.8, 0.25 + 0.6 * years, 0.01)
        for k, slope in enumerate((0.35, 0.0, -0.3)):
            root = marks[eye] + (0.35 + 0.05 * k) * away + 0.18 * slope * up
            pen.stroke(
                np.stack([root, root + (0.2 + 0.3 * years) * (away + slope * up)]),
                np.array([0.05, 0.0]),
                shade * 0.8,
                0.7 * years,
            )
        bag = marks[[33, 145, 133] if out < 0 else [263, 374, 362]] - up * np.array([0.35, 0.55, 0.4])[:, None]
        pen.stroke(bag[:2] if years < 0.4 else bag, np.array([0.0, 0.06, 0.0]), shade, 0.5 * years, 0.01)
    for k in range(1 + int(2 * years)):
        row = marks[[103, 67, 109, 10, 338, 297, 332]] * 0.62 + marks[[105, 66, 107, 9, 336, 296, 334]] * 0.38
        row = row[1:6] - up * (0.75 * k)
        pen.stroke(row, np.array([0.0, 0.05, 0.03, 0.05, 0.0]), shade, 0.55 * years, 0.01)
