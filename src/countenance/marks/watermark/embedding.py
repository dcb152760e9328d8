"""Writing the mark into frames, one at a time. Knows nothing of finding it again.

    marked = frame + round(gain · mask(frame) · pattern)        the same number added to R, G and B

The pattern is the same in every frame, so it cannot flicker; the mask is smoothed over time.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.errors import ProvenanceError
from countenance.kernels import kernel
from countenance.marks.watermark import polar
from countenance.marks.watermark.lattice import (
    PAYLOAD_BITS,
    TONE_AMPLITUDE,
    coefficients,
    lattice,
    message_bits,
)
from countenance.marks.watermark.mark_keys import PUBLIC_KEY, WatermarkKey
from countenance.marks.watermark.mask import likeness_lost, mask_of, mask_size
from countenance.media.frames import Pixels

MIN_SIDE = 64
MAX_ERROR_ENERGY = 1.4
"""Mean square of what is added to a frame, levels²: 46.7 dB."""
BUSY = 1.12
"""Times as much where SSIM alone would allow more than twice the strength: in leaves, gravel, crowds."""
MAX_LIKENESS_LOST = 0.0078
"""Of SSIM, by estimate."""
FULL_STRENGTH_SIDE, LARGE, FAINTEST = 512, 1.9, 0.58
"""Larger pictures bear the same mark over more pixels: strength falls with a power of their short side, to a floor."""
VIDEO_STRENGTH, STILL_STRENGTH = 1.0, 1.25
LOUDEST = 1.15
"""The greatest gain, whatever the limits allow."""
MASK_INERTIA, CUT = 0.85, 0.35
FALL = 0.3
"""Amplitude falls with this power of the frequency: codecs and resizing spare the coarse."""


class Watermark:
    """One mark, written into the frames of one clip in their order.

    Args:
        payload: 64-bit number, 0 ≤ payload < 2⁶⁴.
        key: under which it is written.
        strength: 1.0 for video, `STILL_STRENGTH` for a still.
        slot: 0, or a free one where the frames already bear a mark under this key.

    Raises:
        ProvenanceError: `mark.payload`, `mark.slot`, `mark.strength`.
    """

    def __init__(
        self, payload: int, *, key: WatermarkKey = PUBLIC_KEY, strength: float = VIDEO_STRENGTH, slot: int = 0
    ) -> None:
        if not 0 <= payload < 1 << PAYLOAD_BITS:
            raise ProvenanceError(
                f"{payload} is no watermark payload.", "Payloads are whole numbers of 64 bits.", code="mark.payload"
            )
        if not 0.1 <= strength <= 4.0:
            raise ProvenanceError(
                f"A watermark strength of {strength} is out of range.",
                "Use 0.1 to 4; 1 is usual.",
                code="mark.strength",
            )
        self.payload, self.key, self.strength, self.slot = payload, key, strength, slot
        self._spectrum = spectrum(key, slot, payload)
        self._size = (0, 0)
        self._pattern = np.zeros((0, 0), np.float32)
        self._mask = np.zeros((0, 0), np.float32)
        self._within = self._lost = 0.0

    def embed(self, pixels: Pixels) -> Pixels:
        """The frame with the mark in it.

        Args:
            pixels: (h, w, 3) uint8 RGB, at least 64 pixels each way.

        Returns:
            (h, w, 3) uint8; the argument is not changed.

        Raises:
            ProvenanceError: `mark.too_small`, `mark.pixels`.
        """
        height, width = checked_size(pixels)
        gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(gray, mask_size(width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        mask = mask_of(small)
        if (height, width) != self._size:
            self._size = (height, width)
            self._pattern = draw_pattern(self._spectrum, height, width)
            self._within = _variance_within(self._pattern)
            self._mask = np.zeros((0, 0), np.float32)
        lost = self._within * likeness_lost(gray, mask)
        if not self._mask.size or np.abs(mask - self._mask).mean() > CUT * self._mask.mean():
            self._mask, self._lost = mask, lost
        else:
            self._mask += (1 - MASK_INERTIA) * (mask - self._mask)
            self._lost += (1 - MASK_INERTIA) * (lost - self._lost)
        size = max(FAINTEST, min(1.0, (FULL_STRENGTH_SIDE / min(height, width)) ** LARGE))
        likeness = np.sqrt(MAX_LIKENESS_LOST / self._lost)
        energy = MAX_ERROR_ENERGY * min(BUSY, max(1.0, likeness / 2)) / float(np.mean(self._mask**2))
        gain = self.strength * float(min(size * min(LOUDEST, likeness), np.sqrt(energy)))
        marked = np.empty(pixels.shape, np.uint8)
        _add(np.ascontiguousarray(pixels), self._pattern, self._mask * np.float32(gain), marked)
        return marked


def checked_size(pixels: Pixels) -> tuple[int, int]:
    """Height and width of a frame that can bear a mark.

    Raises:
        ProvenanceError: `mark.pixels` for anything but (h, w, 3) uint8, `mark.too_small` under 64 pixels.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ProvenanceError(
            f"A frame of shape {pixels.shape} and type {pixels.dtype} cannot be marked.",
            "Give (h, w, 3) uint8 RGB pixels.",
            code="mark.pixels",
        )
    height, width = pixels.shape[:2]
    if min(height, width) < MIN_SIDE:
        raise ProvenanceError(
            f"A frame of {width}×{height} pixels is too small for the invisible mark.",
            f"Use at least {MIN_SIDE} pixels each way.",
            code="mark.too_small",
        )
    return height, width


