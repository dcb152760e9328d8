"""Blind detection: the payload from nothing but the sound.

First as if nothing had been done to time; then over ±12 % of speed and of tempo. Every alignment that looks likely
is read, soft bits are added up over the periods, and the code word whose tag is right is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.errors import BadOption
from countenance.marks.audiomark import polar, search
from countenance.marks.audiomark.embedding import MAX_RATE
from countenance.marks.audiomark.evidence import soft_bits
from countenance.marks.audiomark.lattice import HOP, PUBLIC_KEY, RATE, Pattern, pattern
from countenance.marks.audiomark.resampling import Resampler
from countenance.marks.audiomark.search import Alignment, Ear, Hearing, Pilots

Floats = NDArray[np.float64]

MIN_SECONDS = 2.0
"""Shorter sound is not searched: it cannot hold enough of a period."""
STRETCH_SECONDS = 30.0
"""Longer sound is searched in overlapping stretches of this length."""
PART_SECONDS = 10.0
"""Then in overlapping parts of this length: where only a part is marked, the rest would be noise."""
SPEED_RANGE = (0.88, 1.13)
_WINDOW = 3000  # frames, 12 s, over which the grid of speeds is searched
_STEP = 0.0014  # at a window's ends, half of it is a frame
_REACH = 750.0  # frames, 3 s, over which a likely alignment is refined first
_KEEP_STILL, _CLIMB, _KEEP_MOVED = 12, 32, 20

MOST_TRIALS = polar.LIST_SIZE * (_KEEP_STILL + _KEEP_MOVED)
"""The most code words whose tags are compared in one stretch."""


@dataclass(frozen=True)
class AudioDetection:
    """A mark that was found.

    Attributes:
        payload: the 64-bit payload.
        confidence: -log10 of the chance that sound without this mark would have given any payload in this search:
            the number of code words whose tags were tried × 2^-48.
        offset: seconds from the beginning of the samples to a start of a period, the first of the stretch in which the
            mark was found.
        speed: how much faster the sound plays than when it was marked; 1.1 is ten per cent faster.
        pitch_kept: only the tempo changed, not the pitch; False where speed is 1.
        agreement: the pilots' agreement, in standard deviations of chance.
    """

    payload: int
    confidence: float
    offset: float
    speed: float
    pitch_kept: bool
    agreement: float


@dataclass
class _Search:
    """One stretch under search: its samples, its analysis, and how many code words were tried."""

    samples: Floats
    key: bytes
    laid: Pattern
    trials: int = 0

    def __post_init__(self) -> None:
        self.pilots = Pilots.of(self.laid)
        self.ear = Ear(self.samples)
        self.plain = self.ear.hear()

    def still(self) -> AudioDetection | None:
        """The mark, if time was left as it was."""
        found = search.acquire(self.plain, self.pilots, 1.0, pitched=True, keep=_KEEP_STILL)
        for one in search.distinct(found, _KEEP_STILL):
            answer = self._decode(self.plain, search.refine(self.plain, one, self.pilots, _REACH))
            if answer is not None:
                return answer
        return None

    def moved(self) -> AudioDetection | None:
        """The mark, if speed or tempo was changed."""
        places = list(search.windows(len(self.ear), _WINDOW))
        found: list[list[Alignment]] = [[] for _ in places]
        for speed in search.speeds(*SPEED_RANGE, _STEP):
            for hearing, pitched in ((self.ear.hear(float(speed)), True), (self.plain, False)):
                for (low, high), mine in zip(places, found, strict=True):
                    part = hearing.part(low, high)
                    for one in search.acquire(part, self.pilots, float(speed), pitched=pitched, keep=3):
                        mine.append(replace(one, start=one.start + low))
        likely: list[Alignment] = []
        for mine in found:
            likely += [self._climb(one) for one in search.distinct(mine, _CLIMB)]
        for one in search.distinct(likely, _KEEP_MOVED):
            answer = self._follow(one)
            if answer is not None:
                return answer
        return None

    def _climb(self, one: Alignment) -> Alignment:
        hearing = self.ear.hear(one.speed) if one.pitched else self.plain
        return search.refine(hearing, one, self.pilots, _REACH, whole=False)

    def _follow(self, one: Alignment) -> AudioDetection | None:
        if not one.pitched or abs(one.speed - 1) < 0.002:
            return self._decode(self.plain, search.refine(self.plain, one, self.pilots, _REACH))
        # Undo the speed on the sound itself: the analysis then is the one the mark was made with.
        count = int((len(self.samples) - 1) * one.speed)
        place = np.arange(count) / one.speed
        restored = scipy.ndimage.map_coordinates(self.samples, place[None], order=3, mode="nearest")
        hearing = Ear(restored).hear()
        local = Alignment(one.start * one.speed, 1.0, True, one.score)
        local = search.refine(hearing, local, self.pilots, _REACH)
        answer = self._decode(hearing, local)
        if answer is None:
            return None
        return replace(answer, offset=answer.offset / one.speed, speed=one.speed * local.speed)

    def _decode(self, hearing: Hearing, one: Alignment) -> AudioDetection | None:
        llr = soft_bits(*search.read(hearing, one), self.laid)
        if not np.any(llr):
            return None
        self.trials += polar.LIST_SIZE
        payload = polar.decode(llr, self.key)
        if payload is None:
            return None
        period = search.PERIOD / one.speed
        offset = one.start - np.floor(one.start / period) * period
        kept = not one.pitched and abs(one.speed - 1) > 0.002
        return AudioDetection(payload, _confidence(self.trials), float(offset * HOP / RATE), one.speed, kept, one.score)


def _inner(samples: NDArray[np.floating], sample_rate: int) -> Floats:
    """One channel at 16 kHz, `(n,) float64`."""
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2 or samples.shape[1] < 1:
        raise BadOption(f"Sound of shape {samples.shape} was given where (n, channels) was expected.")
    if not 4000 <= sample_rate <= MAX_RATE:
        raise BadOption(f"A sample rate of {sample_rate} Hz is outside 4000 to {MAX_RATE} Hz.")
    mono = np.nan_to_num(samples.astype(np.float64).mean(axis=1, keepdims=True), posinf=1.0, neginf=-1.0)
    resampler = Resampler(sample_rate, RATE, 1)
    total = -(-len(mono) * RATE // sample_rate)
    return np.concatenate([resampler.push(mono), resampler.finish(total)])[:, 0]


def _stretches(samples: Floats, seconds: float) -> Iterator[tuple[int, Floats]]:
    for low, high in search.windows(len(samples), int(seconds * RATE)):
        part = samples[low:high]
        if len(part) >= MIN_SECONDS * RATE and float(np.max(np.abs(part))) > 1e-4:
            yield low, part


def detect(
    samples: NDArray[np.floating], sample_rate: int, key: bytes = PUBLIC_KEY, *, thorough: bool = True
) -> AudioDetection | None:
    """The mark in a piece of sound, or None.

    Args:
        samples: `(n, channels)` or `(n,)`, any level; channels are averaged.
        sample_rate: Hz.
        key: the pattern's key.
        thorough: also search ±12 % of speed and tempo when nothing is found at the original speed.

    Raises:
        BadOption: another shape or rate.
    """
    mono = _inner(samples, sample_rate)
    laid = pattern(key)
    trials = 0
    for seconds, still in _plan(len(mono) / RATE, thorough):
        for low, part in _stretches(mono, seconds):
            one = _Search(part, key, laid)
            found = one.still() if still else one.moved()
            trials += one.trials
            if found is not None:
                return replace(found, confidence=_confidence(trials), offset=found.offset + low / RATE)
    return None


def _plan(seconds: float, thorough: bool) -> Iterator[tuple[float, bool]]:
    """In which lengths to search, and whether as if nothing had been done to time; the cheapest first."""
    yield STRETCH_SECONDS, True
    if seconds > 1.5 * PART_SECONDS:
        yield PART_SECONDS, True
    if thorough:
        yield STRETCH_SECONDS, False


def _confidence(trials: int) -> float:
    return float(polar.TAG_BITS * np.log10(2.0) - np.log10(trials))
