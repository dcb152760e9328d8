"""The mark as a gain field: small changes of level, block by block, chosen so that every symbol lands on its mark.

A symbol is moved by raising and lowering the cells of its block by up to a decibel or two, as smooth gains on a
short-time Fourier transform. What the detector will read is measured on the result and corrected, a few times over.
Works at 16 kHz on one stretch of sound; knows the lattice and the targets, nothing of streams or payloads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.marks.audiomark import cells
from countenance.marks.audiomark.lattice import (
    CELL,
    DELTA,
    HOP,
    RATE,
    ROW_WEIGHTS,
    ROWS,
    SLOT,
    TIME_SIGNS,
    band_edges,
)

Floats = NDArray[np.float64]

FRAME = 512
"""Samples in a synthesis frame: 32 ms, periodic Hann, every 4 ms."""
MARGIN = 3
"""Frames by which a slot's gains reach past it."""
CEILING_DB = 3.5
"""No cell's gain goes beyond this."""
_STEP = 1.25  # amplitude per symbol moved, the inverse of the response measured on speech
_HANN = np.hanning(FRAME + 1)[:FRAME]
_OVERLAP = FRAME // HOP
# A slot's four cells over time, five frames each, their edges rounded over five frames.
_EDGE = np.hanning(7)[1:-1] / np.sum(np.hanning(7))


def _time_shapes() -> Floats:
    """`(2, 26)`: the slot's two time patterns as ±1 gains per frame, from 3 frames before it to 3 after."""
    held = np.pad(np.repeat(TIME_SIGNS, CELL, axis=1), ((0, 0), (MARGIN, MARGIN)))
    return np.stack([np.convolve(row, _EDGE, mode="same") for row in held])


def _row_shapes() -> Floats:
    """`(8, 257)`: each row's ±1 over the bins, the bands' edges sloping over one bin."""
    frequency = np.arange(FRAME // 2 + 1) * RATE / FRAME
    edges = band_edges()
    width = RATE / FRAME
    # A band's share of a bin is the difference of two ramps, so that neighbours of one sign join seamlessly.
    ramps = np.clip((frequency[None] - edges[:, None]) / width + 0.5, 0, 1)
    return np.asarray(np.sign(ROW_WEIGHTS) @ (ramps[:-1] - ramps[1:]))


_TIME = _time_shapes()
_ROWS = _row_shapes()


def gains(amplitude: Floats) -> Floats:
    """Gain in dB per frame and bin `(20·slots + 6, 257)`, from 3 frames before the first slot to 3 after the last.

    Args:
        amplitude: `(slots, 8, 2)` dB, how far each symbol's pattern goes up and down.
    """
    slots = len(amplitude)
    course = np.zeros((slots * SLOT + 2 * MARGIN, ROWS))
    for s in range(slots):
        course[s * SLOT : (s + 1) * SLOT + 2 * MARGIN] += np.einsum("gk,kt->tg", amplitude[s], _TIME)
    field = course @ _ROWS
    return np.clip(field, -CEILING_DB, CEILING_DB)


def spectra(samples: Floats, frames: int) -> NDArray[np.complex128]:
    """Windowed transforms `(frames, 257, channels)`; frame j is centred on sample 256 + 64·j of `samples`."""
    view = np.lib.stride_tricks.sliding_window_view(samples, FRAME, axis=0)[::HOP][:frames]
    return np.asarray(np.fft.rfft(np.moveaxis(view, -1, 1) * _HANN[None, :, None], axis=1))


def difference(transform: NDArray[np.complex128], gain_db: Floats) -> Floats:
    """What the gains add to the sound: `(64·frames + 448, channels)`, from the first frame's first sample."""
    factor = 10 ** (gain_db / 20) - 1
    pieces = np.fft.irfft(transform * factor[:, :, None], FRAME, axis=1)
    frames, _, channels = pieces.shape
    out = np.zeros((frames + _OVERLAP - 1, HOP, channels))
    parts = pieces.reshape(frames, _OVERLAP, HOP, channels)
    for k in range(_OVERLAP):
        out[k : k + frames] += parts[:, k]
    return out.reshape(-1, channels) / (_OVERLAP / 2)


def solve(
    mono: Floats,
    before: Floats,
    targets: Floats,
    share: Floats,
    *,
    rounds: int = 3,
) -> Floats:
    """Amplitudes `(slots, 8, 2)` dB that bring the symbols of a stretch onto their targets.

    Args:
        mono: `((20·(b + slots) + 20)·64 + 448,)` samples at 16 kHz, where b slots before the first are given; the
            first frame, 10 frames before the first given slot, is centred on sample 256.
        before: `(b, 8, 2)` dB, amplitudes already settled for the slots before.
        targets: `(slots, 8, 2)` dB, where the quantisers' points lie: `targets + n·DELTA`.
        share: `(slots, 8)`, how much of the way there each block is moved; 0 leaves it alone.
    """
    settled, slots = len(before), len(targets)
    total = settled + slots
    frames = total * SLOT + 20
    transform = spectra(mono[:, None], frames)
    step = DELTA[:, None]
    wanted = (share > 0)[:, :, None] * _STEP
    amplitude = np.concatenate([before, np.zeros((slots, ROWS, 2))])
    goal: Floats | None = None
    rows = 10 + SLOT * np.arange(settled, total)
    for _ in range(rounds + 1):
        gain = np.zeros((frames, FRAME // 2 + 1))
        gain[10 - MARGIN : 10 + total * SLOT + MARGIN] = gains(amplitude)
        heard = mono + difference(transform, gain)[:, 0]
        read = cells.symbols(cells.levels(cells.power(heard[FRAME // 2 :])))[rows]
        if goal is None:
            goal = read + share[:, :, None] * (targets + step * np.round((read - targets) / step) - read)
        amplitude[settled:] += wanted * (goal - read)
        amplitude[settled:] = np.clip(amplitude[settled:], -CEILING_DB, CEILING_DB)
    return amplitude[settled:]
