"""Small clips for the tests, written with plain PyAV: the material under test, not an output of the product."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def write_clip(
    path: Path,
    times: Sequence[Fraction],
    *,
    size: tuple[int, int] = (96, 64),
    rate: Fraction = Fraction(25),
    tone: bool = False,
    codec: str = "libx264",
) -> Path:
    """A clip whose frame i is of grey 8·i, at the times given, in seconds; `tone` adds a 440 Hz sound as long."""
    base = Fraction(1, 90_000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        stream.options = {"crf": "10", "bf": "0"}
        stream.codec_context.time_base = stream.time_base = base
        sound = container.add_stream("aac", rate=48_000, layout="mono") if tone else None
        for index, time in enumerate(times):
            pixels = np.full((size[1], size[0], 3), min(8 * index, 255), np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = round(time / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound is not None:
            samples = np.sin(2 * np.pi * 440 * np.arange(round(float(times[-1]) * 48_000)) / 48_000) * 0.3
            for at in range(0, len(samples), 1024):
                block = av.AudioFrame.from_ndarray(samples[None, at : at + 1024].astype(np.float32), "fltp", "mono")
                block.sample_rate, block.pts, block.time_base = 48_000, at, Fraction(1, 48_000)
                container.mux(sound.encode(block))
            container.mux(sound.encode())
    return path


def even(count: int, rate: Fraction) -> list[Fraction]:
    """Times of `count` frames at an even rate."""
    return [i / rate for i in range(count)]
