"""Places a persona is shown in, drawn in flat tones and put out of focus as far as they are away: a studio, a street, a
desk. Linear light; the same seed draws the same place. Knows nothing of who stands before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
PLACES = ("studio", "street", "desk")
_LIGHTS = {"soft": (1.0, 1.0, 1.0), "warm": (1.06, 0.84, 0.62), "night": (0.2, 0.2, 0.38)}


def backdrop(place: str, light: str, size: tuple[int, int], scale: float, seed: int) -> Image:
    """(h, w, 3) float32 linear.

    Args:
        place: of `PLACES`.
        light: soft, warm or night.
        size: width and height, pixels.
        scale: pixels of a cm at the person; what is behind is out of focus by it.
        seed: of windows, books and lamps.
    """
    drawn: dict[str, Callable[[_Painter], None]] = {"studio": _studio, "street": _street, "desk": _desk}
    painter = _Painter(size, scale, np.array(_LIGHTS[light], np.float32), light == "night",
                       np.random.default_rng([seed, PLACES.index(place)]))  # fmt: skip
    drawn[place](painter)
    return np.clip(painter.picture, 0, 1)


class _Painter:
    """Shapes in shares of the picture: x to the right, y down, 0 to 1."""

    def __init__(
        self, size: tuple[int, int], scale: float, light: NDArray[np.float32], night: bool, rng: np.random.Generator
    ) -> None:
        self.size, self.scale, self.light, self.night, self.rng = size, scale, light, night, rng
        self.picture: Image = np.zeros((size[1], size[0], 3), np.float32)

    def fall(self, above: tuple[float, ...], below: tuple[float, ...], top: float = 0.0, bottom: float = 1.0) -> None:
        """A fall of colour between two heights, over the whole width."""
        rows = np.arange(self.size[1]) / self.size[1]
        share = np.clip((rows - top) / max(bottom - top, 1e-6), 0, 1).astype(np.float32)[:, None]
        colours = (np.array(above, np.float32) * (1 - share) + np.array(below, np.float32) * share) * self.light
        within = (rows >= top) & (rows <= bottom)
        self.picture[within] = colours[within][:, None]

    def shape(self, points: list[tuple[float, float]], colour: tuple[float, ...], lit: bool = False) -> None:
        """A filled polygon; `lit`: a lamp of its own, which no light changes."""
        at = np.rint(np.array(points) * self.size * 16).astype(np.int32)
        tone = np.array(colour, np.float32) * (1 if lit else self.light)
        cv2.fillPoly(self.picture, [at], tone.tolist(), cv2.LINE_AA, 4)

    def box(self, x: float, y: float, wide: float, tall: float, colour: tuple[float, ...], lit: bool = False) -> None:
        """An upright rectangle from its upper left corner."""
        self.shape([(x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall)], colour, lit)

    def disc(self, x: float, y: float, cm: float, colour: tuple[float, ...], strength: float = 1.0) -> None:
        """A round light, laid over."""
        over = np.zeros_like(self.picture)
        at = (round(x * self.size[0] * 16), round(y * self.size[1] * 16))
        cv2.circle(over, at, max(1, round(cm * self.scale * 16)), colour, -1, cv2.LINE_AA, 4)
        self.picture += strength * over

    def unsharp(self, cm: float) -> None:
        """What is painted so far is out of focus by a disc of so many cm, as a lens draws it."""
        radius = max(1, round(cm * self.scale / 2))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)).astype(np.float32)
        blurred = cv2.filter2D(self.picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101)
        self.picture = np.asarray(cv2.GaussianBlur(blurred, (0, 0), max(0.6, radius / 6)), np.float32)


def _studio(on: _Painter) -> None:
    """A paper roll with a lamp's glow, and the edge of two softboxes."""
    tone = [(0.46, 0.4, 0.36), (0.3, 0.42, 0.46), (0.44, 0.34, 0.4), (0.36, 0.42, 0.32)][int(on.rng.integers(4))]
    on.fall(tuple(0.75 * one for one in tone), tone, 0, 0.72)
    on.fall(tone, tuple(1.35 * one for one in tone), 0.72, 1)
    y, x = np.mgrid[: on.size[1], : on.size[0]].astype(np.float32)
    away = np.hypot(x - 0.5 * on.size[0], y - 0.42 * on.size[1]) / (26 * on.scale)
    glow = np.exp(-(away**2))[..., None] * np.array(tone, np.float32) * on.light
    on.picture += 0.55 * glow
    for x0, lean in ((-0.04, 0.05), (0.9, -0.05)):
        frame = [(x0, 0.04), (x0 + 0.14, 0.04 + lean), (x0 + 0.14, 0.4 - lean), (x0, 0.42)]
        on.shape(frame, (0.06, 0.06, 0.07))
        inner = [(x0 + 0.012, 0.055), (x0 + 0.128, 0.055 + lean), (x0 + 0.128, 0.385 - lean), (x0 + 0.012, 0.405)]
        on.shape(inner, (0.92, 0.9, 0.86), lit=True)
    on.unsharp(2.2)


