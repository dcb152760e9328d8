"""What a clip's room has in it that is not the person: shading that is the same in every frame.

The plate's coarse light is followed at drawing, but shade beside a nose is finer than that and would be learnt as if it
were skin, and then lie on every plate. What comes and goes with the expression is the person's and stays.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.light import SIDE
from countenance.engines.mesh.refiner_config import FULL
from countenance.engines.mesh.training.examples import Examples
from countenance.likeness.atlas import skin_on_atlas
from countenance.likeness.views import SHADE_SIGMA, coarse, log_colour

FloatArray = NDArray[np.float32]

LIMIT = 1.0  # natural log
ENOUGH = 0.1  # of the frames in which a texel must have been seen


def without_room(examples: Examples) -> Examples:
    """Examples of one clip, the truth without the shading that stays: known from frames that are trained on alone."""
    total = np.zeros((SIDE * SIDE, 3))
    mass = np.zeros(SIDE * SIDE)
    trained = np.flatnonzero(~examples.held)
    for k in trained.tolist():
        sure = examples.judged[k] > 127
        at = (_places(examples.maps[k])[sure] * SIDE).astype(int).clip(0, SIDE - 1)
        texel = at[:, 1] * SIDE + at[:, 0]
        apart = (log_colour(examples.truth[k]) - log_colour(examples.drawn[k]))[sure].clip(-LIMIT, LIMIT)
        mass += np.bincount(texel, minlength=SIDE * SIDE)
        for channel in range(3):
            total[:, channel] += np.bincount(texel, apart[:, channel], SIDE * SIDE)
    mean = (total / np.maximum(mass, 1)[:, None]).reshape(SIDE, SIDE, 3).astype(np.float32)
    weight = np.clip(mass.reshape(SIDE, SIDE) / max(1.0, ENOUGH * len(trained)), 0, 1).astype(np.float32)
    skin = skin_on_atlas(SIDE)
    stays = coarse(mean, weight * skin + 1e-6, SHADE_SIGMA * SIDE) * (skin * np.minimum(1, 3 * weight))[..., None]
    truth = np.empty_like(examples.truth)
    for k in range(len(examples)):
        places = _places(examples.maps[k]) * np.float32(SIDE) - np.float32(0.5)
        field = cv2.remap(stays, places, None, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
        even = examples.truth[k].astype(np.float32) * np.exp(-field)
        truth[k] = np.clip(even + 0.5, 0, 255).astype(np.uint8)
    return replace(examples, truth=truth)


def _places(maps: NDArray[np.uint8]) -> FloatArray:
    """(FULL, FULL, 2) float32: u and v of each pixel, in [0, 1]."""
    fine = cv2.resize(maps[..., :2].astype(np.float32), (FULL, FULL), interpolation=cv2.INTER_LINEAR)
    return np.asarray(fine / 255, np.float32)
