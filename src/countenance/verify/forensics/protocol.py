"""What a forensic signal is, and what it is given: a face that was followed for some seconds, and the sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from countenance.verify.findings import Kind
from countenance.verify.forensics.findings import Calibration
from countenance.verify.forensics.measures import SeenFace


@dataclass
class Watched:
    """A stretch of a file with one face in it.

    Attributes:
        seen: at most `watching.KEPT` frames with the face in each, spread over the stretch.
        openings, times: of the mouth in every frame, as `measures.mouth_opening` gives it, and when, in seconds of the
            file.
        sound: (n,) float32 mono from `sound_start` seconds on, at `rate` hertz; None where there is none.
        faces: in the first frame.
    """

    seen: list[SeenFace] = field(default_factory=list)
    openings: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    sound: NDArray[np.float32] | None = None
    rate: int = 0
    sound_start: float = 0.0
    faces: int = 0


@runtime_checkable
class ForensicSignal(Protocol):
    """One number that speaks for a redrawn face, and what it is worth.

    Attributes:
        name: its entry point's.
        kinds: of files it can be measured on.
        calibration: on a stated set.
    """

    name: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]]
    calibration: ClassVar[Calibration]

    def measure(self, watched: Watched) -> float:
        """Its number, larger for a redrawn face; NaN where there is nothing to measure."""
        ...


__all__ = ["ForensicSignal", "SeenFace", "Watched"]