def _street(on: _Painter) -> None:
    """Two rows of houses to a vanishing point, sky, paving, lamps; far out of focus."""
    sky = (0.1, 0.11, 0.2) if on.night else (0.5, 0.66, 0.8)
    on.fall(sky, tuple(min(1, 1.5 * one) for one in sky), 0, 0.5)
    on.fall((0.3, 0.29, 0.29), (0.42, 0.41, 0.4), 0.5, 1)
    vanish = (0.5 + 0.12 * float(on.rng.uniform(-1, 1)), 0.47)
    walls = [(0.5, 0.3, 0.22), (0.62, 0.55, 0.44), (0.3, 0.36, 0.42), (0.56, 0.44, 0.36), (0.42, 0.46, 0.4)]
    for side in (0, 1):
        far = 0.0 if side == 0 else 1.0
        edges = [far + (vanish[0] - far) * share for share in (-0.1, 0.2, 0.42, 0.58, 0.7, 0.79)]
        for near, away in itertools.pairwise(edges):
            top = 0.02 + 0.07 * float(on.rng.random()) - 0.1
            shares = [abs(one - vanish[0]) / abs(far - vanish[0]) for one in (near, away)]
            upper = [vanish[1] + (top - vanish[1]) * share for share in shares]
            lower = [vanish[1] + (0.86 - vanish[1]) * share for share in shares]
            colour = walls[int(on.rng.integers(len(walls)))]
            dim = 0.8 if side else 1.0
            on.shape([(near, upper[0]), (away, upper[1]), (away, lower[1]), (near, lower[0])],
                     tuple(dim * one for one in colour))  # fmt: skip
            for row in range(5):
                for column in range(3):
                    a, b = ((column + 0.2) / 3, (column + 0.75) / 3)
                    x0, x1 = near + (away - near) * a, near + (away - near) * b
                    ends = []
                    for x in (x0, x1):
                        share = abs(x - vanish[0]) / abs(far - vanish[0])
                        for level in (row + 0.2, row + 0.75):
                            ends.append((x, vanish[1] + (top + (0.8 - top) * level / 5.6 - vanish[1]) * share))
                    lamp = on.night and on.rng.random() < 0.55
                    pane = (1.0, 0.72, 0.35) if lamp else (0.16, 0.2, 0.25)
                    on.shape([ends[0], ends[2], ends[3], ends[1]], pane, lit=lamp)
    on.unsharp(2.6)
    for _ in range(26 if on.night else 12):  # lamps and glints, as discs
        hue = [(1.0, 0.75, 0.4), (0.9, 0.9, 0.85), (0.95, 0.4, 0.3), (0.5, 0.8, 0.9)][int(on.rng.integers(4))]
        on.disc(float(on.rng.random()), float(on.rng.uniform(0.25, 0.62)), float(on.rng.uniform(0.5, 1.3)), hue,
                0.3 if on.night else 0.1)  # fmt: skip
    on.unsharp(0.35)


def _desk(on: _Painter) -> None:
    """A room with a window, shelves and a plant."""
    wall = [(0.52, 0.5, 0.44), (0.34, 0.42, 0.42), (0.5, 0.42, 0.38)][int(on.rng.integers(3))]
    on.fall(wall, tuple(0.86 * one for one in wall))
    window = 0.06 if on.rng.random() < 0.5 else 0.66
    pane = (0.09, 0.12, 0.26) if on.night else (0.86, 0.93, 0.98)
    on.box(window - 0.015, 0.05, 0.31, 0.44, (0.8, 0.78, 0.74))
    for column in range(2):
        for row in range(2):
            on.box(window + 0.145 * column, 0.07 + 0.205 * row, 0.132, 0.19, pane, lit=True)
    shelf = 0.62 if window < 0.5 else 0.02
    for row in range(3):
        y = 0.2 + 0.15 * row
        x = shelf + 0.02
        while x < shelf + 0.32:
            wide, tall = float(on.rng.uniform(0.012, 0.03)), float(on.rng.uniform(0.06, 0.105))
            colour = tuple(float(one) for one in on.rng.uniform(0.08, 0.6, 3))
            if on.rng.random() < 0.85:
                on.box(x, y - tall, wide, tall, colour)
            x += wide + 0.003
        on.box(shelf, y, 0.36, 0.014, (0.3, 0.19, 0.11))
    root = (shelf + 0.05, 0.78)
    on.box(root[0] - 0.03, root[1], 0.08, 0.09, (0.5, 0.24, 0.15))
    for k in range(11):
        angle = -np.pi / 2 + (k - 5) * 0.24
        tip = (root[0] + 0.01 + 0.16 * np.cos(angle), root[1] + 0.2 * np.sin(angle))
        side = (0.018 * np.sin(angle), -0.018 * np.cos(angle))
        middle = ((root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2)
        on.shape([root, (middle[0] + side[0], middle[1] + side[1]), tip, (middle[0] - side[0], middle[1] - side[1])],
                 (0.08, 0.24 + 0.02 * (k % 3), 0.1))  # fmt: skip
    on.unsharp(1.5)
