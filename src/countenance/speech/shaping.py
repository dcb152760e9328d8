"""A voice shaped into another one: pitch, formants and pace, by resampling and pitch-synchronous overlap-add.

TD-PSOLA after Moulines and Charpentier 1990: two periods of sound round each glottal pulse are taken, windowed, and
laid down again at other distances, so that the pitch changes and the formants do not; resampling moves the formants,
and the same step gives the sound its length back. Times of phones stay as they were. Nobody's voice is imitated: a
shape is three numbers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from countenance.errors import BadOption
from countenance.speech.utterance import Samples, Utterance
from countenance.speech.voice import Voice

LOWEST, HIGHEST = 70.0, 420.0  # Hz a voice is looked for
HOP = 0.005  # seconds between looks
VOICED = 0.45  # of the normalised autocorrelation; below it there is no pitch
HIGH = 160.0  # Hz: a voice whose middle pitch is above it is taken for a woman's tract, below it for a man's
MANS = 0.86  # length of a man's formants to a woman's, as a ratio of frequencies
_SHAPE = re.compile(r"pitch=(\d+(?:\.\d+)?),tract=(\d+(?:\.\d+)?),pace=(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class VoiceShape:
    """What a voice is to sound like, whichever it is made of.

    Args:
        pitch: middle pitch, Hz, 80 to 300.
        tract: formants as a ratio of an average woman's, 0.78 to 1.18; an average man's is 0.86.
        pace: ratio of the voice's own, 0.7 to 1.4.

    Raises:
        BadOption: out of range.
    """

    pitch: float
    tract: float
    pace: float

    def __post_init__(self) -> None:
        for what, value, low, high in (
            ("pitch", self.pitch, 80, 300), ("tract", self.tract, 0.78, 1.18), ("pace", self.pace, 0.7, 1.4)
        ):  # fmt: skip
            if not low <= value <= high:
                raise BadOption(f"A voice's {what} of {value} is not between {low} and {high}.", "Change it.")

    def __str__(self) -> str:
        return f"pitch={self.pitch:.1f},tract={self.tract:.3f},pace={self.pace:.2f}"

    @classmethod
    def parse(cls, text: str) -> VoiceShape:
        """`pitch=118,tract=0.88,pace=1.02`. Raises BadOption."""
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise BadOption(f"{text!r} is no shape of a voice.", "Write pitch=118,tract=0.88,pace=1.02.")
        return cls(*(float(value) for value in found.groups()))

    def distance(self, other: VoiceShape) -> float:
        """How unlike two shapes are: 1 for 1.5 semitones, 5 % of the formants or 12 % of the pace."""
        pitch = 12 * math.log2(self.pitch / other.pitch) / 1.5
        tract, pace = math.log(self.tract / other.tract) / 0.05, math.log(self.pace / other.pace) / 0.12
        return math.sqrt(pitch**2 + tract**2 + pace**2)


def split_shape(name: str) -> tuple[str, VoiceShape | None]:
    """`hibari:pitch=118,tract=0.88,pace=1` → the voice's name, and how it is shaped; without a shape, None.

    Raises:
        BadOption: a shape that is none.
    """
    base, colon, text = name.rpartition(":")
    return (base, VoiceShape.parse(text)) if colon and text.startswith("pitch=") else (name, None)


class ShapedVoice:
    """Another voice made of one: says what that says, otherwise.

    Args:
        voice: the one that speaks.
        shape: how it is changed.
    """

    def __init__(self, voice: Voice, shape: VoiceShape) -> None:
        self._voice, self.shape = voice, shape
        self.name = f"{voice.name}:{shape}"
        self.languages, self.licence, self.quality = voice.languages, voice.licence, voice.quality

    def say(self, text: str, *, language: str, rate: float = 1.0, seed: int = 0) -> Utterance:
        """See Voice."""
        pace = min(2.0, max(0.5, rate * self.shape.pace))
        return shaped(self._voice.say(text, language=language, rate=pace, seed=seed), self.shape)


def shaped(said: Utterance, shape: VoiceShape) -> Utterance:
    """An utterance of the same length and phones with another pitch and other formants; `pace` is the voice's part."""
    samples = said.samples.astype(np.float64)
    own = pitch_track(said.samples, said.sample_rate)
    if not (own > 0).any():
        return said
    middle = float(np.median(own[own > 0]))
    formants = shape.tract / (1.0 if middle > HIGH else MANS)
    ratio = Fraction(formants).limit_denominator(200)
    moved = resample_poly(samples, ratio.denominator, ratio.numerator) if ratio != 1 else samples
    out = _psola(moved, said.sample_rate, shape.pitch / middle / float(ratio), len(samples))
    loud, was = np.sqrt(np.mean(out**2)), np.sqrt(np.mean(samples**2))
    out *= min(was / max(loud, 1e-9), 0.97 / max(float(np.abs(out).max(initial=0)), 1e-9))
    return replace(said, samples=out.astype(np.float32))


