"""Reading video: frames in order with exact times, upright, in square pixels, at a constant rate when one is asked for.

What any player shows is what comes out: damaged, interlaced, anamorphic, mirrored clips, and those whose clock is
spoilt. Nothing is dropped in silence: `VideoSource.warnings` tells what was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import av.error

from countenance.errors import BadOption, Damaged, NotAVideo, NoVideoStream, TooLarge
from countenance.media.container import (
    STILL_FORMATS,
    is_discontinuous,
    keeps_no_time,
    nominal_rate,
    opened,
    video_stream,
)
from countenance.media.decoding import clock_for, counted_duration, decoded
from countenance.media.frames import VideoFrame, VideoInfo
from countenance.media.interlacing import LEAST, Deinterlacer
from countenance.media.source import Source, pinned
from countenance.media.upright import Upright, pixel_shape

MOST_PIXELS = 36_000_000
SEEK_BEYOND = 2  # seconds: what begins earlier is read from the beginning
SEEK_BEYOND_JUMPS = 60  # … where the clock may jump, and is no sure guide
COUNTED_UP_TO = 128 << 20  # bytes
SHORT_BY = Fraction(1, 2)  # seconds that a clip may end before it says, without that being told

Timed = tuple[Any, Fraction]


def open_video(given: Source | Path | str, *, most_pixels: int = MOST_PIXELS) -> VideoSource:
    """Open a clip for reading; a context manager.

    Args:
        given: pinned, or pinned now. Its `video_track` is read, or the one that players choose.
        most_pixels: clips whose frames have more are refused.

    Raises:
        FileMissing, EmptyFile, NotAFile, InputChanged, NotAVideo, NoVideoStream, Damaged, TooLarge; BadOption: there
        is no such track.
    """
    return VideoSource(pinned(given), most_pixels)


class VideoSource:
    """A clip that hands out frames. May be read more than once, one reading at a time.

    Attributes:
        info: what is known of it.
    """

    def __init__(self, source: Source, most_pixels: int = MOST_PIXELS) -> None:
        self.source, self._most_pixels = source, most_pixels
        self._losses = source.losses.pictures
        self._careful = False  # one thread, so that an error belongs to its own packet
        self._container: Any = None
        self._last_length = Fraction(0)  # seconds for which the frame decoded last is shown
        self._open()
        try:
            self._fresh: Iterator[Timed] | None = self._timed()
            first = next(self._fresh, None)
            if first is None:
                raise Damaged(f"{source.name} holds no frame that can be decoded.")
            self._first, self._begin = first
            self._upright = Upright(self._first, pixel_shape(self._stream))
            self._check_size(self._upright.width, self._upright.height)
            self._whole = self._describe()
            self.info = _part_of(self._whole, source)
        except BaseException:
            self.close()
            raise

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was lost or changed in all readings of the source's pictures so far, in plain words."""
        return self._losses.sentences(self.source.name)

    def frames(
        self, *, start: Fraction = Fraction(0), duration: Fraction | None = None, rate: Fraction | None = None
    ) -> Iterator[VideoFrame]:
        """Frames from `start` on, one at a time; times count from `start`.

        Args:
            start, duration: seconds.
            rate: frames a second to resample to (nearest earlier frame); None keeps the clip's own times.

        Raises:
            BadOption: `start` lies beyond the end. InputChanged.
        """
        begin, length = self.source.part(start, duration)
        frames = self._part(begin, length)
        if rate is not None:
            frames = _resampled(frames, Fraction(rate), length)
        yield from frames

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._container is not None:
            self._container.close()

    def __enter__(self) -> VideoSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        self.close()
        container = opened(self.source)
        self._container, name = container, self.source.name
        try:
            if container.format.name in STILL_FORMATS:
                raise NotAVideo(f"{name} is a picture or text, not a video.")
            stream = video_stream(container, self.source)
            if stream is None and container.streams.audio:
                raise NoVideoStream(f"{name} has sound but no picture.")
            if stream is None:
                raise NotAVideo(f"{name} has no picture track.")
            self._check_size(stream.codec_context.width, stream.codec_context.height)
        except BaseException:
            container.close()
            raise
        stream.thread_type = "NONE" if self._careful else "AUTO"
        stream.codec_context.thread_count = 1 if self._careful else 2
        self._stream = stream

    def _check_size(self, width: int, height: int) -> None:
        if width * height > self._most_pixels:
            allowed = f"{self._most_pixels / 1e6:.0f} megapixels are allowed"
            raise TooLarge(f"{self.source.name} has frames of {width}×{height}; {allowed}.")

    def _describe(self) -> VideoInfo:
        stream, container = self._stream, self._container
        average = nominal_rate(stream, container)
        base = Fraction(stream.base_rate or average)
        raw = keeps_no_time(container)
        return VideoInfo(
            width=self._upright.width,
            height=self._upright.height,
            time_base=Fraction(stream.time_base or Fraction(1, 90_000)),
            average_rate=average,
            duration=self._duration(),
            frame_count=stream.frames or None,
            has_audio=bool(container.streams.audio),
            variable_rate=not raw and abs(base - average) > average / 50,
            rotation=self._upright.turn.degrees,
            codec=stream.codec_context.name,
            mirrored=self._upright.turn.mirrored,
            pixel_shape=pixel_shape(stream),
        )

    def _duration(self) -> Fraction | None:
        """As the file says; counted where it does not say, or where that is a guess and counting is quick."""
        stream, container = self._stream, self._container
        guessed = is_discontinuous(container) and self.source.size <= COUNTED_UP_TO
        if stream.duration and not guessed:
            return Fraction(stream.duration) * Fraction(stream.time_base or 1)
        if container.duration and not guessed:
            return Fraction(container.duration, av.time_base)
        with opened(self.source) as again:
            return counted_duration(again, video_stream(again, self.source))

    def _part(self, start: Fraction, duration: Fraction | None) -> Iterator[VideoFrame]:
        index, held, last = 0, None, Fraction(-1)
        for raw, at in self._from(start):
            time = at - self._begin - start
            if time < 0:
                held = raw, at  # the frame that is on screen at `start`
                continue
            if duration is not None and time >= duration:
                break
            if held is not None and index == 0 and time > 0:
                yield VideoFrame(self._upright.pixels(held[0]), Fraction(0), 0)
                index, last = 1, Fraction(0)
            held = None
            if self._upright.is_other_size(raw):
                self._losses.resized((raw.width, raw.height), (self._upright.width, self._upright.height))
            yield VideoFrame(self._upright.pixels(raw), time, index)
            index, last = index + 1, time
        else:
            if last >= 0:
                self._check_end(start + last)
        if index:
            return
        if held is not None and self._is_on_screen(held[1] - self._begin, start):
            yield VideoFrame(self._upright.pixels(held[0]), Fraction(0), 0)
            return
        raise BadOption(f"{self.source.name} has no frame at {float(start):g} s.", "Choose an earlier --start.")

    def _is_on_screen(self, time: Fraction, at: Fraction) -> bool:
        """Whether the last frame, shown at `time`, is still shown at `at`."""
        length = self._whole.duration
        return length is None or at < max(length, time + 1 / self.info.average_rate)

    def _check_end(self, last: Fraction) -> None:
        """Whether the last frame is where the track says it ends."""
        said = self._track_duration()
        if said is None or said - last < 1 / self.info.average_rate + max(SHORT_BY, said / 50):
            return
        if self._last_length < (said - last) * Fraction(9, 10):  # else a picture that is meant to stay
            self._losses.ends_early(last, said)

    def _track_duration(self) -> Fraction | None:
        stream = self._stream
        if stream.duration and not is_discontinuous(self._container):
            return Fraction(stream.duration) * Fraction(stream.time_base or 1)
        tag = str(stream.metadata.get("DURATION", ""))  # Matroska's, as FFmpeg and mkvmerge write it
        try:
            hours, minutes, seconds = tag.split(":")
            return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
        except ValueError:
            return None

    def _from(self, start: Fraction) -> Iterator[Timed]:
        """Frames from the one on screen at `start`, or from earlier, with their times on the container's clock."""
        beyond = SEEK_BEYOND_JUMPS if is_discontinuous(self._container) else SEEK_BEYOND
        if start > beyond and not keeps_no_time(self._container):
            for early in (Fraction(0), Fraction(10)):
                frames = self._sought(self._begin + start - early)
                first = next(frames, None)
                if first is not None and first[1] <= self._begin + start:
                    yield first
                    yield from frames
                    return
        fresh, self._fresh = self._fresh, None
        if fresh is not None:
            yield self._first, self._begin
            yield from fresh
            return
        self._open()
        yield from self._timed()

    def _sought(self, time: Fraction) -> Iterator[Timed]:
        self._fresh = None
        ticks = int(time / Fraction(self._stream.time_base or 1))
        try:
            self._container.seek(ticks, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            return
        yield from self._timed(ticks)

    def _timed(self, sought: int | None = None) -> Iterator[Timed]:
        """Frames with their times, made whole where they are interlaced."""
        clock = clock_for(self._container, self._stream)
        fields: Deinterlacer | None = None
        for raw in self._raw(sought):
            time = clock.time_of(raw)
            self._last_length = clock.length
            if raw.is_corrupt:
                self._losses.concealed(time)
            if fields is not None and not fields.takes(raw):
                yield from fields.finish()
                fields = None
            if fields is None and raw.interlaced_frame and min(raw.width, raw.height) >= LEAST:
                fields = Deinterlacer(raw)
            if fields is None:
                yield raw, time
            else:
                yield from fields.push(raw, time)
        if fields is not None:
            yield from fields.finish()

    def _raw(self, sought: int | None) -> Iterator[Any]:
        """Frames as they are decoded. At the first error it is begun again with more care."""
        given = 0
        if not self._careful:
            try:
                for frame in decoded(self._container, self._stream, _stop):
                    given += 1
                    yield frame
                return
            except _Spoilt:
                self._careful = True
            self._open()
            if sought is not None:
                self._container.seek(sought, stream=self._stream, backward=True)
        for count, frame in enumerate(decoded(self._container, self._stream, self._losses.packet)):
            if count >= given:
                yield frame


def _part_of(info: VideoInfo, source: Source) -> VideoInfo:
    """What is known of the part of a clip that is meant."""
    start, length = source.part(Fraction(0), None if info.duration is None else info.duration - source.start)
    if not start and source.duration is None:
        return info
    frames = None if length is None or info.frame_count is None else max(1, round(length * info.average_rate))
    return replace(info, duration=length, frame_count=frames)


class _Spoilt(Exception):
    pass


def _stop(_packet: Any) -> None:
    raise _Spoilt


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
