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


def spectrum_of(matched: Map) -> Spectrum:
    """Transform and whiten the matched filter's input."""
    height, width = matched.shape
    if max(height, width) > TRANSFORM:
        matched = matched[:TRANSFORM, :TRANSFORM]
        height, width = matched.shape
    matched = matched - matched.mean()
    full = scipy.fft.rfft(matched, TRANSFORM, axis=1)[:, : LIMIT + 1]
    full = scipy.fft.fft(full, TRANSFORM, axis=0)
    values = np.concatenate([full[-LIMIT:], full[: LIMIT + 1]])
    ky = np.arange(-LIMIT, LIMIT + 1)[:, None]
    kx = np.arange(LIMIT + 1)[None, :]
    # The middle of the picture lies at (width / 2, height / 2) where pixel centres lie at halves.
    values = values * np.exp(2j * np.pi / TRANSFORM * kx * ((width - 1) / 2)).astype(np.complex64)
    values *= np.exp(2j * np.pi / TRANSFORM * ky * ((height - 1) / 2)).astype(np.complex64)
    power = values.real**2 + values.imag**2
    level = cv2.blur(power, (65, 65), borderType=cv2.BORDER_REFLECT) + 1e-20
    capped = np.minimum(power, 6.0 * level)
    level = cv2.blur(capped, (65, 65), borderType=cv2.BORDER_REFLECT) + 1e-20
    return Spectrum(
        (values / np.sqrt(level)).astype(np.complex64),
        np.minimum(power / level, POWER_CAP).astype(np.float32),
        (height, width),
    )


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
