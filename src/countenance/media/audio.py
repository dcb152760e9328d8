"""Reading sound: float PCM in blocks, placed to the sample against the picture's start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from countenance.errors import Damaged, FileMissing, NotAVideo

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class SoundTrack:
    """The sound of a clip, or a part of it, read afresh each time `blocks` is called.

    Attributes:
        path: the file.
        sample_rate: hertz.
        channels: 1 or 2; more are mixed down to 2.
        start: seconds into the picture's time at which the first sample lies.
        duration: seconds; None reads to the end.
    """

    path: Path
    sample_rate: int
    channels: int
    start: Fraction = Fraction(0)
    duration: Fraction | None = None

    def blocks(self) -> Iterator[Samples]:
        """(n, channels) float32 in [-1, 1], gapless from `start`: silence where the track has none.

        Raises:
            Damaged: the track cannot be decoded from its beginning.
        """
        wanted = None if self.duration is None else round(self.duration * self.sample_rate)
        begin = round(self.start * self.sample_rate)
        position = begin  # the next sample to hand out, on the picture's clock
        with av.open(str(self.path)) as container:
            stream = container.streams.audio[0]
            origin = _picture_origin(container)
            if self.start > 1:
                container.seek(int((origin + self.start - 1) * 1_000_000), backward=True)
            layout = "mono" if self.channels == 1 else "stereo"
            resampler = AudioResampler(format="fltp", layout=layout, rate=self.sample_rate)
            decoded = container.decode(stream)
            while True:
                try:
                    frame = next(decoded, None)
                except (av.error.FFmpegError, ValueError) as error:
                    if position == begin:
                        raise Damaged(f"The sound of {self.path.name} cannot be decoded: {error}.") from error
                    frame = None
                for piece in resampler.resample(frame):
                    samples = np.ascontiguousarray(piece.to_ndarray().T, np.float32)
                    time = (
                        Fraction(piece.pts) * Fraction(piece.time_base or 0) - origin if piece.pts is not None else None
                    )
                    at = round(time * self.sample_rate) if time is not None else position
                    if abs(at - position) <= 1:
                        at = position  # rounding of the container's clock
                    if at < position:
                        samples = samples[position - at :]
                    elif at > position:
                        gap = min(at - position, 60 * self.sample_rate)
                        samples = np.concatenate([np.zeros((gap, self.channels), np.float32), samples])
                    if wanted is not None:
                        samples = samples[: begin + wanted - position]
                    if len(samples):
                        position += len(samples)
                        yield samples
                if frame is None or (wanted is not None and position >= begin + wanted):
                    return


def _picture_origin(container: Any) -> Fraction:
    """The time of the first picture, which counts as zero."""
    if container.streams.video:
        video = container.streams.video[0]
        if video.start_time is not None:
            return Fraction(video.start_time) * Fraction(video.time_base)
    return Fraction(0)


def open_sound(path: Path, *, start: Fraction = Fraction(0), duration: Fraction | None = None) -> SoundTrack | None:
    """The sound track of a file, or None where it has none that can be decoded.

    Raises:
        FileMissing, NotAVideo.
    """
    if not Path(path).is_file():
        raise FileMissing(f"There is no file {path}.")
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return None
            codec = container.streams.audio[0].codec_context
            if codec is None:  # a damaged header, or a codec that FFmpeg does not know
                return None
            rate, channels = codec.sample_rate, codec.channels
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NotAVideo(f"{Path(path).name} cannot be read as sound or video.") from error
    if not rate or not channels:
        return None
    return SoundTrack(Path(path), int(rate), 1 if channels == 1 else 2, start, duration)
