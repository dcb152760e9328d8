"""The listening network: which of a few dozen sounds is heard, every ten milliseconds, in any language.

Trained on synthesised speech alone (`training/visemes`); its weights are the project's own.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from countenance.errors import ModelCorrupt
from countenance.models.inference import session_of
from countenance.speech.listening.log_mel import FloatArray, levelled, log_mel
from countenance.speech.listening.phone_classes import NAMES
from countenance.speech.utterance import Samples

WEIGHTS = Path(__file__).with_name("listener.onnx")
PIECE, CONTEXT = 3000, 200  # frames listened to at a time, and those around them that are heard with them


def log_likelihoods(sound: Samples) -> FloatArray:
    """(n, classes) log probabilities of each 10 ms, as `classes.NAMES` orders them.

    Args:
        sound: (m,) float32 at HEARD_RATE.

    Raises:
        ModelCorrupt: the weights cannot be read.
    """
    mel = log_mel(sound)
    out = np.empty((len(mel), len(NAMES)), np.float32)
    for at in range(0, len(mel), PIECE):
        begin, end = max(0, at - CONTEXT), min(len(mel), at + PIECE + CONTEXT)
        part = levelled(mel[begin:end])
        if len(part) % 2 or len(part) < 8:  # the network works on pairs of frames
            part = np.pad(part, ((0, max(8 - len(part), len(part) % 2)), (0, 0)), mode="edge")
            part = part[: len(part) // 2 * 2]
        out[at : at + PIECE] = likelihoods_of(part)[at - begin : min(at + PIECE, len(mel)) - begin]
    return out


def likelihoods_of(levelled_mel: FloatArray) -> FloatArray:
    """(n, classes) log probabilities of a piece of a levelled spectrogram, of even length and 8 frames or more."""
    (logits,) = _session().run(None, {"mel": levelled_mel[None]})
    shifted = logits[0] - logits[0].max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float32)


@lru_cache(maxsize=1)
def _session() -> Any:
    try:
        return session_of(WEIGHTS)
    except Exception as error:  # onnxruntime raises its own, undocumented kinds
        raise ModelCorrupt(f"The listening network {WEIGHTS.name} cannot be read: {error}.") from error
