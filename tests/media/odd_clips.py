"""Clips such as old cameras, broadcasts and interrupted downloads leave behind, made with PyAV's encoders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE = Fraction(25)
COUNT = 20


@dataclass(frozen=True)
class Clip:
    """How a clip is written. Frame i is of grey 16 + 10·i, with a white square at its top left, or as `paint` says.

    Attributes:
        codec, container: FFmpeg's names; the container by the file's ending where it is empty.
        size: stored pixels.
        times: seconds; even ones at RATE where there are none.
        pixel: width over height of a pixel.
        matrix: a display matrix of nine 16.16 numbers.
        options: the encoder's.
        muxing: the container's.
        harmed: packets of the picture that are filled with noise in the file.
        tone: channels of a 440 Hz sound, or 0.
        paint: frame number → (h, w, 3) uint8.
    """

    codec: str = "libx264"
    container: str | None = None
    size: tuple[int, int] = (96, 64)
    times: Sequence[Fraction] = ()
    rate: Fraction = RATE
    pixel: Fraction | None = None
    matrix: tuple[int, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    muxing: dict[str, str] = field(default_factory=dict)
    harmed: tuple[int, ...] = ()
    tone: int = 0
    pix_fmt: str = "yuv420p"
    count: int = COUNT
    paint: Callable[[int], NDArray[np.uint8]] | None = None

    def write(self, path: Path) -> Path:
        """The clip as a file."""
        base = Fraction(1, 90_000) if self.times else 1 / self.rate
        with av.open(str(path), "w", format=self.container, options=self.muxing) as out:
            stream = self._stream(out, base)
            heard = {".vob": "mp2", ".mpg": "mp2", ".ts": "mp2", ".webm": "libopus"}.get(path.suffix, "aac")
            layout = "mono" if self.tone == 1 else "stereo"
            sound = out.add_stream(heard, rate=48_000, layout=layout) if self.tone else None
            packets: list[Any] = []
            if sound is not None:
                packets += tone(sound, Fraction(self.count) / self.rate)
            for frame in [*self.frames(base), None]:
                packets += stream.encode(frame)
            packets.sort(key=lambda p: p.dts * p.time_base if p.dts is not None else Fraction(0))
            for packet in packets:
                out.mux(packet)
        if self.harmed:
            spoil(path, *self.harmed)
        return path

    def frames(self, base: Fraction) -> list[av.VideoFrame]:
        """To be encoded."""
        times = self.times or [i / self.rate for i in range(self.count)]
        out = []
        for index, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray((self.paint or self._grey)(index), format="rgb24")
            frame = frame.reformat(format=self.pix_fmt)
            frame.pts, frame.time_base = round(time / base), base
            out.append(frame)
        return out

    def _grey(self, index: int) -> NDArray[np.uint8]:
        pixels = np.full((self.size[1], self.size[0], 3), min(16 + 10 * index, 235), np.uint8)
        pixels[: self.size[1] // 4, : self.size[0] // 4] = 250
        return pixels

    def _stream(self, out: Any, base: Fraction) -> Any:
        stream = out.add_stream(self.codec, rate=self.rate)
        stream.width, stream.height, stream.pix_fmt = *self.size, self.pix_fmt
        stream.options = dict(self.options)
        stream.codec_context.time_base = base
        if self.pixel is not None:
            stream.codec_context.sample_aspect_ratio = self.pixel
        if self.matrix:
            stream.set_display_matrix(list(self.matrix))
        return stream


def tone(sound: Any, length: Fraction) -> list[Any]:
    """Packets of 440 Hz."""
    packets = []
    samples = (np.sin(2 * np.pi * 440 * np.arange(round(length * 48_000)) / 48_000) * 0.3).astype(np.float32)
    layout = sound.codec_context.layout
    resampler = av.AudioResampler(format=sound.codec_context.format.name, layout=layout, rate=48_000,
                                  frame_size=sound.codec_context.frame_size or 1024)  # fmt: skip
    block = av.AudioFrame.from_ndarray(np.tile(samples, (len(layout.channels), 1)), "fltp", layout.name)
    block.sample_rate, block.pts, block.time_base = 48_000, 0, Fraction(1, 48_000)
    for frame in [*resampler.resample(block), *resampler.resample(None)]:
        packets += sound.encode(frame)
    return packets + sound.encode(None)


def spoil(path: Path, *numbers: int, kind: str = "video") -> None:
    """Fill the packets of those numbers with noise, in the file."""
    with av.open(str(path)) as container:
        packets = [bytes(p) for p in container.demux(getattr(container.streams, kind)[0]) if p.size]
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(5)
    places = []
    for number in numbers:
        at = data.find(packets[number]) if number < len(packets) else -1
        size = len(packets[number]) if at >= 0 else 160
        if at < 0:  # a transport stream's packets lie in pieces: one piece of it
            at = 188 * (len(data) * number // COUNT // 188) + 8
        places.append((at, size))
    for at, size in places:
        data[at : at + size] = noise.integers(0, 256, size, dtype=np.uint8).tobytes()
    path.write_bytes(bytes(data))


def greys(frames: Sequence[Any]) -> list[int]:
    """Frame numbers, read back from the lower right quarter."""
    out = []
    for frame in frames:
        pixels = frame.pixels
        part = pixels[pixels.shape[0] // 2 :, pixels.shape[1] // 2 :]
        out.append(round((float(part.mean()) - 16) / 10))
    return out
