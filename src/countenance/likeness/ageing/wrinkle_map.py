"""Where a face folds and hollows with age: lines and areas on the atlas, told by landmarks, the same on everybody.

Only places: how deep and how uneven is for `folds`. Knows nothing of pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import MESH_VERTICES
from countenance.likeness.atlas import atlas_mesh

FloatArray = NDArray[np.float64]
Mix = int | tuple["Mix", "Mix", float]  # a landmark, or the place that far from one to another


@dataclass(frozen=True)
class WrinkleLine:
    """One line.

    Attributes:
        group: of `rates.FOLDS` or HOLLOWS.
        points: (N, 2) on the atlas, [0, 1], from its beginning to its end.
        width: standard deviation of its profile, shares of the atlas's side.
        depth: against others of its group.
        onset: years until it begins to show; lines of a group come one after another.
        crease: a dark valley between lit banks; otherwise a soft darkening (or, with a negative depth, a lightening).
    """

    group: str
    points: FloatArray
    width: float
    depth: float = 1.0
    onset: float = 0.0
    crease: bool = True


@lru_cache(maxsize=1)
def _mirror() -> NDArray[np.int64]:
    uv = atlas_mesh().uv[:MESH_VERTICES].astype(np.float64)
    other = np.column_stack([1 - uv[:, 0], uv[:, 1]])
    return np.asarray(np.linalg.norm(other[:, None] - uv[None], axis=2).argmin(1))


def _place(what: Mix, left: bool) -> FloatArray:
    uv, mirror = atlas_mesh().uv, _mirror()
    if isinstance(what, tuple):
        a, b, t = what
        return (1 - t) * _place(a, left) + t * _place(b, left)
    return np.asarray(uv[mirror[what] if left else what], np.float64)


def smooth(points: FloatArray, count: int = 64) -> FloatArray:
    """(count, 2): a Catmull-Rom curve through points, evenly spaced."""
    p = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    out = []
    for k in range(1, len(p) - 2):
        t = np.linspace(0, 1, 24, endpoint=k == len(p) - 3)[:, None]
        a, b, c, d = p[k - 1], p[k], p[k + 1], p[k + 2]
        out.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    dense = np.concatenate(out)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
    at = np.linspace(0, along[-1], count)
    return np.column_stack([np.interp(at, along, dense[:, 0]), np.interp(at, along, dense[:, 1])])


# On the person's right; the left is mirrored. Group, places, width in 512ths of the atlas, depth, onset, crease.
_SIDED: list[tuple[str, list[Mix], float, float, float, bool]] = [
    ("nasolabial", [(129, 203, 0.15), (203, 129, 0.25), 206, (216, 206, 0.25), (212, 216, 0.1)], 2.6, 1.0, 0, True),
    ("fold shadow", [(129, 203, 0.3), (203, 36, 0.1), (206, 205, 0.08), (216, 207, 0.1), 212], 7.0, 1.0, 0, False),
    ("marionette", [(43, 57, 0.5), (43, 202, 0.35), (204, 202, 0.6), (211, 204, 0.3)], 2.0, 1.0, 0, True),
    ("corner shadow", [(57, 61, 0.3), (43, 202, 0.5), (204, 211, 0.5)], 6.5, 1.0, 0, False),
    ("under eye", [(244, 233, 0.5), (233, 232, 0.5), (231, 230, 0.2), (230, 229, 0.3), 229], 1.2, 1.0, 0, True),
    ("under eye", [(25, 31, 0.3), (110, 228, 0.6), (24, 229, 0.45), (23, 230, 0.45), (22, 231, 0.5)], 1.0, 0.7, 6,
     True),
    ("under eye", [(31, 111, 0.2), (228, 117, 0.3), (229, 118, 0.35), (230, 119, 0.3)], 1.1, 0.6, 14, True),
    ("tear trough", [(244, 245, 0.3), (233, 128, 0.4), (232, 121, 0.55), (231, 120, 0.7), (230, 119, 0.9)], 5.0, 1.0, 0,
     False),
    ("lid bag", [(112, 232, 0.6), (22, 231, 0.6), (23, 230, 0.6), (24, 229, 0.6), (110, 228, 0.6)], 4.0, -1.0, 0,
     False),
    ("upper lid", [(56, 190, 0.2), (28, 56, 0.1), 27, 29, 30, (247, 226, 0.35)], 1.6, 1.0, 0, True),
    ("upper lid", [30, (247, 226, 0.5), (226, 35, 0.5)], 1.5, 0.7, 8, True),
    ("glabella", [(55, 8, 0.36), (107, 9, 0.28), ((107, 108, 0.45), (9, 151, 0.45), 0.2)], 1.8, 1.0, 0, True),
    ("glabella", [(55, 8, 0.75), ((107, 9, 0.62), (55, 8, 0.7), 0.2)], 1.3, 0.5, 15, True),
    ("chin", [(194, 32, 0.3), (201, 83, 0.4), (200, 18, 0.5)], 2.6, 0.8, 0, True),
    ("cheek", [(187, 147, 0.2), (207, 192, 0.35), (214, 192, 0.4), (210, 214, 0.5)], 17.0, 1.0, 0, False),
    ("temple", [(54, 68, 0.5), (71, 21, 0.3), (139, 162, 0.3)], 16.0, 1.0, 0, False),
    ("jowl", [(204, 211, 0.8), (170, 211, 0.4), (149, 170, 0.35)], 7.0, 1.0, 0, False),
    ("jowl", [(149, 170, 0.3), (150, 169, 0.2), (136, 135, 0.1)], 6.0, 0.7, 0, False),
]  # fmt: skip
_BROW_ROW = [63, 105, 66, 107, 9, 336, 296, 334, 293]
_MIDDLE_ROW = [68, 104, 69, 108, 151, 337, 299, 333, 298]
_TOP_ROW = [54, 103, 67, 109, 10, 338, 297, 332, 284]
_FOREHEAD = (
    (1.05, 0.0, 0.06, 0.92, 1.0), (0.72, 4.0, 0.10, 0.52, 0.8), (0.66, 7.0, 0.55, 0.90, 0.8),
    (1.30, 9.0, 0.14, 0.60, 0.9), (1.40, 13.0, 0.52, 0.90, 0.7), (0.84, 16.0, 0.32, 0.70, 0.6),
    (1.62, 20.0, 0.25, 0.72, 0.6),
)  # fmt: skip
_CROWS = (
    (-34, 0.30, 0.36, 8.0, 0.7), (-17, 0.24, 0.55, 12.0, 0.8), (-2, 0.16, 0.66, 0.0, 1.0), (13, 0.14, 0.85, 2.0, 1.0),
    (27, 0.22, 0.80, 7.0, 0.9), (43, 0.34, 0.70, 14.0, 0.7), (22, 0.62, 0.42, 20.0, 0.5),
)  # fmt: skip
_UPPER_LIP = [(40, 92, 0.5), (39, 165, 0.4), (37, 167, 0.3)]


def _forehead() -> list[WrinkleLine]:
    """Level (0 the brows, 1 the middle row, 2 the hairline), onset, where along the row it begins and ends, depth."""
    uv = atlas_mesh().uv.astype(np.float64)
    out = []
    for level, onset, begin, end, depth in _FOREHEAD:
        low, high, t = (_BROW_ROW, _MIDDLE_ROW, level) if level < 1 else (_MIDDLE_ROW, _TOP_ROW, level - 1)
        row = smooth((1 - t) * uv[low] + t * uv[high], 101)
        out.append(WrinkleLine("forehead", row[int(100 * begin) : int(100 * end)], 1.5 / 512, depth, onset))
    return out


def _crows_feet(left: bool) -> list[WrinkleLine]:
    """Degrees below the line through the corners of the eye, beginning and length in eye widths, onset, depth."""
    corner, inner = _place(33, left), _place(133, left)
    width = float(np.linalg.norm(corner - inner))
    out = corner - inner
    first = np.arctan2(out[1], out[0])
    lines = []
    for degrees, begin, length, onset, depth in _CROWS:
        turn = np.radians(degrees) * (-1 if out[0] < 0 else 1)
        t = np.linspace(0, 1, 5)
        angle = first + turn + np.radians(16) * t * (-1 if out[0] < 0 else 1)
        step = np.column_stack([np.cos(angle), np.sin(angle)])
        reach = (begin + length * t)[:, None] * width
        lines.append(WrinkleLine("crow's feet", smooth(corner + step * reach), 1.25 / 512, depth, onset))
    return lines


def _perioral(left: bool) -> list[WrinkleLine]:
    lines = []
    for k, (edge, up, share) in enumerate([(40, 92, 0.6), (39, 165, 0.75), (37, 167, 0.6)]):
        for half in (0.0, 0.5):
            nxt = [39, 37, 0][k]
            nxt_up = [165, 167, 164][k]
            base = (1 - half) * _place(edge, left) + half * _place(nxt, left)
            top = (1 - half) * _place(up, left) + half * _place(nxt_up, left)
            onset = 8.0 + 5 * ((2 * k + int(2 * half)) % 3)
            points = np.array([base, (base + top) / 2, base + share * (top - base)])
            lines.append(WrinkleLine("perioral", smooth(points),
                              1.0 / 512, 0.9, onset))  # fmt: skip
    for edge, down, onset in ((181, 182, 18.0), (84, 83, 22.0)):
        base, low = _place(edge, left), _place(down, left)
        lines.append(WrinkleLine("perioral", smooth(np.array([base, (base + low) / 2, low])), 1.0 / 512, 0.6, onset))
    return lines


@lru_cache(maxsize=1)
def lines() -> tuple[WrinkleLine, ...]:
    """Every line of a face, both sides."""
    out = _forehead()
    for left in (False, True):
        for group, places, width, depth, onset, crease in _SIDED:
            points = smooth(np.array([_place(p, left) for p in places]))
            out.append(WrinkleLine(group, points, width / 512, depth, onset, crease))
        out += _crows_feet(left) + _perioral(left)
    return tuple(out)
