"""The mark in sound that was made rather than recorded. Sound that is carried over keeps its samples.

The audio mark has one place only: laid twice, the second one is read and the first is gone. So made sound that already
bears the mark of an input keeps that one, and gets no other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from countenance.marking.prior_marks import PriorMarks
from countenance.marking.render_spec import Making
from countenance.marking.sound_encoding import Samples, SoundSource
from countenance.marks.audiomark import AudioMark, detect

LISTEN_SECONDS = 15
"""How much of the sound is looked at for the inputs' marks; held back only where an input bears one."""


class SoundMarks:
    """A stage for `SoundEncoder`: blocks in, marked blocks out; None ends the stream.

    Args:
        payload: 64-bit number.
        sound: for its rate and channels.
        prior: gives the marks that the inputs bear; asked when the first block comes.
    """

    def __init__(self, payload: int, sound: SoundSource, prior: Callable[[], PriorMarks]) -> None:
        self._mark = AudioMark(payload, sound.sample_rate, sound.channels)
        self._rate = sound.sample_rate
        self._empty: Samples = np.zeros((0, sound.channels), np.float32)
        self._prior = prior
        self._held: list[Samples] = []
        self._decided = False
        self.laid = True
        """False where the sound bears the mark of an input already."""

    def __call__(self, block: Samples | None) -> Samples:
        if not self._decided:
            if block is not None:
                self._held.append(block)
            if block is not None and self._waits():
                return self._empty
            self._decided = True
            whole = np.concatenate(self._held) if self._held else self._empty
            self._held = []
            self.laid = not self._bears_one(whole)
            first = self._marked(whole)
            return first if block is not None else np.concatenate([first, self._marked(None)])
        return self._marked(block)

    def _waits(self) -> bool:
        return bool(self._prior().sounds) and sum(map(len, self._held)) < LISTEN_SECONDS * self._rate

    def _bears_one(self, samples: Samples) -> bool:
        known = self._prior().sounds
        if not known or not len(samples):
            return False
        found = detect(samples, self._rate)
        return found is not None and found.payload in known

    def _marked(self, block: Samples | None) -> Samples:
        if not self.laid:
            return self._empty if block is None else block
        marked = self._mark.flush() if block is None else self._mark.embed(block)
        return np.asarray(marked, np.float32)


def sound_marks(
    payload: int, sound: SoundSource | None, making: Making, prior: Callable[[], PriorMarks]
) -> SoundMarks | None:
    """The stage for this sound, or None where it needs no mark."""
    return SoundMarks(payload, sound, prior) if sound is not None and making.sound_is_synthetic else None
