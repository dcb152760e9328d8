"""Looking for marks in frames: `detect`, `detect_all`, `free_slot`. Needs a few dozen frames and flat memory.

Every `STRIDE`-th frame is examined. After `FIRST_LOOK` of them, again at twice as many and so on, the sums are
searched; the first payload with a right tag ends the reading. A look tries, cheapest first: all frames as one;
stretched aspect ratios; the picture in patches (lens); the clip in stretches of time (zoom, pan); and, once, the
picture straightened (filmed at an angle).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countenance.marks.watermark import piecewise, polar
from countenance.marks.watermark.affine import PictureGeometry, geometry_of
from countenance.marks.watermark.embedding import checked_size
from countenance.marks.watermark.evidence import FrameSums, evidence_of
from countenance.marks.watermark.lattice import PAYLOAD_BITS, SLOTS, TAG_BITS, Lattice, lattice, message_bits
from countenance.marks.watermark.mark_keys import PUBLIC_KEY, WatermarkKey
from countenance.marks.watermark.perspective import straightened
from countenance.marks.watermark.reading import LIST, LONG_LIST, fold, read, soft_bits
from countenance.marks.watermark.search import Placement, as_laid, candidates, lock, usual_matrices
from countenance.marks.watermark.spectrum import Spectrum, spectrum_of
from countenance.media.frames import Pixels

STRIDE = 2
FIRST_LOOK = 48
WORTH_A_LOOK = 0.4
"""What came since the last look, of what there was, that makes another one worth while at the end."""
STRETCHES = 8
READ_AT_MOST = 4
READINGS = 4 * 14 * 3 + 3
"""At most, of one clip: in four slots and three looks 14 each, and three of a picture straightened."""
MIN_TONE_SCORE, MIN_SCORE_AS_LAID = 4.0, 2.0


@dataclass(frozen=True, slots=True)
class Detection:
    """A mark that was found.

    Attributes:
        payload: 64-bit number.
        confidence: −log₁₀ of an upper bound on the probability that unmarked frames give this or any payload.
        geometry: how the marked picture lies in these frames.
        slot: in which the mark was written.
        frames: how many frames were examined.
    """

    payload: int
    confidence: float
    geometry: PictureGeometry
    slot: int
    frames: int


@dataclass(slots=True)
class _Sums:
    """Evidence of at most STRETCHES stretches of time; neighbours are merged when there are more."""

    length: int = FIRST_LOOK // STRETCHES
    stretches: list[FrameSums] = field(default_factory=list)

    def add(self, evidence: FrameSums) -> None:
        if self.stretches and self.stretches[-1].weight.shape != evidence.weight.shape:
            self.stretches.clear()
        if self.stretches and self.stretches[-1].frames < self.length:
            self.stretches[-1] = self.stretches[-1] + evidence
            return
        if len(self.stretches) == STRETCHES:
            pairs = zip(self.stretches[0::2], self.stretches[1::2], strict=True)
            self.stretches = [first + second for first, second in pairs]
            self.length *= 2
        self.stretches.append(evidence)

    def total(self) -> FrameSums:
        total = self.stretches[0]
        for other in self.stretches[1:]:
            total = total + other
        return total


def detect(frames: Iterable[Pixels], *, key: WatermarkKey = PUBLIC_KEY, max_frames: int = 192) -> Detection | None:
    """The first mark found under a key, or None.

    Args:
        frames: (h, w, 3) uint8 RGB each, all of one size (where the size changes, the search begins anew); one
            frame is enough for a still. Read no further than needed.
        key: under which to look.
        max_frames: examine no more than these (every second frame is examined).

    Raises:
        ProvenanceError: `mark.pixels`, `mark.too_small`.
    """
    for sums, count in _looks(frames, max_frames):
        found = _look(sums, key, range(SLOTS), count)
        if found:
            return found[0]
    return None


def detect_all(
    frames: Iterable[Pixels], *, key: WatermarkKey = PUBLIC_KEY, max_frames: int = FIRST_LOOK
) -> list[Detection]:
    """Every mark found under a key, one a slot at most. As `detect`, but always reads `max_frames` if there are."""
    last: tuple[_Sums, int] | None = None
    for last in _looks(frames, max_frames):  # noqa: B007
        pass
    return _look(last[0], key, range(SLOTS), last[1], every=True) if last else []


def free_slot(frames: Iterable[Pixels], *, key: WatermarkKey = PUBLIC_KEY) -> int | None:
    """The first slot in which these frames bear no mark, for marking them again; None when all are taken."""
    taken = {found.slot for found in detect_all(frames, key=key)}
    return next((slot for slot in range(SLOTS) if slot not in taken), None)


def _looks(frames: Iterable[Pixels], max_frames: int) -> Iterator[tuple[_Sums, int]]:
    sums, count, next_look, looked = _Sums(), 0, FIRST_LOOK, 0
    skipped: list[Pixels] = []
    for index, pixels in enumerate(frames):
        checked_size(pixels)
        if index % STRIDE:
            if count <= FIRST_LOOK // 4:
                skipped.append(pixels)
            continue
        sums.add(evidence_of(pixels))
        count += 1
        if count > FIRST_LOOK // 4:
            skipped.clear()
        if count >= min(next_look, max_frames):
            yield sums, count
            looked, next_look = count, next_look * 2
            if count >= max_frames:
                return
    for pixels in skipped[: max(0, max_frames - count)]:
        sums.add(evidence_of(pixels))
        count += 1
    if count - looked > looked * WORTH_A_LOOK:
        yield sums, count


def _look(sums: _Sums, key: WatermarkKey, slots: Iterable[int], count: int, every: bool = False) -> list[Detection]:
    matched = sums.total().matched()
    spectrum = spectrum_of(matched)
    found = []
    in_windows: list[piecewise.PicturePatch] = []
    in_time: list[piecewise.PicturePatch] = []
    for slot in slots:
        where = lattice(key, slot)
        # A mark beyond the first is there only beside a first: it is looked for less hard unless every one is wanted.
        hard = slot == 0 or every
        hit = _whole(matched, spectrum, where, hard)
        if hit is None and hard:
            if piecewise.worth_it(spectrum, where):
                in_windows = in_windows or piecewise.windows(matched)
                hit = piecewise.patches(in_windows, spectrum, where)
            if hit is None and len(sums.stretches) >= 3:
                in_time = in_time or [piecewise.PicturePatch.of(part.matched()) for part in sums.stretches]
                hit = piecewise.stretches(in_time, where)
        if hit is None and slot == 0 and not every and 1 < count <= FIRST_LOOK and piecewise.worth_it(spectrum, where):
            filmed = _filmed(matched, where)
            if filmed is not None:
                hit, matched = filmed
        if hit is not None:
            payload, placement, soft = hit
            found.append(
                Detection(
                    payload,
                    _confidence(soft, where, payload),
                    geometry_of(matched, placement, where, payload),
                    slot,
                    count,
                )
            )
            if not every:
                break
    return found


def _whole(
    matched: NDArray[np.float32], spectrum: Spectrum, where: Lattice, thorough: bool
) -> tuple[int, Placement, NDArray[np.float32]] | None:
    base = min(matched.shape) / 512
    for aspects in (False, True):
        matrices = candidates(spectrum, where, base, aspects=aspects, thorough=thorough)[:6]
        if not aspects:
            matrices = usual_matrices(base) + matrices
        placed = [placement for matrix in matrices for placement in lock(spectrum, where, matrix)[:1]]
        placed.sort(key=lambda placement: -placement.score)
        placed = [placement for placement in placed[:READ_AT_MOST] if placement.score >= MIN_TONE_SCORE]
        untouched = [] if aspects else [as_laid(spectrum, where)]
        for placement in [one for one in untouched if one.score >= MIN_SCORE_AS_LAID] + placed:
            soft = soft_bits(fold(matched, placement), placement, where)
            payload = read(soft, where, placement.score)
            if payload is not None:
                return payload, placement, soft
    return None


def _filmed(matched: NDArray[np.float32], where: Lattice) -> tuple[piecewise.Hit, NDArray[np.float32]] | None:
    """A reading of a picture seen at an angle, and that picture straightened."""
    for flat in straightened(matched, where):
        soft = soft_bits(fold(flat.matched, flat.placement), flat.placement, where)
        payload = read(soft, where, flat.placement.score)
        if payload is not None:
            return (payload, flat.placement, soft), flat.matched
    return None


def _confidence(soft: NDArray[np.float32], where: Lattice, payload: int) -> float:
    """The better of two bounds: a right tag by chance, and one of 2⁶⁴ codewords fitting so well by chance."""
    attempts = READINGS * (LIST + LONG_LIST)
    by_tag = TAG_BITS * math.log10(2) - math.log10(attempts)
    signs = 1.0 - 2.0 * polar.encode(message_bits(where.key, where.slot, payload)).astype(np.float64)
    z = float(signs @ soft / np.sqrt(np.sum(np.square(soft, dtype=np.float64))))
    # Q(z) ≤ exp(−z²/2) for z > 0; for a fixed soft vector and random signs this is Hoeffding's bound.
    by_fit = z * z / 2 / math.log(10) - PAYLOAD_BITS * math.log10(2) - math.log10(attempts) if z > 0 else 0.0
    return max(by_tag, by_fit)
