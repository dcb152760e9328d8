"""Left for right, in samples: which landmark and which blendshape is whose twin. Pure but for the canonical mesh."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import BLENDSHAPES, LANDMARKS, load_face_mesh
from countenance.performance.appearance import MOUTH_QUALITY, decode_mouth
from countenance.performance.take import MOUTH_SIZE, Appearance, Neutral, Sample

# The rim of each iris runs from the picture's right over the top: 469 and 471 trade places with 476 and 474.
IRIS_TWINS = {468: 473, 469: 476, 470: 475, 471: 474, 472: 477}
ACROSS = np.array([-1, 1, 1], np.float32)
TURNED = np.array([1, -1, -1], np.float32)  # an axial vector under x → −x


@lru_cache(maxsize=1)
def landmark_twins() -> NDArray[np.int64]:
    """(478,) int64: for each landmark its mirror image; its own inverse."""
    vertices = load_face_mesh().vertices.astype(np.float64)
    distance = np.linalg.norm(vertices[:, None] * [-1.0, 1.0, 1.0] - vertices[None], axis=2)
    twins = np.arange(LANDMARKS)
    twins[: len(vertices)] = distance.argmin(1)
    for right, left in IRIS_TWINS.items():
        twins[right], twins[left] = left, right
    return twins


def blendshape_twins() -> NDArray[np.int64]:
    """(52,) int64: for each blendshape the one of the other side; middle ones are their own."""

    def twin(name: str) -> str:
        if "Left" in name:
            return name.replace("Left", "Right")
        return name.replace("Right", "Left")

    return np.array([BLENDSHAPES.index(twin(name)) for name in BLENDSHAPES])


def mirrored_neutral(neutral: Neutral) -> Neutral:
    """The measures, right for left."""
    return replace(neutral, eye_height=neutral.eye_height[::-1], eye_width=neutral.eye_width[::-1])


def mirrored_sample(sample: Sample) -> Sample:
    """The sample as a looking-glass shows it."""
    return replace(
        sample,
        rotation=sample.rotation * TURNED,
        translation=sample.translation * ACROSS,
        blendshapes=sample.blendshapes[blendshape_twins()],
        offsets=sample.offsets[landmark_twins()] * ACROSS,
        appearance=None if sample.appearance is None else _mirrored(sample.appearance),
    )


def _mirrored(look: Appearance) -> Appearance:
    """The UV square is symmetric, and so is the mouth's box; the lip ring runs the other way along each lip."""
    lips = np.concatenate([look.lips[:11][::-1], look.lips[11:][::-1]])
    lips[:, 0] = MOUTH_SIZE[0] - 1 - lips[:, 0]
    mouth = look.mouth
    if mouth is not None:
        flipped = np.ascontiguousarray(decode_mouth(mouth)[:, ::-1, ::-1])
        ok, data = cv2.imencode(".jpg", flipped, [cv2.IMWRITE_JPEG_QUALITY, MOUTH_QUALITY])
        mouth = data.tobytes() if ok else None
    return Appearance(np.ascontiguousarray(look.shading[:, ::-1]), mouth, lips.astype(np.float32), look.skin)
