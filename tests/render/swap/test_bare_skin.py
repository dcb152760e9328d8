"""The double's brows are filled from the skin round them; the rest of the frame is not touched."""

from __future__ import annotations

import cv2
import numpy as np

from countenance.engines.mesh.bare_skin import without_brows
from countenance.face.topology import LEFT_BROW, RIGHT_BROW
from tests.portraits import eileen_collins


def test_brows_go_and_the_rest_stays() -> None:
    portrait = eileen_collins()
    bare = without_brows(portrait.pixels, portrait.face.landmarks)
    flat = portrait.face.landmarks[:, :2].round().astype(np.int32)
    brow = np.zeros(bare.shape[:2], np.uint8)
    for ring in (LEFT_BROW, RIGHT_BROW):
        cv2.fillConvexPoly(brow, cv2.convexHull(flat[ring]), 1)
    before, after = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(float) for one in (portrait.pixels, bare))
    forehead = before[flat[151, 1] - 5 : flat[151, 1] + 5, flat[151, 0] - 5 : flat[151, 0] + 5].mean()
    dark = (brow > 0) & (before < forehead - 25)
    assert dark.sum() > 50
    assert forehead - after[dark].mean() < 0.8 * (forehead - before[dark].mean())
    below = flat[1, 1]
    assert np.array_equal(bare[below:], portrait.pixels[below:]), "nothing below the nose is looked at"
    assert np.array_equal(without_brows(portrait.pixels, 0.01 * portrait.face.landmarks), portrait.pixels)
