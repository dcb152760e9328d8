"""How large a face truly is: centimetres by its irises, which are nearly the same in all adults.

The landmarker's own centimetres are a mean head's. Its iris ring is some 7 % too wide: with that taken out, 31 pictures
and clips gave pupil distances of 64.0 ± 4.2 mm. One person's is blended with what people measure on average, or
replaced by what an optician measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.topology import LEFT_IRIS, RIGHT_IRIS
from countenance.face.types import Face

IRIS = 1.17 * 1.07  # cm: the human iris, and how much wider the landmarker draws it
PRIOR = 6.3  # cm: adults' mean pupil distance
LEAST, MOST = 5.4, 7.4  # cm
TRUST = 0.5  # of what is measured; the rest is the prior
SMALL = 12.0  # pixels of an iris below which it says little
DOUBT, DOUBT_SMALL, DOUBT_KNOWN = 0.05, 0.10, 0.015


@dataclass(frozen=True)
class TrueHead:
    """A head in true centimetres.

    Attributes:
        shape: (478, 3) float64, head frame (see `face.head`), cm.
        pd: pupil distance, cm.
        face_width: between the cheekbones' outer edges, cm.
        doubt: share within which lengths are to be taken.
        measured: the pupil distance as the irises alone tell it, cm.
    """

    shape: NDArray[np.float64]
    pd: float
    face_width: float
    doubt: float
    measured: float

    def as_dict(self) -> dict[str, Any]:
        """For results, mm."""
        return {
            "pd_mm": round(10 * self.pd, 1),
            "pd_doubt_mm": round(10 * self.pd * self.doubt, 1),
            "face_width_mm": round(10 * self.face_width, 1),
            "face_width_doubt_mm": round(10 * self.face_width * self.doubt, 1),
        }


def iris_pixels(face: Face) -> float:
    """The mean of both irises' larger diameters, pixels."""
    sizes = []
    for ring in (RIGHT_IRIS, LEFT_IRIS):
        points = face.landmarks[ring[1:], :2].astype(np.float64)
        sizes.append(max(np.linalg.norm(points[0] - points[2]), np.linalg.norm(points[1] - points[3])))
    return float(np.mean(sizes))


def true_head(faces: Sequence[Face], pd: float | None = None) -> TrueHead:
    """A person's head out of looks at it.

    Args:
        faces: one at least.
        pd: the pupil distance in cm, where it is known.
    """
    shapes, sizes = [], []
    for face in faces:
        head = Head.of(face.landmarks.astype(np.float64))
        per_cm = iris_pixels(face) / IRIS
        shapes.append(head.shape * head.pose.scale / max(per_cm, 1e-3))
        sizes.append(iris_pixels(face))
    shape = np.median(np.stack(shapes), axis=0)
    measured = float(np.linalg.norm(shape[RIGHT_IRIS[0]] - shape[LEFT_IRIS[0]]))
    if pd is not None:
        said, doubt = pd, DOUBT_KNOWN
    else:
        said = TRUST * float(np.clip(measured, LEAST, MOST)) + (1 - TRUST) * PRIOR
        doubt = DOUBT if float(np.median(sizes)) >= SMALL else DOUBT_SMALL
    shape = shape * (said / measured)
    width = float(np.linalg.norm(shape[234] - shape[454]))
    return TrueHead(shape, said, width, doubt, measured)
