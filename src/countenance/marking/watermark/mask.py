"""How strong the mark may be at each place: a just-noticeable-difference mask of luminance and texture.

Texture hides a low-frequency pattern; smooth skin and sky do not. Lone edges do not hide it either, so texture is
a power mean with exponent ½, which asks for many small differences instead of one large one. Knows nothing of
what is embedded.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 256
"""Short side of the picture the mask is measured on, pixels."""
FLOOR, TEXTURE_GAIN, TEXTURE_POWER, CEILING = 0.55, 0.42, 0.8, 3.2
BLUR_TEXTURE, BLUR_MASK = 5.0, 4.0


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
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), BLUR_MASK, borderType=cv2.BORDER_REFLECT), np.float32)


def mask_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the picture the mask of a frame is measured on."""
    scale = min(1.0, SIDE / min(width, height))
    return max(8, round(width * scale)), max(8, round(height * scale))
