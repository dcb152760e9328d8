"""How strong the mark may be at each place: a just-noticeable-difference mask of luminance and texture.

Texture hides a low-frequency pattern; smooth skin and sky do not. Lone edges do not hide it either, so texture is
a power mean with exponent ½, which asks for many small differences instead of one large one. Texture also drowns the
mark: what is put there beyond the picture's mean costs likeness and bits, and is hardly heard. Knows nothing of what
is embedded.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel

SIDE = 256
"""Short side of the picture the mask is measured on, pixels."""
FLOOR, TEXTURE_GAIN, TEXTURE_POWER, CEILING = 0.6, 0.3, 0.8, 1.5
BLUR_TEXTURE, BLUR_MASK = 5.0, 4.0
LEVEL, LEVEL_FLOOR = 0.95, 0.7
"""The most a place may have, of the picture's mean, and what any place may have."""


def mask_of(luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Strength of the mark, in relative units, for a picture of about `SIDE` pixels on its short side.

    Args:
        luma: (h, w) float32, 0 to 255.

    Returns:
        (h, w) float32.
    """
    smooth = cv2.GaussianBlur(luma, (0, 0), 1.5, borderType=cv2.BORDER_REFLECT)
    detail = cv2.sqrt(cv2.absdiff(luma, smooth))
    spread = cv2.GaussianBlur(detail, (0, 0), BLUR_TEXTURE, borderType=cv2.BORDER_REFLECT)
    texture = FLOOR + TEXTURE_GAIN * cv2.pow(spread, 2 * TEXTURE_POWER)
    light = np.clip(0.6 + smooth * (1 / 220.0), 0.6, 1.2)
    mask = np.minimum(texture, CEILING) * light
    mask = np.minimum(mask, np.float32(max(LEVEL * float(mask.mean()), LEVEL_FLOOR)))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), BLUR_MASK, borderType=cv2.BORDER_REFLECT), np.float32)


def mask_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the picture the mask of a frame is measured on."""
    scale = min(1.0, SIDE / min(width, height))
    return max(8, round(width * scale)), max(8, round(height * scale))


BLOCK, EVERY = 8, 3
STABILITY = (0.03 * 255) ** 2
"""C₂ of SSIM (Wang et al. 2004), levels²."""


def likeness_lost(gray: NDArray[np.uint8], mask: NDArray[np.float32]) -> float:
    """How much of SSIM a pattern of unit variance within its windows, times the mask, takes from a picture.

    Where w of variance m² is added to a window of variance σ², SSIM is 1 − m² / (2σ² + m² + C₂); m² in the divisor is
    left out, so that what is lost goes with the square of the strength.

    Args:
        gray: (h, w) uint8 luma; every third row of blocks is looked at.
        mask: (rows, columns) float32 strength, levels, over the same picture.
    """
    spread = _block_variance(gray)
    small = cv2.resize(mask, (gray.shape[1] // BLOCK, gray.shape[0] // BLOCK), interpolation=cv2.INTER_LINEAR)
    strength = small[::EVERY][: len(spread)]
    return float(np.mean(np.square(strength) / (2 * spread + np.float32(STABILITY))))


@kernel(nogil=True)
def _block_variance(gray):  # type: ignore[no-untyped-def]
    """Variance of whole blocks, every EVERY-th row of them, levels²."""
    high, wide = gray.shape[0] // BLOCK, gray.shape[1] // BLOCK
    out = np.empty(((high + EVERY - 1) // EVERY, wide), np.float32)
    for row in range(len(out)):
        for column in range(wide):
            total, squares = 0, 0
            for y in range(row * EVERY * BLOCK, row * EVERY * BLOCK + BLOCK):
                for x in range(column * BLOCK, (column + 1) * BLOCK):
                    value = int(gray[y, x])
                    total += value
                    squares += value * value
            count = BLOCK * BLOCK
            out[row, column] = (squares - total * total / count) / (count - 1)
    return out
