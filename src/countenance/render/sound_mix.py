"""Sound for a dub: the new voice as loud as the old one was, over a bed of music and effects where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyloudnorm
import scipy
from numpy.typing import NDArray

from countenance.errors import InputError
from countenance.media.audio import SoundTrack, open_sound
from countenance.media.source import Source
from countenance.speech.utterance import Utterance

Samples = NDArray[np.float32]

TARGET = -16.0  # LUFS, speech on the web, where nothing else is known
LISTEN = 60  # seconds of a clip that are listened to
QUIETEST = -45.0  # LUFS; what is softer is taken for silence
CEILING = 0.97
BLOCK = 4800


def loudness_of(samples: NDArray[np.floating], sample_rate: int) -> float | None:
    """Integrated loudness, LUFS (ITU-R BS.1770-4); None for silence and for less than 0.4 s."""
    if len(samples) < 0.41 * sample_rate:
        return None
    level = float(pyloudnorm.Meter(sample_rate).integrated_loudness(np.asarray(samples, np.float64)))
    return level if np.isfinite(level) and level > QUIETEST else None


def clip_loudness(clip: Source) -> float | None:
    """Loudness of the first LISTEN seconds of a clip's sound; None where there is none."""
    track = open_sound(clip, duration=Fraction(LISTEN))
    if track is None:
        return None
    blocks = list(track.blocks())
    return loudness_of(np.concatenate(blocks), track.sample_rate) if blocks else None


def levelled(utterance: Utterance, target: float | None) -> Samples:
    """(n,) the utterance at `target` LUFS, or at TARGET, and never over the ceiling."""
    level = loudness_of(utterance.samples, utterance.sample_rate)
    gain = 1.0 if level is None else 10 ** (((target if target is not None else TARGET) - level) / 20)
    out = utterance.samples * np.float32(gain)
    peak = float(np.abs(out).max(initial=0.0))
    return np.asarray(out * (CEILING / peak) if peak > CEILING else out, np.float32)


@dataclass(frozen=True)
class Voiceover:
    """Speech over a bed, as the exit takes sound.

    Attributes:
        speech: (n,) float32, mono, at `sample_rate`.
        sample_rate: hertz; the bed's where there is one.
        bed: music and effects, or None.
        duration: seconds of the whole.
    """

    speech: Samples
    sample_rate: int
    bed: SoundTrack | None
    duration: Fraction

    @property
    def channels(self) -> int:
        """The bed's, or one."""
        return self.bed.channels if self.bed is not None else 1

    def blocks(self) -> Iterator[Samples]:
        """(n, channels) float32 in [-1, 1]."""
        total = round(self.duration * self.sample_rate)
        if self.bed is None:
            for at in range(0, total, BLOCK):
                yield self._speech(at, min(BLOCK, total - at))
            return
        at = 0
        for block in self.bed.blocks():
            part = block[: total - at]
            if len(part):
                yield np.clip(part + self._speech(at, len(part)), -1, 1).astype(np.float32)
            at += len(part)
            if at >= total:
                return
        for begin in range(at, total, BLOCK):
            yield self._speech(begin, min(BLOCK, total - begin))

    def _speech(self, at: int, count: int) -> Samples:
        out = np.zeros((count, self.channels), np.float32)
        part = self.speech[at : at + count]
        out[: len(part)] = part[:, None]
        return out


def voiceover(utterance: Utterance, plate: Source, bed: Source | None, duration: Fraction) -> Voiceover:
    """The dub's sound: levelled to what the plate's own sound was.

    Raises:
        InputError: the bed cannot be read, or has no sound.
    """
    speech = levelled(utterance, clip_loudness(plate))
    if bed is None:
        return Voiceover(speech, utterance.sample_rate, None, duration)
    track = open_sound(bed)
    if track is None:
        raise InputError(f"{bed.name} has no sound.", "Give music and effects as a sound file.", code="input.no_sound")
    ratio = Fraction(track.sample_rate, utterance.sample_rate)
    resampled = scipy.signal.resample_poly(speech, ratio.numerator, ratio.denominator).astype(np.float32)
    return Voiceover(resampled, track.sample_rate, track, duration)
