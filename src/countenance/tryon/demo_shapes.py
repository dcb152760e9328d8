"""The shapes of our own glasses, from a few parameters each. Knows no files, materials or faces.

Boxing measures as on a temple: lens width, bridge, temple length (ISO 8624).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

STEPS = 96  # places along a rim
WRAP = 16.0  # cm: the radius of the front's curve
INSIDE = 0.06  # cm that a lens reaches into its rim


@dataclass(frozen=True)
class Design:
    """A pair of glasses.

    Attributes:
        name: of the model.
        gtin: a number of the range for use within a company, with its check digit.
        lens, bridge, temple, height: mm.
        build: acetate or metal.
        round: superellipse exponents of the lens's upper and lower half: 2 is round, 4 nearly square.
        lift: mm that the outer upper corner rises: a cat's eye.
        drop: mm that the outer lower corner hangs: an aviator's.
        rim, deep: mm: the rim's width and thickness.
    """

    name: str
    gtin: str
    lens: float
    bridge: float
    temple: float
    height: float
    build: Literal["acetate", "metal"]
    round: tuple[float, float]
    lift: float = 0.0
    drop: float = 0.0
    rim: float = 4.0
    deep: float = 3.6

    @property
    def width(self) -> float:
        """Of the whole front, mm."""
        return 2 * self.lens + self.bridge + 2 * (self.rim + (4.5 if self.build == "acetate" else 3.5)) + 1.5


Part = tuple[Float64, NDArray[np.int32], Float64]


def frame_parts(design: Design) -> dict[str, Part]:
    """All parts in cm, y up, z to the viewer, the origin in the middle of the bridge."""
    parts: dict[str, Part] = {}
    rim, deep = design.rim / 10, design.deep / 10
    middle = (design.lens + design.bridge) / 20
    for side, sign in (("right", -1.0), ("left", 1.0)):
        outline = _outline(design)
        outline = np.column_stack([sign * (outline[:, 0] + middle), outline[:, 1]])
        if sign < 0:
            outline = outline[::-1]
        path = np.column_stack([outline, np.zeros(len(outline))])
        parts[f"front rim {side}"] = _bent(_tube(path, rim, deep, closed=True))
        parts[f"lens {side}"] = _bent(_disc(outline, INSIDE))
        parts[f"temple {side}"] = _temple(design, sign)
    parts["front bridge"] = _bent(_bridge(design))
    if design.build == "metal":
        for side, sign in (("right", -1.0), ("left", 1.0)):
            parts[f"front pad {side}"] = _pad(design, sign)
    return parts


def _outline(design: Design) -> Float64:
    """(STEPS, 2) cm: a lens's edge round its middle, the outer side at +x, from the outer end over the top."""
    t = np.linspace(0, 2 * np.pi, STEPS, endpoint=False)
    a, b = design.lens / 20, design.height / 20
    upper, lower = design.round
    p = np.where(np.sin(t) >= 0, upper, lower)
    x = np.sign(np.cos(t)) * a * np.abs(np.cos(t)) ** (2 / p)
    y = np.sign(np.sin(t)) * b * np.abs(np.sin(t)) ** (2 / p)
    outer = np.clip((x / a + 0.2) / 1.2, 0, 1) ** 2
    y = y + outer * np.clip(y / b, 0, 1) * design.lift / 10
    x = x + np.clip(-y / b, 0, 1) ** 2 * (design.drop / 10 + 0.12) * np.where(x < 0, 1, 0.25)  # room for the nose
    return np.column_stack([x, y])


def _tube(path: Float64, wide: float, deep: float, *, closed: bool, taper: Float64 | None = None) -> Part:
    """A rounded bar along a path: `wide` across it in the front's plane, `deep` along z."""
    shape = _profile()
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    along = along / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-12)
    across = np.cross(along, [0.0, 0.0, 1.0])
    across = across / (np.linalg.norm(across, axis=1, keepdims=True) + 1e-12)
    up = np.cross(across, along)
    size = np.ones(len(path)) if taper is None else taper
    rings = path[:, None] + size[:, None, None] * (
        wide * shape[None, :, :1] * across[:, None] + deep * shape[None, :, 1:] * up[:, None]
    )
    return _skinned(rings, closed=closed)


def _profile() -> Float64:
    """(12, 2): a rounded square of side 1."""
    t = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    round_square = np.column_stack([np.cos(t), np.sin(t)])
    return np.asarray(np.sign(round_square) * np.abs(round_square) ** 0.6 / 2)


