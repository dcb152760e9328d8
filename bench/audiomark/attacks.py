"""What happens to sound on its way: codecs, resampling, cuts, speed, tempo, noise, filters, level, word length.

Every attack takes `(n, channels) float32` and a sample rate and gives both back.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
import av.filter
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, resample_poly, sosfilt

Samples = NDArray[np.float32]
Sound = tuple[Samples, int]


@dataclass(frozen=True)
class Attack:
    """A named way to treat sound; `group` is the row of the summary it belongs to."""

    name: str
    group: str
    apply: Callable[[Samples, int], Sound]


def _planar(samples: Samples, rate: int) -> av.AudioFrame:
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T, dtype=np.float32), format="fltp", layout=layout)
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = 0
    return frame


def resample(samples: Samples, rate: int, target: int) -> Samples:
    """Polyphase resampling, `(n, channels)`."""
    step = Fraction(target, rate)
    return np.asarray(resample_poly(samples, step.numerator, step.denominator, axis=0), dtype=np.float32)


def encode(samples: Samples, rate: int, codec: str, bit_rate: int, container: str, codec_rate: int) -> Sound:
    """Through a real encoder and decoder, in memory; comes back at the codec's own rate."""
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=codec_rate)
        stream.layout = layout
        stream.bit_rate = bit_rate
        stream.time_base = Fraction(1, codec_rate)
        context = stream.codec_context
        context.open()
        resampler = av.AudioResampler(
            format=context.format, layout=layout, rate=codec_rate, frame_size=context.frame_size or 1024
        )
        frames = [*resampler.resample(_planar(samples, rate)), *resampler.resample(None)]
        for frame in frames:
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as source:
        stream = source.streams.audio[0]
        back = av.AudioResampler(format="fltp", layout=layout, rate=stream.rate)
        blocks = [f.to_ndarray() for frame in source.decode(stream) for f in back.resample(frame)]
    return np.ascontiguousarray(np.concatenate(blocks, axis=1).T), int(stream.rate)


def codec(
    name: str, kilobits: float, container: str, codec_rate: int, *, mono: bool = False
) -> Callable[[Samples, int], Sound]:
    def apply(samples: Samples, rate: int) -> Sound:
        if mono:
            samples = samples.mean(axis=1, keepdims=True)
        return encode(samples, rate, name, int(kilobits * 1000), container, codec_rate)

    return apply


def filtered(description: str) -> Callable[[Samples, int], Sound]:
    """One libavfilter filter, e.g. `atempo=1.1`."""

    def apply(samples: Samples, rate: int) -> Sound:
        graph = av.filter.Graph()
        layout = "mono" if samples.shape[1] == 1 else "stereo"
        source = graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout, time_base=Fraction(1, rate))
        name, _, options = description.partition("=")
        node = graph.add(name, options or None)
        planar = graph.add("aformat", "sample_fmts=fltp")
        sink = graph.add("abuffersink")
        source.link_to(node)
        node.link_to(planar)
        planar.link_to(sink)
        graph.configure()
        out = []

        def drain() -> None:
            while True:
                try:
                    out.append(graph.pull().to_ndarray())
                except (av.error.BlockingIOError, av.error.EOFError):
                    return

        for start in range(0, len(samples), 4096):
            frame = _planar(samples[start : start + 4096], rate)
            frame.pts = start
            graph.push(frame)
            drain()
        graph.push(None)
        drain()
        return np.ascontiguousarray(np.concatenate(out, axis=1).T), rate

    return apply


def through_rate(target: int) -> Callable[[Samples, int], Sound]:
    return lambda samples, rate: (resample(samples, rate, target), target)


def speed(factor: float) -> Callable[[Samples, int], Sound]:
    """Played faster: pitch and tempo together, like a tape."""
    step = Fraction(1 / factor).limit_denominator(400)

    def apply(samples: Samples, rate: int) -> Sound:
        return np.asarray(resample_poly(samples, step.numerator, step.denominator, axis=0), dtype=np.float32), rate

    return apply


def white(snr_db: float) -> Callable[[Samples, int], Sound]:
    def apply(samples: Samples, rate: int) -> Sound:
        level = np.sqrt(np.mean(samples**2)) * 10 ** (-snr_db / 20)
        grain = np.random.default_rng(len(samples)).standard_normal(samples.shape)
        return (samples + level * grain).astype(np.float32), rate

    return apply


def gain(db: float) -> Callable[[Samples, int], Sound]:
    return lambda samples, rate: (np.clip(samples * 10 ** (db / 20), -1, 1).astype(np.float32), rate)


def band(low: float, high: float) -> Callable[[Samples, int], Sound]:
    def apply(samples: Samples, rate: int) -> Sound:
        if high < rate / 2:
            sos = butter(4, [low, high], "bandpass", fs=rate, output="sos")
        else:
            sos = butter(4, low, "highpass", fs=rate, output="sos")
        return sosfilt(sos, samples, axis=0).astype(np.float32), rate

    return apply


