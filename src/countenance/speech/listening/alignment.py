"""Phones from what the listening network heard: those of a known text in their order, or any."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from countenance.speech.listening.log_mel import FloatArray
from countenance.speech.listening.paths import free_path, known_path
from countenance.speech.listening.phone_classes import NAMES, classes_of
from countenance.speech.listening.viseme_table import DRAWN
from countenance.speech.utterance import SILENCE, Phone

STEP = Fraction(1, 100)  # seconds a frame
HELD = 3  # frames a sound lasts at least, when the words are known
PAUSE_COST = 6.0  # in log likelihood, of a pause between two sounds
DOUBT = -8.0  # no sound of a known text is taken to be less likely than this: networks err, and speakers swallow
CHANGE = -2.5  # log likelihood of going from one sound to another, by ear
SHORTEST = {SILENCE: 5, "p": 4, "b": 4, "m": 4}  # frames, by ear; all others:
SHORT = 3


def placed_phones(heard: FloatArray, wanted: Iterable[Phone]) -> tuple[Phone, ...] | None:
    """Known phones, in their order, at the times at which they were heard; None: they do not fit in.

    Args:
        heard: (n, classes) of `network.log_likelihoods`.
        wanted: in order; their times and silences do not count.
    """
    parts = [(k, phone) for phone in wanted if phone.symbol != SILENCE for k in classes_of(phone.symbol) if k]
    states, skipped, entry, owner = [0], [True], [0.0], [-1]
    for index, (kind, _) in enumerate(parts):
        states += [kind] * HELD + [0]
        skipped += [False] * HELD + [True]
        entry += [0.0] * HELD + [-PAUSE_COST]
        owner += [index] * HELD + [-1]
    if not parts or len(heard) < HELD * len(parts):
        return None
    entry[-1] = 0.0  # the recording may well end in silence
    scores = np.maximum(heard, DOUBT).astype(np.float32)
    path = known_path(scores, np.array(states), np.array(skipped), np.array(entry, np.float32))
    if path[0] < 0:
        return None
    names = [p.symbol if p.symbol in DRAWN and len(classes_of(p.symbol)) == 1 else NAMES[kind] for kind, p in parts]
    runs = _runs(np.array(owner)[path])
    return tuple(
        Phone(names[k], start, end, parts[k][1].stressed) if k >= 0 else Phone(SILENCE, start, end)
        for k, start, end in runs
    )


def heard_phones(heard: FloatArray) -> tuple[Phone, ...]:
    """The likeliest phones, whatever the words.

    Args:
        heard: (n, classes) of `network.log_likelihoods`.
    """
    shortest = np.array([SHORTEST.get(name, SHORT) for name in NAMES])
    path = free_path(np.ascontiguousarray(heard), shortest, CHANGE)
    return tuple(Phone(NAMES[k], start, end) for k, start, end in _runs(path))


def _runs(path: NDArray[np.int64]) -> list[tuple[int, Fraction, Fraction]]:
    """(value, start, end in seconds) of each stretch of equal values."""
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    return [(int(path[a]), a * STEP, b * STEP) for a, b in pairwise(edges)]