def _skinned(rings: Float64, *, closed: bool) -> Part:
    """Triangles over rings of points, (N, M, 3), with caps where it is open."""
    count, around, _ = rings.shape
    points = rings.reshape(-1, 3)
    triangles = []
    for i in range(count if closed else count - 1):
        j = (i + 1) % count
        for k in range(around):
            m = (k + 1) % around
            a, b, c, d = i * around + k, i * around + m, j * around + k, j * around + m
            triangles += [(a, c, b), (b, c, d)]
    uv = np.stack(np.meshgrid(np.arange(count) / 14.0, np.arange(around) / around, indexing="ij"), -1).reshape(-1, 2)
    if not closed:
        ends = np.stack([rings[0].mean(0), rings[-1].mean(0)])
        points = np.concatenate([points, ends])
        uv = np.concatenate([uv, np.zeros((2, 2))])
        base = (count - 1) * around
        for k in range(around):
            m = (k + 1) % around
            triangles += [(count * around, k, m), (count * around + 1, base + m, base + k)]
    faces = np.array(triangles, np.int32)
    a, b, c = (points[faces[:, k]] for k in range(3))
    volume = float((np.cross(a, b) * c).sum())
    return points, faces if volume > 0 else faces[:, ::-1].copy(), uv


def _disc(outline: Float64, into: float) -> Part:
    """A lens: its edge, and a fan of rings to its middle."""
    middle = outline.mean(0)
    edge = outline - middle
    edge = edge * (1 + into / np.linalg.norm(edge, axis=1, keepdims=True))
    rings = [middle + edge * share for share in (1.0, 0.75, 0.5, 0.25)]
    flat = np.concatenate([*rings, middle[None]])
    points = np.column_stack([flat, np.zeros(len(flat))])
    count = len(outline)
    triangles = []
    for ring in range(3):
        for k in range(count):
            m = (k + 1) % count
            a, b = ring * count + k, ring * count + m
            triangles += [(a, b, a + count), (b, b + count, a + count)]
    triangles += [(3 * count + k, 3 * count + (k + 1) % count, 4 * count) for k in range(count)]
    faces = np.array(triangles, np.int32)
    a, b, c = (points[faces[0, k]] for k in range(3))
    if float(np.cross(b - a, c - a)[2]) < 0:
        faces = faces[:, ::-1].copy()
    return points, faces, flat.copy()


def _bridge(design: Design) -> Part:
    """From rim to rim over the nose."""
    outline = _outline(design)
    middle = (design.lens + design.bridge) / 20
    inner = outline[(outline[:, 0] < 0) & (outline[:, 1] > 0.12 * design.height / 10)]
    high = inner[np.argmin(inner[:, 0])]
    reach = middle + high[0] - design.rim / 20
    t = np.linspace(-1, 1, 21)
    rise = 0.22 if design.build == "acetate" else 0.30
    path = np.column_stack([t * (reach + 0.12), high[1] + rise * (1 - t**2), 0.10 * (1 - t**2)])
    wide = 0.62 if design.build == "acetate" else 0.20
    deep = design.deep / 10 if design.build == "acetate" else 0.20
    return _tube(path, wide, deep, closed=False)


def _pad(design: Design, sign: float) -> Part:
    """A nose pad behind the rim."""
    x = sign * (design.bridge / 20 - 0.18)
    path = np.array([[x, 0.15, -0.35], [x + sign * 0.05, -0.2, -0.45], [x + sign * 0.14, -0.55, -0.42]])
    return _tube(path, 0.14, 0.5, closed=False)


def _temple(design: Design, sign: float) -> Part:
    """From the end piece back to the ear, and down behind it."""
    outline = _outline(design)
    middle = (design.lens + design.bridge) / 20
    high = 0.26 * design.height / 10 + 0.5 * design.lift / 10
    upper = outline[(outline[:, 1] > high - 0.25) & (outline[:, 0] > 0)]
    edge = middle + float(upper[:, 0].max()) + design.rim / 20
    hinge = design.width / 20
    back = _sag(np.array([edge]))[0]
    length, bend = design.temple / 10, 4.0
    path = [
        (edge - 0.15, high, back + 0.05),
        (edge + 0.4 * (hinge - edge), high, back + 0.02),
        (hinge, high, back - 0.35),
    ]
    for t in np.linspace(0, 1, 14)[1:]:
        path.append((hinge - 0.15 * t, high, back - 0.35 - t * (length - bend - 0.35)))
    foot = path[-1]
    for t in np.linspace(0, 1, 9)[1:]:
        angle = np.radians(38) * min(1.0, 2 * t)
        path.append((foot[0] - 0.5 * t, foot[1] - bend * t * np.sin(angle), foot[2] - bend * t * np.cos(angle)))
    points = np.array(path)
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    tall, thick = (0.62, 0.34) if design.build == "acetate" else (0.16, 0.14)
    up = np.array([0.0, 1.0, 0.0]) - along * along[:, 1:2]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    side = np.cross(along, up)
    shape = _profile()
    grow = np.interp(np.arange(len(points)), [0, 2, len(points) - 6, len(points) - 1], [1.1, 1.0, 0.8, 1.05])
    rings = points[:, None] + grow[:, None, None] * (
        thick * shape[None, :, :1] * side[:, None] + tall * shape[None, :, 1:] * up[:, None]
    )
    return _skinned(rings * np.array([sign, 1.0, 1.0]), closed=False)


def _sag(x: Float64) -> Float64:
    """How far the front's curve lies behind its middle."""
    return -(x**2) / (2 * WRAP)


def _bent(part: Part) -> Part:
    points, triangles, uv = part
    return points + np.column_stack([np.zeros((len(points), 2)), _sag(points[:, 0])]), triangles, uv
