"""How a marked picture lies in the frames at hand, said in plain numbers. Knows nothing of searching."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marks.watermark import polar
from countenance.marks.watermark.lattice import Lattice, coefficients, message_bits
from countenance.marks.watermark.search import Placement
from countenance.marks.watermark.spectrum import TRANSFORM

SMOOTH = 0.045
BOX_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class PictureGeometry:
    """What became of the picture since it was marked, as far as the mark tells.

    Attributes:
        scale: size of the marked picture's short side over that of these frames: 1 untouched, 2 cropped to half,
            0.6 shown in a window of 60%.
        aspect: horizontal over vertical scale; 1 untouched.
        rotation: degrees clockwise, −180 to 180, after flipping.
        flipped: whether mirrored left to right.
        offset: (x, y), position of the frame's middle on the mark's tile, 0 to 1 each; crops move it.
        box: (left, top, right, bottom) as shares of the frame, 0 to 1: where the mark was heard. Found by
            correlation on a coarse grid, so good to about a tenth of the frame.
    """

    scale: float
    aspect: float
    rotation: float
    flipped: bool
    offset: tuple[float, float]
    box: tuple[float, float, float, float]


def geometry_of(matched: NDArray[np.float32], placement: Placement, where: Lattice, payload: int) -> PictureGeometry:
    """The geometry of a placement in a working picture."""
    to_pixels = np.linalg.inv(placement.tiles_per_pixel) / 256
    flipped = bool(np.linalg.det(to_pixels) < 0)
    upright = to_pixels @ np.diag([-1.0, 1.0]) if flipped else to_pixels
    wide, high = float(np.hypot(*upright[0])), float(np.hypot(*upright[1]))
    turn = float(
        np.degrees(np.arctan2(upright[1, 0] / high - upright[0, 1] / wide, upright[0, 0] / wide + upright[1, 1] / high))
    )
    base = min(matched.shape) / 512
    aspect = wide / high
    offset = placement.shift % 1.0
    return PictureGeometry(
        scale=round(float(np.sqrt(wide * high)) / base, 4),
        aspect=round(aspect, 4),
        rotation=round(turn, 2),
        flipped=flipped,
        offset=(round(float(offset[0]), 4), round(float(offset[1]), 4)),
        box=_box(matched, placement, where, payload),
    )


def _box(
    matched: NDArray[np.float32], placement: Placement, where: Lattice, payload: int
) -> tuple[float, float, float, float]:
    """Where the picture agrees with the mark it is said to bear: rows and columns above a share of the usual."""
    height, width = matched.shape
    bits = polar.encode(message_bits(where.key, where.slot, payload))
    pattern = _redraw(where, coefficients(bits, where.carrier_phases), placement, height, width)
    sigma = SMOOTH * min(height, width)
    agree = cv2.GaussianBlur(matched * pattern, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    level = cv2.GaussianBlur(np.abs(matched), (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    share = agree / (level + float(level.mean()) * 0.05)
    top_level = float(np.quantile(share, 0.9))
    inside = share > BOX_SHARE * top_level
    columns, rows = np.flatnonzero(inside.mean(axis=0) > 0.25), np.flatnonzero(inside.mean(axis=1) > 0.25)
    if top_level <= 0 or not len(columns) or not len(rows):
        return 0.0, 0.0, 1.0, 1.0
    left, right = float(columns[0]) / width, float(columns[-1] + 1) / width
    top, bottom = float(rows[0]) / height, float(rows[-1] + 1) / height
    return round(left, 3), round(top, 3), round(right, 3), round(bottom, 3)


def _redraw(
    where: Lattice, values: NDArray[np.complex128], placement: Placement, height: int, width: int
) -> NDArray[np.float32]:
    """(h, w) float32: the carriers' pattern as it lies in the working picture."""
    tile = np.zeros((256, 256), np.complex64)
    kx, ky = where.carriers[:, 0], where.carriers[:, 1]
    tile[ky % 256, kx % 256] = values * np.exp(1j * np.pi * (kx + ky) / 256)
    drawn = np.fft.ifft2(tile).real.astype(np.float32) * (256 * 256 / 32)
    bordered = np.pad(drawn, ((0, 1), (0, 1)), mode="wrap")
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle = np.stack([x + 0.5 - width / 2, y + 0.5 - height / 2], axis=-1)
    at = (middle @ placement.tiles_per_pixel.T.astype(np.float32) + placement.shift.astype(np.float32)) % 1.0
    at = (at * 256 - 0.5) % 256
    return np.asarray(
        cv2.remap(bordered, at[..., 0].astype(np.float32), at[..., 1].astype(np.float32), cv2.INTER_LINEAR), np.float32
    )


__all__ = ["TRANSFORM", "PictureGeometry", "geometry_of"]
