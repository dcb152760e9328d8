"""What landmarks say beyond the targets, carried to the whole head smoothly: skin bends, eyes and teeth go rigidly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from countenance.head.landmarks import load_landmarks
from countenance.head.template import FloatArray, load_template

SMOOTHING = 0.02
DEPTH = 0.7  # of the residual in depth that is believed
NEIGHBOURS = 60
ANCHORS = 9.0  # cm behind the face that nothing moves any more
EYES = (
    ("eye_right", np.concatenate([RIGHT_EYE_UPPER, RIGHT_EYE_LOWER])),
    ("eye_left", np.concatenate([LEFT_EYE_UPPER, LEFT_EYE_LOWER])),
)
MOUTH = np.concatenate([LIPS_INNER_UPPER, LIPS_INNER_LOWER])
IRISES = np.concatenate([RIGHT_IRIS, LEFT_IRIS])


def warped(vertices: FloatArray, residual: NDArray[np.floating]) -> FloatArray:
    """(V, 3): the vertices moved so that their landmarks go by about `residual`, (478, 3), template cm.

    A linear radial basis function (a biharmonic spline in space) with zero anchors at the back of the skull and bust.
    """
    template = load_template()
    marks = load_landmarks()
    step = np.asarray(residual, np.float64) * np.array([1, 1, DEPTH])
    own = np.setdiff1d(np.arange(len(step)), IRISES)
    places = marks.on(vertices)[own]
    places, first = np.unique(places.round(4), axis=0, return_index=True)
    moved = step[own][first]
    face = marks.on(template.vertices)
    behind = template.vertices[:, 2] > face[:, 2].min() + ANCHORS
    low = template.vertices[:, 1] > face[:, 1].max() + 4.0
    still = np.flatnonzero(behind | low)[::23]
    spline = RBFInterpolator(
        np.concatenate([places, vertices[still]]),
        np.concatenate([moved, np.zeros((len(still), 3))]),
        kernel="linear",
        smoothing=SMOOTHING,
    )
    out = vertices.copy()
    skin = template.vertices_of("skin", "neck", "mouth", "socket_left", "socket_right", "lashes")
    out[skin] += spline(vertices[skin])
    for part, ring in EYES:
        out[template.vertices_of(part)] += step[ring].mean(0)
    out[template.vertices_of("teeth_upper", "teeth_lower", "tongue")] += step[MOUTH].mean(0)
    return out
