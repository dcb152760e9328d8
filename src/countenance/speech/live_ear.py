"""Hearing speech while it comes: which sounds were just spoken, from a second of the past and 80 ms of what follows.

Every 40 ms the network hears the last 1.2 seconds again; its newest answers replace those of the last 0.4 seconds,
which it gave with less of what followed. Levels are taken over the last half minute. Knows nothing of faces.
"""

from __future__ import annotations

import numpy as np

from countenance.speech.listening.alignment import heard_phones
from countenance.speech.listening.log_mel import BANDS, STEP, FloatArray, at_level, level_of, log_mel
from countenance.speech.listening.phone_classes import NAMES
from countenance.speech.listening.phone_network import likelihoods_of
from countenance.speech.listening.viseme_table import VISEME_OF
from countenance.speech.utterance import Phone, Samples

LOOK_AHEAD = 0.08
"""Seconds that are heard before they are shown. Measured: with 0 ms the jaw follows with r 0.80, with 80 ms 0.85, with
200 ms 0.86."""
_HEARS = 128  # frames the network is given, with the look-ahead
_REPLACED = 40  # frames before the newest ones whose answers are replaced
_KEPT = 100  # frames within which phones are looked for
_LEVEL = 3000  # frames over which the level is taken
_LEVEL_EVERY = 25  # steps

LIPS = 2.0
"""Added to the likelihood of p, b and m: the network hears them seldom, and lips that never meet are noticed first."""
_LIPS = np.array(VISEME_OF) == VISEME_OF[NAMES.index("p")]


class LiveEar:
    """Sound in, the phones of the last second out."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Another speaker, or the same after an interruption: what was heard no longer counts."""
        self._sound: Samples = np.zeros(0, np.float32)
        self._answers: FloatArray = np.zeros((0, 0), np.float32)
        self._heard: FloatArray = np.zeros((0, BANDS), np.float32)
        self._level: tuple[float, FloatArray] | None = None
        self._frames = 0  # of the sound in hand, heard before
        self._levelled = 0

    def hear(self, sound: Samples) -> tuple[tuple[Phone, ...], float]:
        """The next sound, and what the last second was.

        Args:
            sound: (m,) float32 at HEARD_RATE; the look-ahead comes with the first call.

        Returns:
            Phones from the beginning of what is still known, and its length in seconds; the newest sound is its end.
        """
        self._sound = np.concatenate([self._sound, sound])
        whole = len(self._sound) // STEP
        begin = max(0, whole - _HEARS - 4)
        mel = log_mel(self._sound[begin * STEP : whole * STEP])
        if begin:
            mel = mel[4:]  # its first frames look back to what is no longer there
        fresh = min(whole - self._frames, len(mel))
        self._frames += fresh
        self._heard = np.concatenate([self._heard, mel[len(mel) - fresh :]])[-_LEVEL:]
        if self._level is None or self._levelled >= _LEVEL_EVERY or len(self._heard) < 4 * _LEVEL_EVERY:
            self._level, self._levelled = level_of(self._heard), 0
        self._levelled += 1
        part = at_level(mel, *self._level)
        pad = max(8 - len(part), 0) + (max(8, len(part)) % 2)
        if pad:  # at the front: the newest frames must not shift
            part = np.pad(part, ((pad, 0), (0, 0)), mode="edge")
        answers = likelihoods_of(np.ascontiguousarray(part))[pad:]
        replaced = min(len(answers), fresh + _REPLACED)
        before = self._answers[: max(0, len(self._answers) + fresh - replaced)]
        if not len(before):
            self._answers = answers[-min(len(answers), _KEPT) :]
        else:
            self._answers = np.concatenate([before, answers[len(answers) - replaced :]])[-_KEPT:]
        self._drop()
        scores = self._answers.copy()
        scores[:, _LIPS] += LIPS
        return heard_phones(scores), len(scores) / 100

    def _drop(self) -> None:
        """Let go of sound that nobody will hear again."""
        surplus = len(self._sound) // STEP - 2 * _HEARS
        if surplus > 0:
            self._sound = self._sound[surplus * STEP :]
            self._frames -= surplus
