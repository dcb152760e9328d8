"""Is it speech at all, and is it this text? Asked before a face is moved by it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from countenance.speech.listening.log_mel import FloatArray, log_mel
from countenance.speech.listening.phone_classes import classes_of
from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.listening.viseme_table import VISEME_OF
from countenance.speech.utterance import Phone, Samples

HELD_TONES = 0.58  # above it sound is held tones: speech reached 0.32, with music as loud as itself 0.51; music 0.66
UNSURE = 0.25  # mean certainty of the network below which nothing in it is like speech; noise and hums 0.11 to 0.13
_WINDOW, _HOP, _APART = 2048, 320, 8  # samples, samples, hops: spectra of 128 ms, 160 ms apart
_VISEMES = np.eye(max(VISEME_OF) + 1, dtype=np.float32)[list(VISEME_OF)]


def held_tones(sound: Samples) -> float:
    """How alike the fine spectrum is to itself 160 ms later, where sound is loud: -1 to 1.

    Voices glide and change their sounds within that time; instruments and hums hold their tones. The 75th percentile
    of the correlations of whitened log spectra, 50 Hz to 4 kHz.
    """
    starts = np.arange(0, len(sound) - _WINDOW, _HOP)
    if len(starts) <= _APART:
        return 0.0
    starts = starts[:: max(1, len(starts) // 6000)] if len(starts) > 6000 else starts
    alike = []
    level = 10 * np.log10((10 ** (log_mel(sound) / 10)).sum(axis=1))
    loud = np.percentile(level, 95) - 20
    window = np.hanning(_WINDOW)
    for at in starts[: -_APART or None]:
        later = at + _APART * _HOP
        if later + _WINDOW > len(sound) or min(_level(level, int(at)), _level(level, int(later))) < loud:
            continue
        one, other = (_fine(sound[k : k + _WINDOW] * window) for k in (at, later))
        alike.append(float(one @ other))
    return float(np.percentile(alike, 75)) if alike else 0.0


def _level(level: NDArray[np.floating], at: int) -> float:
    return float(level[min((at + _WINDOW // 2) * 100 // HEARD_RATE, len(level) - 1)])


def _fine(piece: NDArray[np.floating]) -> NDArray[np.float64]:
    """A spectrum without its envelope, of length one."""
    power = np.abs(np.fft.rfft(piece))[6:512]
    log = np.log(power + 1e-4 * power.max() + 1e-9)
    white = log - np.convolve(np.pad(log, 12, mode="edge"), np.full(25, 1 / 25), "valid")
    return np.asarray(white / (np.linalg.norm(white) + 1e-9))


def certainty(sound: Samples, heard: FloatArray) -> float:
    """Mean probability of the likeliest sound over the loud frames."""
    level = log_mel(sound).max(axis=1)
    loud = level > np.percentile(level, 95) - 25
    return float(np.exp(heard.max(axis=1))[loud].mean())


def agreement(heard: FloatArray, phones: Iterable[Phone]) -> tuple[float, float]:
    """How well phones explain what was heard.

    Args:
        heard: (n, classes) of `network.log_likelihoods`.
        phones: with their times.

    Returns:
        The mean probability of the phones' visemes, against that of the likeliest ones, where phones are; and the
        share of all that is no silence to the network at which there are none.
    """
    visemes = np.exp(heard) @ _VISEMES
    said = np.zeros(len(heard), np.int64)
    for phone in phones:
        kinds = classes_of(phone.symbol)
        edges = np.linspace(float(phone.start), float(phone.end), len(kinds) + 1) * 100
        for k, kind in enumerate(kinds):
            said[max(0, round(edges[k])) : max(0, round(edges[k + 1]))] = VISEME_OF[kind]
    spoken, sounding = said > 0, visemes[:, 0] < 0.5
    if not spoken.any() or not sounding.any():
        return 0.0, 1.0
    right = visemes[np.arange(len(said)), said][spoken].mean() / visemes.max(axis=1)[spoken].mean()
    return float(right), float((sounding & ~spoken).sum() / sounding.sum())
