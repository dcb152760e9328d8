"""What a listener sees of sound: a log-mel spectrogram, freed of the room's and the microphone's colour."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.speech.listening.sound import HEARD_RATE
from countenance.speech.utterance import Samples

FloatArray = NDArray[np.float32]

STEP = HEARD_RATE // 100  # samples from one frame to the next: 10 ms
WINDOW = 400  # samples a frame looks at: 25 ms
BANDS = 48
LOWEST, HIGHEST = 60.0, 7600.0  # hertz
FLOOR = 60.0  # decibels below the loud frames at which a band is empty
SPOKEN = 25.0  # decibels below the loud frames within which a frame counts for the colour
_BLOCK = 2000  # frames at a time, to keep an hour out of memory


@lru_cache(maxsize=1)
def _filters() -> FloatArray:
    """(201, BANDS): triangles, evenly spaced on the mel scale (O'Shaughnessy's formula, as HTK has it)."""
    low, high = (2595 * float(np.log10(1 + f / 700)) for f in (LOWEST, HIGHEST))
    mel = np.linspace(low, high, BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    bins = np.arange(WINDOW // 2 + 1) * HEARD_RATE / WINDOW
    rise = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return np.asarray(np.clip(np.minimum(rise, fall), 0, None), np.float32)


def log_mel(sound: Samples) -> FloatArray:
    """(n, BANDS) decibels of each 10 ms; frame k is centred on sample (k + 1/2) * STEP.

    Args:
        sound: (m,) float32 at HEARD_RATE; n is m / STEP, rounded up.
    """
    count = -(-len(sound) // STEP)
    before = (WINDOW - STEP) // 2
    padded = np.pad(sound, (before, count * STEP - len(sound) + WINDOW))
    window = np.hanning(WINDOW).astype(np.float32)
    rows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][:count]
    out = np.empty((count, BANDS), np.float32)
    for at in range(0, count, _BLOCK):
        power = np.abs(np.fft.rfft(rows[at : at + _BLOCK] * window, axis=1)) ** 2
        out[at : at + _BLOCK] = 10 * np.log10(power @ _filters() + 1e-10)
    return out


def levelled(mel: FloatArray) -> FloatArray:
    """(n, BANDS), about -3 to 2: each band against its own mean over the frames in which somebody speaks.

    So a microphone's tone, a telephone's band and the distance make little difference.
    """
    return at_level(mel, *level_of(mel))


def level_of(mel: FloatArray) -> tuple[float, FloatArray]:
    """What `at_level` takes away: the decibels under which a band is empty, and (BANDS,) the mean of speech."""
    level = 10 * np.log10((10 ** (mel / 10)).sum(axis=1))
    top = np.percentile(level, 95)
    spoken = mel[level > top - SPOKEN]
    floor = float(np.percentile(spoken.max(axis=1), 95)) - FLOOR
    return floor, np.asarray(np.maximum(spoken, floor).mean(axis=0), np.float32)


def at_level(mel: FloatArray, floor: float, mean: FloatArray) -> FloatArray:
    """(n, BANDS): a spectrogram freed of what `level_of` found, in it or in what was heard before it."""
    return np.asarray((np.maximum(mel, floor) - mean) / 20, np.float32)
