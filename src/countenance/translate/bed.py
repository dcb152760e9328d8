"""Music and effects without the voice: what lies under speech is put together from what is heard where nobody speaks.

For each moment of speech those moments without speech are looked for that fit under it; the median of their spectra is
the background, and a soft mask lets as much of the sound through. After REPET-SIM (Rafii and Pardo, "Music/voice
separation using the similarity matrix", ISMIR 2012), with the speech known and the background asked to lie *under* the
sound. Classical: where music never repeats, or somebody speaks all the time, little is left, and that is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.speech.listening.sound import Recording
from countenance.translate.transcript import Stretch, speech_in

Samples = NDArray[np.float32]
WINDOW, HOP = 4096, 1024
BANDS = 48
NEAREST = 12
"""Moments whose median is the background."""
OVER = 2.0
"""How much dearer a band is in which a moment is louder than the sound under which it is to lie."""
AROUND = 0.12
"""Seconds about speech that count as speech."""
FAINTEST = 1e-3
"""Peak below which there is nothing to hear."""
LEAST = 2.0
"""Seconds without speech that are needed."""
MOST_MOMENTS = 4000
SPOKEN_STILL = 0.4
"""Share of the speech's time in which speech is heard in the bed, from which it is none."""


@dataclass(frozen=True)
class Bed:
    """What is left without the voice.

    Attributes:
        samples: (n, channels) float32.
        sample_rate: hertz.
        speech_left: share of the speech's time in which speech is still heard in it, 0 to 1.
    """

    samples: Samples
    sample_rate: int
    speech_left: float

    @property
    def usable(self) -> bool:
        """Whether another voice can be laid over it."""
        return self.speech_left < SPOKEN_STILL


def bed_of(samples: Samples, sample_rate: int, speech: Sequence[Stretch]) -> Bed | None:
    """The background of a sound.

    Args:
        samples: (n, channels) float32.
        sample_rate: hertz.
        speech: where somebody speaks.

    Returns:
        None where there is too little without speech to tell what lies under it.
    """
    transform = scipy.signal.ShortTimeFFT(scipy.signal.windows.hann(WINDOW, sym=False), HOP, fs=1.0)
    spectra = [np.asarray(transform.stft(one.astype(np.float32)), np.complex64) for one in samples.T]
    spoken = np.zeros(spectra[0].shape[1], bool)
    for one in speech:
        first, last = (one.start - AROUND) * sample_rate / HOP, (one.end + AROUND) * sample_rate / HOP
        before = -transform.p_min  # columns that begin before the sound does
        spoken[max(0, int(first) + before) : int(np.ceil(last)) + before + 1] = True
    if (~spoken).sum() * HOP < LEAST * sample_rate:
        return None
    loud = np.mean([np.abs(one) for one in spectra], axis=0)
    chosen = _fitting(loud, spoken, sample_rate)
    at = np.flatnonzero(spoken)
    out = []
    for spectrum in spectra:
        size = np.abs(spectrum)
        mask = np.ones(size.shape, np.float32)
        for moment, those in zip(at, chosen, strict=True):
            under = np.median(size[:, those], axis=1)
            voice = np.maximum(size[:, moment] - under, 0)
            mask[:, moment] = under**2 / (under**2 + voice**2 + 1e-12)
        out.append(transform.istft(spectrum * mask, k1=len(samples)))
    made = np.stack(out, axis=1).astype(np.float32)
    return Bed(made, sample_rate, _left(made, sample_rate, speech))


def _fitting(loud: NDArray[np.floating], spoken: NDArray[np.bool_], sample_rate: int) -> list[NDArray[np.intp]]:
    """For each moment of speech, the moments without that fit best under it."""
    bands = _bands(sample_rate) @ loud
    free = np.flatnonzero(~spoken)
    free = free[:: max(1, len(free) // MOST_MOMENTS)]
    known = bands[:, free].T
    energy = known.sum(axis=1)
    out = []
    for moment in np.flatnonzero(spoken):
        here = bands[:, moment]
        under = np.minimum(known, here).sum(axis=1)
        fit = under - OVER * (energy - under)
        out.append(free[np.argsort(-fit)[:NEAREST]])
    return out


def _bands(sample_rate: int) -> NDArray[np.float32]:
    """(BANDS, bins): bands of even width on the mel scale, each band's mean."""
    hertz = np.arange(WINDOW // 2 + 1) * sample_rate / WINDOW
    mel = 2595 * np.log10(1 + hertz / 700)
    band = np.minimum((mel / mel[-1] * BANDS).astype(int), BANDS - 1)
    out = np.zeros((BANDS, len(hertz)), np.float32)
    out[band, np.arange(len(hertz))] = 1
    return np.asarray(out / np.maximum(out.sum(axis=1, keepdims=True), 1), np.float32)


def speech_of(samples: Samples, sample_rate: int) -> list[Stretch]:
    """Where somebody speaks in (n, channels) float32."""
    mono = samples.mean(axis=1)
    if float(np.abs(mono).max(initial=0)) < FAINTEST:
        return []
    return speech_in(Recording("", mono, sample_rate).heard())


def _left(samples: Samples, sample_rate: int, speech: Sequence[Stretch]) -> float:
    """Speech in all of it, over the speech that there was."""
    whole = sum(one.end - one.start for one in speech)
    still = sum(one.end - one.start for one in speech_of(samples, sample_rate))
    return min(1.0, still / whole) if whole else 0.0
