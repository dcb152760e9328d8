"""What frames say about a mark, before its geometry is known: whitened luma, weighted by how much it can be trusted.

Frames are reduced to a working size, whitened by a difference of Gaussians (natural pictures have spectra near
1/f) and divided by their local variance: smooth places, where the mark stands out, count more than busy ones.
Sums over frames keep memory flat. Knows nothing of keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marks.watermark.mask import mask_of, mask_size
from countenance.marks.watermark.whitening import limited
from countenance.media.frames import Pixels

Map = NDArray[np.float32]

WORKING_SIDE = 512
WHITEN_SIGMA = 2.5
VARIANCE_SIGMA = 4.5
VARIANCE_FLOOR = 0.5


@dataclass(slots=True)
class FrameSums:
    """Sums over frames of one size, all (h, w) float32 at working size.

    Attributes:
        weighted: Σ whitened luma / local variance.
        weight: Σ 1 / local variance.
        luma: Σ luma, 0 to 255 a frame.
        frames: how many.
    """

    weighted: Map
    weight: Map
    luma: Map
    frames: int

    def __add__(self, other: FrameSums) -> FrameSums:
        return FrameSums(
            self.weighted + other.weighted,
            self.weight + other.weight,
            self.luma + other.luma,
            self.frames + other.frames,
        )

    def matched(self) -> Map:
        """The matched filter's input, (h, w): the frames' mean, its structures limited, times the mask."""
        mean = self.weighted / self.weight
        height, width = mean.shape
        small = cv2.resize(self.luma / self.frames, mask_size(width, height), interpolation=cv2.INTER_AREA)
        mask = cv2.resize(mask_of(np.asarray(small, np.float32)), (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(limited(mean) * mask, np.float32)


def working_size(width: int, height: int) -> tuple[int, int]:
    """Width and height at which a frame is examined."""
    scale = WORKING_SIDE / min(width, height)
    if scale > 0.9:
        return width, height
    return round(width * scale), round(height * scale)


def evidence_of(pixels: Pixels) -> FrameSums:
    """What one frame says."""
    height, width = pixels.shape[:2]
    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    size = working_size(width, height)
    if size != (width, height):
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    luma = gray.astype(np.float32)
    white = luma - cv2.GaussianBlur(luma, (0, 0), WHITEN_SIGMA, borderType=cv2.BORDER_REFLECT)
    weight = 1.0 / (_local_variance(white) + VARIANCE_FLOOR)
    return FrameSums(np.asarray(white * weight, np.float32), np.asarray(weight, np.float32), luma, 1)


def _local_variance(values: Map) -> Map:
    return np.asarray(
        cv2.GaussianBlur(values * values, (0, 0), VARIANCE_SIGMA, borderType=cv2.BORDER_REFLECT), np.float32
    )