def tilt(db: float) -> Callable[[Samples, int], Sound]:
    """A treble shelf at 1 kHz of `db`, and the opposite in the bass: a heavy hand on the tone controls."""

    def apply(samples: Samples, rate: int) -> Sound:
        spectrum = np.fft.rfft(samples, axis=0)
        frequency = np.fft.rfftfreq(len(samples), 1 / rate)
        curve = db * np.tanh(np.log2(np.maximum(frequency, 20) / 1000))
        return np.fft.irfft(spectrum * 10 ** (curve / 20)[:, None], len(samples), axis=0).astype(np.float32), rate

    return apply


def quantised(bits: int) -> Callable[[Samples, int], Sound]:
    steps = 2 ** (bits - 1)
    return lambda samples, rate: ((np.round(samples * steps) / steps).astype(np.float32), rate)


def mono(samples: Samples, rate: int) -> Sound:
    return samples.mean(axis=1, keepdims=True), rate


def room(samples: Samples, rate: int) -> Sound:
    """A small room: 0.3 s reverberation, direct sound 6 dB over it."""
    rng = np.random.default_rng(3)
    n = int(0.3 * rate)
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    tail *= 0.5 / np.linalg.norm(tail)
    tail[0] = 1.0
    return fftconvolve(samples, tail[:, None], axes=0)[: len(samples)].astype(np.float32), rate


def chain(*steps: Callable[[Samples, int], Sound]) -> Callable[[Samples, int], Sound]:
    def apply(samples: Samples, rate: int) -> Sound:
        for step in steps:
            samples, rate = step(samples, rate)
        return samples, rate

    return apply


ATTACKS: tuple[Attack, ...] = (
    Attack("none", "none", lambda samples, rate: (samples, rate)),
    Attack("AAC 64k", "codec", codec("aac", 64, "mp4", 44100)),
    Attack("AAC 32k mono", "codec", codec("aac", 32, "mp4", 32000, mono=True)),
    Attack("MP3 64k", "codec", codec("libmp3lame", 64, "mp3", 44100)),
    Attack("MP3 48k mono", "codec", codec("libmp3lame", 48, "mp3", 32000, mono=True)),
    Attack("Opus 24k", "codec", codec("libopus", 24, "ogg", 48000, mono=True)),
    Attack("Opus 16k", "codec", codec("libopus", 16, "ogg", 48000, mono=True)),
    Attack("AMR-NB 12.2k (phone)", "stretch", codec("libopencore_amrnb", 12.2, "amr", 8000, mono=True)),
    Attack(
        "AAC 128k, then Opus 24k",
        "codec",
        chain(codec("aac", 128, "mp4", 44100), codec("libopus", 24, "ogg", 48000, mono=True)),
    ),
    Attack("resampled to 8 kHz", "resampling", through_rate(8000)),
    Attack("resampled to 16 kHz", "resampling", through_rate(16000)),
    Attack("resampled to 22.05 kHz", "resampling", through_rate(22050)),
    Attack("resampled to 44.1 kHz", "resampling", through_rate(44100)),
    Attack("resampled to 48 kHz", "resampling", through_rate(48000)),
    Attack("speed 0.90", "speed", speed(0.9)),
    Attack("speed 0.97", "speed", speed(0.97)),
    Attack("speed 1.04", "speed", speed(1.04)),
    Attack("speed 1.10", "speed", speed(1.1)),
    Attack("tempo 0.90, pitch kept", "tempo", filtered("atempo=0.9")),
    Attack("tempo 0.95, pitch kept", "tempo", filtered("atempo=0.95")),
    Attack("tempo 1.05, pitch kept", "tempo", filtered("atempo=1.05")),
    Attack("tempo 1.10, pitch kept", "tempo", filtered("atempo=1.1")),
    Attack("white noise 30 dB", "noise", white(30)),
    Attack("white noise 20 dB", "noise", white(20)),
    Attack("room 0.3 s", "stretch", room),
    Attack("tone controls ±6 dB", "filter", tilt(6)),
    Attack("tone controls ∓6 dB", "filter", tilt(-6)),
    Attack("telephone band 300–3400 Hz", "filter", band(300, 3400)),
    Attack("volume −20 dB", "level", gain(-20)),
    Attack("volume +6 dB, clipped", "level", gain(6)),
    Attack("mono downmix", "level", mono),
    Attack("8-bit", "level", quantised(8)),
    Attack("speed 1.05, MP3 64k", "chain", chain(speed(1.05), codec("libmp3lame", 64, "mp3", 44100))),
    Attack("tempo 1.05, AAC 64k", "chain", chain(filtered("atempo=1.05"), codec("aac", 64, "mp4", 44100))),
)


def cut(samples: Samples, rate: int, seconds: float, seed: int) -> Samples:
    """`seconds` from anywhere, the same place for the same seed."""
    n = int(seconds * rate)
    if len(samples) <= n:
        return samples
    start = int(np.random.default_rng(seed).integers(0, len(samples) - n))
    return samples[start : start + n]
