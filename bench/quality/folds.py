"""Skin folds against light: how much of the shading that is carried over goes with the turn of the driver's head.

On a rendered head, whose turns and grimaces have nothing in common: what follows its yaw is light.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.quality.hard import hard_clip, head_of
from bench.quality.material import Clip
from bench.quality.measures import rotation_of
from countenance.engines import Portrait
from countenance.performance.appearance import skin_mask
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.take import SHADING_STEP

BLOCKS = 16  # a side of the UV square: finer than this is noise


def fold_row(clip: Clip) -> list[float]:
    """RMS of the fold shading in natural-log units, and its correlation with the head's yaw.

    The latter is the root of the share of its variance over time, all blocks of skin together, that is linear in yaw,
    adjusted for the number of frames (adjusted R²).
    """
    reference, pixels = clip.reference
    measure = RelativeMotion(reference, pixels, clip.skins)
    found, yaws = [], []
    for index, (face, frame) in enumerate(zip(clip.tracked(), clip.pictures(), strict=True)):
        if face is None:
            continue
        appearance = measure.sample(face, Fraction(index), frame).appearance
        assert appearance is not None
        found.append(appearance.shading.astype(np.float32) * SHADING_STEP)
        turn = rotation_of(face) @ rotation_of(reference).T
        yaws.append(float(np.arctan2(turn[0, 2], turn[2, 2])))
    return [float(np.sqrt(np.mean(np.square(found)))), _explained(np.array(found), np.array(yaws))]


def _explained(shading: NDArray[np.float32], yaw: NDArray[np.float64]) -> float:
    mask = skin_mask()
    blocks = np.array([cv2.resize(s * mask, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA) for s in shading])
    blocks = blocks - blocks.mean(0)
    along = (yaw - yaw.mean()) / yaw.std()
    linear = (blocks * along[:, None, None]).mean(0)
    share = float((linear**2).sum() / max(float((blocks**2).mean(0).sum()), 1e-12))
    count = len(yaw)
    return float(np.sqrt(max(0.0, 1 - (1 - share) * (count - 1) / (count - 2))))


def fold_rows(portrait: Portrait) -> dict[str, list[float]]:
    """Rows of the table: the head of a portrait turning and grimacing, and only turning."""
    model = head_of(portrait)
    return {
        "turning, grimacing": fold_row(hard_clip("hard", model)),
        "only turning": [*fold_row(hard_clip("turn", model, grimaces=False))[:1], float("nan")],
    }
