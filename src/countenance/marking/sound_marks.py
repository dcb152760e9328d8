"""The mark in sound that was made rather than recorded. Sound that is carried over keeps its samples."""

from __future__ import annotations

import numpy as np

from countenance.marking.audiomark import AudioMark
from countenance.marking.making import Making
from countenance.marking.sound_encoding import Samples, Sound


class SoundMarks:
    """A stage for `SoundEncoder`: blocks in, marked blocks out; None ends the stream.

    Args:
        payload: 64-bit number.
        sound: for its rate and channels.
    """

    def __init__(self, payload: int, sound: Sound) -> None:
        self._mark = AudioMark(payload, sound.sample_rate, sound.channels)

    def __call__(self, block: Samples | None) -> Samples:
        marked = self._mark.flush() if block is None else self._mark.embed(block)
        return np.asarray(marked, np.float32)


def sound_marks(payload: int, sound: Sound | None, making: Making) -> SoundMarks | None:
    """The stage for this sound, or None where it needs no mark."""
    return SoundMarks(payload, sound) if sound is not None and making.sound_is_synthetic else None
