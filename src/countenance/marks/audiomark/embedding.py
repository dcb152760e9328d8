"""Embedding as a stream: blocks of any length and rate in, the same sound with the mark out, sample for sample.

Knows nothing of files, permits or detection.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption
from countenance.marks.audiomark import polar, shaping
from countenance.marks.audiomark.allowance import Allowance
from countenance.marks.audiomark.lattice import DELTA, HOP, PUBLIC_KEY, RATE, ROWS, SLOT, SLOTS, pattern
from countenance.marks.audiomark.resampling import Resampler

Floats = NDArray[np.float64]

CHUNK = 12
"""Slots settled at a time."""
LIVE_CHUNK = 2
"""… where sound must go on at once: the same marks, for more work."""
_BEFORE = 2

MIN_RATE, MAX_RATE = 8000, 384000


class AudioMark:
    """Marks sound with a 64-bit payload.

    Feed blocks to `embed` in order, then call `flush` once; what comes out, joined, has the input's length and is
    aligned with it to the sample. About 1.3 seconds are held back, 0.32 with a chunk of two. Silence stays silence
    and carries nothing.

    Args:
        payload: 0 to 2^64 - 1.
        sample_rate: Hz, 8,000 to 384,000. At 8 kHz only the bands below 4 kHz carry the mark.
        channels: columns of every block; all get the same gains, computed on their mean.
        key: the pattern's key; the public one lets everyone detect.
        chunk: slots of 80 ms settled at a time.

    Raises:
        BadOption: a value out of range, or a block of another shape.
    """

    def __init__(
        self,
        payload: int,
        sample_rate: int,
        channels: int = 1,
        *,
        key: bytes = PUBLIC_KEY,
        chunk: int = CHUNK,
    ) -> None:
        if not 0 <= payload < 1 << polar.PAYLOAD_BITS:
            raise BadOption(f"The audio mark's payload {payload} does not fit into 64 bits.")
        if not MIN_RATE <= sample_rate <= MAX_RATE:
            raise BadOption(f"A sample rate of {sample_rate} Hz is outside {MIN_RATE} to {MAX_RATE} Hz.")
        if channels < 1:
            raise BadOption(f"Sound with {channels} channels cannot be marked.")
        self._channels, self._chunk = channels, chunk
        self._rate = sample_rate
        laid = pattern(key)
        code = polar.encode(payload, key)
        bit = np.where(laid.position >= 0, code[np.maximum(laid.position, 0)], 0)
        self._targets = DELTA[:, None] * (laid.dither + bit / 2)
        self._down = Resampler(sample_rate, RATE, channels)
        self._up = Resampler(RATE, sample_rate, channels)
        self._slot = 0
        self._amplitude = np.zeros((_BEFORE, ROWS, 2))
        self._allowance = Allowance()
        # 16 kHz samples from 10 frames and half a synthesis frame before slot `_slot - _BEFORE`.
        lead = (_BEFORE * SLOT + 10) * HOP + shaping.FRAME // 2
        self._work: Floats = np.zeros((lead, channels))
        self._tail: Floats = np.zeros((shaping.FRAME, channels))
        self._skip = shaping.FRAME // 2 + shaping.MARGIN * HOP
        self._held: Floats = np.zeros((0, channels))
        self._received = 0
        self._sent = 0
        self._delta: Floats = np.zeros((0, channels))

    @property
    def latency(self) -> float:
        """The most sound that is ever held back, in seconds, on top of the blocks' own length."""
        return ((2 * self._chunk + 1) * SLOT + 20) * HOP / RATE / 1.0

    def embed(self, block: NDArray[np.floating]) -> NDArray[np.float32]:
        """The next marked samples, `(m, channels) float32`, for a block `(n, channels)` in [-1, 1]; m may be 0."""
        if block.ndim != 2 or block.shape[1] != self._channels:
            raise BadOption(f"A block of shape {block.shape} was given where (n, {self._channels}) was expected.")
        samples = np.nan_to_num(np.asarray(block, dtype=np.float64), posinf=1.0, neginf=-1.0)
        self._received += len(samples)
        self._held = np.concatenate([self._held, samples])
        self._work = np.concatenate([self._work, self._down.push(samples)])
        self._settle()
        return self._send(len(self._delta))

    def flush(self) -> NDArray[np.float32]:
        """All that was held back: the end of the stream."""
        inner = -(-self._received * RATE // self._rate)
        self._work = np.concatenate([self._work, self._down.finish(inner)])
        while self._sent + len(self._delta) < self._received:
            self._work = np.concatenate([self._work, np.zeros((self._chunk * SLOT * HOP, self._channels))])
            self._settle()
        return self._send(self._received - self._sent)

    def _settle(self) -> None:
        """Settle chunks of slots while the samples for one, and for the slot after it, are there."""
        span = (_BEFORE + self._chunk + 1) * SLOT + 20
        need = span * HOP + shaping.FRAME - HOP
        while len(self._work) >= need:
            stretch = self._work[:need]
            mono = stretch.mean(axis=1)
            index = (self._slot + np.arange(self._chunk + 1)) % SLOTS
            share = self._allowance.shares(mono[shaping.FRAME // 2 :], _BEFORE * SLOT + 10, self._chunk + 1)
            fresh = shaping.solve(mono, self._amplitude, self._targets[index], share)[: self._chunk]
            amplitude = np.concatenate([self._amplitude, fresh])
            gain = shaping.gains(amplitude)
            # Frames that no later slot can touch, from 3 before the chunk to 3 before its end.
            first = _BEFORE * SLOT
            count = self._chunk * SLOT
            transform = shaping.spectra(stretch[(10 + first - shaping.MARGIN) * HOP :], count)
            made = shaping.difference(transform, gain[first : first + count])
            made[: len(self._tail)] += self._tail[: len(made)]
            done, self._tail = made[: count * HOP], made[count * HOP :]
            # The very first frames reach back before the sound begins.
            drop = min(self._skip, len(done))
            self._skip -= drop
            self._delta = np.concatenate([self._delta, self._up.push(done[drop:])])
            self._amplitude = amplitude[-_BEFORE:]
            self._slot += self._chunk
            self._work = self._work[count * HOP :]

    def _send(self, count: int) -> NDArray[np.float32]:
        count = min(count, len(self._held))
        out = (self._held[:count] + self._delta[:count]).astype(np.float32)
        self._held = self._held[count:]
        self._delta = self._delta[count:]
        self._sent += count
        return np.clip(out, -1.0, 1.0, out=out)
