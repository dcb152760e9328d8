"""Reading video: upright frames in sRGB with exact times, one at a time. Opens files for reading only."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import av.error
import av.filter
import numpy as np

from countenance.errors import BadOption, Damaged, EmptyFile, FileMissing, NotAVideo, NoVideoStream, TooLarge
from countenance.media.frames import Pixels, VideoFrame, VideoInfo
from countenance.media.hdr import hdr_to_rgb, is_hdr
from countenance.settings import default_settings

log = logging.getLogger(__name__)

STILL_FORMATS = frozenset({"image2", "png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "tty"})


def open_video(path: Path) -> VideoSource:
    """Open a clip for reading; a context manager.

    Raises:
        FileMissing, EmptyFile, NotAVideo, NoVideoStream, Damaged, TooLarge.
    """
    return VideoSource(Path(path))


class VideoSource:
    """A clip that hands out frames. May be read more than once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise FileMissing(f"There is no file {path}.")
        if path.stat().st_size == 0:
            raise EmptyFile(f"{path.name} is empty.")
        self._container = self._open()
        self.info = self._describe()

    def _open(self) -> Any:
        try:
            container = av.open(str(self.path), mode="r")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise NotAVideo(f"{self.path.name} is not a video that can be read.") from error
        if container.format.name in STILL_FORMATS:
            container.close()
            raise NotAVideo(f"{self.path.name} is a picture or text, not a video.")
        shown = (s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic)
        streams = [s for s in shown if s.codec_context is not None]  # None: a codec that FFmpeg does not know
        if not streams:
            has_sound = bool(container.streams.audio)
            container.close()
            if has_sound:
                raise NoVideoStream(f"{self.path.name} has sound but no picture.")
            raise NotAVideo(f"{self.path.name} has no picture track.")
        self._stream = streams[0]
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = 2
        return container

    def _describe(self) -> VideoInfo:
        stream, container = self._stream, self._container
        width, height = stream.codec_context.width, stream.codec_context.height
        limit = default_settings().max_video_pixels
        if width * height > limit:
            container.close()
            raise TooLarge(
                f"{self.path.name} has frames of {width}×{height}; {limit / 1e6:.0f} megapixels are allowed."
            )
        rotation = 0
        first: Any = None
        try:
            first = next(container.decode(stream), None)
        except av.error.FFmpegError:
            first = None
        if first is None:
            container.close()
            raise Damaged(f"{self.path.name} holds no frame that can be decoded.")
        rotation = round(-float(getattr(first, "rotation", 0) or 0)) % 360
        width, height = first.width, first.height
        self._begin = first.pts or 0
        if rotation in (90, 270):
            width, height = height, width
        duration: Fraction | None = None
        if stream.duration:
            duration = Fraction(stream.duration) * Fraction(stream.time_base or 1)
        elif container.duration:
            duration = Fraction(container.duration, av.time_base)
        average = Fraction(stream.average_rate or stream.guessed_rate or 25)
        base = Fraction(stream.base_rate or average)
        return VideoInfo(
            width=width,
            height=height,
            time_base=Fraction(stream.time_base or Fraction(1, 90_000)),
            average_rate=average,
            duration=duration,
            frame_count=stream.frames or None,
            has_audio=bool(container.streams.audio),
            variable_rate=abs(base - average) > average / 50,
            rotation=rotation,
            codec=stream.codec_context.name,
        )

    def frames(
        self, *, start: Fraction = Fraction(0), duration: Fraction | None = None, rate: Fraction | None = None
    ) -> Iterator[VideoFrame]:
        """Frames from `start` on, one at a time; times count from `start`.

        Args:
            start, duration: seconds.
            rate: frames a second to resample to (nearest earlier frame); None keeps the clip's own times.

        Raises:
            BadOption: `start` lies beyond the end. Damaged: nothing could be decoded.
        """
        frames = self._decoded(start, duration)
        if rate is not None:
            frames = _resampled(frames, Fraction(rate), duration)
        yield from frames

    def _decoded(self, start: Fraction, duration: Fraction | None) -> Iterator[VideoFrame]:
        stream, container = self._stream, self._container
        base = self.info.time_base
        target = self._begin + int(start / base)
        try:
            container.seek(max(target, 0) if start else self._begin, stream=stream, backward=True)
        except av.error.FFmpegError:
            container.close()
            self._container = container = self._open()
            stream = self._stream
        index, held, last = 0, None, Fraction(-1)
        graph: Any = None
        decoder = container.decode(stream)
        while True:
            try:
                raw = next(decoder, None)
            except (av.error.FFmpegError, ValueError) as error:
                if index == 0 and held is None:
                    raise Damaged(f"{self.path.name} cannot be decoded: {error}.") from error
                log.warning("%s is damaged after %.2f s: what follows is left out.", self.path.name, float(last))
                break
            if raw is None:
                break
            if raw.pts is None:
                continue
            if raw.interlaced_frame:
                graph = graph or _deinterlacer(stream)
                graph.push(raw)
                try:
                    raw = graph.pull()
                except (av.error.BlockingIOError, av.error.EOFError):
                    continue
            time = Fraction(raw.pts - self._begin) * base - start
            if time < 0:
                # Keep the frame that is on screen at `start`.
                held = raw
                continue
            if duration is not None and time >= duration:
                break
            if held is not None and index == 0 and time > 0:
                yield VideoFrame(self._upright(held), Fraction(0), 0)
                index, last = 1, Fraction(0)
            held = None
            if time <= last:
                continue
            yield VideoFrame(self._upright(raw), time, index)
            index, last = index + 1, time
        if index == 0:
            if held is not None and (self.info.duration is None or start < self.info.duration):
                yield VideoFrame(self._upright(held), Fraction(0), 0)
                return
            raise BadOption(f"{self.path.name} has no frame at {float(start):g} s.", "Choose an earlier --start.")

    def _upright(self, frame: Any) -> Pixels:
        pixels = _to_rgb(frame)
        turns = self.info.rotation // 90
        return np.ascontiguousarray(np.rot90(pixels, -turns)) if turns else pixels

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._container.close()

    def __enter__(self) -> VideoSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _to_rgb(frame: Any) -> Pixels:
    """(h, w, 3) uint8 sRGB, by the frame's own matrix and range; untagged HD is BT.709, untagged SD BT.601."""
    if is_hdr(frame):
        return hdr_to_rgb(frame)
    space = frame.colorspace
    if int(space) in (2, 0) and frame.format.name.startswith("yuv"):
        space = 1 if frame.height >= 720 else 5  # ITU709 or ITU601
    rgb = frame.reformat(format="rgb24", src_colorspace=space, dst_colorspace=None)
    return np.asarray(rgb.to_ndarray(), np.uint8)


def _deinterlacer(stream: Any) -> Any:
    graph = av.filter.Graph()
    source = graph.add_buffer(template=stream)
    bwdif = graph.add("bwdif", "mode=send_frame")
    sink = graph.add("buffersink")
    source.link_to(bwdif)
    bwdif.link_to(sink)
    graph.configure()
    return graph


def _resampled(frames: Iterator[VideoFrame], rate: Fraction, duration: Fraction | None) -> Iterator[VideoFrame]:
    """Evenly spaced frames: at each instant, the one that is on screen."""
    step, index, shown = 1 / rate, 0, None
    spacing = step
    for frame in frames:
        if shown is not None:
            spacing = frame.time - shown.time
            while index * step < frame.time:
                yield VideoFrame(shown.pixels, index * step, index)
                index += 1
        shown = frame
    if shown is not None:
        end = shown.time + spacing
        if duration is not None:
            end = min(end, duration)
        while index * step < end:
            yield VideoFrame(shown.pixels, index * step, index)
            index += 1
