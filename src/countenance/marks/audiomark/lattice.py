"""The mark's lattice: where in time and frequency its symbols lie, and the keyed pattern laid over them.

A period of 4.16 s is cut into 52 slots of 80 ms. The band 250–6,800 Hz is cut into 32 bands, taken four at a time as
8 rows. A block is one slot × one row: 4 × 4 cells of 20 ms × 1 band. A symbol is the mean of the cells' levels in
decibels, under signs that sum to zero over time and over frequency: volume, equalisation and gain riding leave it
alone.

Knows nothing of sound: only numbers, and where they belong.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 16000
"""Sample rate of the analysis, Hz."""
HOP = 64
"""Samples between analysis frames: 4 ms."""
WINDOW = 256
"""Samples in an analysis frame: 16 ms, periodic Hann."""
CELL = 5
"""Frames in a cell: 20 ms."""
SLOT = 4 * CELL
"""Frames in a slot: 80 ms."""
SLOTS = 52
"""Slots in a period."""
PERIOD_SECONDS = SLOTS * SLOT * HOP / RATE
LOW_HZ, KNEE_HZ, HIGH_HZ = 250.0, 1750.0, 6800.0
LINEAR_BANDS = 12
BANDS = 32
ROWS = 8
"""Symbols of each time pattern in a slot."""
CODE_BITS = 512
PILOTS = 128

DELTA: NDArray[np.float64] = np.array([1.8, 2.4, 3.5, 4.0, 4.5, 4.7, 5.0, 5.0])
"""Quantiser step of each row's symbols, dB: coarser where codecs are coarser and speech is weaker."""

TIME_SIGNS = np.array([[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, 1.0]])
"""(2, 4): the signs of a block's two symbols over its four times, odd and even."""

ROW_WEIGHTS: NDArray[np.float64] = np.kron(np.eye(ROWS), np.array([[1.0, 1.0, -1.0, -1.0]]) / 4).astype(np.float64)
"""(8, 32): each row's weights over the bands. Two bands against the next two: what hits both alike cancels."""

PUBLIC_KEY = b"countenance audio mark, public key 1"
"""The key everyone may detect with."""


def erb_number(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """ERB-number of a frequency: Glasberg & Moore, Hearing Research 47 (1990), eq. 4."""
    return np.asarray(21.4 * np.log10(1 + 0.00437 * np.asarray(hertz, dtype=np.float64)))


def band_edges() -> NDArray[np.float64]:
    """The 33 edges of the 32 bands, Hz: 12 bands of 125 Hz, then 20 of equal width on the ERB-number scale.

    Below the knee an equal share of the ERB scale would be narrower than the analysis can tell apart.
    """
    numbers = np.linspace(erb_number(KNEE_HZ), erb_number(HIGH_HZ), BANDS - LINEAR_BANDS + 1)
    upper = (10 ** (numbers / 21.4) - 1) / 0.00437
    return np.concatenate([np.linspace(LOW_HZ, KNEE_HZ, LINEAR_BANDS + 1), upper[1:]])


@dataclass(frozen=True, eq=False)
class Pattern:
    """What a key lays over the lattice.

    Attributes:
        dither: `(52, 8, 2) float64` in [0, 1): the quantisers' shifts in steps.
        position: `(52, 8, 2) int64`: which code bit a symbol carries; -1 for a pilot.
    """

    dither: NDArray[np.float64]
    position: NDArray[np.int64]

    @property
    def pilots(self) -> NDArray[np.bool_]:
        """`(52, 8, 2)`: symbols whose bit is known to be 0."""
        return np.asarray(self.position == -1)


@lru_cache(maxsize=8)
def pattern(key: bytes) -> Pattern:
    """The pattern of a key, from SHAKE-256 of a fixed prefix and the key.

    The first 2·832 bytes are the dithers (big-endian 16-bit, in slot, row, symbol order). The next 8·512 bytes
    (big-endian 64-bit words) order the code bits: of the 512 data symbols the i-th carries the bit whose word is the
    i-th smallest. Another 8·512 bytes order them again: the 192 symbols that are left over repeat the first 192 bits
    of that order.
    """
    blocks = SLOTS * ROWS
    stream = hashlib.shake_256(b"countenance.audiomark/1\x00" + key).digest(4 * blocks + 16 * CODE_BITS)
    dither = np.frombuffer(stream[: 4 * blocks], dtype=">u2").astype(np.float64).reshape(SLOTS, ROWS, 2) / 65536
    words = np.frombuffer(stream[4 * blocks :], dtype=">u8").reshape(2, CODE_BITS)
    first, again = np.argsort(words, axis=1, kind="stable")
    position = np.empty((blocks, 2), dtype=np.int64)
    index = np.arange(blocks) % 13
    # Every block's first symbol is data; of thirteen second symbols four are pilots, three data, six repeat.
    pilot, data = np.isin(index, (0, 3, 6, 9)), np.isin(index, (1, 5, 10))
    position[pilot, 1] = -1
    carried = np.ones((blocks, 2), dtype=bool)
    carried[:, 1] = data
    position[carried] = first
    position[~(pilot | data), 1] = again[: np.count_nonzero(~(pilot | data))]
    out = Pattern(dither, position.reshape(SLOTS, ROWS, 2))
    out.dither.flags.writeable = False
    out.position.flags.writeable = False
    return out
