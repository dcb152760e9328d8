"""Blind detection: the payload from nothing but the sound.

First as if nothing had been done to time; then over ±12 % of speed and of tempo. Every alignment that looks likely
is read, soft bits are added up over the periods, and the code word whose tag is right is the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from countenance.errors import BadOption
from countenance.marking.audiomark import cells, polar, search
from countenance.marking.audiomark.embedding import MAX_RATE
from countenance.marking.audiomark.lattice import (
    CODE_BITS,
    DELTA,
    HOP,
    PUBLIC_KEY,
    RATE,
    ROWS,
    SLOT,
    SLOTS,
    Pattern,
    pattern,
)
from countenance.marking.audiomark.resampling import Resampler
from countenance.marking.audiomark.search import Alignment, Hearing

Floats = NDArray[np.float64]

MIN_SECONDS = 2.0
"""Shorter sound is not searched: it cannot hold enough of a period."""
STRETCH_SECONDS = 30.0
"""Longer sound is searched in overlapping stretches of this length."""
PART_SECONDS = 10.0
"""Then in overlapping parts of this length: where only a part is marked, the rest would be noise."""
SPEED_RANGE = (0.88, 1.13)
_WINDOW = 1500  # frames, 6 s, over which the grid of speeds is searched
_STEP = 0.0008
_KEEP_STILL, _KEEP_MOVED = 12, 48
_LEVEL_CLASSES = 4


@dataclass(frozen=True)
class AudioDetection:
    """A mark that was found.

    Attributes:
        payload: the 64-bit payload.
        confidence: -log10 of the chance that sound without this mark would have given any payload in this search:
            the number of code words whose tags were tried × 2^-48.
        offset: seconds from the beginning of the samples to the first start of a period in them.
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
        self.power = cells.power(self.samples)

    def still(self) -> AudioDetection | None:
        """The mark, if time was left as it was."""
        hearing = Hearing.of(self.power, 1.0)
        for one in search.acquire(self.power, self.laid, np.array([1.0]), pitched=True, keep=_KEEP_STILL):
            fine = search.refine(hearing, one, self.laid, _WINDOW / 2)
            found = self._decode(hearing, fine)
            if found is not None:
                return found
        return None

    def moved(self) -> AudioDetection | None:
        """The mark, if speed or tempo was changed."""
        grid = search.speeds(*SPEED_RANGE, _STEP)
        for low, high in search.windows(len(self.power), _WINDOW):
            part = self.power[low:high]
            found = [
                one
                for pitched in (True, False)
                for one in search.acquire(part, self.laid, grid, pitched=pitched, keep=_KEEP_MOVED)
            ]
            found.sort(key=lambda one: one.score, reverse=True)
            for one in found[:_KEEP_MOVED]:
                shifted = Alignment(one.start + low, one.speed, one.pitched, one.score)
                answer = self._follow(shifted)
                if answer is not None:
                    return answer
        return None

    def _follow(self, one: Alignment) -> AudioDetection | None:
        hearing = Hearing.of(self.power, one.band_scale)
        fine = search.refine(hearing, one, self.laid, _WINDOW / 2)
        if fine.pitched and abs(fine.speed - 1) > 0.002:
            # Undo the speed on the sound itself: the analysis then is the one the mark was made with.
            count = int((len(self.samples) - 1) * fine.speed)
            place = np.arange(count) / fine.speed
            restored = map_coordinates(self.samples, place[None], order=3, mode="nearest")
            hearing = Hearing.of(cells.power(restored), 1.0)
            local = Alignment(fine.start * fine.speed, 1.0, True, fine.score)
            local = search.refine(hearing, local, self.laid, _WINDOW)
            answer = self._decode(hearing, local)
            if answer is None:
                return None
            speed = fine.speed * local.speed
            return AudioDetection(
                answer.payload, answer.confidence, answer.offset / fine.speed, speed, False, answer.agreement
            )
        return self._decode(hearing, fine)

    def _decode(self, hearing: Hearing, one: Alignment) -> AudioDetection | None:
        llr = soft_bits(hearing, one, self.laid)
        if not np.any(llr):
            return None
        self.trials += polar.LIST_SIZE
        payload = polar.decode(llr, self.key)
        if payload is None:
            return None
        period = SLOT * SLOTS / one.speed
        offset = one.start - np.floor(one.start / period) * period
        confidence = polar.TAG_BITS * np.log10(2.0) - np.log10(self.trials)
        kept = not one.pitched and abs(one.speed - 1) > 0.002
        return AudioDetection(payload, float(confidence), float(offset * HOP / RATE), one.speed, kept, one.score)


