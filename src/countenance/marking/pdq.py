"""PDQ, the perceptual hash that Meta described in 2019: 256 bits, bit for bit those of its reference program.

Luma is blurred by two box filters a side, sampled at 64 × 64 places, and transformed; each of the 16 × 16 lowest
frequencies (without the mean) gives a bit: whether it is above their median. Sums run in single precision and in the
reference's order, since bits near the median hang on it. Knows arrays only.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel

Floats = NDArray[np.float32]

_LUMA = (0.299, 0.587, 0.114)
_SIDE = 64
_BITS = 16
_SMALLEST = 5  # pixels a side; smaller pictures have the hash of nothing


def pdq(pixels: NDArray[np.uint8]) -> tuple[bytes, int]:
    """The hash of a picture, and how much there is to see in it.

    Args:
        pixels: (h, w, 3) uint8 RGB.

    Returns:
        32 bytes, the highest frequency's bit first; quality from 0 to 100.
    """
    height, width = pixels.shape[:2]
    if height < _SMALLEST or width < _SMALLEST:
        return bytes(32), 0
    red, green, blue = (pixels[:, :, channel] * weight for channel, weight in enumerate(_LUMA))
    small = _sampled((red + green + blue).astype(np.float32))
    frequencies = _transformed(small)
    median = np.partition(frequencies, frequencies.size // 2 - 1)[frequencies.size // 2 - 1]
    return np.packbits((frequencies > median)[::-1]).tobytes(), _quality(small)


def _sampled(luma: Floats) -> Floats:
    """(64, 64): blurred by as much as one sample stands for, then taken at the samples' centres."""
    height, width = luma.shape
    if (height, width) == (_SIDE, _SIDE):
        return luma
    for _ in range(2):
        # Along a row the values of all rows are summed at once; the other way round for columns.
        luma = _boxed(np.ascontiguousarray(luma.T), math.ceil(width / (2 * _SIDE))).T
        luma = _boxed(np.ascontiguousarray(luma), math.ceil(height / (2 * _SIDE)))
    centres = np.arange(_SIDE) + 0.5
    rows = (centres * height / _SIDE).astype(int)
    columns = (centres * width / _SIDE).astype(int)
    return np.ascontiguousarray(luma[np.ix_(rows, columns)])


@kernel(nogil=True)
def _boxed(values, window):  # type: ignore[no-untyped-def]
    """The running mean of `window` values along the first axis of (n, m) float32; of those there are, at the ends."""
    count, lines = values.shape
    before = (window + 2) // 2 - 1  # added before the first mean is written
    total = np.zeros(lines, np.float32)
    out = np.empty((count, lines), np.float32)
    inside, left, right = 0, 0, 0
    for written in range(-before, count):
        adds = right < count
        subtracts = written >= 0 and (inside + adds > window or not adds)
        inside += adds - subtracts
        share = np.float32(max(inside, 1))
        for line in range(lines):
            if adds:
                total[line] += values[right, line]
            if subtracts:
                total[line] -= values[left, line]
            if written >= 0:
                out[written, line] = total[line] / share
        right += adds
        left += subtracts
    return out


def _quality(small: Floats) -> int:
    """The sum of the steps from sample to sample that are large enough to count."""
    total = 0
    for axis in (0, 1):
        steps = np.diff(-small, axis=axis) * np.float32(100) / np.float32(255)
        total += int(np.abs(steps.astype(np.int32)).sum())
    return min(100, total // 90)


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    """(16, 64): the cosine transform's rows 1 to 16."""
    scale = np.float32(math.sqrt(2.0 / _SIDE))
    rows = [
        [float(scale) * math.cos(math.pi / 2 / _SIDE * row * (2 * place + 1)) for place in range(_SIDE)]
        for row in range(1, _BITS + 1)
    ]
    return np.array(rows, np.float32)


def _transformed(small: Floats) -> Floats:
    """(256,): the 16 × 16 lowest frequencies, row by row, each summed place by place."""
    cosines = _cosines()
    half = np.zeros((_BITS, _SIDE), np.float32)
    for place in range(_SIDE):
        half += cosines[:, place, None] * small[None, place]
    whole = np.zeros((_BITS, _BITS), np.float32)
    for place in range(_SIDE):
        whole += half[:, place, None] * cosines[None, :, place]
    return whole.ravel()
