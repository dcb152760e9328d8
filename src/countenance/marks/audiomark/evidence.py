"""Soft bits: what the symbols of a known alignment say about the code word, each weighed by how far it can be trusted.

Knows the lattice and what was heard on it; nothing of search, keys' secrets or payloads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.marks.audiomark.lattice import CODE_BITS, DELTA, Pattern

Floats = NDArray[np.float64]

_HEARD_DB = 48.0
"""Blocks further under the loud ones (95th percentile) say nothing."""

# How well a symbol's phase is kept: logistic in its level under the loud ones, its level over the row's floor (10th
# percentile over time), both in tens of dB, and what the pilots of the row and of all rows say. Fitted by least
# squares to the symbols' cosines after ten attacks on fourteen clips; half the clips predicted the other half as well.
_CONSTANT, _ALL_PILOTS, _ROW_PILOTS = -2.58, 2.35, 2.64
_LEVEL, _LEVEL_SQUARED, _OVER_FLOOR, _OVER_FLOOR_SQUARED = -0.134, -0.146, 0.62, -0.086
_PRIOR_PILOTS = 6


def soft_bits(value: Floats, weakest: Floats, slot: NDArray[np.int64], laid: Pattern) -> Floats:
    """Log-likelihood ratios `(512,)` of the code bits, log P(0) / P(1), added up over all periods heard.

    Args:
        value: `(n, 8, 2)` dB, the symbols.
        weakest: `(n, 8)` dB, how loud each block's weaker side is.
        slot: `(n,)`, which of the 52 slots each is.
        laid: the key's pattern.
    """
    rest = value / DELTA[:, None] - laid.dither[slot]
    heard = np.broadcast_to((weakest > np.percentile(weakest, 95) - _HEARD_DB)[:, :, None], rest.shape)
    pilot = heard & laid.pilots[slot]
    llr = np.zeros(CODE_BITS)
    if np.count_nonzero(pilot) < 8:
        return llr
    cosine = _trust(np.cos(2 * np.pi * rest), pilot, weakest)
    # Phase noise of variance σ², in steps, leaves a mean cosine of exp(-2π²σ²).
    variance = np.broadcast_to((-np.log(np.clip(cosine, 0.005, 0.97)) / (2 * np.pi**2))[:, :, None], rest.shape)
    data = heard & (laid.position[slot] >= 0)
    np.add.at(llr, laid.position[slot][data], _ratio(rest[data], variance[data]))
    return llr


def _trust(cosine: Floats, pilot: NDArray[np.bool_], weakest: Floats) -> Floats:
    """The mean cosine to be expected of each block's symbols, `(n, 8)`."""
    overall = float(np.mean(cosine[pilot]))
    count = pilot.sum(axis=(0, 2))
    total = np.where(pilot, cosine, 0.0).sum(axis=(0, 2))
    row = (total + _PRIOR_PILOTS * overall) / (count + _PRIOR_PILOTS)
    level = np.clip((weakest - np.percentile(weakest, 95)) / 10, -5, 2)
    over = np.clip((weakest - np.percentile(weakest, 10, axis=0)) / 10, 0, 4)
    x = _LEVEL * level + _LEVEL_SQUARED * level**2 + _OVER_FLOOR * over + _OVER_FLOOR_SQUARED * over**2
    x = x + _CONSTANT + _ALL_PILOTS * np.clip(overall, 0, 1) + _ROW_PILOTS * row[None]
    return np.asarray(1 / (1 + np.exp(-x)))


def _ratio(rest: Floats, variance: Floats) -> Floats:
    """log P(0) / P(1) for symbols `rest` steps from a 0 point; a 1 point lies half a step away; both repeat."""
    near = rest - np.round(rest)
    shifts = np.array([-1.0, 0.0, 1.0])
    zero = np.logaddexp.reduce(-((near[:, None] - shifts) ** 2) / (2 * variance[:, None]), axis=1)
    one = np.logaddexp.reduce(-((near[:, None] - shifts - 0.5) ** 2) / (2 * variance[:, None]), axis=1)
    return np.asarray(zero - one)
