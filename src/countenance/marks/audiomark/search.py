"""Finding the lattice again: when a period starts, how fast the sound plays, and whether its pitch moved with it.

The pilots' quantisers have known shifts. If the lattice is where a hypothesis says, the symbols' phases (symbol ÷
step, as an angle) agree with the shifts; elsewhere they are spread evenly. Time and speed are found on a grid from
that agreement, then refined. Knows nothing of code words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from countenance.marks.audiomark import cells, correlation
from countenance.marks.audiomark.lattice import (
    CELL,
    DELTA,
    RATE,
    ROWS,
    SLOT,
    SLOTS,
    TIME_SIGNS,
    WINDOW,
    Pattern,
    band_edges,
)

Floats = NDArray[np.float64]

AUDIBLE_DB = 32.0
"""Blocks further under the loud ones are not listened to while searching."""
_EDGES = band_edges()
PERIOD = SLOT * SLOTS
"""Lattice frames in a period."""


@dataclass(frozen=True)
class Alignment:
    """A hypothesis: lattice frame p (p = 0 starts a period) is heard at analysis frame `start + p / speed`.

    Attributes:
        start: in frames of 4 ms.
        speed: above 1 when the sound plays faster than when it was marked.
        pitched: the pitch moved with the speed, as on a tape; else only the tempo changed.
        score: the pilots' agreement in standard deviations of chance.
    """

    start: float
    speed: float
    pitched: bool
    score: float = 0.0

    @property
    def band_scale(self) -> float:
        """By how much the bands moved up."""
        return self.speed if self.pitched else 1.0


@dataclass(frozen=True, eq=False)
class Hearing:
    """One stretch of sound under one scale of the bands.

    Attributes:
        row, weakest: `(frames, 8) float32` dB: rows' levels and how loud their weaker sides are.
        audible: dB; what is quieter does not count in the search.
    """

    row: NDArray[np.float32]
    weakest: NDArray[np.float32]
    audible: float

    def part(self, low: int, high: int) -> Hearing:
        """Frames `low` to `high`."""
        return Hearing(self.row[low:high], self.weakest[low:high], self.audible)


@dataclass(eq=False)
class Ear:
    """One stretch of sound at 16 kHz, analysed once, heard under any scale of the bands."""

    samples: Floats
    _running: Floats = field(init=False)
    _floor: float = field(init=False)
    _audible: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        smooth = cells.smoothed(cells.power(self.samples))
        self._floor = max(1e-7 * float(np.max(smooth, initial=0.0)), 1e-12)
        self._running = np.pad(np.cumsum(smooth, axis=1), ((0, 0), (1, 0)))

    def __len__(self) -> int:
        return len(self._running)

    def hear(self, scale: float = 1.0) -> Hearing:
        """With the bands' edges multiplied by `scale`."""
        edges = _EDGES * scale * WINDOW / RATE + 0.5
        row = np.empty((len(self), ROWS), np.float32)
        weakest = np.empty_like(row)
        correlation.row_levels(self._running, edges, self._floor, row, weakest)
        if self._audible is None:
            self._audible = float(np.percentile(weakest, 97)) - AUDIBLE_DB
        return Hearing(row, weakest, self._audible)


@dataclass(frozen=True, eq=False)
class Pilots:
    """Where a pattern's pilots lie, as the inner loops want it: first lattice frames, rows, dithers `(128,)`."""

    frames: NDArray[np.int64]
    rows: NDArray[np.int64]
    turns: Floats

    @classmethod
    def of(cls, laid: Pattern) -> Pilots:
        """The second symbols whose bit is known to be 0."""
        slots, rows = np.nonzero(laid.pilots[:, :, 1])
        return cls(slots * SLOT, rows, laid.dither[slots, rows, 1])


def acquire(hearing: Hearing, pilots: Pilots, speed: float, *, pitched: bool, keep: int = 6) -> list[Alignment]:
    """The best alignments at one speed, best first, their starts near the stretch's middle."""
    if len(hearing.row) * speed < SLOT + 2:
        return []
    agreed = correlation.agreement(
        hearing.row, hearing.weakest, hearing.audible, speed, DELTA, PERIOD, pilots.frames, pilots.rows, pilots.turns
    )
    peaks = np.flatnonzero((agreed >= np.roll(agreed, 1)) & (agreed > np.roll(agreed, -1)))
    found = []
    for place in peaks[np.argsort(agreed[peaks])[::-1][:keep]]:
        period = PERIOD / speed
        start = place / speed
        start += round((len(hearing.row) / 2 - start) / period) * period
        found.append(Alignment(float(start), speed, pitched, float(agreed[place])))
    return found


