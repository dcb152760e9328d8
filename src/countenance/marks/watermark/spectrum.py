"""The transform of a working picture, whitened, in which tones and carriers are heard. Knows nothing of keys."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.kernels import kernel

Map = NDArray[np.float32]

TRANSFORM = 2048
LIMIT = 620
"""Highest frequency looked at, in bins of the transform: 0.303 cycles a pixel."""
COARSE_LIMIT = 480
"""The same of pictures of half the size: 0.234 cycles a pixel of the whole."""
POWER_CAP = 12.0


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The transform of a working picture, its origin in the picture's middle, divided by the local mean modulus.

    Attributes:
        values: (2·LIMIT + 1, LIMIT + 1) complex64; row = LIMIT + ky, column = kx, noise of unit power.
        power: |values|², capped, float32, same shape.
        shape: of the picture.
    """

    values: NDArray[np.complex64]
    power: Map
    shape: tuple[int, int]


def spectrum_of(matched: Map, coarse: bool = False) -> Spectrum:
    """Transform and whiten the matched filter's input.

    Args:
        matched: (h, w) float32.
        coarse: at half the size, for half the time: the same bins, nothing beyond `COARSE_LIMIT`.
    """
    matched = matched[:TRANSFORM, :TRANSFORM]
    height, width = matched.shape
    size, limit, step = (TRANSFORM // 2, COARSE_LIMIT, 2) if coarse else (TRANSFORM, LIMIT, 1)
    if coarse:
        even = matched[: height // 2 * 2, : width // 2 * 2]
        matched = cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    matched = matched - matched.mean()
    full = scipy.fft.rfft(matched, size, axis=1)[:, : limit + 1]
    full = scipy.fft.fft(full, size, axis=0)
    values = np.concatenate([full[-limit:], full[: limit + 1]])
    ky = np.arange(-limit, limit + 1)[:, None]
    kx = np.arange(limit + 1)[None, :]
    # The middle of the picture lies at (width / 2, height / 2) where pixel centres lie at halves.
    values = values * np.exp(2j * np.pi / size * kx * ((width / step - 1) / 2)).astype(np.complex64)
    values *= np.exp(2j * np.pi / size * ky * ((height / step - 1) / 2)).astype(np.complex64)
    power = values.real**2 + values.imag**2
    level = cv2.blur(power, (65, 65), borderType=cv2.BORDER_REFLECT) + 1e-20
    capped = np.minimum(power, 6.0 * level)
    level = cv2.blur(capped, (65, 65), borderType=cv2.BORDER_REFLECT) + 1e-20
    white, heard = values / np.sqrt(level), np.minimum(power / level, POWER_CAP)
    if coarse:
        rim = LIMIT - limit
        white, heard = (np.pad(part, ((rim, rim), (0, rim))) for part in (white, heard))
    return Spectrum(white.astype(np.complex64), heard.astype(np.float32), (height, width))


def sample(values: NDArray[np.complex64], at: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Bilinear look-up at (n, 2) bins (x, y); 0 beyond the limit."""
    out = np.zeros(len(at), np.complex128)
    for index, (x, y) in enumerate(at):
        out[index] = look_up(values, x, y, LIMIT)
    return out


@kernel(nogil=True)
def look_up(values, x, y, limit):  # type: ignore[no-untyped-def]
    twin = x < 0
    if twin:
        x, y = -x, -y
    if x >= limit - 1 or abs(y) >= limit - 1:
        return 0j
    y += limit
    column, row = int(x), int(y)
    u, v = x - column, y - row
    value = (1 - v) * ((1 - u) * values[row, column] + u * values[row, column + 1]) + v * (
        (1 - u) * values[row + 1, column] + u * values[row + 1, column + 1]
    )
    value = complex(value)
    return value.conjugate() if twin else value
