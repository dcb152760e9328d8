"""Whether somebody speaks: Silero's network (MIT), 32 ms at a time. Keeps no sound but the last 4 ms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.models.inference import session_of
from countenance.models.model_store import model_path

Samples = NDArray[np.float32]
RATE = 16_000
CHUNK, CONTEXT = 512, 64
BEGINS, ENDS = 0.5, 0.35
"""Probabilities of speech at which it is taken to begin and to end."""


class VoiceActivity:
    """Silero's network, one stream at a time. Raises ModelMissing, ModelCorrupt."""

    def __init__(self) -> None:
        self._session = session_of(model_path("voice_activity"))
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros((1, CONTEXT), np.float32)

    def probability(self, chunk: Samples) -> float:
        """Of speech in (512,) samples at 16 kHz."""
        fed = np.concatenate([self._context, chunk[None]], axis=1)
        feed = {"input": fed, "state": self._state, "sr": np.array(RATE, np.int64)}
        out, self._state = self._session.run(None, feed)
        self._context = fed[:, -CONTEXT:]
        return float(out[0, 0])
