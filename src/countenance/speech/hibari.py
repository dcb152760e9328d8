"""The built-in English voice: hibari-tts (Apache-2.0), whose model comes inside its wheel.

The times of its phones are the model's own durations, read from an inner tensor.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from countenance.errors import BadOption
from countenance.speech.onnx_outputs import session_with
from countenance.speech.phonetics import MISAKI, phones_of
from countenance.speech.utterance import SILENCE, Utterance, joined

DURATIONS = "/Round_output_0"
STEP = Fraction(25, 1000)  # seconds a unit of the model's durations
LATE = Fraction(60, 1000)  # its durations run behind its sound by this (measured against loudness onsets)
PAUSE = Fraction(10, 100)  # between sentences, beside the silence the model itself leaves
BREATH = Fraction(5, 10)  # between paragraphs


class HibariVoice:
    """Natural English, about a hundred times faster than real time."""

    name = "hibari"
    languages = ("en-US", "en")
    licence = "Apache-2.0"
    quality = "natural"

    def __init__(self) -> None:
        from hibari import Hibari

        self._model = Hibari()
        self._timed: Any = None

    def say(self, text: str, *, language: str = "en-US", rate: float = 1.0, seed: int = 0) -> Utterance:
        """See Voice."""
        parts, pauses = [], []
        random = np.random.default_rng(seed)
        for paragraph in (p for p in text.split("\n\n") if p.strip()):
            sentences = [self._sentence(s, phonemes, rate, random, language) for s, phonemes in self._spelt(paragraph)]
            if sentences:
                parts += sentences
                pauses += [PAUSE] * (len(sentences) - 1) + [BREATH]
        if not any(phone.symbol != SILENCE for part in parts for phone in part.phones):
            raise BadOption("There is nothing to say in this text.", "Give words; punctuation alone is not spoken.")
        pauses[-1] = Fraction(0)
        return joined(parts, pauses)

    def _spelt(self, paragraph: str) -> list[tuple[str, str]]:
        """Sentences and their phonemes."""
        out = []
        for sentence in self._model.split_sentences(paragraph):
            try:
                spelt = list(self._model.phonemize(sentence))
            except (IndexError, KeyError, ValueError, OverflowError, RecursionError) as error:
                raise BadOption(
                    f"How this is read is not known: {sentence[:60]!r}.", "Write it in words, as it is said."
                ) from error
            out += [(sentence if k == 0 else "", one) for k, one in enumerate(spelt)]
        return out

    def _sentence(self, text: str, phonemes: str, rate: float, random: Any, language: str) -> Utterance:
        known = [c for c in phonemes if c in self._model.vocab]
        ids = self._model.ids(phonemes)
        if self._timed is None:
            self._timed = session_with(self._model.model_path, DURATIONS)
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([rate], np.float32)}
        (units,) = self._timed.run([DURATIONS], feed)
        samples = np.clip(self._model.from_ids(ids, rate, random), -1, 1).astype(np.float32)
        lengths = [int(u) * STEP for u in np.ravel(units)]
        phones = phones_of(["^", *known, "$"], lengths, alphabet=MISAKI, late=LATE)
        return Utterance(samples, self._model.sample_rate, phones, text, language)
