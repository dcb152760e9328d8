"""Streaming resampling by a rational factor, aligned to the sample: what the mark needs to work at 16 kHz.

Linear phase, Kaiser-windowed sinc; output sample m lies at the time of input sample m·down/up exactly.
"""

from __future__ import annotations

from math import gcd

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Resampler:
    """Turns blocks at one rate into blocks at another.

    Args:
        source: the input's sample rate, Hz.
        target: the output's sample rate, Hz.
        channels: how many columns a block has.
    """

    def __init__(self, source: int, target: int, channels: int) -> None:
        common = gcd(source, target)
        self._up, self._down = target // common, source // common
        largest = max(self._up, self._down)
        self._half = 16 * largest if largest > 1 else 0
        if largest > 1:
            # Pass band to 0.9 of the lower Nyquist frequency, 80 dB down past it.
            taps = scipy.signal.firwin(2 * self._half + 1, 0.95 / largest, window=("kaiser", 8.0))
            self._taps: Floats = taps * self._up
        else:
            self._taps = np.ones(1)
        self._held: Floats = np.zeros((0, channels))
        self._first = 0  # input index of held[0]
        self._next = 0  # next output index

    def push(self, block: Floats) -> Floats:
        """All outputs that the input so far determines, `(m, channels)`."""
        self._held = np.concatenate([self._held, block])
        received = self._first + len(self._held)
        stop = (received * self._up - self._half - 1) // self._down + 1
        return self._produce(stop)

    def finish(self, total: int) -> Floats:
        """The outputs up to `total` of them in all, as if silence followed."""
        need = (total * self._down + self._half) // self._up + 2 - (self._first + len(self._held))
        if need > 0:
            self._held = np.concatenate([self._held, np.zeros((need, self._held.shape[1]))])
        return self._produce(total)

    def _produce(self, stop: int) -> Floats:
        start = self._next
        if stop <= start:
            return np.zeros((0, self._held.shape[1]))
        first = max(0, -((self._half - start * self._down) // self._up))
        source = self._held[first - self._first :]
        # upfirdn's output k reads h[k·down - j·up]; zeros before h line it up with output m.
        shift = self._half - first * self._up
        lead = -shift % self._down
        offset = (shift + lead) // self._down
        if start + offset < 0:
            extra = -(start + offset)
            lead += extra * self._down
            offset += extra
        taps = np.concatenate([np.zeros(lead), self._taps])
        made = scipy.signal.upfirdn(taps, source, self._up, self._down, axis=0)[start + offset : stop + offset]
        if len(made) < stop - start:
            made = np.pad(made, ((0, stop - start - len(made)), (0, 0)))
        self._next = stop
        keep = max(self._first, -((self._half - stop * self._down) // self._up) - 1, 0)
        self._held = self._held[keep - self._first :]
        self._first = keep
        return np.asarray(made, dtype=np.float64)
