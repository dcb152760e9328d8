"""Long recordings in pieces: pocketsphinx keeps all its paths in memory, a gigabyte for each minute of known text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from countenance.errors import BadOption
from countenance.speech.listening.alignment import placed_phones
from countenance.speech.listening.log_mel import STEP, FloatArray
from countenance.speech.listening.phone_classes import classes_of
from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.listening.spelling import english_phones, words_of
from countenance.speech.listening.sphinx import aligned_phones, guessed_phones
from countenance.speech.utterance import SILENCE, Phone, Samples

WHOLE = 40  # seconds up to which a recording is not cut
PIECE = 20  # seconds from which on a piece ends at the next pause
PAUSE = Fraction(12, 100)  # seconds that a cut needs
QUIETEST = 4  # seconds in which the quietest place is looked for where no words are known


@dataclass(frozen=True)
class SpeechSegment:
    """A stretch of a recording: seconds, and the words and phones that the network found in it."""

    start: Fraction
    end: Fraction
    words: tuple[str, ...]
    phones: tuple[Phone, ...]


def aligned_in_pieces(sound: Samples, text: str, heard: FloatArray) -> tuple[Phone, ...]:
    """As `sphinx.aligned_phones`, of recordings of any length.

    Args:
        sound: (n,) float32 at HEARD_RATE.
        text: English.
        heard: (m, classes) of `network.log_likelihoods`.
    """
    if len(sound) <= WHOLE * HEARD_RATE:
        return aligned_phones(sound, text)
    phones: list[Phone] = []
    for piece in pieces_of(text, heard):
        part = sound[round(piece.start * HEARD_RATE) : round(piece.end * HEARD_RATE)]
        try:
            phones += [p.later(piece.start) for p in aligned_phones(part, " ".join(piece.words))]
        except BadOption:  # the network's own guess will do
            phones += piece.phones
    return tuple(phones)


def pieces_of(text: str, heard: FloatArray) -> Iterator[SpeechSegment]:
    """Where to cut: at pauses between words, as the network places them; nothing where the words do not fit in."""
    words = words_of(text)
    spoken = [[p for p in english_phones(word) if p.symbol != SILENCE] for word in words]
    owner = [k for k, phones in enumerate(spoken) for p in phones for kind in classes_of(p.symbol) if kind]
    placed = placed_phones(heard, [p for phones in spoken for p in phones])
    if placed is None:
        return
    sounds = [p for p in placed if p.symbol != SILENCE]  # one for each entry of `owner`
    whole = Fraction(len(heard), 100)
    begin, first = Fraction(0), 0
    for k, phone in enumerate(sounds):
        last = k + 1 == len(sounds)
        rest = whole - phone.end if last else sounds[k + 1].start - phone.end
        long = phone.end - begin
        if last or (owner[k + 1] != owner[k] and ((long > PIECE and rest >= PAUSE) or long > 2 * PIECE)):
            end = whole if last else phone.end + rest / 2
            inside = tuple(p for p in placed if begin <= (p.start + p.end) / 2 < end)
            yield SpeechSegment(begin, end, tuple(words[owner[first] : owner[k] + 1]), inside)
            begin, first = end, k + 1


def guessed_in_pieces(sound: Samples) -> tuple[Phone, ...]:
    """As `sphinx.guessed_phones`, of recordings of any length; cut where they are quietest."""
    phones: list[Phone] = []
    at, reach = 0, QUIETEST * HEARD_RATE
    while at < len(sound):
        end = len(sound)
        if end - at > WHOLE * HEARD_RATE:
            near = sound[at + PIECE * HEARD_RATE : at + PIECE * HEARD_RATE + reach].astype(np.float64)
            power = np.convolve(near**2, np.full(10 * STEP, 1 / (10 * STEP)), "valid")
            end = at + PIECE * HEARD_RATE + int(power.argmin()) + 5 * STEP
            end -= end % STEP
        phones += [p.later(Fraction(at, HEARD_RATE)) for p in guessed_phones(sound[at:end])]
        at = end
    return tuple(phones)
