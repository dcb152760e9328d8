"""Sound into packets beside a picture track: pulled as the pictures advance, so neither side piles up.

An encoder's priming delay (1,024 samples for AAC, 312 for Opus) is written as an edit list or codec delay by the
muxer, so the first sample lies at time zero; a test decodes it back and measures. The sound never outlasts the
picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Protocol, cast

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from numpy.typing import NDArray

from countenance.marking.acoustic import SoundPrint

Samples = NDArray[np.float32]
"""(n, channels) float32 in [-1, 1]."""
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_BITS_A_CHANNEL = {"aac": 96_000, "libopus": 64_000}


class SoundSource(Protocol):
    """What the exit takes as sound; `media.audio.SoundTrack` is one."""

    @property
    def sample_rate(self) -> int:
        """Hertz."""

    @property
    def channels(self) -> int:
        """1 or 2."""

    def blocks(self) -> Iterator[Samples]:
        """(n, channels) float32 in [-1, 1], gapless from the output's time zero."""


class SoundEncoder:
    """One sound stream of an open container.

    Args:
        container: PyAV, opened for writing.
        codec: FFmpeg's encoder name, `aac` or `libopus`.
        sound: what to write.
        stage: applied to every block before encoding (the audio mark); may hold samples back until it is called
            with None, for the end.
    """

    def __init__(
        self,
        container: OutputContainer,
        codec: str,
        sound: SoundSource,
        stage: Callable[[Samples | None], Samples] | None = None,
    ) -> None:
        self._sound = sound
        self._print = SoundPrint(sound.sample_rate)
        self._blocks = staged(sound.blocks(), stage)
        self._rate_in = sound.sample_rate
        rate = 48_000 if codec == "libopus" else min(_AAC_RATES, key=lambda r: abs(r - sound.sample_rate))
        self._layout = "mono" if sound.channels == 1 else "stereo"
        self.stream = cast(AudioStream, container.add_stream(codec, rate=rate, layout=self._layout))
        context = self.stream.codec_context
        context.bit_rate = _BITS_A_CHANNEL[codec] * sound.channels
        context.open(strict=False)
        self._resampler = AudioResampler(
            format=context.format.name, layout=self._layout, rate=rate, frame_size=context.frame_size
        )
        self._sent = 0
        self._spare: Samples = np.zeros((0, sound.channels), np.float32)
        self._ended = False

    def advance(self, until: Fraction) -> Iterator[Packet[AudioStream]]:
        """Encode up to `until` seconds, as far as the sound goes."""
        wanted = int(until * self._rate_in)
        while self._sent < wanted and not self._ended:
            block = self._spare
            if not len(block):
                following = next(self._blocks, None)
                if following is None:
                    self._ended = True
                    return
                block = following
            take = min(len(block), wanted - self._sent)
            self._spare = block[take:]
            yield from self._encoded(block[:take])

    @property
    def fingerprint(self) -> bytes:
        """Of what was encoded so far."""
        return self._print.data

    def finish(self, end: Fraction) -> Iterator[Packet[AudioStream]]:
        """Everything up to the picture's end, and what the encoder still holds."""
        yield from self.advance(end)
        for frame in self._resampler.resample(None):
            yield from self.stream.encode(frame)
        yield from self.stream.encode(None)

    def _encoded(self, samples: Samples) -> Iterator[Packet[AudioStream]]:
        self._print.see(samples)
        clipped = np.clip(np.ascontiguousarray(samples.T, np.float32), -1.0, 1.0)
        frame = av.AudioFrame.from_ndarray(clipped, format="fltp", layout=self._layout)
        frame.sample_rate = self._rate_in
        frame.time_base = Fraction(1, self._rate_in)
        frame.pts = self._sent
        self._sent += samples.shape[0]
        for piece in self._resampler.resample(frame):
            yield from self.stream.encode(piece)


def staged(blocks: Iterator[Samples], stage: Callable[[Samples | None], Samples] | None) -> Iterator[Samples]:
    """Blocks after a stage, without empty ones; the stage is called with None at the end."""
    for block in blocks:
        out = block if stage is None else stage(block)
        if len(out):
            yield out
    if stage is not None:
        out = stage(None)
        if len(out):
            yield out
