"""The embedded engine: classical graphics on a face mesh. No generator network, no GPU.

A portrait is split once into person and background; each frame, the mesh and the rings round it are moved, the person's
layer is warped through them, the driver's folds are multiplied in, eyes and mouth are drawn in layers of their own.
"""

from __future__ import annotations

from countenance.engines.mesh.rig import MeshRig
from countenance.engines.protocol import DrawOptions, Portrait
from countenance.performance.model import Neutral

__all__ = ["MeshEngine", "MeshRig"]


class MeshEngine:
    """See `engines.protocol.Engine`."""

    name = "mesh"
    version = "1"

    def prepare(self, portrait: Portrait, neutral: Neutral, options: DrawOptions) -> MeshRig:
        """See `engines.protocol.Engine`."""
        return MeshRig(portrait, neutral, options)
