"""A mark as it was laid, and pictures at half their size."""

from __future__ import annotations

import numpy as np

from countenance.marks.watermark import PUBLIC_KEY
from countenance.marks.watermark.evidence import FrameSums, evidence_of
from countenance.marks.watermark.lattice import lattice
from countenance.marks.watermark.search import as_laid
from countenance.marks.watermark.spectrum import COARSE_LIMIT, LIMIT, spectrum_of
from countenance.media.frames import Pixels
from tests.marks.watermark.test_mark import clip, marked


def summed(frames: list[Pixels]) -> FrameSums:
    total = evidence_of(frames[0])
    for pixels in frames[1:]:
        total = total + evidence_of(pixels)
    return total


def test_a_mark_lies_as_it_was_laid_and_nowhere_else() -> None:
    where = lattice(PUBLIC_KEY, 0)
    heard = as_laid(spectrum_of(summed(marked()[:8]).matched()), where)
    plain = as_laid(spectrum_of(summed(clip()[:8]).matched()), where)
    moved = as_laid(spectrum_of(summed([np.roll(pixels, 40, 1) for pixels in marked()[:8]]).matched()), where)
    assert heard.score > 10 and abs(plain.score) < 4 and abs(moved.score) < 4


def test_at_half_the_size_the_same_is_seen() -> None:
    where, matched = lattice(PUBLIC_KEY, 0), summed(marked()[:8]).matched()
    whole, half = (spectrum_of(matched, coarse) for coarse in (False, True))
    assert whole.values.shape == half.values.shape and whole.shape == half.shape
    rim = LIMIT - COARSE_LIMIT
    assert not np.any(half.values[:rim]) and np.any(half.values[rim])
    assert as_laid(half, where).score > 0.8 * as_laid(whole, where).score
