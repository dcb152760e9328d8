"""How many bits a second a live stream must have for its mark to be read from what a viewer records and encodes again.

Measured (`python -m bench.live marks`): below the floor the mark of the first second is lost, and a second encoding
takes that of the following ones. A stream that gets fewer bits is sent with fewer frames, never with fewer bits each;
below a third of the floor nothing is sent.
"""

from __future__ import annotations

from typing import Literal

from countenance.errors import BadOption

PictureCodec = Literal["vp8", "h264"]
CODECS: tuple[PictureCodec, ...] = ("vp8", "h264")
USUAL_RATE = 25
"""Frames a second for which the floors hold; more frames need more bits."""
JPEG_QUALITY = 85
"""Of pictures that are sent one by one; not lower, whoever asks."""
_PER_PIXEL, _LEAST = 1.63, 72_000
_MARGIN = 2.0
_FEWEST = 3


def least_bitrate(width: int, height: int, rate: float = USUAL_RATE) -> int:
    """Bits a second that pictures of this size need: 500,000 at 512×512, 1,570,000 at 1280×720.

    Args:
        width, height: pixels.
        rate: frames a second.
    """
    return round((_PER_PIXEL * width * height + _LEAST) * max(1.0, rate / USUAL_RATE))


def usual_bitrate(width: int, height: int, rate: float = USUAL_RATE) -> int:
    """What is sent where nothing else is asked for: twice the floor."""
    return round(_MARGIN * least_bitrate(width, height, rate))


def checked_bitrate(bitrate: int | None, width: int, height: int, rate: float) -> int:
    """The bits a second to send.

    Raises:
        BadOption: fewer than the mark needs.
    """
    least = least_bitrate(width, height, rate)
    if bitrate is None:
        return usual_bitrate(width, height, rate)
    if bitrate < least:
        raise BadOption(
            f"{bitrate / 1000:.0f} kbit/s are too few for {width}×{height} pixels: the invisible mark would be lost.",
            f"Use {least / 1000:.0f} kbit/s or more, or a smaller picture.",
        )
    return bitrate


def every(bitrate: int, available: int) -> int | None:
    """Every which frame is sent over a network that takes only so many bits a second; None: nothing is sent.

    Args:
        bitrate: that the stream has.
        available: that the receiver says it can take.
    """
    share = -(-bitrate // max(1, available))
    return share if share <= _FEWEST else None
