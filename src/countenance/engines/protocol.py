"""What an engine is. The portrait side takes a still once, and then draws it at each moment of a Performance; the plate
side takes one person of a clip, and then redraws them frame by frame: a new mouth, another face, another age.

Engines register under the entry-point group `countenance.engines` and must pass `tests/contract/test_engines.py`; an
engine may have the portrait side alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from countenance.face.person import PersonView
from countenance.face.types import Face
from countenance.likeness.value import Likeness
from countenance.media.frames import Pixels
from countenance.performance.take import Neutral, Sample

MouthChoice = Literal["auto", "borrowed", "drawn"]
Area = Literal["face", "whole", "lower"]
MouthMotion = Callable[[Fraction], NDArray[np.float32]]
"""At a time, (478, 3) float32 cm on the canonical face: what speech does to it; see `performance.expression`."""


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


@dataclass(frozen=True)
class Plate:
    """One person of a clip or picture, as drawing must know them before the first frame.

    Attributes:
        rest: the look at which they are calmest.
        looks: further ones, spread over the clip.
    """

    rest: PersonView
    looks: tuple[PersonView, ...] = ()


@dataclass(frozen=True)
class PlateOptions:
    """How a person in a plate is redrawn.

    Attributes:
        area: of a swap: `face` (inside the oval), `whole` (up to the hair) or `lower` (below the nose).
        shape: of a swap: how far the double's proportions go towards the likeness's, 0 to 1.
        expression: strength of the person's own motion; 1 as it is.
        glasses: whether spectacles of the double stay on.
        mouth: of a dub: as `DrawOptions.mouth`, borrowed from the clip itself.
        seed: of anything random.
    """

    area: Area = "face"
    shape: float = 1.0
    expression: float = 1.0
    glasses: bool = True
    mouth: MouthChoice = "auto"
    seed: int = 0


class PlateRig(Protocol):
    """One person of a plate made ready to be redrawn; takes frames in order."""

    def draw(self, pixels: Pixels, face: Face, *, time: Fraction, cut: bool = False) -> Pixels:
        """The frame with the person redrawn; what does not belong to them stays as it is, to the bit.

        Args:
            pixels: (h, w, 3) uint8 RGB, the frame; not changed.
            face: the person's, as measured in it.
            time: of the frame, seconds.
            cut: the frame before was of another shot, or did not show them.
        """
        ...


@runtime_checkable
class PlateEngine(Protocol):
    """An engine that can redraw people in plates."""

    name: str
    version: str

    def prepare_dub(self, plate: Plate, motion: MouthMotion, options: PlateOptions) -> PlateRig:
        """For a mouth that says something else. Raises FaceError."""
        ...

    def prepare_swap(self, plate: Plate, likeness: Likeness, options: PlateOptions) -> PlateRig:
        """For a likeness on a body double. Raises FaceError."""
        ...

    def prepare_reage(self, plate: Plate, now: Likeness, then: Likeness, options: PlateOptions) -> PlateRig:
        """For the person at another age: the same likeness as they are in the plate, and as they are to be."""
        ...
