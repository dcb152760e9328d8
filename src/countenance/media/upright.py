"""A decoded frame as a player shows it: upright, mirrored where the file says so, square pixels, one size, in sRGB."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from countenance.media.frames import Pixels
from countenance.media.hdr import hdr_to_rgb, is_hdr

ODDEST_PIXEL = 16  # a pixel's longer side over its shorter one; beyond it the header is spoilt
SAME_SHAPE = 0.02  # relative difference of two aspect ratios that is taken for rounding


@dataclass(frozen=True)
class Turn:
    """One of the eight ways to lay a picture upright: transposed first, then mirrored.

    Attributes:
        transposed: rows become columns.
        left_right, upside_down: mirrored.
    """

    transposed: bool = False
    left_right: bool = False
    upside_down: bool = False

    @property
    def mirrored(self) -> bool:
        """Whether writing would be seen mirrored, were it not laid upright."""
        return (self.transposed + self.left_right + self.upside_down) % 2 == 1

    @property
    def degrees(self) -> int:
        """Clockwise: 0, 90, 180 or 270; of a mirrored one, after it was mirrored left to right."""
        if self.transposed:
            return 90 if self.left_right else 270
        return 180 if self.upside_down else 0

    def laid(self, pixels: Pixels) -> Pixels:
        """(h, w, 3) → (h, w, 3) or (w, h, 3), contiguous."""
        if self.transposed:
            pixels = pixels.transpose(1, 0, 2)
        if self.left_right:
            pixels = pixels[:, ::-1]
        if self.upside_down:
            pixels = pixels[::-1]
        return np.ascontiguousarray(pixels)


def turn_of(frame: Any) -> Turn:
    """What the display matrix of a PyAV frame asks for: ISO/IEC 14496-12's, in 16.16 fixed point."""
    for part in frame.side_data:
        if part.type.name == "DISPLAYMATRIX" and len(bytes(part)) >= 36:
            a, b, _, c, d = struct.unpack("=5i", bytes(part)[:20])
            if abs(a) + abs(d) >= abs(b) + abs(c):
                return Turn(False, a < 0, d < 0)
            return Turn(True, c < 0, b < 0)
    return Turn()


def pixel_shape(stream: Any) -> Fraction:
    """Width over height of one pixel; 1 where the file does not say, or says nonsense."""
    ratio = stream.sample_aspect_ratio
    if not ratio or not 1 / ODDEST_PIXEL <= ratio <= ODDEST_PIXEL:
        return Fraction(1)
    return Fraction(ratio)


def square(width: int, height: int, pixel: Fraction) -> tuple[int, int]:
    """The size in square pixels that loses none: the shorter side of a pixel is stretched."""
    if pixel >= 1:
        return max(1, round(width * pixel)), height
    return width, max(1, round(height / pixel))


class Upright:
    """Lays frames as the first one lies, at the first one's size.

    Args:
        first: a decoded frame.
        pixel: width over height of one pixel.

    Attributes:
        width, height: of the pixels that come out.
        turn: how frames are laid.
    """

    def __init__(self, first: Any, pixel: Fraction) -> None:
        self.turn, self._pixel = turn_of(first), pixel
        self._stored = square(first.width, first.height, pixel)  # square pixels, not yet laid
        self.width, self.height = self._stored[::-1] if self.turn.transposed else self._stored

    def is_other_size(self, frame: Any) -> bool:
        """Whether a frame is not of the first one's size."""
        return square(frame.width, frame.height, self._pixel) != self._stored

    def pixels(self, frame: Any) -> Pixels:
        """(height, width, 3) uint8 sRGB; what is of another shape stands between black bars."""
        width, height = self._stored
        own = square(frame.width, frame.height, self._pixel)
        if own == self._stored or abs(math.log(own[0] * height / (own[1] * width))) < SAME_SHAPE:
            inner = (width, height)
        else:
            scale = min(width / own[0], height / own[1])
            inner = (max(1, round(own[0] * scale)), max(1, round(own[1] * scale)))
        shown = to_rgb(frame, *inner)
        if inner != (width, height):
            x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
            whole = np.zeros((height, width, 3), np.uint8)
            whole[y : y + inner[1], x : x + inner[0]] = shown
            shown = whole
        return shown if self.turn == Turn() else self.turn.laid(shown)


def to_rgb(frame: Any, width: int, height: int) -> Pixels:
    """(height, width, 3) uint8 sRGB, by the frame's own matrix and range; untagged HD is BT.709, untagged SD BT.601."""
    if is_hdr(frame):
        return hdr_to_rgb(frame, width, height)
    space = frame.colorspace
    if int(space) in (2, 0) and frame.format.name.startswith("yuv"):
        space = 1 if frame.height >= 720 else 5  # ITU709 or ITU601
    rgb = frame.reformat(width, height, format="rgb24", src_colorspace=space, dst_colorspace=None)
    return np.asarray(rgb.to_ndarray(), np.uint8)
