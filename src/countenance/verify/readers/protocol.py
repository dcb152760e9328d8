"""What a reader of others' marks is, and what it is given to read: each takes what it needs.

A reader answers within the time left, keeps memory within a few copies of one frame, and raises nothing for hostile
input beyond `ValueError`, `OSError`, `MemoryError` and `CountenanceError`, which count as "failed".
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from countenance.errors import CountenanceError
from countenance.media.frames import Pixels
from countenance.media.picture import Picture, read_picture
from countenance.verify.findings import Kind
from countenance.verify.readers.file_notes import FileNotes, read_notes
from countenance.verify.readers.findings import OthersMark
from countenance.verify.sampling import SampledFile, SoundSample


class WeightsMissing(Exception):
    """The reader's model is not on this computer."""


@runtime_checkable
class MarkReader(Protocol):
    """Reads one kind of mark or note.

    Attributes:
        name: its entry point's.
        title: what it looks for, as its maker calls it: a name, which is not translated.
        kinds: of files that can bear it; others are not handed to it.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]]

    def read(self, material: Material) -> Sequence[OthersMark]:
        """What it finds; nothing where there is nothing.

        Raises:
            WeightsMissing: its model is not here. ValueError, OSError, MemoryError, CountenanceError.
        """
        ...


class Material:
    """A file as readers see it.

    Args:
        path: the file; None for a stream, which has no notes.
        source: its frames and sound.
        until: in `time.monotonic()`'s seconds.
        whole: False where only its beginning is at hand.
    """

    def __init__(self, path: Path | None, source: SampledFile, *, until: float, whole: bool = True) -> None:
        self.path, self._source, self.until, self.whole = path, source, until, whole

    @property
    def kind(self) -> Kind:
        """What the file holds."""
        return self._source.kind

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.until

    @cached_property
    def notes(self) -> FileNotes:
        """The notes that lie in the file beside picture and sound."""
        try:
            return FileNotes() if self.path is None else read_notes(self.path)
        except OSError:  # gone since, or not to be read
            return FileNotes(overfull=True)

    @cached_property
    def frame(self) -> Pixels | None:
        """One frame, (h, w, 3) uint8 sRGB: the picture, or the first of the place that is looked at first."""
        places = self._source.places()
        try:
            found = next(iter(self._source.frames(places[0])), None) if places else None
        except CountenanceError:
            return None
        return None if found is None else found.pixels

    @cached_property
    def picture(self) -> Picture | None:
        """A still as it is stored, with its alpha; None for anything else."""
        if self.kind != "picture" or self.path is None:
            return None
        try:
            return read_picture(self.path)
        except CountenanceError:
            return None

    @cached_property
    def sound(self) -> SoundSample | None:
        """Some seconds of sound."""
        if not self._source.has_sound:
            return None
        places = self._source.places() or [Fraction(0)]
        try:
            return self._source.sound(places[0])
        except (CountenanceError, OSError, ValueError):
            return None
