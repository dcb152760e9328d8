"""The template's mesh made finer, so that outlines are curves: one Loop subdivision, the same for every head.

Loop 1987; at open edges the cubic spline's own rule. The lashes are left out: they are drawn as strokes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

from countenance.head.template import FloatArray, IntArray, load_template

COLLAR = -61.5  # cm, on the mean head


@dataclass(frozen=True)
class FineMesh:
    """Which vertices the finer mesh has, out of the template's.

    Attributes:
        weights: (W, V) sparse: places of the finer mesh from those of the template.
        triangles: (M, 3) int32 over W.
        part: (M,) int32 into the template's `parts`.
        place: (W, 3) float64, on the mean head, cm.
    """

    weights: csr_matrix
    triangles: IntArray
    part: IntArray
    place: FloatArray

    def on(self, vertices: FloatArray) -> FloatArray:
        """(V, 3) of the template → (W, 3)."""
        return np.asarray(self.weights @ vertices)


@lru_cache(maxsize=1)
def fine_mesh() -> FineMesh:
    """The template without its lashes, once subdivided."""
    template = load_template()
    kept = np.flatnonzero(template.part != template.parts.index("lashes"))
    weights, triangles = subdivided(len(template.vertices), template.triangles[kept])
    place = np.asarray(weights @ template.vertices)
    # Shoulders are the clothes'; the template's own would come through them.
    middle = place[triangles].mean(1)
    away = np.abs(middle[:, 0])
    neck = away < np.maximum(5.0, 7.2 - 0.6 * (middle[:, 1] - COLLAR))
    part = np.tile(template.part[kept], 4).astype(np.int32)
    return FineMesh(weights, triangles[neck], part[neck], place)


def subdivided(count: int, triangles: NDArray[np.integer]) -> tuple[csr_matrix, IntArray]:
    """Loop's weights, (count + edges, count), and four triangles for each of (M, 3): the corners', the middle."""
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    opposite = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    edges, of_side, uses = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    of_side = of_side.ravel()
    inner = uses == 2
    number = np.arange(len(edges))
    # New vertices: on the middle of open edges; inner ones lean on the two corners opposite.
    rows: list[NDArray[np.integer]] = []
    columns: list[NDArray[np.integer]] = []
    values: list[NDArray[np.floating]] = []

    def put(row: NDArray[np.integer], column: NDArray[np.integer], value: NDArray[np.floating]) -> None:
        rows.append(row)
        columns.append(column)
        values.append(value)

    for end in (0, 1):
        put(count + number, edges[:, end], np.where(inner, 3 / 8, 1 / 2))
    leaning = inner[of_side]
    put(count + of_side[leaning], opposite[leaning], np.full(int(leaning.sum()), 1 / 8))
    # Old vertices: drawn to their neighbours; those on open edges to their neighbours along these alone.
    valence = np.bincount(edges.ravel(), minlength=count)
    open_ends = np.bincount(edges[~inner].ravel(), minlength=count)
    pull = np.where(valence == 3, 3 / 16, 3 / (8 * np.maximum(valence, 1)))
    free = open_ends == 0
    rim = open_ends == 2
    own = np.where(free, 1 - valence * pull, np.where(rim, 3 / 4, 1.0))
    every = np.arange(count)
    put(every, every, own)
    for a, b in ((0, 1), (1, 0)):
        at, other = edges[:, a], edges[:, b]
        put(at[free[at]], other[free[at]], pull[at[free[at]]])
        along = rim[at] & ~inner
        put(at[along], other[along], np.full(int(along.sum()), 1 / 8))
    weights = coo_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (count + len(edges), count)
    ).tocsr()
    ab, bc, ca = (count + part for part in np.split(of_side, 3))
    a, b, c = triangles.T
    finer = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return weights, finer.astype(np.int32)
