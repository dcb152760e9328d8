"""Ways from sound to mouth that are compared: the package's own, pocketsphinx's phone loop, and mere loudness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from bench.lipsync.measures import FINE, Figures, compared, jaw_of, viseme_frames
from countenance.errors import BadOption
from countenance.speech.listening.alignment import heard_phones
from countenance.speech.listening.phone_classes import class_of
from countenance.speech.listening.phone_network import log_likelihoods
from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.listening.sphinx import aligned_phones, guessed_phones
from countenance.speech.listening.viseme_table import VISEME_OF
from countenance.speech.mouthing import loudness
from countenance.speech.recorded import phones_by_ear, phones_of_text
from countenance.speech.utterance import Phone, Samples, Utterance

QUIET, DIP = 0.06, 0.35  # of the loudness baseline: silence; a dip between louder sounds taken for a closure


def sound_of(truth: Utterance) -> Samples:
    """(n,) at HEARD_RATE, as `Recording.heard` gives it."""
    ratio = Fraction(HEARD_RATE, truth.sample_rate)
    sound = resample_poly(truth.samples, ratio.numerator, ratio.denominator)
    return np.asarray(sound * (0.7 / np.abs(sound).max()), np.float32)


def by_phones(truth: Utterance, phones: tuple[Phone, ...]) -> Figures:
    """The figures of heard phones."""
    heard = replace(truth, phones=phones)
    return compared(truth, viseme_frames(phones, int(float(truth.duration) * FINE)), jaw_of(heard))


def scripted(truth: Utterance) -> Figures:
    """The text is known."""
    return by_phones(truth, phones_of_text(sound_of(truth), truth.text, truth.language))


def sphinx_scripted(truth: Utterance) -> Figures:
    """pocketsphinx's own alignment; where it finds none, silence."""
    if not truth.language.startswith("en"):
        return by_phones(truth, ())
    try:
        return by_phones(truth, aligned_phones(sound_of(truth), truth.text))
    except BadOption:
        return by_phones(truth, ())


def unscripted(truth: Utterance) -> Figures:
    """By ear."""
    return by_phones(truth, phones_by_ear(sound_of(truth), truth.language))


def network(truth: Utterance) -> Figures:
    """By ear, the network alone."""
    return by_phones(truth, heard_phones(log_likelihoods(sound_of(truth))))


def allphone(truth: Utterance) -> Figures:
    """pocketsphinx's phone loop."""
    return by_phones(truth, guessed_phones(sound_of(truth)))


def loud(truth: Utterance) -> Figures:
    """The jaw follows loudness: what the simplest talking heads do."""
    count = int(float(truth.duration) * FINE)
    level = loudness(truth, np.arange(count) / FINE)
    kinds = [VISEME_OF[class_of(name) or 0] for name in ("n", "ɛ", "a")]
    visemes = np.select([level < QUIET, level < 0.3, level < 0.6], [0, kinds[0], kinds[1]], kinds[2])
    around = np.array([level[max(0, k - 8) : k + 9].max() for k in range(count)])
    closed = (level < DIP * around) & (level >= QUIET / 2)
    return compared(truth, visemes, level, closed=closed)


METHODS: dict[str, Callable[[Utterance], Figures]] = {
    "script": scripted,
    "pocketsphinx, script": sphinx_scripted,
    "by ear": unscripted,
    "the network alone": network,
    "pocketsphinx allphone": allphone,
    "loudness": loud,
}
