"""What of a clip could not be read: counted once, however often it is read, and told in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


class TrackLosses:
    """Of one track."""

    def __init__(self) -> None:
        self._packets: set[tuple[int | None, int | None]] = set()
        self._concealed: set[Fraction] = set()
        self._ends: tuple[Fraction, Fraction] | None = None
        self._resized: tuple[tuple[int, int], tuple[int, int]] | None = None

    def packet(self, packet: Any) -> None:
        """A PyAV packet cannot be decoded; None: what was left in the decoder."""
        self._packets.add((None, None) if packet is None else (packet.pos, packet.dts))

    def concealed(self, time: Fraction) -> None:
        """The frame at this time is damaged, and shown as well as the decoder could."""
        self._concealed.add(time)

    def ends_early(self, at: Fraction, instead_of: Fraction) -> None:
        """Nothing comes after `at`, though the container says that it is longer."""
        self._ends = (at, instead_of)

    def resized(self, to: tuple[int, int], shown: tuple[int, int]) -> None:
        """Frames of another size come, and are shown at that of the first."""
        self._resized = self._resized or (to, shown)

    def __bool__(self) -> bool:
        return bool(self._packets or self._concealed or self._ends)

    @property
    def packets(self) -> int:
        """How many could not be decoded at all."""
        return len(self._packets)

    def sentences(self, name: str) -> tuple[str, ...]:
        """In plain words, of what is called so."""
        said = []
        if self._packets:
            count = len(self._packets)
            what = "One packet is damaged" if count == 1 else f"{count} packets are damaged"
            said.append(f"{name}: {what}; what {'it' if count == 1 else 'they'} held is left out.")
        if self._concealed:
            count = len(self._concealed)
            what = "One frame is damaged and is" if count == 1 else f"{count} frames are damaged and are"
            said.append(f"{name}: {what} shown as well as possible.")
        if self._ends:
            at, instead = (float(time) for time in self._ends)
            said.append(
                f"{name} ends at {at:.2f} s, though it says that it lasts {instead:.2f} s: the rest is missing."
            )
        if self._resized:
            (width, height), size = self._resized
            said.append(
                f"{name} changes its size to {width}×{height} midway; it is shown at {size[0]}×{size[1]} throughout."
            )
        return tuple(said)


@dataclass
class Losses:
    """Of one file, in all its readings so far."""

    pictures: TrackLosses = field(default_factory=TrackLosses)
    sound: TrackLosses = field(default_factory=TrackLosses)

    def sentences(self, name: str) -> tuple[str, ...]:
        """In plain words, of the file of that name."""
        return (*self.pictures.sentences(name), *self.sound.sentences(f"The sound of {name}"))
