"""The head's texture: where each part of the head lies on one square, and which place of the head each texel is.

MakeHuman's own layout gives the back of the head most of the room. Here the skin's u and v are each stretched by how
much there is to see along them, which keeps the layout one-to-one and each side the mirror image of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.face.raster import rasterise
from countenance.head.landmarks import load_landmarks
from countenance.head.template import FloatArray, IntArray, load_template

MIDDLE = 0.4835  # v of the face's middle line in MakeHuman's layout, in which the head lies on its side
FACE_SHARE = 0.55  # how far room follows detail instead of area
# x0, y0, x1, y1 on the square, y down.
PLACES = {
    "skin": (0.004, 0.004, 0.996, 0.800),
    "neck": (0.004, 0.808, 0.600, 0.996),
    "mouth": (0.608, 0.808, 0.760, 0.960),
    "tongue": (0.768, 0.930, 0.820, 0.996),
    "teeth_upper": (0.608, 0.966, 0.684, 0.980),
    "teeth_lower": (0.608, 0.984, 0.684, 0.998),
    "lashes": (0.690, 0.970, 0.760, 0.996),
    "socket_left": (0.830, 0.930, 0.860, 0.960),
    "socket_right": (0.830, 0.930, 0.860, 0.960),
    "eye_right": (0.768, 0.808, 0.880, 0.920),
    "eye_left": (0.884, 0.808, 0.996, 0.920),
}
EYE_REACH = 1.5  # cm from an eye's middle that its square shows


@dataclass(frozen=True)
class HeadLayout:
    """The mesh as engines take it: a vertex for each place and each texture place.

    Attributes:
        vertex: (S,) int32, the template's vertex of each.
        uv: (S, 2) float64 in [0, 1], v down.
        triangles: (M, 3) int32 over these.
        part: (M,) int32, as the template's.
    """

    vertex: IntArray
    uv: FloatArray
    triangles: IntArray
    part: IntArray


@dataclass(frozen=True)
class Texels:
    """Which place of the head each texel of a part is.

    Attributes:
        at: (N,) int64, index into the flattened square.
        triangle: (N,) int32.
        weights: (N, 3) float32, barycentric.
    """

    at: NDArray[np.int64]
    triangle: IntArray
    weights: NDArray[np.float32]


@lru_cache(maxsize=1)
def head_layout() -> HeadLayout:
    """The one layout of every head's texture."""
    template = load_template()
    keep = np.ones(len(template.triangles), bool)
    lashes = template.of_part("lashes")
    keep[lashes] = _upper(lashes)
    numbers = np.flatnonzero(keep)
    placed = np.zeros((len(template.triangles), 3, 2))
    for name, box in PLACES.items():
        own = template.of_part(name)
        placed[own] = _into(_own_uv(name, own), box)
    pairs = np.concatenate(
        [template.triangles[numbers].reshape(-1, 1), placed[numbers].reshape(-1, 2).round(7)], axis=1
    )
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    return HeadLayout(
        vertex=unique[:, 0].astype(np.int32),
        uv=unique[:, 1:],
        triangles=inverse.reshape(-1, 3).astype(np.int32),
        part=template.part[numbers],
    )


@lru_cache(maxsize=4)
def texels_of(side: int, *names: str) -> Texels:
    """The texels of some parts on a square of `side`, with a rim of one beyond each edge."""
    layout, template = head_layout(), load_template()
    wanted = np.flatnonzero(np.isin(layout.part, [template.parts.index(name) for name in names]))
    corners = layout.uv[layout.triangles[wanted]] * side - 0.5
    # A little larger than they are, so that no seam is left without colour.
    middle = corners.mean(1, keepdims=True)
    away = corners - middle
    length = np.linalg.norm(away, axis=2, keepdims=True)
    grown = middle + away * (1 + 0.75 / np.maximum(length, 0.75))
    count = len(wanted)
    values = np.concatenate(
        [np.repeat(np.arange(count, dtype=np.float32), 3)[:, None], np.tile(np.eye(3, dtype=np.float32), (count, 1))], 1
    )
    out = np.full((side, side, 4), -1, np.float32)
    split = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    flat = np.zeros(3 * count, np.float32)
    for places, depth in ((grown, 1.0), (corners, 0.0)):  # what lies within a triangle goes before what was grown
        zbuffer = np.full((side, side), 1e9, np.float32) if depth else np.where(out[..., 0] >= 0, 0.5, 1e9)
        rasterise(
            places.reshape(-1, 2).astype(np.float32), flat + np.float32(depth), split, values, out,
            zbuffer.astype(np.float32),
        )  # fmt: skip
    at = np.flatnonzero(out[..., 0].ravel() >= 0)
    found = out.reshape(-1, 4)[at]
    return Texels(at, wanted[np.rint(found[:, 0]).astype(np.int64)].astype(np.int32), found[:, 1:])


