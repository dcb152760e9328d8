"""Whose face it is: a 128-number description (dlib's ResNet), templates out of several, and how far is too far.

Measured in `bench/matching`. A description answers "the same person?" and is never the only gate: people who look alike
come close. Descriptions are biometric data: they are left out of every repr and log here. Knows nothing of grants.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadDocument, FaceChoice, LibraryMissing, NoFace
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face, immutable
from countenance.media.frames import Pixels
from countenance.media.video import open_video
from countenance.models import model_path

ACCEPT = 0.38
REFUSE = 0.50
SURE = 0.42
"""A single frame's description nearer than this to a person's template is theirs. Measured in `bench/matching`: frames
of one person lie 0.29 from their median in the mean, the nearest frame of anybody else 0.44."""
MODEL = "dlib-resnet-v1"
LEAST_FRAMES = 5
SPREAD = 0.55  # frames of one person lie within this of their median; measured largest single one 0.47
_NUMBERS = 128
_CROP, _FACE = 360, 190  # pixels: side of the crop a face is described on, and of the face in it
_MAGIC = b"countenance face template 1\n"

Embedding = NDArray[np.float32]
"""(128,) float32, no unit; Euclidean distance is what counts."""

Likeness = Literal["accept", "review", "refuse"]


def judge(distance: float) -> Likeness:
    """`accept` below 0.38, `review` by a person up to 0.50, `refuse` above (and for what is no number)."""
    if 0 <= distance < ACCEPT:
        return "accept"
    return "review" if ACCEPT <= distance <= REFUSE else "refuse"


@dataclass(frozen=True)
class FaceTemplate:
    """A person's face, out of several pictures of it.

    Attributes:
        vector: (128,) float32, the median description. Never shown.
        count: how many descriptions went in.
        still: whether they are variations of one picture.
        salt: 16 random bytes, so that two templates of one person do not share a fingerprint.
    """

    vector: Embedding = field(repr=False)
    count: int
    still: bool
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vector", immutable(self.vector))

    @property
    def hash(self) -> str:
        """SHA-256 hex of `to_bytes`: the template's fingerprint, which grants name."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def distance(self, other: Embedding | FaceTemplate) -> float:
        """Euclidean distance to a description or template."""
        vector = other.vector if isinstance(other, FaceTemplate) else other
        return float(np.linalg.norm(self.vector.astype(np.float64) - vector.astype(np.float64)))

    def to_bytes(self) -> bytes:
        """To be sealed before it is kept."""
        head = struct.pack(">HB", self.count, self.still)
        return _MAGIC + MODEL.encode() + b"\n" + self.salt + head + self.vector.astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> FaceTemplate:
        """Raises BadDocument."""
        head = _MAGIC + MODEL.encode() + b"\n"
        body = data[len(head) :]
        if not data.startswith(head) or len(body) != 16 + 3 + 4 * _NUMBERS:
            raise BadDocument("The face template cannot be read.", "Ask for it again; it may be of a later version.")
        count, still = struct.unpack(">HB", body[16:19])
        vector = np.frombuffer(body[19:], "<f4").astype(np.float32)
        if not bool(np.isfinite(vector).all()):
            raise BadDocument("The face template holds what are no numbers.", "Ask for it again.")
        return cls(vector, count, bool(still), body[:16])


def describe(pixels: Pixels, face: Face) -> Embedding:
    """One description of a face, about 80 ms.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        face: as measured in it.

    Raises:
        ModelMissing, ModelCorrupt, LibraryMissing.
    """
    return _networks().describe(_crop(pixels, face))


def describe_still(pixels: Pixels, face: Face) -> list[Embedding]:
    """Six descriptions of one picture: as it is, mirrored, darker, lighter, blurred, nearer. About 0.5 s.

    Raises:
        As `describe`.
    """
    crop = _crop(pixels, face)
    inset = round(_CROP * 0.06)
    nearer = cv2.resize(crop[inset:-inset, inset:-inset], (_CROP, _CROP), interpolation=cv2.INTER_LINEAR)
    tone = np.linspace(0, 1, 256)
    variations = [crop, crop[:, ::-1], cv2.GaussianBlur(crop, (0, 0), 1.6), nearer]
    variations += [(255 * tone**gamma).round().astype(np.uint8)[crop] for gamma in (0.75, 1.35)]
    return [_networks().describe(np.ascontiguousarray(picture, np.uint8)) for picture in variations]


