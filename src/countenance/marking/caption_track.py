"""Captions inside the container: a text track that players can switch on. Timed text in MP4 and MOV, WebVTT in WebM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import langcodes
from av.subtitles.codeccontext import SubtitleCodecContext
from av.subtitles.subtitle import SubtitleSet

MILLISECOND = Fraction(1, 1000)
# FFmpeg's text encoders take lines of Advanced SubStation Alpha and ask for a script's head.
_HEAD = (
    "[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, "
    "MarginV, Encoding\r\n"
    "Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\r\n\r\n"
    "[Events]\r\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
)


@dataclass(frozen=True)
class Caption:
    """Words and when they are shown.

    Attributes:
        text: plain, lines apart by a newline.
        start, end: seconds.
        language: BCP 47.
    """

    text: str
    start: Fraction
    end: Fraction
    language: str = "und"


class CaptionTrack:
    """The text track of an output under way.

    Args:
        out: the container, before its first packet.
        codec: FFmpeg's encoder.
        captions: in order, at least one; the first one's language is the track's.
    """

    def __init__(self, out: av.container.OutputContainer, codec: str, captions: Sequence[Caption]) -> None:
        self._stream = out.add_stream(codec)
        self._stream.time_base = MILLISECOND
        self._stream.metadata["language"] = _alpha3(captions[0].language)
        encoder = self._stream.codec_context
        assert isinstance(encoder, SubtitleCodecContext)
        self._encoder = encoder
        self._encoder.time_base = MILLISECOND
        self._encoder.subtitle_header = _HEAD.encode()
        self._waiting = [caption for caption in captions if caption.text.strip() and caption.end > caption.start]

    def advance(self, time: Fraction) -> Iterator[av.Packet[Any]]:
        """Packets of what begins up to a time, seconds."""
        while self._waiting and self._waiting[0].start <= time:
            yield self._packet(self._waiting.pop(0), None)

    def finish(self, end: Fraction) -> Iterator[av.Packet[Any]]:
        """Packets of what is left; nothing is shown after the end."""
        for caption in self._waiting:
            if caption.start < end:
                yield self._packet(caption, end)
        self._waiting.clear()

    def _packet(self, caption: Caption, end: Fraction | None) -> av.Packet[Any]:
        start = round(caption.start * 1000)
        length = max(1, round((caption.end if end is None else min(caption.end, end)) * 1000) - start)
        words = caption.text.strip().replace("\r", "").replace("\n", r"\N").replace("{", "(").replace("}", ")")
        event = SubtitleSet.create(text=f"0,0,Default,,0,0,0,,{words}".encode(), start=0, end=length, pts=0)
        packet = self._encoder.encode_subtitle(event)
        packet.stream = self._stream
        packet.pts = packet.dts = start
        packet.duration = length
        packet.time_base = MILLISECOND
        return packet


def _alpha3(language: str) -> str:
    try:
        return langcodes.Language.get(language).to_alpha3()
    except (LookupError, ValueError):
        return "und"
