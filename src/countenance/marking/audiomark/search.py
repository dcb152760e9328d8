"""Finding the lattice again: when a period starts, how fast the sound plays, and whether its pitch moved with it.

The pilots' quantisers have known shifts. If the lattice is where a hypothesis says, the symbols' phases (symbol ÷
step, as an angle) agree with the shifts; elsewhere they are spread evenly. Time and speed are found on a grid from
that agreement, then refined. Knows nothing of code words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from countenance.marking.audiomark import cells
from countenance.marking.audiomark.lattice import CELL, DELTA, ROW_WEIGHTS, ROWS, SLOT, SLOTS, TIME_SIGNS, Pattern

Floats = NDArray[np.float64]

AUDIBLE_DB = 32.0
"""Blocks further under the loud ones are not listened to."""

_TIMES = TIME_SIGNS[1] / 4  # the pilots' weights over a slot's four times


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
    """One stretch of sound, analysed for a band scale: rows' levels, their weaker sides', and which are
    loud enough, all `(frames, 8)`."""

    row: Floats
    weakest: Floats
    loud: Floats

    @classmethod
    def of(cls, short_time: Floats, band_scale: float) -> Hearing:
        """From short-time power `(frames, 129)`."""
        floor = 1e-7 * float(np.max(short_time, initial=1e-12))
        level = cells.levels(short_time, band_scale, floor=floor)
        weakest = cells.weakest(level)
        audible = weakest > np.percentile(weakest, 97) - AUDIBLE_DB
        return cls(level @ ROW_WEIGHTS.T, weakest, audible.astype(np.float64))


def _correlate(hearing: Hearing, speed: float, laid: Pattern) -> Floats:
    """The score of every start of a period, in lattice frames `(1040,)`, for one speed."""
    count = int((len(hearing.row) - 1) * speed)
    place = np.arange(count) / speed
    left = place.astype(np.int64)
    part = (place - left)[:, None]
    pilots = hearing.row[left] * (1 - part) + hearing.row[np.minimum(left + 1, len(hearing.row) - 1)] * part
    loud = hearing.loud[left]
    size = count - 4 * CELL + 3
    symbol = sum(_TIMES[t] * pilots[2 + CELL * t : 2 + CELL * t + size] for t in range(4))
    weight = loud[2 : 2 + size] * loud[2 + 3 * CELL : 2 + 3 * CELL + size]
    phase = weight * np.exp(2j * np.pi * symbol / DELTA)
    rows = -(-size // (SLOT * SLOTS)) * SLOT * SLOTS
    folded = np.zeros((rows, ROWS), dtype=np.complex128)
    folded[:size] = phase
    counted = np.zeros((rows, ROWS))
    counted[:size] = weight
    folded = folded.reshape(-1, SLOTS, SLOT, ROWS).sum(axis=0)
    counted = counted.reshape(-1, SLOTS, SLOT, ROWS).sum(axis=0)
    mask = laid.pilots[:, :, 1].astype(np.float64)
    expected = mask * np.exp(2j * np.pi * laid.dither[:, :, 1])
    agreement = np.fft.ifft(np.fft.fft(folded, axis=0) * np.conj(np.fft.fft(expected, axis=0))[:, None], axis=0)
    heard = np.fft.ifft(np.fft.fft(counted, axis=0) * np.conj(np.fft.fft(mask, axis=0))[:, None], axis=0)
    total = agreement.real.sum(axis=2)
    number = np.maximum(heard.real.sum(axis=2), 1.0)
    return np.asarray(total / np.sqrt(number / 2)).reshape(-1)


def acquire(
    short_time: Floats, laid: Pattern, speeds: NDArray[np.float64], *, pitched: bool, keep: int
) -> list[Alignment]:
    """The `keep` best alignments over a grid of speeds, best first, their starts near the stretch's middle."""
    middle = len(short_time) / 2
    found: list[Alignment] = []
    hearing = Hearing.of(short_time, 1.0)
    for speed in speeds:
        if pitched:
            hearing = Hearing.of(short_time, float(speed))
        score = _correlate(hearing, float(speed), laid)
        peaks = np.flatnonzero((score >= np.roll(score, 1)) & (score > np.roll(score, -1)))
        best = peaks[np.argsort(score[peaks])[::-1][:8]]
        period = SLOT * SLOTS / speed
        for place in best:
            start = place / speed
            start += round((middle - start) / period) * period
            found.append(Alignment(float(start), float(speed), pitched, float(score[place])))
    found.sort(key=lambda one: one.score, reverse=True)
    return _distinct(found, keep)


def _distinct(found: list[Alignment], keep: int) -> list[Alignment]:
    """The best of each neighbourhood: alignments a few milliseconds and a speed step apart are one."""
    kept: list[Alignment] = []
    for one in found:
        if all(abs(one.start - other.start) > 3 or abs(one.speed - other.speed) > 0.004 for other in kept):
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
    left, part = _places(alignment, number, length)
    cell = hearing.row[left] * (1 - part) + hearing.row[left + 1] * part
    value = np.einsum("ntg,kt->ngk", cell, TIME_SIGNS / 4)
    return np.asarray(value), hearing.weakest[left].mean(axis=1), number % SLOTS


def _places(alignment: Alignment, number: NDArray[np.int64], length: int) -> tuple[NDArray[np.int64], Floats]:
    """Where the cells of slots lie: whole frames `(n, 4)` and the remaining part `(n, 4, 1)`."""
    place = alignment.start + (number[:, None] * SLOT + 2 + CELL * np.arange(4)[None]) / alignment.speed
    place = np.clip(place, 0, length - 1.001)
    left = place.astype(np.int64)
    return left, (place - left)[:, :, None]


def _score(hearing: Hearing, alignment: Alignment, laid: Pattern, low: float, high: float) -> float:
    first = int(np.ceil((low - alignment.start) * alignment.speed / SLOT))
    last = int(np.floor(((high - alignment.start) * alignment.speed - SLOT) / SLOT))
    if last <= first:
        return 0.0
    number = np.arange(first, last)
    left, part = _places(alignment, number, len(hearing.row))
    cell = hearing.row[left] * (1 - part) + hearing.row[left + 1] * part
    symbol = np.einsum("ntg,t->ng", cell, _TIMES)
    weight = hearing.loud[left[:, 1]] * laid.pilots[number % SLOTS, :, 1]
    angle = 2 * np.pi * (symbol / DELTA - laid.dither[number % SLOTS, :, 1])
    return float(np.sum(weight * np.cos(angle)) / np.sqrt(max(float(weight.sum()), 1.0) / 2))


def refine(hearing: Hearing, alignment: Alignment, laid: Pattern, reach: float) -> Alignment:
    """Climb to the best start and speed over `reach` frames to either side, then over twice that, to the ends."""
    length = len(hearing.row)
    best = alignment
    while True:
        low, high = max(0.0, alignment.start - reach), min(float(length), alignment.start + reach)
        best = replace(best, score=_score(hearing, best, laid, low, high))
        step = 0.5
        while step >= 0.12:
            trials = [
                replace(best, start=best.start + a * step, speed=best.speed * (1 + b * step / reach))
                for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1))
            ]
            scored = [replace(one, score=_score(hearing, one, laid, low, high)) for one in trials]
            top = max(scored, key=lambda one: one.score)
            if top.score > best.score:
                best = top
            else:
                step /= 2
        if low <= 0 and high >= length:
            return best
        reach *= 2


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
