"""What a figure can say, voiced in advance, sentence by sentence, with its exact phones. Knows no networks.

Everything that a figure may say is known beforehand; so it is voiced while nobody asks, and kept in memory. What is not
ready yet is voiced when it is needed.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from countenance.errors import CountenanceError
from countenance.figure.folder import Figure
from countenance.figure.knowledge import sentences
from countenance.figure.phrases import phrasebook
from countenance.figure.reply import Part
from countenance.speech.utterance import Phone, Utterance, joined
from countenance.speech.voice import Voice, choose_voice

log = logging.getLogger(__name__)
PAUSE = Fraction(22, 100)
"""Seconds between sentences."""
LEAD, TAIL = Fraction(4, 100), Fraction(12, 100)
"""Seconds of silence that a sentence keeps: what comes before its first sound is waited for."""
MOST_SECONDS = 3600.0
"""Of speech that is kept: 170 MB at 24 kHz."""


@dataclass(frozen=True)
class Caption:
    """A sentence, and when it is spoken: seconds from the beginning."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Spoken:
    """A reply as it sounds; `utterance` is None where no voice speaks its language."""

    utterance: Utterance | None
    captions: tuple[Caption, ...]


@dataclass(frozen=True)
class _Kept:
    samples: NDArray[np.int16]
    rate: int
    phones: tuple[Phone, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


class PreparedSpeech:
    """A figure's speech.

    Args:
        figure: whose.
    """

    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        self._voices: dict[str, tuple[Voice, str] | None] = {}
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._seconds = 0.0
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._stopped = threading.Event()
        self.wanted = self.made = 0
        """Sentences that are to be voiced in advance, and those that are."""

    def voice(self, language: str) -> Voice | None:
        """Who speaks a language; None, with a line in the log, where nobody does."""
        if language not in self._voices:
            said = self._figure.says.languages[language]
            try:
                self._voices[language] = choose_voice(said.voice, language)
            except CountenanceError as error:
                log.warning("Nobody speaks %r, which is shown in writing alone: %s", language, error.message)
                self._voices[language] = None
        there = self._voices[language]
        return there[0] if there is not None else None

    def spoken(self, parts: Sequence[Part], language: str) -> Spoken:
        """Parts as they sound one after the other.

        Raises:
            CountenanceError: a voice failed.
        """
        texts = [sentence for part in parts for sentence in sentences(part.text)]
        if self.voice(language) is None or not texts:
            return Spoken(None, _read_out(texts))
        said = [self._sentence(text, language) for text in texts]
        whole = joined(said, [PAUSE] * (len(said) - 1) + [Fraction(0)])
        captions, at = [], Fraction(0)
        for text, one in zip(texts, said, strict=True):
            captions.append(Caption(text, float(at), float(at + one.duration)))
            at += one.duration + PAUSE
        return Spoken(whole, tuple(captions))

    def prepare(self) -> None:
        """Voice everything that there is to say, the phrases first, until it is done or stopped. Takes minutes."""
        todo = [(text, tag) for tag, text in self._everything()]
        self.wanted, self.made = len(todo), 0
        for text, tag in todo:
            if self._stopped.is_set():
                return
            try:
                if self.voice(tag) is not None:
                    self._sentence(text, tag)
            except CountenanceError as error:
                log.warning("Not voiced in advance: %r: %s", text[:60], error.message)
            self.made += 1

    def stop(self) -> None:
        """Voice nothing more in advance."""
        self._stopped.set()

    def _everything(self) -> Iterator[tuple[str, str]]:
        says, knowledge = self._figure.says, self._figure.knowledge
        for tag in self._figure.languages:
            book = phrasebook(tag)
            yield from ((tag, one) for key in book.phrases for one in sentences(book.say(key, says.name)))
            yield from ((tag, one) for one in sentences(says.greeting[tag]))
            yield from ((tag, one) for decline in says.declines for one in sentences(decline.say[tag]))
        for entry in knowledge:
            yield from ((entry.language, one) for one in sentences(entry.answer))
        for entry in knowledge:
            yield from ((entry.language, one) for one in sentences(entry.title))

    def _sentence(self, text: str, language: str) -> Utterance:
        key = (language, text)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        if kept is None:
            with self._making:  # voices are not asked by two threads
                kept = self._kept.get(key) or self._voiced(text, language)
            self._keep(key, kept)
        samples = kept.samples.astype(np.float32) / np.float32(32767)
        return Utterance(samples, kept.rate, kept.phones, text, language)

    def _voiced(self, text: str, language: str) -> _Kept:
        there = self._voices[language]
        assert there is not None
        voice, tag = there
        rate = self._figure.says.languages[language].rate
        made = voice.say(text, language=tag, rate=rate).trimmed(LEAD, TAIL)
        made = replace(made, text=text)
        return _Kept((np.clip(made.samples, -1, 1) * 32767).astype(np.int16), made.sample_rate, made.phones)

    def _keep(self, key: tuple[str, str], kept: _Kept) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = kept
            self._seconds += kept.seconds
            while self._seconds > MOST_SECONDS:
                _, old = self._kept.popitem(last=False)
                self._seconds -= old.seconds


def _read_out(texts: Sequence[str]) -> tuple[Caption, ...]:
    """Captions without sound, for as long as they take to read."""
    out, at = [], 0.0
    for text in texts:
        long = max(1.5, len(text) / 15)
        out.append(Caption(text, at, at + long))
        at += long
    return tuple(out)