def distinct(found: list[Alignment], keep: int) -> list[Alignment]:
    """The best of each neighbourhood: alignments a few milliseconds and a speed step apart are one."""
    kept: list[Alignment] = []
    for one in sorted(found, key=lambda one: one.score, reverse=True):
        if all(
            abs(one.start - other.start) > 3 or abs(one.speed - other.speed) > 0.004 or one.pitched != other.pitched
            for other in kept
        ):
            kept.append(one)
            if len(kept) == keep:
                break
    return kept


def read(hearing: Hearing, alignment: Alignment) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """The symbols of every whole slot: values `(n, 8, 2)` dB, weakest levels `(n, 8)` dB, slot numbers `(n,)`."""
    length = len(hearing.row)
    first = int(np.ceil(-alignment.start * alignment.speed / SLOT))
    last = int(np.floor(((length - 1 - alignment.start) * alignment.speed - SLOT) / SLOT))
    number = np.arange(first, max(last, first) + 1)
    place = alignment.start + (number[:, None] * SLOT + 2 + CELL * np.arange(4)[None]) / alignment.speed
    place = np.clip(place, 0, length - 1.001)
    left = place.astype(np.int64)
    part = (place - left)[:, :, None]
    cell = hearing.row[left] * (1 - part) + hearing.row[left + 1] * part
    value = np.einsum("ntg,kt->ngk", cell, TIME_SIGNS / 4)
    return np.asarray(value), hearing.weakest[left].astype(np.float64).mean(axis=1), number % SLOTS


def refine(hearing: Hearing, alignment: Alignment, pilots: Pilots, reach: float, *, whole: bool = True) -> Alignment:
    """Climb to the best start and speed over `reach` frames to either side; then, if `whole`, over twice that, and
    on to the ends."""
    length = len(hearing.row)
    best = alignment
    while True:
        low, high = max(0.0, alignment.start - reach), min(float(length), alignment.start + reach)
        best = replace(best, score=_score(hearing, best.start, best.speed, pilots, low, high))
        step = 0.5
        while step >= 0.12:
            moves = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))
            trials = [(best.start + a * step, best.speed * (1 + b * step / reach)) for a, b in moves]
            scores = [_score(hearing, start, speed, pilots, low, high) for start, speed in trials]
            top = int(np.argmax(scores))
            if scores[top] > best.score:
                best = replace(best, start=trials[top][0], speed=trials[top][1], score=scores[top])
            else:
                step /= 2
        if not whole or (low <= 0 and high >= length):
            return best
        reach *= 2


def _score(hearing: Hearing, start: float, speed: float, pilots: Pilots, low: float, high: float) -> float:
    first = int(np.ceil((low - start) * speed / SLOT))
    last = int(np.floor(((high - start) * speed - SLOT) / SLOT))
    if last <= first:
        return 0.0
    args = (DELTA, SLOTS, pilots.frames, pilots.rows, pilots.turns)
    return float(correlation.score(hearing.row, hearing.weakest, hearing.audible, start, speed, first, last, *args))


def speeds(low: float, high: float, step: float) -> Floats:
    """A grid of speeds, evenly spaced on a log scale, 1 first and outwards."""
    above = np.exp(np.arange(0, np.log(high) + step / 2, step))
    below = np.exp(-np.arange(step, -np.log(low) + step / 2, step))
    grid = np.concatenate([above, below])
    return np.asarray(grid[np.argsort(np.abs(np.log(grid)), kind="stable")])


def windows(length: int, size: int) -> Iterator[tuple[int, int]]:
    """Overlapping windows of `size` over `length`, the last flush with the end."""
    if length <= size:
        yield 0, length
        return
    count = -(-(length - size) // (size * 3 // 4)) + 1
    for start in np.linspace(0, length - size, count).astype(int):
        yield int(start), int(start) + size
