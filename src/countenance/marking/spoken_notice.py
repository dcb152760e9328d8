"""The audible notice: sound without pictures says at its start, in the hearer's language, that it was made with AI.

The recordings in `notices/` are spoken by a machine on purpose (espeak-ng; `python -m bench.notices` makes them again).
With the label style `credit`, for evidently artistic work, the notice comes at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np

from countenance.marking.label_words import WORDS, language_of
from countenance.marking.render_spec import Making
from countenance.marking.sound_encoding import Samples, SoundSource

FOLDER = Path(__file__).parent / "notices"
_PAUSE = Fraction(3, 10)
_QUIET = Fraction(1, 5)
_PATIENCE = 30
"""Seconds that a repeated notice waits for a pause in speech; then it comes all the same."""


class Announced:
    """A sound with its notice; a `Sound` itself.

    Args:
        sound: what is announced; without samples it stays empty.
        making: for the language and the label's style.
    """

    def __init__(self, sound: SoundSource, making: Making) -> None:
        self._sound = sound
        terms = making.terms
        self._first = making.label.style != "credit" or (terms is not None and terms.notice_first)
        self._repeat = 0.0 if terms is None else terms.notice_repeat
        self._language = language_of(making.language)

    @property
    def sample_rate(self) -> int:
        """Hertz."""
        return self._sound.sample_rate

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self._sound.channels

    @property
    def text(self) -> str:
        """What is said, and when, for the manifest."""
        again = f", again every {self._repeat:g} s" if self._repeat else ""
        return f"Spoken: {WORDS[self._language].credit} (at the {'start' if self._first else 'end'}{again})"

    def blocks(self) -> Iterator[Samples]:
        """(n, channels) float32 in [-1, 1]."""
        said = False
        notice = np.repeat(spoken(self._language, self.sample_rate)[:, None], self.channels, 1)
        pause = np.zeros((round(_PAUSE * self.sample_rate), self.channels), np.float32)
        since = 0
        for whole in self._sound.blocks():
            if self._first and not said and len(whole):
                yield from (notice, pause)
            said = said or bool(len(whole))
            for block in _pieces(whole, round(_QUIET * self.sample_rate)) if self._repeat else (whole,):
                if (
                    self._repeat
                    and since >= self._repeat * self.sample_rate
                    and (quiet(block) or since >= (self._repeat + _PATIENCE) * self.sample_rate)
                ):
                    yield from (pause, notice, pause)
                    since = 0
                since += len(block)
                yield block
        if said and not self._first:
            yield from (pause, notice)


def quiet(block: Samples) -> bool:
    """Whether nothing is said in it: below -46 dBFS on average."""
    return bool(len(block)) and float(np.sqrt(np.mean(np.square(block)))) < 0.005


def _pieces(block: Samples, size: int) -> Iterator[Samples]:
    if len(block) <= size:
        yield block
        return
    for start in range(0, len(block), size):
        yield block[start : start + size]


@lru_cache(maxsize=4)
def spoken(language: str, rate: int) -> Samples:
    """A language's notice at a sample rate, (n,) float32; English where a language has none."""
    path = FOLDER / f"{'nb' if language in ('no', 'nn') else language}.opus"
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    with av.open(str(path if path.is_file() else FOLDER / "en.opus")) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)
