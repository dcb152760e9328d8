"""The embedded engine: classical graphics on a face mesh. No generator network, no GPU.

A portrait is split once into person and background; each frame, the mesh and the rings round it are moved, the person's
layer is warped through them, the driver's folds are multiplied in, eyes and mouth are drawn in layers of their own.
"""

from __future__ import annotations

from countenance.engines.mesh.double import Double, know_double
from countenance.engines.mesh.dub_rig import DubRig, own_mouths
from countenance.engines.mesh.reage import ReageRig
from countenance.engines.mesh.rig import MeshRig
from countenance.engines.mesh.swap_rig import SwapRig
from countenance.engines.protocol import DrawOptions, MouthMotion, Plate, PlateOptions, Portrait
from countenance.likeness.value import Likeness
from countenance.performance.take import Neutral

__all__ = ["MeshEngine", "MeshRig"]


class MeshEngine:
    """See `engines.protocol.Engine` and `PlateEngine`."""

    name = "mesh"
    version = "1"

    def prepare(self, portrait: Portrait, neutral: Neutral, options: DrawOptions) -> MeshRig:
        """See `engines.protocol.Engine`."""
        return MeshRig(portrait, neutral, options)

    def prepare_dub(self, plate: Plate, motion: MouthMotion, options: PlateOptions) -> DubRig:
        """See `engines.protocol.PlateEngine`."""
        looks = ((look.pixels, look.face) for look in (plate.rest, *plate.looks))
        mouths = own_mouths(looks, plate.rest.face, plate.rest.pixels)
        return DubRig(plate.rest.face, plate.rest.pixels, mouths, motion, options.mouth)

    def prepare_swap(self, plate: Plate, likeness: Likeness, options: PlateOptions) -> SwapRig:
        """See `engines.protocol.PlateEngine`."""
        return SwapRig(likeness, _double(plate, options), options)

    def prepare_reage(self, plate: Plate, now: Likeness, then: Likeness, options: PlateOptions) -> ReageRig:
        """See `engines.protocol.PlateEngine`."""
        return ReageRig(now, then, _double(plate, options))


def _double(plate: Plate, options: PlateOptions) -> Double:
    others = [(look.pixels, look.face) for look in plate.looks]
    return know_double(plate.rest.face, plate.rest.pixels, others, rims=options.glasses)
