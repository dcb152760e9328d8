"""What stands before the double's face: hair, spectacle rims, a hand, a microphone. On the atlas, texel by texel.

Two things tell: what the clip shows there most of the time (its median, learnt from frames spread over the clip) and
whether that has the colour of skin. What differs much from the median now, beyond what it usually does, has come
between; what has not skin's colour in forehead, temples and round the eyes is worn. Features that change by
themselves (eyes, mouth, brows) are judged mildly.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import feature_mask
from countenance.face.topology import FACE_OVAL, LEFT_BROW, RIGHT_BROW
from countenance.likeness.atlas import atlas_mesh, skin_on_atlas
from countenance.likeness.spectacles import rims_on
from countenance.likeness.texel_confidence import covered, lit_skin

Float32 = NDArray[np.float32]

ENOUGH = 6  # looks at the face from which its median is believed
LIGHT_SIGMA = 0.16  # of the atlas's side: coarser changes are light
LIGHT_SIDE = 32  # texels a side that light is looked at in
SPEAKS = (0.40, 0.75)  # natural log beyond the usual between which a change is something in front
USUAL = 2.5  # deviations of the clip itself that are usual
FLOOR = 0.12
LEAST = 0.0025  # of the atlas: a smaller blot is a spot or a fold
BROW_RISE = 0.11  # of the atlas's side that brows go up and furrow the forehead


class Occlusion:
    """Learns a double's face from looks at it, then tells what covers it.

    Args:
        looks: (side, side, 3) log colours on the atlas, of frames spread over the clip.
        seens: (side, side) in [0, 1] of each.
        rims: whether dark rims round the eyes are to be looked for.
    """

    def __init__(self, looks: Sequence[Float32], seens: Sequence[Float32], *, rims: bool = True) -> None:
        self.side = looks[0].shape[0]
        flat = np.stack([look - self._light(look, seen) for look, seen in zip(looks, seens, strict=True)])
        self._median = np.asarray(np.median(flat, axis=0), np.float32)
        spread = np.median(np.abs(flat - self._median).mean(-1), axis=0) * 1.4826
        self._usual = FLOOR + USUAL * cv2.GaussianBlur(spread.astype(np.float32), (0, 0), 0.012 * self.side)
        self._usual += 1.2 * np.maximum(feature_mask(self.side), self._brows())
        self._known = len(looks) >= ENOUGH
        whole = np.asarray(np.median(np.stack(looks), axis=0), np.float32)
        seen = np.asarray(np.median(np.stack(seens), axis=0), np.float32)
        self._skin = lit_skin(whole, seen)
        self.worn = self._worn(whole, seen, rims=rims)
        self._inside = cv2.erode((on_face(self.side) > 0).astype(np.uint8), np.ones((5, 5), np.uint8))

    def _light(self, look: Float32, seen: Float32) -> Float32:
        """(side, side, 3): the coarse light of a look."""
        weight = (seen * skin_on_atlas(self.side) + 1e-4)[..., None]
        small = (LIGHT_SIDE, LIGHT_SIDE)
        both = cv2.resize(np.dstack([look * weight, weight]), small, interpolation=cv2.INTER_AREA)
        both = cv2.GaussianBlur(both, (0, 0), LIGHT_SIGMA * LIGHT_SIDE)
        light = both[..., :3] / both[..., 3:]
        return np.asarray(cv2.resize(light, (self.side, self.side), interpolation=cv2.INTER_LINEAR), np.float32)

    def _brows(self) -> Float32:
        """(side, side): 1 where brows move."""
        uv = atlas_mesh().uv * self.side
        out = np.zeros((self.side, self.side), np.uint8)
        for ring in (RIGHT_BROW, LEFT_BROW):
            around = np.concatenate([uv[ring], uv[ring] - np.array([0, BROW_RISE * self.side], np.float32)]).astype(
                np.float32
            )
            hull = cv2.convexHull(around).round().astype(np.int32)
            cv2.fillConvexPoly(out, hull, 255)
        return np.asarray(cv2.GaussianBlur(out.astype(np.float32) / 255, (0, 0), 0.015 * self.side), np.float32)

    def _worn(self, whole: Float32, seen: Float32, *, rims: bool) -> Float32:
        """(side, side) in [0, 1]: hair over forehead and temples, spectacle rims."""
        # Below the nose what is dark is a beard, which goes, or the chin's own shadow.
        base, lips = (float(atlas_mesh().uv[k, 1]) * self.side for k in (2, 14))
        above = np.clip((lips - np.arange(self.side)) / (lips - base), 0, 1).astype(np.float32)
        hair = np.asarray(covered(whole, self._skin) * above[:, None], np.float32)
        if not rims:
            return hair
        found = rims_on(whole, seen)
        return hair if found is None else np.maximum(hair, found)

    def now(self, look: Float32, seen: Float32) -> Float32:
        """(side, side) in [0, 1]: what covers the face in this frame.

        Args:
            look: (side, side, 3) log colours.
            seen: (side, side) in [0, 1].
        """
        if not self._known:
            return self.worn
        apart = np.abs(look - self._light(look, seen) - self._median)
        apart = cv2.GaussianBlur(apart.mean(-1), (0, 0), 0.008 * self.side) - self._usual
        speaks = np.clip((apart - SPEAKS[0] + FLOOR) / (SPEAKS[1] - SPEAKS[0]), 0, 1) * (seen > 0.3) * self._inside
        blots = (speaks > 0.5).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(blots)
        keep = np.zeros(count, np.float32)
        keep[1:] = stats[1:, cv2.CC_STAT_AREA] > LEAST * self.side**2
        if not keep.any():
            return self.worn
        size = max(3, self.side // 40) | 1
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        mask = cv2.morphologyEx(keep[labels], cv2.MORPH_CLOSE, kernel)
        mask = cv2.GaussianBlur(cv2.dilate(mask, kernel), (0, 0), self.side / 130)
        return np.asarray(np.maximum(self.worn, mask), np.float32)


def on_face(side: int) -> NDArray[np.uint8]:
    """(side, side): 255 inside the oval."""
    out = np.zeros((side, side), np.uint8)
    cv2.fillPoly(out, [(atlas_mesh().uv[FACE_OVAL] * side).round().astype(np.int32)], 255)
    return out
