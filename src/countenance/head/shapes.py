"""The 52 ARKit shapes on the head and on the landmarks, in the order in which the landmarker names them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import BLENDSHAPES
from countenance.head.landmarks import load_landmarks
from countenance.head.template import FloatArray, load_template


@lru_cache(maxsize=1)
def expression_landmarks() -> FloatArray:
    """(52, 478, 3): what each of `BLENDSHAPES` does to the landmarks at 1, template cm; `_neutral` nothing."""
    basis = load_landmarks().on(vertex_shapes())
    basis.setflags(write=False)
    return basis


@lru_cache(maxsize=1)
def vertex_shapes() -> FloatArray:
    """(52, V, 3): what each of `BLENDSHAPES` does to the vertices at 1, template cm; `_neutral` nothing."""
    template = load_template()
    out = np.zeros((len(BLENDSHAPES), *template.vertices.shape))
    for k, name in enumerate(BLENDSHAPES):
        if name in template.shape_names:
            out[k] = template.shape(name)
    out.setflags(write=False)
    return out


def vertex_motion(expression: NDArray[np.floating]) -> FloatArray:
    """(V, 3) template cm: where an expression, (52,) in the order of `BLENDSHAPES`, takes the vertices."""
    return np.asarray(np.tensordot(expression, vertex_shapes(), axes=1))
