"""A person in a clip made older or younger: their own pixels, times what age does to their skin, in another shape.

Two likenesses of the same person say what age does: as they are and as they would be. Their ratio on the atlas is laid
over the clip, so that every expression, light and grain of it stays.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from countenance.engines.mesh.area import area_mask
from countenance.engines.mesh.double import FINE, Double, looked_at
from countenance.engines.mesh.likeness_texture import CELL, lay
from countenance.engines.mesh.openings import openings_mask
from countenance.engines.mesh.reshaping import Placed, reshaped
from countenance.face.landmark_filter import Steady
from countenance.face.types import Face
from countenance.likeness.value import Likeness
from countenance.likeness.views import log_colour
from countenance.media.frames import Pixels

LIMIT = 0.9  # natural log: as far as age may lighten or darken a texel


class ReageRig:
    """One person at another age, frame by frame; give frames in order.

    Args:
        now, then: the same person as they are in the clip, and as they are to be.
        double: how they look in the clip.
    """

    def __init__(self, now: Likeness, then: Likeness, double: Double) -> None:
        self._head = double.head
        self._steady = Steady()
        self._occlusion = double.occlusion
        self._change = then.shape.astype(np.float64) - now.shape
        ratio = np.clip(log_colour(then.views[0].texture) - log_colour(now.views[0].texture), -LIMIT, LIMIT)
        mask, _ = area_mask("face", then.side)
        self._ratio = np.exp(ratio * mask[..., None]).astype(np.float32)

    def draw(self, pixels: Pixels, face: Face, *, time: Fraction = Fraction(0), cut: bool = False) -> Pixels:
        """The frame with the face at the other age.

        Args:
            pixels: (h, w, 3) uint8 RGB, the frame.
            face: as measured in it.
            time: makes no difference.
            cut: the frame before was of another shot, or showed no face.
        """
        del time
        placed = Placed.of(self._head, self._steady(face, cut=cut))
        moved = placed.pose.apply(placed.shape + self._change)
        under = reshaped(pixels, placed, self._head, moved)
        if under is None:
            return pixels.copy()
        part = under.inner()
        if min(part.size) < CELL:
            return under.into(pixels)
        laid = lay(under.vertices, part.box)
        covering = self._occlusion.now(*looked_at(pixels, placed.atlas_vertices, FINE))
        share = laid.cover * (1 - laid.sample(covering)) * (1 - openings_mask(part.flat, part.size))
        part.lay_over(part.pixels * laid.sample(self._ratio), share)
        return under.into(pixels)