@lru_cache(maxsize=8)
def spectrum(key: WatermarkKey, slot: int, payload: int) -> tuple[NDArray[np.int64], NDArray[np.complex128]]:
    """Every carrier of a mark: (n, 2) int64 (kx, ky) cycles a tile, (n,) complex128 amplitude of its cosine.

    The pattern Σ Re(aₖ·exp(2πi(kx·x + ky·y))), x and y in tiles, has unit variance.
    """
    where = lattice(key, slot)
    bits = polar.encode(message_bits(key, slot, payload))
    values = np.concatenate([TONE_AMPLITUDE * np.exp(1j * where.tone_phases), coefficients(bits, where.carrier_phases)])
    frequencies = np.concatenate([where.tones, where.carriers])
    values *= np.hypot(*frequencies.T.astype(np.float64)) ** -FALL
    values *= np.sqrt(2.0 / np.sum(np.abs(values) ** 2))
    return frequencies, values


def draw_pattern(
    carriers: tuple[NDArray[np.int64], NDArray[np.complex128]], height: int, width: int
) -> NDArray[np.float32]:
    """(h, w) float32: the mark's pattern over a frame, unit variance; two tiles to the short side.

    The centre of pixel (0, 0) lies at ½ pixel from the tile's corner, in both directions.
    """
    side = min(height, width)
    where, values = carriers
    step = 2 * where
    grid = np.zeros((side, side // 2 + 1), np.complex64)
    turned = values * np.exp(1j * np.pi * (step[:, 0] + step[:, 1]) / side) * (side * side / 2)
    kx, ky = step[:, 0], step[:, 1]
    # A real transform keeps kx ≥ 0: the others are entered as their conjugate twin.
    keep = (np.abs(kx) < side / 2) & (np.abs(ky) < side / 2)
    negative = kx < 0
    rows = np.where(negative, -ky, ky) % side
    np.add.at(grid, (rows[keep], np.abs(kx)[keep]), np.where(negative, turned.conj(), turned)[keep])
    zero = keep & (kx == 0)
    np.add.at(grid, ((-ky[zero]) % side, kx[zero]), turned[zero].conj())
    square = scipy.fft.irfft2(grid, s=(side, side)).astype(np.float32)
    return np.ascontiguousarray(np.tile(square, (-(-height // side), -(-width // side)))[:height, :width])


def _variance_within(pattern: NDArray[np.float32]) -> float:
    """Mean variance of the pattern within SSIM's windows of 7 × 7 pixels, of 1."""
    mean, square = cv2.blur(pattern, (7, 7)), cv2.blur(pattern * pattern, (7, 7))
    return float(np.mean(square - mean * mean)) * 49 / 48


@kernel(nogil=True, fastmath=True)
def _add(pixels, pattern, mask, marked):  # type: ignore[no-untyped-def]
    """Upsample the mask bilinearly, multiply, round, add to three channels, clip: one pass."""
    height, width = pattern.shape
    rows, columns = mask.shape
    step_y, step_x = rows / height, columns / width
    left = np.empty(width, np.int32)
    share = np.empty(width, np.float32)
    for x in range(width):
        at = min(max((x + 0.5) * step_x - 0.5, 0.0), columns - 1.001)
        left[x] = int(at)
        share[x] = at - left[x]
    line = np.empty(columns, np.float32)
    wide = np.empty(width, np.float32)
    delta, thrice = np.empty(width, np.int16), np.empty(3 * width, np.int16)
    for y in range(height):
        at = min(max((y + 0.5) * step_y - 0.5, 0.0), rows - 1.001)
        top = int(at)
        low = np.float32(at - top)
        for k in range(columns):
            line[k] = mask[top, k] + low * (mask[top + 1, k] - mask[top, k])
        for x in range(width):
            a = line[left[x]]
            wide[x] = a + share[x] * (line[left[x] + 1] - a)
        for x in range(width):
            value = wide[x] * pattern[y, x]
            delta[x] = np.int16(np.floor(value + np.float32(0.5)))
        for x in range(width):
            thrice[3 * x] = thrice[3 * x + 1] = thrice[3 * x + 2] = delta[x]
        # One long row of bytes: compilers make 16 of them at once of it.
        source, target = pixels[y].reshape(-1), marked[y].reshape(-1)
        for k in range(3 * width):
            target[k] = np.uint8(min(max(np.int16(np.int16(source[k]) + thrice[k]), np.int16(0)), np.int16(255)))
