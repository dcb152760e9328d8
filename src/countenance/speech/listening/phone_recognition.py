"""Listening without words: the network, and pocketsphinx's phone loop as a second ear that real voices have taught.

The network knows many languages, but synthesised voices only; pocketsphinx knows people, but English sounds only. Where
they agree on a viseme they are nearly always right (`bench/lipsync` has both, and each alone).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from countenance.speech.listening.alignment import heard_phones
from countenance.speech.listening.log_mel import FloatArray
from countenance.speech.listening.phone_classes import NAMES, classes_of
from countenance.speech.listening.viseme_table import VISEME_OF
from countenance.speech.utterance import Phone

SECOND = {"en": 2.0}  # log likelihood that the second ear adds to the visemes it hears, by language; all others:
SECOND_ELSEWHERE = 0.5
LIPS, LIPS_AGAINST = 0.5, 0.4  # added to p, b, m, the latter for each unit of the second ear, which hears them seldom:
# lips that do not meet are noticed sooner than lips that meet once too often. Found on flite and Kokoro.
_KINDS = np.array(VISEME_OF)


def phones_of_both(heard: FloatArray, second: Iterable[Phone], language: str) -> tuple[Phone, ...]:
    """The likeliest phones, by the network and a second listener.

    Args:
        heard: (n, classes) of `network.log_likelihoods`.
        second: what the other one heard.
        language: BCP 47.
    """
    weight = SECOND.get(language.lower().split("-")[0], SECOND_ELSEWHERE)
    scores = heard.copy()
    for phone in second:
        kinds = classes_of(phone.symbol)
        edges = np.linspace(float(phone.start), float(phone.end), len(kinds) + 1) * 100
        for k, kind in enumerate(kinds):
            scores[max(0, round(edges[k])) : max(0, round(edges[k + 1])), _KINDS[kind] == _KINDS] += weight
    scores[:, _KINDS[NAMES.index("p")] == _KINDS] += LIPS + LIPS_AGAINST * weight
    return heard_phones(scores)
