"""How far each block may be moved: not at all where nothing would hide it, less where the ear would follow it.

Gains of a decibel or two vanish in speech, noise and most music, whose own levels move by more from one 20 ms to the
next. Steady tones do not move: there a change of level is all there is to hear. And before a sudden onset the
transform would spread what it adds over the quiet.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.marks.audiomark import cells
from countenance.marks.audiomark.lattice import ROWS, SLOT

Floats = NDArray[np.float64]

SHARES = ((0.2, 0.4), (0.8, 0.7), (3.0, 0.85))
"""How much of the way to the quantiser's point a symbol is moved, by how much its bands' levels stray from a line over
244 ms (dB, root mean square; between the points the shares are interpolated). A steady tone strays by nothing, noise
by 1.5 dB, speech by 5. Less than the whole way is distortion-compensated quantisation (Chen and Wornell, IEEE Trans.
Inf. Theory 47, 2001): the rest is noise of its own, but for the same change the points lie farther apart."""
ONSET_DB = 22.0
"""A rise that leaves a block alone: of the sound 12 ms after a frame over all from 12 to 48 ms before it."""

_SILENCE = 1e-8  # short-time band energy under which a block is left alone: about -85 dB of full scale
_RELATIVE_DB = 45.0  # and so far under the loudest recent block of the whole band
_REACH = 30  # frames to either side over which steadiness is judged


class Allowance:
    """The shares of a stream's blocks, stretch after stretch."""

    def __init__(self) -> None:
        self._loudest = 0.0

    def shares(self, samples: Floats, first: int, count: int) -> Floats:
        """The share of each block, `(count, 8)`; 0 leaves it alone.

        Args:
            samples: at 16 kHz, one channel; frame j of the analysis is centred on sample 64·j.
            first: the frame with which the first of `count` slots begins.
        """
        energy = cells.power(samples)
        level = cells.levels(energy)
        starts = first + SLOT * np.arange(count)
        loud = cells.slot_means(cells.weakest(level))[starts]
        self._loudest = max(10 ** (float(np.max(loud)) / 10), self._loudest * 0.5)
        floor = 10 * np.log10(max(_SILENCE, self._loudest * 10 ** (-_RELATIVE_DB / 10)))
        share = np.interp(_unrest(level, starts), *np.transpose(SHARES))
        return np.asarray(np.where((loud > floor) & ~_onsets(energy, starts), share, 0.0))


def _unrest(level: Floats, starts: NDArray[np.int64]) -> Floats:
    """How far the levels of a row's bands stray from a line, root mean square over 61 frames about a slot's middle,
    mean of the row's four bands: `(slots, 8)` dB."""
    time = np.arange(-_REACH, _REACH + 1)
    middle = np.clip(starts + SLOT // 2, _REACH, len(level) - 1 - _REACH)
    course = level[middle[:, None] + time]  # (slots, 61, 32)
    course = course - course.mean(axis=1, keepdims=True)
    slope = np.einsum("stb,t->sb", course, time) / np.sum(time**2)
    left = course - slope[:, None] * time[None, :, None]
    return np.asarray(np.sqrt(np.mean(left**2, axis=1)).reshape(len(starts), ROWS, -1).mean(axis=2))


def _onsets(energy: Floats, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Slots `(slots, 1)` in which the sound as a whole begins suddenly."""
    total = 10 * np.log10(energy.sum(axis=1) + 1e-9)
    padded = np.pad(total, (12, 3), mode="edge")
    before = np.lib.stride_tricks.sliding_window_view(padded, 10)[: len(total)].max(axis=1)
    rise = padded[15:] - before
    inside = np.minimum(starts[:, None] + np.arange(-3, SLOT + 3), len(rise) - 1)
    return np.asarray(rise[inside].max(axis=1, keepdims=True) > ONSET_DB)
