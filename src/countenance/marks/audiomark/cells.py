"""From sound to symbols: the level of every cell of the lattice, and the ±1 sums over them.

Everything works on one channel at 16 kHz. Knows the lattice, and nothing of keys, payloads or search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.marks.audiomark.lattice import CELL, HOP, RATE, ROW_WEIGHTS, ROWS, TIME_SIGNS, WINDOW, band_edges

Floats = NDArray[np.float64]

_HANN = np.hanning(WINDOW + 1)[:WINDOW]
# A cell's level is its energy under a Hann of 8 frames' width: a little wider than the cell, blind to its borders.
_SMOOTH = np.hanning(9)[1:-1] / np.sum(np.hanning(9))


def power(samples: Floats) -> Floats:
    """Short-time power `(frames, 129)`; frame j is centred on sample 64·j."""
    padded = np.pad(samples, (WINDOW // 2, WINDOW))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: len(samples) + 1 : HOP]
    spectrum = np.fft.rfft(frames * _HANN, axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


def _band_matrix() -> Floats:
    """`(129, 32)`: how much of each bin lies in each band."""
    width = RATE / WINDOW
    centre = np.arange(WINDOW // 2 + 1)[:, None] * width
    edges = band_edges()
    low = np.maximum(centre - width / 2, edges[None, :-1])
    high = np.minimum(centre + width / 2, edges[None, 1:])
    return np.asarray(np.clip(high - low, 0, None) / width)


_BAND_MATRIX = _band_matrix()


def smoothed(short_time: Floats) -> Floats:
    """Short-time power averaged over a cell's width in time, any number of columns."""
    padded = np.pad(short_time, ((3, 3), (0, 0)))
    return np.asarray(sum(weight * padded[k : k + len(short_time)] for k, weight in enumerate(_SMOOTH)))


def levels(short_time: Floats) -> Floats:
    """Smoothed band levels `(frames, 32)` in dB."""
    return np.asarray(10 * np.log10(np.maximum(smoothed(short_time @ _BAND_MATRIX), 0) + 1e-12))


def symbols(level: Floats) -> Floats:
    """Every symbol for a slot that would start at each frame: `(frames - 15, 8, 2)` dB.

    A slot that starts at frame j has its cells centred on frames j + 2, j + 7, j + 12 and j + 17.
    """
    count = max(len(level) - 2 - 3 * CELL, 0)
    row = level @ ROW_WEIGHTS.T
    out = np.zeros((count, ROWS, 2))
    for t in range(4):
        start = 2 + CELL * t
        out += row[start : start + count, :, None] * (TIME_SIGNS[:, t] / 4)
    return out


def weakest(level: Floats) -> Floats:
    """How loud each row's weaker side is, `(frames, 8)` dB: the lower of its rising and its falling bands."""
    rising, falling = np.maximum(ROW_WEIGHTS, 0), np.maximum(-ROW_WEIGHTS, 0)
    sides = [level @ (w / np.maximum(w.sum(axis=1, keepdims=True), 1e-9)).T for w in (rising, falling)]
    return np.asarray(np.where(falling.any(axis=1), np.minimum(*sides), sides[0]))


def slot_means(level: Floats) -> Floats:
    """Means over the four cell centres of a slot that would start at each frame: `(frames - 17, ...)`."""
    count = max(len(level) - 2 - 3 * CELL, 0)
    return np.asarray(sum(level[2 + CELL * t : 2 + CELL * t + count] for t in range(4)) / 4)
