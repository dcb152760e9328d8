"""Reading a mark where it was laid: for whoever wrote it, and knows slot and size. A small part of a search's cost.

Where this reads a payload, `detect` reads it too: it tries the untouched picture first. Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable

from countenance.marks.watermark.embedding import checked_size
from countenance.marks.watermark.evidence import FrameSums, evidence_of
from countenance.marks.watermark.lattice import CANONICAL_SIDE, lattice
from countenance.marks.watermark.mark_keys import PUBLIC_KEY, WatermarkKey
from countenance.marks.watermark.reading import fold, read, soft_bits
from countenance.marks.watermark.search import lock, usual_matrices
from countenance.marks.watermark.spectrum import spectrum_of
from countenance.media.frames import Pixels

MIN_TONE_SCORE = 4.0


def read_back(
    frames: Iterable[Pixels], *, slot: int = 0, key: WatermarkKey = PUBLIC_KEY, first_look: int = 1
) -> int | None:
    """The payload of frames that lie as they were marked, or None.

    Looks after `first_look` frames, then after twice as many and so on, and at the end of the frames; takes no more
    of them than it needs.

    Args:
        frames: (h, w, 3) uint8 RGB each, all of one size.
        slot, key: where to look.
        first_look: frames before the first look.

    Raises:
        ProvenanceError: `mark.pixels`, `mark.too_small`.
    """
    total: FrameSums | None = None
    looked, next_look = 0, first_look
    for pixels in frames:
        checked_size(pixels)
        here = evidence_of(pixels)
        total = here if total is None else total + here
        if total.frames >= next_look:
            looked, next_look = total.frames, 2 * next_look
            payload = _look(total, slot, key)
            if payload is not None:
                return payload
    return None if total is None or total.frames == looked else _look(total, slot, key)


def _look(evidence: FrameSums, slot: int, key: WatermarkKey) -> int | None:
    matched = evidence.matched()
    where, spectrum = lattice(key, slot), spectrum_of(matched)
    for placement in lock(spectrum, where, usual_matrices(min(matched.shape) / CANONICAL_SIDE)[0])[:1]:
        if placement.score < MIN_TONE_SCORE:
            continue
        payload = read(soft_bits(fold(matched, placement), placement, where), where, placement.score)
        if payload is not None:
            return payload
    return None
