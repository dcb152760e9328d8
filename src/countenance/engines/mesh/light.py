"""The plate's light on another's skin: what coarse colour the double's face has over what the likeness's has.

On the atlas, so that it moves with the face; near the rim it follows closely, so that no seam shows, and in the middle
only coarsely, so that the double's features are not painted over. Knows nothing of pictures beyond colours.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import lower_skin
from countenance.likeness.atlas import skin_on_atlas
from countenance.likeness.views import coarse, log_colour

FloatArray = NDArray[np.float32]

SIDE = 128  # texels of the light's atlas
BROAD, CLOSE = 0.085, 0.022  # of the atlas's side: how coarse the light is in the middle, and at the rim
APART = 0.35  # natural log from the middle's light: what is farther is no skin
DOUBT = 0.15  # of full trust: where the rim is trusted less than this, the middle's light holds
LIMIT = 1.1  # natural log: as far as light may go
HOLD = 0.55  # of the last frame's light that stays in the next one
FINE = 0.012  # of the atlas's side: as fine as shading is followed: the sides of a nose, a smile's folds
RELIEF = 0.9  # of the double's shading between FINE and BROAD that is taken over, and of the likeness's own that goes
# Natural log: what lies beyond is no shading: of the double hair or paint, of the likeness a beard or a brow.
MARKED, OWN_MARKED = (0.5, 0.9), (0.22, 0.45)


class Light:
    """Follows the plate's light.

    Args:
        rim: (SIDE, SIDE) in [0, 1]: 1 at the rim of what is drawn, 0 inside.
        reach: (SIDE, SIDE) in [0, 1]: where skin may be compared, beyond the rim too.
    """

    def __init__(self, rim: FloatArray, reach: FloatArray) -> None:
        self._rim = rim[..., None]
        self._skin = skin_on_atlas(SIDE)
        self._lower = np.maximum(lower_skin(SIDE), self._skin)
        self._reach = np.maximum(reach * rim, self._skin)
        self._held: FloatArray | None = None

    def gain(self, plate: FloatArray, seen: FloatArray, skin: NDArray[np.uint8], *, cut: bool = False) -> FloatArray:
        """(SIDE, SIDE, 3) natural log of what the likeness's colours are to be multiplied by.

        Args:
            plate: (SIDE, SIDE, 3) log colours of the double's face.
            seen: (SIDE, SIDE) in [0, 1], how well each texel was seen, things in front of the face left out.
            skin: (A, A, 3) uint8, the likeness.
            cut: the frame before was of another shot.
        """
        own = log_colour(cv2.resize(skin, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
        ratio = np.clip(plate - own, -LIMIT, LIMIT)
        middle = coarse(ratio, seen * self._skin + 1e-5, BROAD * SIDE)
        relief = self._relief(plate, own, seen)
        # At the rim hair, ears and background are no skin: what is far from the middle's light counts little.
        apart = np.abs(ratio - middle).mean(-1)
        trust = seen * self._reach / (1 + (apart / APART) ** 4)
        both = cv2.GaussianBlur(np.dstack([(ratio - middle) * trust[..., None], trust]), (0, 0), CLOSE * SIDE)
        rim = both[..., :3] / (both[..., 3:] + DOUBT)
        inner = relief * (1 - self._rim)
        now = np.asarray(np.clip(middle + inner + rim * self._rim, -LIMIT, LIMIT), np.float32)
        if self._held is not None and not cut:
            now = HOLD * self._held + (1 - HOLD) * now
        self._held = now
        return now

    def _relief(self, plate: FloatArray, own: FloatArray, seen: FloatArray) -> FloatArray:
        """(SIDE, SIDE, 3) natural log: the double's shading in place of the likeness's own, where both are skin."""
        weight = seen * self._lower
        theirs, mine = (_band(log, weight) for log in (plate, own))
        share = RELIEF * weight
        for band, (low, high) in ((theirs, MARKED), (mine, OWN_MARKED)):
            share = share * (1 - np.clip((np.abs(band.mean(-1)) - low) / (high - low), 0, 1))
        return np.asarray(cv2.GaussianBlur(share, (0, 0), FINE * SIDE)[..., None] * (theirs - mine), np.float32)


def _band(log: FloatArray, weight: FloatArray) -> FloatArray:
    """(SIDE, SIDE, 3): what is coarser than FINE and finer than BROAD."""

    def blurred(sigma: float) -> FloatArray:
        over = cv2.GaussianBlur(np.dstack([log * weight[..., None], weight]), (0, 0), sigma * SIDE)
        return np.asarray(over[..., :3] / (over[..., 3:] + 1e-3), np.float32)

    return np.asarray(blurred(FINE) - blurred(BROAD), np.float32)
