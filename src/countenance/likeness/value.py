"""The Likeness: what is kept of one person's face, so that it can be drawn on a body double. Values only.

Everything in it is of one person and was granted by them. It holds no picture as it was taken: views are on the atlas
(see `atlas`), in even light. Its parts belong together: a seal of this process lies over them, set where they were
measured or opened. Knows nothing of files, of grants' contents, or of plates.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from countenance.face.identity import FaceTemplate
from countenance.face.topology import BLENDSHAPES
from countenance.face.types import immutable
from countenance.likeness.coverage import Coverage
from countenance.media.frames import Pixels

SMILE = (BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("mouthSmileRight"))
JAW = BLENDSHAPES.index("jawOpen")
_PROCESS_SECRET = secrets.token_bytes(32)


@dataclass(frozen=True)
class LikenessView:
    """One picture or frame of the person, cut to the face.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (478, 3) float32, in these pixels; z in the same scale.
        blendshapes: (52,) float32.
        angles: yaw, pitch, roll in degrees, as `Face.angles`.
        sharpness: how fine the detail is that it holds, over what the atlas can hold; see `gathering`.
        source: SHA-256 hex of the file it is from.
        seconds: where in a clip; 0 for a picture.
        seal: of `gather`, for the person it found there; one put together by hand has none that holds.
    """

    pixels: Pixels = field(repr=False)
    landmarks: NDArray[np.float32] = field(repr=False)
    blendshapes: NDArray[np.float32] = field(repr=False)
    angles: tuple[float, float, float]
    sharpness: float
    source: str
    seconds: float = 0.0
    seal: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        _fix(self, "pixels", "landmarks", "blendshapes")

    def is_of(self, template: FaceTemplate) -> bool:
        """Whether `gather` found it, in this process, as the person of this very template."""
        return hmac.compare_digest(self.seal.encode(), seal_over(self, template).encode())

    @property
    def smile(self) -> float:
        """0 to 1."""
        return float(self.blendshapes[list(SMILE)].mean())

    @property
    def jaw(self) -> float:
        """0 (shut) to 1 (wide open)."""
        return float(self.blendshapes[JAW])


@dataclass(frozen=True)
class View:
    """The face as seen from one side with one expression, on the atlas, in even light, without gaps.

    Attributes:
        texture: (A, A, 3) uint8 RGB.
        seen: (A, A) uint8: 255 where this view itself saw the skin squarely, 0 where another one was asked.
        yaw, pitch: of the head, degrees.
        smile, jaw: of the expression, 0 to 1.
    """

    texture: Pixels = field(repr=False)
    seen: NDArray[np.uint8] = field(repr=False)
    yaw: float
    pitch: float
    smile: float
    jaw: float

    def __post_init__(self) -> None:
        _fix(self, "texture", "seen")


@dataclass(frozen=True)
class Likeness:
    """One person's face.

    Attributes:
        id: 32 hex digits.
        name: as the user calls it.
        made_at: aware UTC.
        grant_sha256: of the grant it was made under; hex.
        template: whose face it is, for holding it against grants.
        shape: (478, 3) float32, the face at rest in the head frame, cm (see `face.head`).
        views: one at least; the first is the most frontal and most at rest.
        light: (9, 3) float32, the light of the first view before it was evened: real spherical harmonics to order 2
            over the head frame's normals, for linear R, G, B (Ramamoorthi and Hanrahan, SIGGRAPH 2001).
        takes: how many pictures and frames went in.
        years: by how much it was aged, against the material.
        warnings: what the material lacks, in plain words.
        irises: (2, 3) float32, where the irises are in the first view, as `eyes.iris_places`; None where nobody looked.
        iris: (3,) float32, natural log of the irises' colour over the eyes' whites; None where it could not be seen.
        grant_id: the grant's own number; empty where it was made without one.
        material: SHA-256 hex of the files that went in.
        coverage: what there was, by pose and expression; None where nobody counted.
        network: a trained refiner, ONNX; None without.
        seal: over all the rest, of this process; one put together by hand has none that holds.
    """

    id: str
    name: str
    made_at: datetime
    grant_sha256: str
    template: FaceTemplate
    shape: NDArray[np.float32] = field(repr=False)
    views: tuple[View, ...]
    light: NDArray[np.float32] = field(repr=False)
    takes: int
    years: float = 0.0
    warnings: tuple[str, ...] = ()
    iris: NDArray[np.float32] | None = field(default=None, repr=False)
    irises: NDArray[np.float32] | None = field(default=None, repr=False)
    grant_id: str = ""
    material: tuple[str, ...] = ()
    coverage: Coverage | None = None
    network: bytes | None = field(default=None, repr=False)
    seal: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        _fix(self, "shape", "light", "iris", "irises")

    @property
    def is_genuine(self) -> bool:
        """Whether all its parts were measured, opened or trained together, in this process."""
        return hmac.compare_digest(self.seal.encode(), seal_over(self).encode())

    @property
    def side(self) -> int:
        """Of the atlas, texels."""
        return int(self.views[0].texture.shape[0])


def resealed(likeness: Likeness) -> Likeness:
    """The same with this process's seal. For `gathering` and `library` alone; a test walks the imports."""
    return replace(likeness, seal=seal_over(likeness))


def seal_over(*values: object) -> str:
    """This process's seal over values as they are. As `resealed`, for `gathering` alone."""
    digest = hmac.new(_PROCESS_SECRET, digestmod=hashlib.sha256)
    for part in _parts(values):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _parts(value: object) -> Iterator[bytes]:
    """All of a value but its seal, in one order."""
    if isinstance(value, np.ndarray):
        yield f"{value.dtype.str} {value.shape}".encode()
        yield value.tobytes()
    elif isinstance(value, tuple):
        yield str(len(value)).encode()
        for one in value:
            yield from _parts(one)
    elif is_dataclass(value):
        yield from _parts(tuple(getattr(value, one.name) for one in fields(value) if one.name != "seal"))
    else:
        yield value if isinstance(value, bytes) else repr(value).encode()


def _fix(value: object, *names: str) -> None:
    """Lay these arrays over bytes that nothing writes to."""
    for name in names:
        if (array := getattr(value, name)) is not None:
            object.__setattr__(value, name, immutable(array))
