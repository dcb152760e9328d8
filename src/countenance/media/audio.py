"""Reading sound: float PCM in blocks, placed to the sample against the picture's start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from countenance.errors import Damaged
from countenance.media.container import audio_stream, is_discontinuous, opened
from countenance.media.decoding import decoded, picture_begins
from countenance.media.losses import TrackLosses
from countenance.media.presentation import LONGEST_GAP
from countenance.media.source import Source, pinned

Samples = NDArray[np.float32]
LONGEST_SILENCE = 60  # seconds: a longer gap is the clock's mistake, and is made so long


@dataclass(frozen=True)
class SoundTrack:
    """The sound of a clip, or a part of it, read afresh each time `blocks` is called.

    Attributes:
        source: the file; its `audio_track` is read, or the one that players choose.
        sample_rate: hertz.
        channels: 1 or 2; more are mixed down to 2.
        start: seconds into the file's picture at which the first sample lies.
        duration: seconds; None reads to the end.
        origin: when the first picture is shown (without pictures: the first sample heard), on the container's clock.
    """

    source: Source
    sample_rate: int
    channels: int
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    origin: Fraction = Fraction(0)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was lost in all readings of the source's sound so far, in plain words."""
        return self.source.losses.sound.sentences(f"The sound of {self.source.name}")

    def blocks(self) -> Iterator[Samples]:
        """(n, channels) float32 in [-1, 1], gapless from `start`: silence where the track has none.

        Raises:
            Damaged: nothing of the track can be decoded. InputChanged.
        """
        begin = round(self.start * self.sample_rate)
        wanted = None if self.duration is None else begin + round(self.duration * self.sample_rate)
        position = begin  # the next sample to hand out, on the picture's clock
        offset = 0  # samples that the clock has jumped by
        with opened(self.source) as container:
            jumps = is_discontinuous(container)
            for at, samples in self._placed(container):
                at = position if at is None else at + offset
                jumped = not position - self.sample_rate // 10 < at < position + LONGEST_GAP * self.sample_rate
                if jumps and jumped and position > begin:
                    offset += position - at
                    at = position
                if abs(at - position) <= 1:
                    at = position  # rounding of the container's clock
                if at < position:
                    samples = samples[position - at :]
                elif at > position:
                    gap = min(at - position, LONGEST_SILENCE * self.sample_rate)
                    samples = np.concatenate([np.zeros((gap, self.channels), np.float32), samples])
                if wanted is not None:
                    samples = samples[: wanted - position]
                if len(samples):
                    position += len(samples)
                    yield samples
                if wanted is not None and position >= wanted:
                    return
        if position == begin and self.source.losses.sound:
            raise Damaged(f"The sound of {self.source.name} cannot be decoded.")

    def _placed(self, container: Any) -> Iterator[tuple[int | None, Samples]]:
        """Samples, each piece with where it lies on the picture's clock, from `start` or earlier."""
        stream = audio_stream(container, self.source)
        if self.start > 1:
            container.seek(int((self.origin + self.start - 1) * 1_000_000), backward=True)
            pieces = self._pieces(container, stream)
            first = next(pieces, None)
            if first is not None and first[0] is not None and first[0] <= self.start * self.sample_rate:
                yield first
                yield from pieces
                return
            with opened(self.source) as again:  # not found by seeking
                yield from self._pieces(again, audio_stream(again, self.source))
            return
        yield from self._pieces(container, stream)

    def _pieces(self, container: Any, stream: Any) -> Iterator[tuple[int | None, Samples]]:
        layout = "mono" if self.channels == 1 else "stereo"
        resampler: Any = None
        kind: Any = None
        for frame in decoded(container, stream, self.source.losses.sound.packet):
            if kind != (frame.format.name, frame.layout.name, frame.sample_rate):  # it may change on the way
                if resampler is not None:
                    yield from self._converted(resampler.resample(None))
                resampler = AudioResampler(format="fltp", layout=layout, rate=self.sample_rate)
                kind = (frame.format.name, frame.layout.name, frame.sample_rate)
            yield from self._converted(resampler.resample(frame))
        if resampler is not None:
            yield from self._converted(resampler.resample(None))

    def _converted(self, pieces: list[Any]) -> Iterator[tuple[int | None, Samples]]:
        for piece in pieces:
            at = None
            if piece.pts is not None:
                at = round((Fraction(piece.pts) * Fraction(piece.time_base or 0) - self.origin) * self.sample_rate)
            yield at, np.ascontiguousarray(piece.to_ndarray().T, np.float32)


def open_sound(
    given: Source | Path | str, *, start: Fraction = Fraction(0), duration: Fraction | None = None
) -> SoundTrack | None:
    """The sound track of a file, or of the part of it that is meant; None where it has none that can be decoded.

    Raises:
        FileMissing, EmptyFile, NotAFile, InputChanged, NotAVideo; BadOption: there is no such track.
    """
    source = pinned(given)
    with opened(source) as container:
        stream = audio_stream(container, source)
        if stream is None:
            return None
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
        if not rate or not channels:
            return None
        begins = None if container.streams.video else _sound_begins(container, stream)
    origin = picture_begins(source) or Fraction(0) if begins is None else begins
    return SoundTrack(source, int(rate), 1 if channels == 1 else 2, *source.part(start, duration), origin)


def _sound_begins(container: Any, stream: Any) -> Fraction:
    """When the first sample is heard, on the container's clock."""
    first = next(decoded(container, stream, TrackLosses().packet), None)
    if first is None or first.pts is None:
        return Fraction(0)
    return Fraction(first.pts) * Fraction(first.time_base or 0)
