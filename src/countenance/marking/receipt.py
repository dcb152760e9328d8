"""What the exit answers when a file is written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was written.

    Attributes:
        path: the file.
        frames: how many; 1 for a picture, 0 for sound.
        duration: seconds; 0 for a picture.
    """

    path: Path
    frames: int
    duration: Fraction