def template_from(embeddings: Sequence[Embedding], *, still: bool = False, name: str = "the clip") -> FaceTemplate:
    """The median of several descriptions.

    Raises:
        NoFace: fewer than five. FaceChoice: they are not of one person.
    """
    if len(embeddings) < LEAST_FRAMES:
        raise NoFace(
            f"{name} shows the face in {len(embeddings)} frames; {LEAST_FRAMES} are needed to know it again.",
            "Record a few seconds with the face large, well lit and towards the camera.",
        )
    stack = np.stack(embeddings)
    vector = np.median(stack, axis=0).astype(np.float32)
    if float(np.linalg.norm(stack - vector, axis=1).max()) > SPREAD:
        raise FaceChoice(
            f"{name} shows more than one person, or one that changes too much.",
            "Use a clip in which only the one person is seen.",
        )
    return FaceTemplate(vector, len(embeddings), still)


def template_of_still(pixels: Pixels, face: Face, *, name: str = "the picture") -> FaceTemplate:
    """A template out of one picture: weaker than one out of a clip. Raises as `describe`."""
    return template_from(describe_still(pixels, face), still=True, name=name)


def template_of_clip(path: Path, *, choice: str = "largest") -> FaceTemplate:
    """A template out of a clip: frames spread over all of it, 12 at least and one every four seconds, 60 at most.

    Raises:
        FaceChoice: more than one person is seen in its course. InputError, FaceError, SetupError.
    """
    path = Path(path)
    found: list[Embedding] = []
    with open_video(path) as video, FaceTracker(choice) as tracker:
        length = video.info.duration or Fraction(10)
        count = max(12, min(60, int(length / 4)))
        for k in range(count):
            frame = next(video.frames(start=length * k / count), None)
            if frame is not None and (face := tracker.track(frame.pixels)) is not None:
                found.append(describe(frame.pixels, face))
    return template_from(found, name=path.name)


def nearest(templates: Iterable[FaceTemplate], embeddings: Sequence[Embedding]) -> tuple[FaceTemplate, float] | None:
    """The template nearest to the median of these descriptions, and how far it is; None where there is no template."""
    middle = np.median(np.stack(embeddings), axis=0).astype(np.float32)
    ranked = sorted(((one.distance(middle), one) for one in templates), key=lambda pair: pair[0])
    return (ranked[0][1], ranked[0][0]) if ranked else None


def _crop(pixels: Pixels, face: Face) -> Pixels:
    """(360, 360, 3) uint8: the face, 190 px of it, in the middle; edges repeated where the picture ends."""
    side = face.size * _CROP / _FACE
    x, y = (float(c) for c in face.centre)
    x0, y0, x1, y1 = round(x - side / 2), round(y - side / 2), round(x + side / 2), round(y + side / 2)
    height, width = pixels.shape[:2]
    part = pixels[max(0, y0) : max(1, min(height, y1)), max(0, x0) : max(1, min(width, x1))]
    margins = (max(0, -y0), max(0, y1 - height), max(0, -x0), max(0, x1 - width))
    whole = cv2.copyMakeBorder(part, *margins, cv2.BORDER_REPLICATE)
    way = cv2.INTER_AREA if side > _CROP else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(whole, (_CROP, _CROP), interpolation=way), np.uint8)


class _Networks:
    """dlib's five-point aligner and its description network, loaded once."""

    def __init__(self) -> None:
        try:
            import dlib
        except ImportError as error:
            raise LibraryMissing(f"dlib could not be loaded: {error}.", "pip install dlib-bin") from error
        low, high = (_CROP - _FACE) // 2, (_CROP + _FACE) // 2
        self._box: Any = dlib.rectangle(low, low, high, high)
        self._points: Any = dlib.shape_predictor(str(model_path("face_points")))
        self._network: Any = dlib.face_recognition_model_v1(str(model_path("face_identity")))

    def describe(self, crop: Pixels) -> Embedding:
        crop = np.ascontiguousarray(crop)
        found = self._network.compute_face_descriptor(crop, self._points(crop, self._box))
        return np.asarray(found, np.float32)


@lru_cache(maxsize=1)
def _networks() -> _Networks:
    return _Networks()
