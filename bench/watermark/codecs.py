"""Frames through a real encoder and decoder, in memory."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Frames = list[NDArray[np.uint8]]

OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast", "threads": "1"},
    "libx265": {"preset": "veryfast", "x265-params": "log-level=none:pools=1:frame-threads=1"},
    "libvpx-vp9": {"b": "0", "deadline": "realtime", "cpu-used": "6", "threads": "1"},
    "libsvtav1": {"preset": "10", "svtav1-params": "lp=1"},
}


def encode(
    frames: Frames, codec: str = "libx264", crf: int = 23, rate: Fraction | int = 25, pixels: str = "yuv420p"
) -> bytes:
    """A Matroska file of the frames; odd sizes lose their last row or column, as players and sites do it."""
    height, width = (side // 2 * 2 for side in frames[0].shape[:2])
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.options = {"crf": str(crf), **OPTIONS[codec]}
        for frame_pixels in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame_pixels[:height, :width]), format="rgb24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def decode(data: bytes) -> Frames:
    """Every frame of a file in memory."""
    with av.open(io.BytesIO(data)) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]


def through(frames: Frames, codec: str = "libx264", crf: int = 23, rate: Fraction | int = 25) -> Frames:
    """Encoded and decoded."""
    return decode(encode(frames, codec, crf, rate))
