"""Pieces that hair is made of: tapering locks along curves, round tufts, shells. Meshes in template cm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from countenance.head.template import FloatArray, IntArray
from countenance.persona.scalp import AROUND, Scalp, direction

HAIR, CLOTH, BAND = 0, 1, 2  # what a piece is
_ACROSS = np.array([-1.0, -0.72, -0.3, 0.3, 0.72, 1.0])


@dataclass(frozen=True)
class Piece:
    """A mesh of its own.

    Attributes:
        vertices: (N, 3) cm. triangles: (M, 3) int32.
        uv: (N, 2): across in [-1, 1] and along in [0, 1], root to tip.
        tone: lighter or darker than the hair by so much.
        what: HAIR, CLOTH or BAND.
    """

    vertices: FloatArray
    triangles: IntArray
    uv: FloatArray
    tone: float = 0.0
    what: int = HAIR


def lock(
    points: FloatArray,
    width: float,
    out: FloatArray,
    *,
    root: float = 0.75,
    tip: float = 0.04,
    bulge: float = 0.3,
    steps: int = 18,
    tone: float = 0.0,
    what: int = HAIR,
) -> Piece:
    """A flat, bulging ribbon along a curve.

    Args:
        points: (N, 3) on the curve, root first; at least three.
        width: cm at its widest.
        out: (N, 3) directions that its broad side looks to.
        root, tip: its width there, as a share.
        bulge: height of its middle, as a share of the half width.
        steps: along it.
    """
    t, fine = np.linspace(0, 1, len(points)), np.linspace(0, 1, steps)
    curve, looks = CubicSpline(t, points), CubicSpline(t, out)
    place, along, up = curve(fine), curve(fine, 1), looks(fine)
    side = np.cross(along, up)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    up = np.cross(side, along)
    up /= np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
    shape = np.interp(fine, [0, 0.25, 0.7, 0.9, 1], [root, 1, 0.97, 0.62, tip])
    half = (width / 2 * shape)[:, None, None]
    rows = (
        place[:, None]
        + half * _ACROSS[None, :, None] * side[:, None]
        + half * bulge * (1 - _ACROSS[None, :, None] ** 2) * up[:, None]
    )
    uv = np.stack(np.meshgrid(_ACROSS, fine), -1)
    return Piece(rows.reshape(-1, 3), _quads(steps, len(_ACROSS)), uv.reshape(-1, 2), tone, what)


def tube(points: FloatArray, radius: NDArray[np.floating], *, tone: float = 0.0, what: int = HAIR) -> Piece:
    """A round one: (N, 3) points, (N,) cm."""
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    side = np.cross(along, np.array([0.13, 0.2, 1.0]))
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    up = np.cross(side, along)
    turn = np.linspace(0, 2 * np.pi, 11)
    rows = points[:, None] + radius[:, None, None] * (
        np.cos(turn)[None, :, None] * side[:, None] + np.sin(turn)[None, :, None] * up[:, None]
    )
    uv = np.stack(np.meshgrid(np.cos(turn), np.linspace(0, 1, len(points))), -1)
    return Piece(rows.reshape(-1, 3), _quads(len(points), 11), uv.reshape(-1, 2), tone, what)


def ball(middle: FloatArray, axes: FloatArray, *, tone: float = 0.0, what: int = HAIR) -> Piece:
    """An ellipsoid: (3,) and (3, 3) half axes as rows."""
    rows, columns = 9, 13
    theta, phi = np.meshgrid(np.linspace(0, np.pi, rows), np.linspace(0, 2 * np.pi, columns), indexing="ij")
    unit = np.stack([np.sin(theta) * np.cos(phi), np.cos(theta), np.sin(theta) * np.sin(phi)], -1)
    uv = np.stack([np.cos(phi), theta / np.pi], -1)
    return Piece(middle + unit.reshape(-1, 3) @ axes, _quads(rows, columns), uv.reshape(-1, 2), tone, what)


def shell(
    scalp: Scalp, ends: FloatArray, lift: FloatArray | float, *, rows: int = 24, tone: float = 0.0, what: int = HAIR
) -> Piece:
    """From the crown down to `ends`, (AROUND + 1,) elevations; `lift`: cm off the skin, (rows, 1 or AROUND + 1)."""
    azimuth = np.linspace(-np.pi, np.pi, AROUND + 1)
    share = np.linspace(0, 1, rows)[:, None]
    elevation = np.pi / 2 + (ends[None] - np.pi / 2) * share
    every = direction(np.broadcast_to(azimuth, elevation.shape), elevation)
    places = scalp.at(every, np.broadcast_to(lift, elevation.shape))
    uv = np.stack(np.broadcast_arrays(np.sin(12 * azimuth)[None], share), -1)
    return Piece(places.reshape(-1, 3), _quads(rows, AROUND + 1), uv.reshape(-1, 2), tone, what)


def plait(points: FloatArray, width: float, scalp: Scalp | None = None) -> list[Piece]:
    """Strands crossing, as tilted tufts in a row along (N, 3); flat on a scalp, or looking ahead where it hangs."""
    length = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    count = max(4, round(length / (0.85 * width)))
    curve = CubicSpline(np.linspace(0, 1, len(points)), points)
    fine = np.linspace(0, 1, count)
    place, along = curve(fine), curve(fine, 1)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    out: list[Piece] = []
    for k in range(count):
        look = np.array([0.0, 0.0, -1.0]) if scalp is None else scalp.way(place[k])
        side = np.cross(along[k], look)
        side /= max(float(np.linalg.norm(side)), 1e-9)
        up = np.cross(side, along[k])
        lean = 1.0 if k % 2 else -1.0
        axis = along[k] + 0.9 * lean * side
        axis /= float(np.linalg.norm(axis))
        axes = np.stack([axis * width * 0.85, np.cross(axis, up) * width * 0.5, up * width * 0.55])
        out.append(ball(place[k] + 0.28 * width * lean * side, axes, tone=0.06 * lean))
    return out


def sheet(rows: FloatArray, tone: float = 0.0, what: int = HAIR) -> Piece:
    """A surface through (rows, columns, 3) places."""
    height, width = rows.shape[:2]
    uv = np.stack(np.meshgrid(np.linspace(-1, 1, width), np.linspace(0, 1, height)), -1)
    return Piece(rows.reshape(-1, 3), _quads(height, width), uv.reshape(-1, 2), tone, what)


def joined(pieces: Sequence[Piece]) -> tuple[FloatArray, IntArray, FloatArray, NDArray[np.int32]]:
    """One mesh: (N, 3) vertices, (M, 3) triangles, (N, 2) uv and (M,) which piece each triangle is of."""
    starts = np.cumsum([0] + [len(one.vertices) for one in pieces[:-1]])
    return (
        np.concatenate([one.vertices for one in pieces]),
        np.concatenate([one.triangles + start for one, start in zip(pieces, starts, strict=True)]).astype(np.int32),
        np.concatenate([one.uv for one in pieces]),
        np.repeat(np.arange(len(pieces), dtype=np.int32), [len(one.triangles) for one in pieces]),
    )


def _quads(rows: int, columns: int) -> IntArray:
    grid = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]).astype(
        np.int32
    )
