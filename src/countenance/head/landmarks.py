"""Where the landmarker's 478 points lie on the head, and how far it errs: found on rendered heads of known shape.

`scripts/head-landmarks` renders heads, has them measured, and casts each landmark onto the mesh. What the landmarker
gets wrong on a known shape it gets wrong on people too, the same at every pose: `HeadLandmarks.bias` is taken off
before fitting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import FACE_OVAL
from countenance.head.template import DATA, FloatArray, IntArray, load_template


@dataclass(frozen=True)
class HeadLandmarks:
    """Landmarks on the template.

    Attributes:
        vertices: (478, 3) int32, the corners of the triangle that each lies on.
        weights: (478, 3) float64, barycentric.
        bias: (478, 3) float64, cm of the canonical face, head frame: the landmarker's reading less the truth.
        confidence: (478,) float64 in [0, 1], how surely each tells of the surface below it.
    """

    vertices: IntArray
    weights: FloatArray
    bias: FloatArray
    confidence: FloatArray

    def on(self, values: NDArray[np.floating]) -> FloatArray:
        """Values at the landmarks: (…, V, C) → (…, 478, C)."""
        return np.asarray(np.einsum("...lkc,lk->...lc", values[..., self.vertices, :], self.weights))


@lru_cache(maxsize=1)
def load_landmarks() -> HeadLandmarks:
    """As found, read once."""
    with np.load(DATA / "landmarks.npz") as file:
        found = HeadLandmarks(
            file["vertices"].astype(np.int32),
            file["weights"].astype(np.float64),
            file["bias"].astype(np.float64),
            confidence(),
        )
    for array in vars(found).values():
        array.setflags(write=False)
    return found


def confidence() -> FloatArray:
    """(478,): the oval slides along the face as a head turns; all else stays where it is."""
    sure = np.ones(478)
    sure[FACE_OVAL] = 0.5
    return sure


@lru_cache(maxsize=1)
def identity_basis() -> FloatArray:
    """(K, 478, 3): what each identity target does to the landmarks at 1, template cm."""
    basis = load_landmarks().on(load_template().identity)
    basis.setflags(write=False)
    return basis


@lru_cache(maxsize=1)
def mean_landmarks() -> FloatArray:
    """(478, 3): the landmarks of the mean head, template cm."""
    found = load_landmarks().on(load_template().vertices)
    found.setflags(write=False)
    return found
