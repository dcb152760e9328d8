"""Whether a person wears glasses already: a bridge across the nose tells it, on which nothing else has an edge.

Taking worn glasses off does not convince; so who wears some is asked for a picture without.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from countenance.errors import FaceError
from countenance.face.types import Face
from countenance.likeness.atlas import atlas_mesh, unwrap
from countenance.media.frames import Pixels

SIDE = 512
KERNEL = 17  # texels: wider than rims, narrower than noses
STRIP = 0.025  # of the atlas's side either side of the middle
BROW, NOSE = 9, 197  # landmarks between which a bridge lies
CALM = 1.5  # texels of blur: a painting's cracks are no bridge
WORN = 8.5  # levels of the ridge, from which it is one


def bridge_score(pixels: Pixels, face: Face) -> float:
    """How much of a ridge crosses the nose between the eyes, in levels of L."""
    texture, _ = unwrap(pixels, face.landmarks, SIDE)
    level = cv2.GaussianBlur(cv2.cvtColor(texture, cv2.COLOR_RGB2LAB)[..., 0], (0, 0), CALM)
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (KERNEL, KERNEL))
    ridge = np.maximum(
        cv2.morphologyEx(level, cv2.MORPH_BLACKHAT, ellipse), cv2.morphologyEx(level, cv2.MORPH_TOPHAT, ellipse)
    )
    uv = atlas_mesh().uv
    top, bottom = (int(float(uv[k, 1]) * SIDE) for k in (BROW, NOSE))
    middle, half = round(float(uv[BROW, 0]) * SIDE), round(STRIP * SIDE)
    strip = ridge[top:bottom, middle - half : middle + half + 1]
    return float(np.percentile(strip, 25, axis=1).max())


def refuse_worn(looks: Sequence[tuple[Pixels, Face]], name: str) -> None:
    """Raises FaceError: tryon.glasses_worn, where most looks show glasses."""
    scores = [bridge_score(pixels, face) for pixels, face in looks if abs(face.angles[0]) < 35]
    score = float(np.median(scores)) if scores else 0.0
    if score >= WORN:
        raise FaceError(
            f"{name} shows the person with glasses on.",
            "Take a picture without glasses; others are not drawn over them.",
            code="tryon.glasses_worn",
            details={"bridge": round(score, 1)},
        )
