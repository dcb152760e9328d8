"""The double: the face in the plate that is to be replaced, as it must be known before the first frame is drawn.

Knows frames and faces; where they come from, `render.swap` knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.bare_skin import without_brows
from countenance.engines.mesh.occlusion import Occlusion
from countenance.engines.mesh.reshaping import Placed
from countenance.face.head import Head
from countenance.face.topology import LANDMARKS
from countenance.face.types import Face
from countenance.head.neutral import resting_face
from countenance.likeness.atlas import facing_of, on_atlas
from countenance.likeness.irises import iris_colour
from countenance.likeness.views import log_colour
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float64]
Float32 = NDArray[np.float32]

FINE = 256  # texels a side of the atlas on which the double is looked at
SEEN = (0.2, 0.6)  # cosine to the viewer between which a texel counts as seen


def looked_at(pixels: Pixels, vertices: FloatArray, side: int = FINE) -> tuple[Float32, Float32]:
    """A face's log colours on the atlas, (side, side, 3), and how well each texel is seen, (side, side) in [0, 1]."""
    at = on_atlas(np.column_stack([vertices[:, :2], facing_of(vertices)]), side)
    height, width = pixels.shape[:2]
    x0, y0 = np.clip(vertices[:, :2].min(0).astype(int) - 4, 0, (width - 2, height - 2))
    x1, y1 = np.clip(vertices[:, :2].max(0).astype(int) + 5, (x0 + 2, y0 + 2), (width, height))
    part = pixels[y0:y1, x0:x1]
    shrink = max(1, int(float(np.ptp(vertices[:LANDMARKS, 1])) / side))
    if shrink > 1:
        part = cv2.resize(part, (part.shape[1] // shrink, part.shape[0] // shrink), interpolation=cv2.INTER_AREA)
    places = (at[..., :2] - (x0, y0) + 0.5) / shrink - 0.5
    sampled = cv2.remap(part, places.astype(np.float32), None, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    inside = (at[..., 0] >= 0) & (at[..., 0] < width) & (at[..., 1] >= 0) & (at[..., 1] < height)
    seen = np.clip((at[..., 2] - SEEN[0]) / (SEEN[1] - SEEN[0]), 0, 1) * inside
    return log_colour(sampled), seen.astype(np.float32)


@dataclass(frozen=True)
class Double:
    """What is known of the double.

    Attributes:
        head: at rest, as no frame need show it.
        rest: (FINE, FINE, 3) log colours of the calmest frame.
        occlusion: tells what covers the face.
        iris: (3,) as `likeness.eyes.iris_colour`, or None.
        yaw: of the head at rest, degrees.
    """

    head: Head
    rest: Float32
    occlusion: Occlusion
    iris: NDArray[np.float32] | None
    yaw: float


def know_double(
    reference: Face, pixels: Pixels, looks: Iterable[tuple[Pixels, Face]] = (), *, rims: bool = True
) -> Double:
    """Look at the double.

    Args:
        reference, pixels: the face at rest, and the frame (h, w, 3) uint8 it was measured in.
        looks: further frames with the face, spread over the clip; they are looked at one by one.
        rims: whether spectacles of the double stay on.
    """

    def seen_in(frame: Pixels, face: Face) -> tuple[Float32, Float32]:
        return looked_at(without_brows(frame, face.landmarks), Placed.of(head, face).atlas_vertices)

    looks = list(looks)
    measured = Head.of(reference.landmarks.astype(np.float64))
    # Who laughs all through never rests: the neutral is what the shapes leave over, not the calmest frame.
    head = Head(measured.pose, resting_face([reference, *(face for _, face in looks)]).shape, measured.mesh)
    rest, seen = seen_in(pixels, reference)
    kept = [(rest, seen)]
    irises = [iris_colour(pixels, reference.landmarks)]
    for frame, face in looks:
        kept.append(seen_in(frame, face))
        irises.append(iris_colour(frame, face.landmarks))
    found = [iris for iris in irises if iris is not None]
    iris = np.asarray(np.median(np.stack(found), axis=0), np.float32) if found else None
    return Double(
        head, rest, Occlusion([look for look, _ in kept], [s for _, s in kept], rims=rims), iris, reference.angles[0]
    )
