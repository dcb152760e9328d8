"""Frames into packets: colour conversion, exact time stamps, one codec. Knows nothing of marks or files.

Colour: sRGB in, 4:2:0 limited range out, tagged. BT.709 from 720 lines or 1280 columns up, BT.601 (SMPTE 170M)
below, which is what players assume when they do not read tags. The transfer is tagged BT.709, as all
consumer players treat sRGB material.
Size: 4:2:0 needs even sides; an odd side grows by one repeated row or column.
Time: ticks of `time_base`; a frame's time must be a whole number of ticks or is rounded to the nearest one. Each
packet lasts until the next frame; the last one as long as the one before it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from countenance.media.frames import Pixels

FINE_TIME_BASE = Fraction(1, 90_000)
FINE_ENOUGH = 10_000  # ticks a second
ROUNDED = Fraction(1, 1000)  # seconds: containers that count in milliseconds round so far
_MAX_TICKS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Codec:
    """How pictures are encoded: FFmpeg's encoder name, x264's CRF scale and x264's preset name."""

    name: str
    quality: int
    preset: str


# SVT-AV1's preset. Of x265 and SVT-AV1 x264's own number is asked for, which is finer than the same look needs: with
# 4 more, 12 frames of 320×240 through x265 gave their mark to nobody who did not know it; AV1 at 1.5 times, barely.
_AV1_SPEED = {"ultrafast": 10, "superfast": 10, "veryfast": 9, "faster": 8, "fast": 7, "medium": 6, "slow": 5}
# VP9's `cpu-used` that costs about what x264's preset does; VP9's CRF runs from 0 to 63 and needs about 1.35 times
# x264's number for the same quality.
_VP9_SPEED = {"ultrafast": 8, "superfast": 8, "veryfast": 7, "faster": 6, "fast": 5, "medium": 4, "slow": 3}


def output_time_base(rate: Fraction, time_base: Fraction | None) -> Fraction:
    """The ticks to write on: the caller's, else one that counts frames at `rate` exactly, and others finely."""
    if time_base is not None:
        return time_base
    if rate.numerator > 200_000:
        return FINE_TIME_BASE
    ticks = rate.numerator
    while ticks < FINE_ENOUGH:
        ticks *= 2
    return Fraction(1, ticks)


class PictureTrack:
    """One picture stream of an open container.

    Args:
        container: PyAV, opened for writing.
        codec: what to encode with.
        width, height: of the frames that will come, pixels.
        rate: frames a second on average.
        time_base: seconds a tick.
    """

    def __init__(
        self,
        container: OutputContainer,
        codec: Codec,
        width: int,
        height: int,
        rate: Fraction,
        time_base: Fraction,
    ) -> None:
        self.width, self.height = width, height
        self.coded_width, self.coded_height = width + width % 2, height + height % 2
        self.time_base, self._rate = time_base, Fraction(rate)
        self._snaps = time_base == output_time_base(rate, None)  # a caller with ticks of its own wants those
        self._nominal = max(1, round(1 / (rate * time_base)))
        high_definition = height >= 720 or width >= 1280
        self._space = Colorspace.ITU709 if high_definition else Colorspace.ITU601
        self._primaries = ColorPrimaries.BT709 if high_definition else ColorPrimaries.SMPTE170M
        self._reformatter = VideoReformatter()
        os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 writes to the terminal otherwise; 1: errors alone
        self.stream = cast(VideoStream, container.add_stream(codec.name, rate=rate))
        context = self.stream.codec_context
        context.width, context.height = self.coded_width, self.coded_height
        context.pix_fmt = "yuv420p"
        context.time_base = time_base
        context.framerate = rate
        context.color_range = ColorRange.MPEG.value
        context.colorspace = 1 if high_definition else 6
        context.color_primaries = self._primaries.value
        context.color_trc = ColorTrc.BT709.value
        context.options = _options(codec, rate)
        if codec.name == "libx265" and container.format.name in ("mp4", "mov"):
            context.codec_tag = "hvc1"  # the only one that QuickTime plays
        self._held: av.VideoFrame | None = None
        self._last_tick = -1
        self.frames = 0

    @property
    def end(self) -> Fraction:
        """When the last frame written so far ends, seconds."""
        held = self._held
        if held is None:
            return Fraction(0)
        return (self._last_tick + self._nominal) * self.time_base

    def encode(self, pixels: Pixels, time: Fraction) -> Iterator[Packet[VideoStream]]:
        """Take one frame; give what the encoder has ready.

        Args:
            pixels: (height, width, 3) uint8 RGB.
            time: seconds, later than the frame before.
        """
        even = round(time * self._rate) / self._rate  # a clip of even rate stays so, whatever its container counted in
        if self._snaps and abs(even - time) < ROUNDED:
            time = even
        tick = max(round(time / self.time_base), self._last_tick + 1)
        frame = self._converted(pixels)
        frame.pts = tick
        frame.time_base = self.time_base
        held, self._held = self._held, frame
        if held is not None:
            self._nominal = tick - self._last_tick
            held.duration = self._nominal
            yield from self.stream.encode(held)
        self._last_tick = tick
        self.frames += 1

    def finish(self) -> Iterator[Packet[VideoStream]]:
        """The last frame and whatever the encoder still holds."""
        if self._held is not None:
            self._held.duration = self._nominal
            yield from self.stream.encode(self._held)
            self._held = None
        yield from self.stream.encode(None)

    def _converted(self, pixels: Pixels) -> av.VideoFrame:
        if self.coded_width != self.width or self.coded_height != self.height:
            pixels = np.pad(
                pixels,
                ((0, self.coded_height - self.height), (0, self.coded_width - self.width), (0, 0)),
                mode="edge",
            )
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        return self._reformatter.reformat(
            frame,
            format="yuv420p",
            interpolation=Interpolation.BILINEAR,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=self._space,
            dst_color_trc=ColorTrc.BT709,
            dst_color_primaries=self._primaries,
            threads=1,
        )


def _options(codec: Codec, rate: Fraction) -> dict[str, str]:
    keyframes = str(max(1, round(2 * rate)))  # seeking within two seconds
    if codec.name == "libx264":
        return {"crf": str(codec.quality), "preset": codec.preset, "profile": "high", "g": keyframes}
    if codec.name == "libx265":
        quiet = {"x265-params": "log-level=error"}
        return {"crf": str(codec.quality), "preset": codec.preset, "g": keyframes} | quiet
    if codec.name == "libsvtav1":
        crf, speed = max(1, codec.quality), _AV1_SPEED.get(codec.preset, 8)
        return {"crf": str(crf), "preset": str(speed), "g": keyframes}
    return {
        "crf": str(min(63, round(codec.quality * 1.35))),
        "b": "0",
        "deadline": "good",
        "cpu-used": str(_VP9_SPEED.get(codec.preset, 5)),
        "row-mt": "1",
        "g": keyframes,
    }
