"""What an engine is: it takes a portrait once, and then draws it at each moment of a Performance.

Engines register under the entry-point group `countenance.engines` and must pass `tests/contract/test_engines.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.model import Neutral, Sample

MouthChoice = Literal["auto", "borrowed", "drawn"]


@dataclass(frozen=True)
class Portrait:
    """A still and the face in it that is to move.

    Attributes:
        pixels: (h, w, 3) uint8, sRGB.
        face: as measured in these pixels.
        matte: (h, w) float32 in [0, 1], 1 where the person is; None where it is not known.
    """

    pixels: Pixels
    face: Face
    matte: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class DrawOptions:
    """How an engine should draw.

    Attributes:
        expression: strength of the face's motion; 1 as performed.
        head: strength of the head's motion; 1 as performed.
        mouth: where the inside of the mouth comes from: `borrowed` from the driver's appearance, `drawn`, or
            `auto` (borrowed where the sample has one).
        shading: whether the driver's skin folds are carried over, where the sample has them.
        seed: of anything random.
    """

    expression: float = 1.0
    head: float = 1.0
    mouth: MouthChoice = "auto"
    shading: bool = True
    seed: int = 0


class Rig(Protocol):
    """A portrait made ready to move."""

    def draw(self, sample: Sample) -> Pixels:
        """The whole picture at this moment, (h, w, 3) uint8, the portrait's own size. May not keep `sample`.

        The same sample gives the same pixels, whatever was drawn before.
        """
        ...

    def vertices(self, sample: Sample) -> NDArray[np.float32]:
        """(478, 2) float32: where this rig puts each landmark, pixels."""
        ...


@runtime_checkable
class Engine(Protocol):
    """Something that can draw faces."""

    name: str
    version: str

    def prepare(self, portrait: Portrait, neutral: Neutral, options: DrawOptions) -> Rig:
        """Do once what need not be done per frame.

        Raises:
            FaceError: where this engine cannot draw this face.
        """
        ...
