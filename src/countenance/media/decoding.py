"""Packets to frames: what is damaged is lost, what comes after it is not. Knows nothing of colours and sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av.error

from countenance.media.container import is_discontinuous, keeps_no_time, nominal_rate, opened, video_stream
from countenance.media.losses import TrackLosses
from countenance.media.presentation import LONGEST_GAP, Clock
from countenance.media.source import Source

SPOILT = (av.error.FFmpegError, ValueError)
DECODING_TIMES_ONLY = frozenset({"avi"})


def decoded(container: Any, stream: Any, spoilt: Callable[[Any], None]) -> Iterator[Any]:
    """Frames of a track from where the container stands, in the order in which they are shown.

    Where nothing more can be read, the end is there.

    Args:
        container, stream: PyAV's.
        spoilt: told of each packet that cannot be decoded; it is passed over.
    """
    packets = container.demux(stream)
    undated = container.format.name in DECODING_TIMES_ONLY
    ended, clock = False, 0
    while not ended:
        try:
            packet = next(packets, None)
        except SPOILT:
            packet = None
        ended = packet is None or not packet.size
        try:
            frames = stream.decode(packet)
        except av.error.EOFError:
            frames = []
        except SPOILT:
            spoilt(packet)
            frames = []
        if undated:  # what the decoder still holds at the end comes after the last packet
            for frame in frames if ended else ():
                if frame.dts is None:
                    clock += 1
                    frame.dts = clock
            if packet is not None and packet.dts is not None:
                clock = packet.dts
        yield from frames


def clock_for(container: Any, stream: Any) -> Clock:
    """A clock for a picture track that is read from its beginning, or from where it was sought."""
    return Clock(
        Fraction(stream.time_base or Fraction(1, 90_000)),
        1 / nominal_rate(stream, container),
        has_times=not keeps_no_time(container),
        reordered=container.format.name not in DECODING_TIMES_ONLY,
        jumps=is_discontinuous(container),
    )


def picture_begins(source: Source) -> Fraction | None:
    """When the first picture is shown, on the container's clock; None where there is none.

    Raises:
        NotAVideo, FileMissing, InputChanged; BadOption: the track asked for is not there.
    """
    with opened(source) as container:
        stream = video_stream(container, source)
        if stream is None:
            return None
        first = next(decoded(container, stream, TrackLosses().packet), None)
        return None if first is None else clock_for(container, stream).time_of(first)


def counted_duration(container: Any, stream: Any) -> Fraction | None:
    """Seconds, by reading all packets without decoding them: recordings that were never finished say nothing."""
    clock = clock_for(container, stream)
    base, step = Fraction(stream.time_base or 1), 1 / nominal_rate(stream, container)
    jumps = is_discontinuous(container)
    total, last = Fraction(0), None
    try:
        for packet in container.demux(stream):
            if not packet.size:
                break
            length = packet.duration * base if packet.duration and clock.has_times else step
            now = None if packet.dts is None or not clock.has_times else packet.dts * base
            if now is None or last is None or (jumps and not 0 <= now - last < LONGEST_GAP):
                total += length
            else:
                total += now - last
            last = now if now is not None else (None if last is None else last + length)
    except SPOILT:
        pass  # as far as it goes
    return total or None