def soft_bits(hearing: Hearing, one: Alignment, laid: Pattern) -> Floats:
    """Log-likelihood ratios `(512,)` of the code bits, added up over all periods heard.

    How noisy symbols are is read from the pilots: with phase noise of variance σ² (in steps) their mean cosine is
    exp(-2π²σ²). It is measured per row and per class of loudness, each drawn towards the whole, and the two
    findings are multiplied.
    """
    value, weakest, slot = search.read(hearing, one)
    rest = value / DELTA[:, None] - laid.dither[slot]
    loud = np.percentile(weakest, 95) - search.AUDIBLE_DB - 8
    heard = (weakest > loud)[:, :, None]
    pilot = heard & laid.pilots[slot]
    llr = np.zeros(CODE_BITS)
    if np.count_nonzero(pilot) < 8:
        return llr
    cosine = np.cos(2 * np.pi * rest)
    overall = max(float(np.mean(cosine[pilot])), 0.02)
    row = np.broadcast_to(np.arange(ROWS)[None, :, None], rest.shape)
    edges = np.quantile(weakest[pilot.any(axis=2)], np.linspace(0, 1, _LEVEL_CLASSES + 1)[1:-1])
    loudness = np.broadcast_to(np.searchsorted(edges, weakest)[:, :, None], rest.shape)
    mean = overall * _relative(cosine, pilot, row, ROWS, overall)[row]
    mean = mean * _relative(cosine, pilot, loudness, _LEVEL_CLASSES, overall)[loudness]
    variance = -np.log(np.clip(mean, 0.03, 0.97)) / (2 * np.pi**2)
    data = heard & (laid.position[slot] >= 0)
    np.add.at(llr, laid.position[slot][data], _ratio(rest[data], variance[data]))
    return llr


def _relative(cosine: Floats, pilot: NDArray[np.bool_], kind: NDArray[np.int64], kinds: int, overall: float) -> Floats:
    """Mean cosine of each kind of pilot over the mean of all, `(kinds,)`, as if ten average ones had been seen too."""
    count = np.bincount(kind[pilot], minlength=kinds)
    total = np.bincount(kind[pilot], weights=cosine[pilot], minlength=kinds)
    return np.asarray(np.maximum((total + 10 * overall) / (count + 10), 0.01) / overall)


def _ratio(rest: Floats, variance: Floats) -> Floats:
    """log P(0) / P(1) for symbols `rest` steps from a 0 point; a 1 point lies half a step away; both repeat."""
    near = rest - np.round(rest)
    shifts = np.array([-1.0, 0.0, 1.0])
    zero = np.logaddexp.reduce(-((near[:, None] - shifts) ** 2) / (2 * variance[:, None]), axis=1)
    one = np.logaddexp.reduce(-((near[:, None] - shifts - 0.5) ** 2) / (2 * variance[:, None]), axis=1)
    return np.asarray(zero - one)


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
    whole = [(low, _Search(part, key, laid)) for low, part in _stretches(mono, STRETCH_SECONDS)]
    parts: list[tuple[int, _Search]] = []
    if len(mono) > 1.5 * PART_SECONDS * RATE:
        parts = [(low, _Search(part, key, laid)) for low, part in _stretches(mono, PART_SECONDS)]
    searches = [*whole, *parts]
    for attempt in ("still", "moved") if thorough else ("still",):
        for low, one in searches if attempt == "still" else whole:
            found = one.still() if attempt == "still" else one.moved()
            if found is not None:
                trials = sum(other.trials for _, other in searches)
                confidence = polar.TAG_BITS * np.log10(2.0) - np.log10(trials)
                return AudioDetection(
                    found.payload,
                    float(confidence),
                    found.offset + low / RATE,
                    found.speed,
                    found.pitch_kept,
                    found.agreement,
                )
    return None