@lru_cache(maxsize=1)
def lash_roots() -> IntArray:
    """(V,) for each vertex of a lash the nearest one at the lid; for all others the vertex itself."""
    from scipy.spatial import cKDTree

    template = load_template()
    own = np.arange(len(template.vertices), dtype=np.int32)
    lashes = template.vertices_of("lashes")
    lids = template.vertices_of("socket_left", "socket_right", "skin")
    away = cKDTree(template.vertices[lids]).query(template.vertices[lashes])[0]
    roots = lashes[away < 0.12]
    if len(roots):
        own[lashes] = roots[cKDTree(template.vertices[roots]).query(template.vertices[lashes])[1]]
    return own


def _upper(lashes: IntArray) -> NDArray[np.bool_]:
    """Which triangles of lashes belong to upper lids."""
    template = load_template()
    middle = template.vertices[template.triangles[lashes]].mean(1)
    eye = (template.joints["l-eye"] + template.joints["r-eye"])[1] / 2
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    corners = template.triangles[lashes]
    edges = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]]])
    count = len(template.vertices)
    strip = connected_components(coo_matrix((np.ones(len(edges)), edges.T), (count, count)))[1][corners[:, 0]]
    mean = {k: middle[strip == k, 1].mean() for k in np.unique(strip)}
    return np.array([mean[k] < eye for k in strip])


def _own_uv(name: str, numbers: IntArray) -> FloatArray:
    """(n, 3, 2) in [0, 1], y down: a part's own layout."""
    template = load_template()
    if name in ("eye_left", "eye_right"):
        middle = template.vertices[template.vertices_of(name)].mean(0)
        away = template.vertices[template.triangles[numbers]] - middle
        return np.asarray(np.clip(away[..., :2] / (2 * EYE_REACH) + 0.5, 0.01, 0.99))
    uv = template.uv[template.corners[numbers]] * np.array([1, -1])
    if name == "skin":
        return _stretched(uv)
    low, high = uv.reshape(-1, 2).min(0), uv.reshape(-1, 2).max(0)
    return np.asarray((uv - low) / np.maximum(high - low, 1e-9))


def _stretched(uv: FloatArray) -> FloatArray:
    """The skin's layout, upright, with room where there is detail."""
    template, marks = load_template(), load_landmarks()
    some = np.zeros((len(template.vertices), 2))
    some[template.triangles] = template.uv[template.corners]
    points = marks.on(some)[:468] * np.array([1, -1])
    points, places = points * np.array([1, -1]), uv * np.array([1, -1])
    height = template.vertices[template.triangles[template.of_part("skin")]][..., 1].ravel()
    across = template.vertices[template.triangles[template.of_part("skin")]][..., 0].ravel()
    flat = places.reshape(-1, 2)
    near = np.abs(flat[:, 1] - MIDDLE) < 0.12
    down = np.sign(np.corrcoef(flat[near, 0], height[near])[0, 1])
    left = np.sign(np.corrcoef(flat[:, 1], across)[0, 1])
    away = np.abs(places[..., 1] - MIDDLE)
    half = _equalised(np.abs(points[:, 1] - MIDDLE), away.max())
    x = 0.5 + 0.5 * left * np.sign(places[..., 1] - MIDDLE) * half(away)
    low = flat[:, 0].min()
    whole = _equalised(points[:, 0] - low, flat[:, 0].max() - low)
    y = whole(places[..., 0] - low)
    return np.stack([x, y if down > 0 else 1 - y], axis=-1)


def _equalised(points: FloatArray, end: float):  # type: ignore[no-untyped-def]
    """A rising map of [0, end] onto [0, 1]: steep where there are points."""
    from scipy.stats import gaussian_kde

    grid = np.linspace(0, end, 400)
    both = np.concatenate([points, -points])
    dense = gaussian_kde(both, 0.18)(grid)
    dense = FACE_SHARE * dense / dense.mean() + (1 - FACE_SHARE)
    total = np.concatenate([[0], np.cumsum((dense[1:] + dense[:-1]) / 2)])
    return lambda values: np.interp(values, grid, total / total[-1])


def _into(uv: FloatArray, box: tuple[float, float, float, float]) -> FloatArray:
    low, high = np.array(box[:2]), np.array(box[2:])
    return np.asarray(low + uv * (high - low))
