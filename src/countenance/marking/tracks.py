"""What a video under way consists of: pictures, sound, words, in step with each other in one container.

Knows nothing of marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from countenance.marking.caption_track import Caption, CaptionTrack
from countenance.marking.containers import Container
from countenance.marking.exit_gate import libav_errors
from countenance.marking.picture_track import Codec, PictureTrack
from countenance.marking.sound_encoding import Samples, SoundEncoder, SoundSource
from countenance.media.frames import Pixels


class Tracks:
    """An open container and its tracks. Nothing is in the file before the first frame.

    Args:
        path: of the file.
        container: what kind it is.
        codec: of the pictures.
        width, height, rate, time_base: as for `PictureTrack`.
        audio: the sound; cut where the picture ends.
        stage: what the sound goes through.
        captions: in order.
        metadata: of the whole file.

    Raises:
        OSError: the system's own.
    """

    def __init__(
        self,
        path: Path,
        container: Container,
        codec: Codec,
        width: int,
        height: int,
        rate: Fraction,
        time_base: Fraction,
        audio: SoundSource | None = None,
        stage: Callable[[Samples | None], Samples] | None = None,
        captions: Sequence[Caption] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        options = dict(container.options)
        if metadata and "movflags" in options:  # else only the tags that QuickTime knew are written
            options["movflags"] += "+use_metadata_tags"
        with libav_errors():
            self._out = av.open(str(path), "w", format=container.muxer, options=options)
        self._out.metadata.update(metadata or {})
        self.pictures = PictureTrack(self._out, codec, width, height, rate, time_base)
        self._sound = None if audio is None else SoundEncoder(self._out, container.sound_codec, audio, stage)
        self._text = CaptionTrack(self._out, container.text_codec, captions) if captions else None

    def put(self, pixels: Pixels, time: Fraction) -> None:
        """Encode a frame, and the sound and words up to it. Raises OSError."""
        with libav_errors():
            self._mux(self.pictures.encode(pixels, time))
            if self._sound is not None:
                self._mux(self._sound.advance(time))
            if self._text is not None:
                self._mux(self._text.advance(time))

    def finish(self, sound_end: Fraction) -> None:
        """Write what is left, sound and words up to a time, and close. Raises OSError."""
        with libav_errors():
            self._mux(self.pictures.finish())
            if self._sound is not None:
                self._mux(self._sound.finish(sound_end))
            if self._text is not None:
                self._mux(self._text.finish(sound_end))
            self._out.close()

    @property
    def sound_fingerprint(self) -> bytes:
        """Of the sound that was encoded so far; empty without."""
        return b"" if self._sound is None else self._sound.fingerprint

    def close(self) -> None:
        """Let the file go, finished or not."""
        self._out.close()

    def _mux(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            self._out.mux(packet)
