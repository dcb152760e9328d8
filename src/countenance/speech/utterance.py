"""What a voice gives: sound, and which phone is spoken when. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SILENCE = "sil"
BLOCK = 4800  # samples handed to the exit at a time


@dataclass(frozen=True, slots=True)
class Phone:
    """One speech sound.

    Attributes:
        symbol: IPA without stress and length marks, or `sil`.
        start, end: seconds from the utterance's start.
        stressed: whether its syllable carries primary stress.
    """

    symbol: str
    start: Fraction
    end: Fraction
    stressed: bool = False

    def later(self, by: Fraction) -> Phone:
        """The same, shifted in time."""
        return replace(self, start=self.start + by, end=self.end + by)


@dataclass(frozen=True)
class Utterance:
    """Spoken text.

    Attributes:
        samples: (n,) float32 in [-1, 1], mono.
        sample_rate: hertz.
        phones: in order, without overlap.
        text: what was said.
        language: BCP 47.
    """

    samples: Samples
    sample_rate: int
    phones: tuple[Phone, ...]
    text: str = ""
    language: str = "en"

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return Fraction(len(self.samples), self.sample_rate)

    @property
    def channels(self) -> int:
        """One: with `sample_rate` and `blocks` an Utterance is what the exit takes as sound."""
        return 1

    def blocks(self) -> Iterator[Samples]:
        """(n, 1) float32 blocks."""
        for at in range(0, len(self.samples), BLOCK):
            yield np.ascontiguousarray(self.samples[at : at + BLOCK, None])

    def trimmed(self, lead: Fraction, tail: Fraction) -> Utterance:
        """Without more silence than `lead` seconds before its first sound and `tail` after its last."""
        spoken = [phone for phone in self.phones if phone.symbol != SILENCE]
        if not spoken:
            return self
        begin = round(max(Fraction(0), spoken[0].start - lead) * self.sample_rate)
        end = round(min(self.duration, spoken[-1].end + tail) * self.sample_rate)
        first, last = Fraction(begin, self.sample_rate), Fraction(end, self.sample_rate)
        phones = (replace(p, start=max(p.start, first), end=min(p.end, last)) for p in self.phones)
        kept = tuple(p.later(-first) for p in phones if p.end > p.start)
        return replace(self, samples=self.samples[begin:end], phones=kept)


def joined(parts: Iterable[Utterance], pauses: Iterable[Fraction]) -> Utterance:
    """Utterances one after the other; `pauses[k]` seconds of silence after the k-th.

    Raises:
        ValueError: there are none, or their sample rates differ.
    """
    parts = list(parts)
    rates = {part.sample_rate for part in parts}
    if len(rates) != 1:
        raise ValueError("Utterances to be joined need one sample rate.")
    rate = rates.pop()
    samples: list[Samples] = []
    phones: list[Phone] = []
    count = 0
    for part, pause in zip(parts, pauses, strict=True):
        phones += [phone.later(Fraction(count, rate)) for phone in part.phones]
        silence = np.zeros(round(pause * rate), np.float32)
        samples += [part.samples, silence]
        count += len(part.samples)
        if len(silence):
            phones.append(Phone(SILENCE, Fraction(count, rate), Fraction(count + len(silence), rate)))
        count += len(silence)
    text = " ".join(part.text for part in parts)
    return Utterance(np.concatenate(samples), rate, tuple(phones), text, parts[0].language)
