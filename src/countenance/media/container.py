"""Opening containers: pinned bytes, and which of their tracks are meant. Knows nothing of frames and samples."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import av.error

from countenance.errors import BadOption, NotAVideo
from countenance.media.source import Source

BUFFER = 1 << 18  # bytes that are asked for at once
STILL_FORMATS = frozenset({"image2", "png_pipe", "jpeg_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "tty"})
RAW_FORMATS = frozenset("h264 hevc vvc mpegvideo m4v obu vc1 h263 mjpeg cavsvideo dirac".split())
DISCONTINUOUS = 0x0200  # FFmpeg's AVFMT_TS_DISCONT: time may jump, as in recordings of a broadcast
_ATTACHED = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
_FOR_SOME = (
    av.stream.Disposition.comment
    | av.stream.Disposition.hearing_impaired
    | av.stream.Disposition.visual_impaired
    | av.stream.Disposition.descriptions
)


def opened(source: Source) -> Any:
    """A PyAV container that reads pinned bytes. Raises NotAVideo, FileMissing, InputChanged."""
    try:
        return av.open(source.open(), "r", buffer_size=BUFFER)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NotAVideo(f"{source.name} cannot be read as video or sound.") from error


def video_stream(container: Any, source: Source) -> Any:
    """The picture track that is meant, or None where there is none. Raises BadOption: its number is not there."""
    streams = [s for s in container.streams.video if not s.disposition & _ATTACHED]
    return _meant(streams, source.video_track, source.name, "--video-track", lambda s: s.width * s.height)


def audio_stream(container: Any, source: Source) -> Any:
    """The sound track that is meant, or None where there is none. Raises BadOption: its number is not there."""
    streams = list(container.streams.audio)
    return _meant(streams, source.audio_track, source.name, "--audio-track", lambda s: s.channels)


def keeps_no_time(container: Any) -> bool:
    """Whether frames have no times of their own there: they follow each other at the rate that the codec says."""
    return container.format.name in RAW_FORMATS


def is_discontinuous(container: Any) -> bool:
    """Whether time may jump there."""
    return bool(container.format.flags & DISCONTINUOUS)


def nominal_rate(stream: Any, container: Any) -> Fraction:
    """Frames a second on average, as far as the container tells."""
    if keeps_no_time(container):  # the demuxer's average is a constant of FFmpeg's
        return Fraction(stream.guessed_rate or stream.average_rate or 25)
    return Fraction(stream.average_rate or stream.guessed_rate or 25)


def _meant(streams: Sequence[Any], number: int | None, name: str, flag: str, size: Any) -> Any:
    """By number; else as players choose: what is marked as default, else the largest, else the first."""
    if number is not None:
        if not 1 <= number <= len(streams):
            raise BadOption(f"{name} has no track for {flag} {number}.", f"It has {_listed(streams)}.")
        chosen = streams[number - 1]
        if chosen.codec_context is None:  # a codec that FFmpeg does not know, or a spoilt header
            raise BadOption(f"Track {number} of {name} is of a kind that cannot be decoded.", "Choose another one.")
        return chosen
    usable = [s for s in streams if s.codec_context is not None]
    if not usable:
        return None
    return max(
        usable,
        key=lambda s: (
            bool(s.disposition & av.stream.Disposition.default),
            not s.disposition & _FOR_SOME,
            size(s.codec_context) or 0,
            -s.index,
        ),
    )


def _listed(streams: Sequence[Any]) -> str:
    """`2 tracks: 1 (h264, eng), 2 (h264)`."""
    if not streams:
        return "no such track"
    parts = []
    for k, stream in enumerate(streams, 1):
        about = [stream.codec_context.name if stream.codec_context else "unknown", stream.language or ""]
        parts.append(f"{k} ({', '.join(word for word in about if word and word != 'und')})")
    return f"{len(parts)} track{'s' if len(parts) > 1 else ''}: {', '.join(parts)}"
