"""Whether the mark can be heard, as far as sums can tell: SNR, noise against the ear's mask, ViSQOL.

The mask is that of ITU-R BS.1387-1, Annex 2, basic version (FFT ear model): outer ear, quarter-Bark bands, internal
noise, level-dependent spreading, forward masking, masking offset. The noise is the whole difference between marked
and original, which is harsher than the recommendation's difference of magnitudes.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audiomark.attacks import encode, resample
from bench.audiomark.material import Clip

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]

_RATE, _SIZE, _HOP = 48000, 2048, 1024
_FULL_SCALE_DB = 92.0
_BAND = 0.25  # Bark


@dataclass(frozen=True)
class Quality:
    """One marked clip against its original.

    Attributes:
        snr: dB, over the whole clip.
        segmental: dB, mean over 20 ms pieces that are not silent, each held to -10..60.
        noise_to_mask: dB, BS.1387's total NMR: mean over frames and bands. Below 0 the noise is under the mask.
        disturbed: share of frames with some band more than 1.5 dB over the mask (BS.1387's RelDistFrames).
        level_change: dB, 99th percentile of the change of level over quarter-Bark bands and frames that are heard.
        visqol: MOS-LQO 1 to 4.73 (audio mode), or None where visqol-python is not installed.
    """

    snr: float
    segmental: float
    noise_to_mask: float
    disturbed: float
    level_change: float
    visqol: float | None


def _bark(hertz: Floats | float) -> Floats:
    return np.asarray(7 * np.arcsinh(np.asarray(hertz) / 650))


class _Ear:
    """The ear model's tables: which bin falls into which band, weights, internal noise, spreading."""

    def __init__(self) -> None:
        low, high = float(_bark(80.0)), float(_bark(18000.0))
        edges = 650 * np.sinh(np.append(np.arange(low, high, _BAND), high) / 7)
        bins = np.arange(_SIZE // 2 + 1) * _RATE / _SIZE
        width = _RATE / _SIZE
        lower = np.maximum(bins[:, None] - width / 2, edges[None, :-1])
        upper = np.minimum(bins[:, None] + width / 2, edges[None, 1:])
        self.share = np.clip(upper - lower, 0, None) / width
        self.bark = (_bark(edges[:-1]) + _bark(edges[1:])) / 2
        self.centre = 650 * np.sinh(self.bark / 7)
        f = np.maximum(bins, 10) / 1000
        weight = -0.6 * 3.64 * f**-0.8 + 6.5 * np.exp(-0.6 * (f - 3.3) ** 2) - 1e-3 * f**3.6
        self.weight = 10 ** (weight / 10)
        self.internal = 10 ** (0.4 * 0.364 * (self.centre / 1000) ** -0.8)
        index = np.arange(len(self.bark))
        self.offset = 10 ** (np.where(index * _BAND <= 12, 3.0, 0.25 * index * _BAND) / 10)
        tau = 0.008 + 100 / self.centre * (0.030 - 0.008)
        self.decay = np.exp(-_HOP / _RATE / tau)
        # A full-scale sine's peak bin at 92 dB SPL.
        self.gain = 10 ** (_FULL_SCALE_DB / 10) / (np.hanning(_SIZE).sum() / 2) ** 2

    def pitch(self, samples: Floats) -> Floats:
        """Energy per frame and band before anything is added or spread, `(frames, bands)`."""
        frames = np.lib.stride_tricks.sliding_window_view(samples, _SIZE)[::_HOP]
        spectrum = np.abs(np.fft.rfft(frames * np.hanning(_SIZE), axis=1)) ** 2 * self.gain
        return np.maximum(spectrum * self.weight @ self.share, 1e-12)

    def mask(self, energy: Floats) -> Floats:
        """How loud noise may be in each frame and band."""
        energy = energy + self.internal
        distance = self.bark[None, :] - self.bark[:, None]  # from masker (row) to maskee (column)
        spread = np.zeros_like(energy)
        for k in range(energy.shape[1]):
            level = 10 * np.log10(energy[:, k])
            upper = -24 - 230 / self.centre[k] + 0.2 * level
            fall = np.where(distance[k] <= 0, 27 * distance[k], upper[:, None] * distance[k])
            shape = 10 ** (fall / 10)
            shape /= shape.sum(axis=1, keepdims=True)
            spread += (energy[:, k, None] * shape) ** 0.4
        # Normalised so that a flat pattern of 0 dB keeps its level.
        flat = np.zeros(energy.shape[1])
        for k in range(energy.shape[1]):
            fall = np.where(distance[k] <= 0, 27 * distance[k], -(24 + 230 / self.centre[k]) * distance[k])
            shape = 10 ** (fall / 10)
            flat += (shape / shape.sum()) ** 0.4
        spread = (spread / flat) ** 2.5
        held = np.zeros(energy.shape[1])
        out = np.empty_like(spread)
        for n, row in enumerate(spread):
            held = self.decay * held + (1 - self.decay) * row
            out[n] = np.maximum(held, row)
        return out / self.offset


_EAR = _Ear()


def quality(original: Samples, marked: Samples, rate: int) -> Quality:
    """`(n, channels)` both, at `rate`."""
    noise = marked.astype(np.float64) - original
    snr = 10 * np.log10(np.sum(original.astype(np.float64) ** 2) / max(float(np.sum(noise**2)), 1e-20))
    piece = rate // 50
    count = len(original) // piece
    power = (original[: count * piece].astype(np.float64) ** 2).reshape(count, -1).mean(axis=1)
    error = (noise[: count * piece] ** 2).reshape(count, -1).mean(axis=1)
    heard = power > 1e-6 * power.max()
    segmental = np.clip(10 * np.log10(power[heard] / np.maximum(error[heard], 1e-20)), -10, 60).mean()
    ratios, changes = [], []
    for channel in range(original.shape[1]):
        first, second = (resample(sound[:, channel : channel + 1], rate, _RATE)[:, 0] for sound in (original, marked))
        before, after = _EAR.pitch(first.astype(np.float64)), _EAR.pitch(second.astype(np.float64))
        difference = _EAR.pitch(second.astype(np.float64) - first)
        mask = _EAR.mask(before)
        sounding = before.max(axis=1) > 10**3.0  # something over 30 dB SPL: silence would only flatter
        ratios.append((difference / mask)[sounding])
        loud = before[sounding] > mask[sounding]
        changes.append(np.abs(10 * np.log10((after / before)[sounding][loud])))
    ratio = np.concatenate(ratios)
    return Quality(
        float(snr),
        float(segmental),
        float(10 * np.log10(ratio.mean(axis=1).mean())),
        float(np.mean(ratio.max(axis=1) > 10**0.15)),
        float(np.percentile(np.concatenate([np.zeros(1), *changes]), 99)),
        _visqol(original, marked, rate),
    )


def _visqol(original: Samples, marked: Samples, rate: int) -> float | None:
    """ViSQOL v3 (Chinen et al., QoMEX 2020), audio mode, on the first ten seconds' mean of channels."""
    try:
        from visqol import VisqolApi
    except ImportError:
        return None
    api = VisqolApi()
    with contextlib.redirect_stdout(io.StringIO()):
        api.create(mode="audio")
        pair = [
            resample(sound[: 10 * rate].mean(axis=1, keepdims=True), rate, _RATE)[:, 0].astype(np.float64)
            for sound in (original, marked)
        ]
        return float(api.measure_from_arrays(pair[0], pair[1], sample_rate=_RATE).moslqo)


def aligned(samples: Samples, rate: int, original: Samples, original_rate: int) -> Samples:
    """What came out of a codec, at the original's rate and length, its delay taken off."""
    back = resample(samples, rate, original_rate)
    size = 1 << int(np.ceil(np.log2(len(back) + len(original))))
    product = np.fft.rfft(back.mean(axis=1), size) * np.conj(np.fft.rfft(original.mean(axis=1), size))
    delay = int(np.argmax(np.fft.irfft(product, size)))
    delay = delay - size if delay > size // 2 else delay
    out = np.zeros((len(original), back.shape[1]), np.float32)
    taken = back[max(delay, 0) : max(delay, 0) + len(original)]
    lead = max(-delay, 0)
    out[lead : lead + len(taken)] = taken[: len(original) - lead]
    return out


def table(clips: list[Clip], mark: Callable[[Clip], Samples], said: Callable[[str], None], seconds: float = 10) -> str:
    """Markdown: every clip, marked; and for scale the same clips, unmarked, through AAC at 128 kbit/s."""
    lines = [
        "| clip | SNR, dB | segmental SNR, dB | noise to mask, dB | frames over the mask "
        "| change of level, 99 % | ViSQOL | AAC 128k: noise to mask | frames over the mask | ViSQOL |",
        "|---" * 10 + "|",
    ]
    kept: list[Quality] = []
    for clip in clips:
        count, rate = int(seconds * clip.sample_rate), clip.sample_rate
        original = clip.samples[:count]
        ours = quality(original, mark(clip)[:count], rate)
        coded, coded_rate = encode(original, rate, "aac", 128000, "mp4", 48000)
        theirs = quality(original, aligned(coded, coded_rate, original, rate), rate)
        kept.append(ours)
        coded_cells = f"{theirs.noise_to_mask:.1f} dB | {theirs.disturbed:.1%} | {_mos(theirs)}"
        lines.append(f"| {clip.name} | {_cells(ours)} | {coded_cells} |")
        said(f"{clip.name} heard")
    worst = Quality(
        min(q.snr for q in kept),
        min(q.segmental for q in kept),
        max(q.noise_to_mask for q in kept),
        max(q.disturbed for q in kept),
        max(q.level_change for q in kept),
        min((q.visqol for q in kept if q.visqol is not None), default=None),
    )
    lines.append(f"| **worst** | {_cells(worst)} | | | |")
    return "\n".join(lines)


def _mos(one: Quality) -> str:
    return "–" if one.visqol is None else f"{one.visqol:.2f}"


def _cells(one: Quality) -> str:
    return (
        f"{one.snr:.1f} | {one.segmental:.1f} | {one.noise_to_mask:.1f} | {one.disturbed:.1%} | "
        f"{one.level_change:.1f} dB | {_mos(one)}"
    )
