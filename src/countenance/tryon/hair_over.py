"""Where hair lies over the temples of glasses: along each temple's place in looks at the person, by colour.

A temple is drawn whole, or hidden from where hair begins; decided once for a clip, so that it does not flicker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.matte import person_matte
from countenance.face.types import Face
from countenance.likeness.views import log_colour
from countenance.media.frames import Pixels
from countenance.tryon.colour import coded
from countenance.tryon.eyewear import TEMPLE_LEFT, TEMPLE_RIGHT, Frame

WHOLE = 99.0
LOOKS = 3  # at which mattes are made
STEP = 0.3  # cm between two places that are looked at
SHARE = 0.45  # of them that must be hair
DARK, CHROMA = 0.75, 0.22  # natural log away from the skin's colour, from which something is hair
PERSON = 0.5  # of the matte

Placed = Callable[[Face], NDArray[np.float64]]


def hair_begins(
    frame: Frame, looks: Sequence[tuple[Pixels, Face]], place: Placed, reach: float, skin: NDArray[np.float32]
) -> tuple[float, float]:
    """cm behind the hinges from which hair hides the temples, the wearer's right and left; WHOLE where it does not.

    Args:
        looks: at the person, the calmest first.
        place: where the frame's vertices lie in a look, (N, 3) pixels.
        reach: cm behind the hinges up to which a temple could be seen.
        skin: (3,) linear sRGB.
    """
    of_skin = log_colour(coded(skin))
    found: dict[int, list[float]] = {TEMPLE_RIGHT: [], TEMPLE_LEFT: []}
    for pixels, face in looks[:LOOKS]:
        matte = person_matte(pixels, face)
        smooth = cv2.GaussianBlur(pixels, (0, 0), max(0.8, face.size / 250))
        at = place(face)
        for part, kept in found.items():
            kept.append(_one(frame, part, at, smooth, matte, reach, of_skin))
    right, left = (float(np.median(found[part])) for part in (TEMPLE_RIGHT, TEMPLE_LEFT))
    return right, left


def _one(
    frame: Frame, part: int, at: NDArray[np.float64], pixels: Pixels, matte: NDArray[np.float32] | None,
    reach: float, skin: NDArray[np.float32],
) -> float:  # fmt: skip
    own = np.unique(frame.triangles[frame.part == part])
    height, width = pixels.shape[:2]
    hair, where = [], []
    for back in np.arange(0.3, reach, STEP):
        near = own[np.abs(frame.behind[own] - back) < 0.6]
        if not len(near):
            # Straight temples have few vertices: the line between those before and behind.
            before, after = own[frame.behind[own] <= back], own[frame.behind[own] > back]
            if not len(before) or not len(after):
                continue
            near = np.concatenate(
                [
                    before[frame.behind[before] > frame.behind[before].max() - 0.1],
                    after[frame.behind[after] < frame.behind[after].min() + 0.1],
                ]
            )
        x, y = at[near, :2].mean(0)
        if not (0 <= x < width and 0 <= y < height):
            continue
        if matte is not None and matte[int(y), int(x)] < PERSON:
            hair.append(False)
        else:
            away = log_colour(pixels[int(y), int(x)]) - skin
            hair.append(bool(-away.mean() > DARK or np.abs(away - away.mean()).max() > CHROMA))
        where.append(float(back))
    if not hair or np.mean(hair) <= SHARE:
        return WHOLE
    return where[hair.index(True)]
