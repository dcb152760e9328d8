"""What a look for signs of manipulation found, as values; each sign with what such a sign is worth. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hindrance = Literal["", "no-face", "no-tracker", "time", "kind"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a signal was worth on a stated set.

    Attributes:
        threshold: from which its number counts as a sign.
        detected, changed: of how many changed ones it was seen.
        alarms, untouched: of how many untouched ones it was seen too.
        on: the set, in a few words.
    """

    threshold: float
    detected: int
    changed: int
    alarms: int
    untouched: int
    on: str


@dataclass(frozen=True, slots=True)
class Sign:
    """One signal's answer.

    Attributes:
        signal: its name: lips, ghost, or that of a plug-in.
        value: its number; what it is worth stands in `calibration`.
        calibration: of the signal.
        start, end: seconds that were looked at; both 0 for a picture.
        box: left, top, right, bottom of the face as shares of the picture.
    """

    signal: str
    value: float
    calibration: Calibration
    start: float = 0.0
    end: float = 0.0
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    @property
    def seen(self) -> bool:
        """Whether it counts as a sign."""
        return self.value > self.calibration.threshold


@dataclass(frozen=True, slots=True)
class SignsFinding:
    """What was looked for and seen.

    Attributes:
        asked: whether signs were looked for at all.
        signs: of every signal that could be measured, those that were not seen too.
        unmeasured: names of signals that found nothing to measure: a mouth that rests, a picture that was never JPEG.
        hindrance: why nothing could be looked for.
        faces: how many faces there are; the largest is looked at.
    """

    asked: bool = False
    signs: tuple[Sign, ...] = ()
    unmeasured: tuple[str, ...] = ()
    hindrance: Hindrance = ""
    faces: int = 0

    @property
    def seen(self) -> tuple[Sign, ...]:
        """Those that count."""
        return tuple(one for one in self.signs if one.seen)
