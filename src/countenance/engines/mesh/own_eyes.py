"""The likeness's own eyes, looking where the double looks. Most of whose face it is lies in the eyes.

The face at rest is laid flat once, as if photographed from the front, and its eyes taken apart into layers as a
portrait's are (`eyes`, `lids`). Knows nothing of plates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.eyes import EyePainter
from countenance.engines.mesh.lids import LidPainter, lids_of
from countenance.engines.mesh.likeness_texture import CELL, lay
from countenance.engines.mesh.retarget import EYES
from countenance.face.pose import Similarity
from countenance.likeness.atlas import with_rings
from countenance.likeness.irises import irises_at
from countenance.likeness.value import Likeness
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float64]

ACROSS = 15.0  # cm of the head frame that an atlas shows from side to side, about
MARGIN = 1.0  # cm round the face
LIVING = 2.0  # grey levels between iris and white: in the shade of a brow they are near each other


@dataclass(frozen=True)
class OwnEyes:
    """Both eyes, ready to be painted.

    Attributes:
        painters, lids: right and left.
        scale: pixels a centimetre that they were taken apart at.
    """

    painters: tuple[EyePainter, ...]
    lids: tuple[LidPainter, ...]
    scale: float

    @classmethod
    def of(cls, likeness: Likeness) -> OwnEyes | None:
        """None where the likeness has no irises that can be told from the white."""
        if likeness.irises is None:
            return None
        scale = likeness.side / ACROSS
        vertices = with_rings(likeness.shape.astype(np.float64)) * scale
        corner = vertices[:, :2].min(0) - MARGIN * scale
        vertices[:, :2] -= corner
        width, height = (int(v) // CELL * CELL for v in vertices[:, :2].max(0) + MARGIN * scale)
        flat = vertices[:478, :2]
        face = lay(vertices, (0, 0, width, height)).sample(likeness.views[0].texture)
        irises = irises_at(flat, likeness.irises)
        painters = tuple(
            EyePainter(face, flat[upper], flat[lower], iris, LIVING)
            for (upper, lower, *_), iris in zip(EYES, irises, strict=True)
        )
        if not all(painter.has_iris for painter in painters):
            return None
        return cls(painters, tuple(LidPainter(face, lids_of(flat, eye)) for eye in EYES), scale)

    def paint(self, image: Pixels, flat: FloatArray, gaze: NDArray[np.floating], pose: Similarity) -> None:
        """Paint both eyes over a laid face, in place.

        Args:
            image: (h, w, 3) uint8 RGB, in the likeness's own light.
            flat: (478, 2), landmarks as they lie in the image.
            gaze: (2, 3), where the double's irises are in their eyes, as `likeness.eyes.iris_places`.
            pose: of the head, head frame → pixels.
        """
        linear = pose.scale * pose.rotation[:2, :2] / self.scale
        for painter, lid, eye, iris in zip(self.painters, self.lids, EYES, irises_at(flat, gaze), strict=True):
            upper, lower, *_ = eye
            line = lid.paint(image, (0, 0), lids_of(flat, eye))
            painter.paint(image, (0, 0), flat[upper], flat[lower], iris, linear)
            if line is not None:
                line.paint(image)
