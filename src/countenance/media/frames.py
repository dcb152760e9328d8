"""What the reader hands out: one frame, and what is known about its clip. Knows nothing of files."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(h, w, 3) uint8, sRGB, red first, top row first."""


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One decoded frame, upright, in sRGB.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        time: presentation time in seconds, exact, on the container's own time base; the first frame of
            what was asked for is at 0.
        index: 0 for the first frame handed out.
        untouched: on its way out, whether it passes as it was filmed; the label then stands on others.
    """

    pixels: Pixels
    time: Fraction
    index: int
    untouched: bool = False


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a container says of its picture track.

    Attributes:
        width, height: of the upright picture, square pixels.
        time_base: seconds a tick.
        average_rate: frames a second on average, exact (30000/1001 stays so).
        duration: seconds, or None where the container does not say.
        frame_count: as the container says, or None.
        has_audio: whether there is a sound track.
        variable_rate: whether frame times are known not to be evenly spaced.
        rotation: degrees clockwise that were applied to make frames upright (0, 90, 180, 270).
        codec: FFmpeg's name.
        mirrored: whether frames were mirrored left to right before that, as the file asks.
        pixel_shape: width over height of a stored pixel; they come out square.
    """

    width: int
    height: int
    time_base: Fraction
    average_rate: Fraction
    duration: Fraction | None
    frame_count: int | None
    has_audio: bool
    variable_rate: bool
    rotation: int
    codec: str
    mirrored: bool = False
    pixel_shape: Fraction = Fraction(1)