def pitch_track(samples: Samples, sample_rate: int) -> np.ndarray:
    """Hz every `HOP` seconds, 0 where there is none; by normalised autocorrelation, smoothed over five looks.

    Args:
        samples: (n,).
        sample_rate: hertz.
    """
    down = max(1, sample_rate // 8000)
    low = resample_poly(np.asarray(samples, np.float64), 1, down) if down > 1 else np.asarray(samples, np.float64)
    rate = sample_rate / down
    longest, shortest = int(rate / LOWEST) + 1, int(rate / HIGHEST)
    width = 2 * longest
    hop = HOP * rate
    count = int(len(low) / hop) + 1
    padded = np.pad(low, (longest, width + longest))
    begins = np.rint(np.arange(count) * hop).astype(int)
    frames = padded[begins[:, None] + np.arange(width)]
    frames = (frames - frames.mean(1, keepdims=True)) * np.hanning(width)
    size = 1 << (2 * width - 1).bit_length()
    own = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2)[:, : longest + 1]
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(width), size)) ** 2)[: longest + 1]
    own = own / np.maximum(own[:, :1], 1e-12) / (window / window[0])
    part = own[:, shortest:longest].copy()
    part *= 1 - 0.1 * np.arange(part.shape[1]) / part.shape[1]  # of equal peaks the shortest period
    best = part.argmax(1)
    lag = (best + shortest).astype(float)
    inner = (best > 0) & (best < part.shape[1] - 1)
    rows = np.flatnonzero(inner)
    a, b, c = (part[rows, best[rows] + k] for k in (-1, 0, 1))
    lag[rows] += 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
    energy = np.sqrt((frames**2).mean(1))
    voiced = (part.max(1) > VOICED) & (energy > 0.02 * energy.max(initial=1e-9))
    track = np.where(voiced, rate / lag, 0.0)
    return _median(track)


def _median(track: np.ndarray) -> np.ndarray:
    """Five looks' median of those with a pitch; where fewer than three have one, none."""
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(track, 2), 5)
    count = (wide > 0).sum(1)
    middle = np.array([np.median(row[row > 0]) if n else 0.0 for row, n in zip(wide, count, strict=True)])
    return np.where(count >= 3, middle, 0.0)


def _psola(samples: np.ndarray, rate: int, pitch: float, length: int) -> np.ndarray:
    """(n,) with its pitch times `pitch`, stretched to `length`."""
    track = pitch_track(samples.astype(np.float32), rate)
    marks, periods, voiced = _marks(samples, rate, track)
    stretch = length / max(len(samples), 1)
    margin = int(rate / LOWEST) + 1
    out = np.zeros(length + 3 * margin)
    source = np.pad(samples, margin)
    at = 0.0
    while at < length and len(marks):
        k = int(np.clip(np.searchsorted(marks, at / stretch), 0, len(marks) - 1))
        if k and abs(marks[k - 1] - at / stretch) < abs(marks[k] - at / stretch):
            k -= 1
        half, middle, to = round(periods[k]), round(marks[k]) + margin, round(at) + margin
        change = pitch if voiced[k] else 1.0
        # Periods that lie closer add up to more: as loud as before.
        out[to - half : to + half + 1] += np.hanning(2 * half + 1) * source[middle - half : middle + half + 1] / change
        at += periods[k] / change
    return out[margin : margin + length]


def _marks(samples: np.ndarray, rate: int, track: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where pulses are, samples; the period there; whether it is voiced."""
    smooth = np.convolve(samples, np.hanning(max(3, rate // 1500)), "same")
    places: list[float] = []
    periods: list[float] = []
    voiced: list[bool] = []
    at = 0.0
    while at < len(samples):
        hertz = track[min(int(at / rate / HOP), len(track) - 1)]
        period = rate / hertz if hertz else rate * 0.006
        if hertz:
            # The strongest sample of one sign within a third of a period of where the next pulse is due.
            low, high = int(max(0, at - period / 3)), int(min(len(samples), at + period / 3 + 1))
            if high > low:
                at = low + int(np.argmax(smooth[low:high]))
        if places and at <= places[-1]:
            at = places[-1] + period
        places.append(at)
        periods.append(min(period, rate / LOWEST))
        voiced.append(bool(hertz))
        at += period
    return np.array(places), np.array(periods), np.array(voiced)
