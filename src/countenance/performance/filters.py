"""Smoothing a stream of samples without lag: Savitzky–Golay with a few frames of look-ahead.

Savitzky and Golay, "Smoothing and differentiation of data by simplified least squares procedures", 1964. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from countenance.performance.take import Sample, quantised

QUICK = np.unique(
    np.concatenate(
        [
            RIGHT_EYE_UPPER,
            RIGHT_EYE_LOWER,
            LEFT_EYE_UPPER,
            LEFT_EYE_LOWER,
            RIGHT_IRIS,
            LEFT_IRIS,
            LIPS_INNER_UPPER,
            LIPS_INNER_LOWER,
        ]
    )
)
"""Landmarks that are left as measured: blinks and closures last only a few frames."""

JITTER = {"offsets": (0.03, 0.1), "rotation": (0.006, 0.02), "translation": (0.03, 0.1), "zoom": (0.003, 0.01)}
"""How far (cm, radians, log) a measurement may lie off its neighbours and still be jitter; and surely be motion."""

SLOW = 0.35  # of the way to a measurement that its mean goes each frame, live


def smoothed(samples: Iterable[Sample], *, look_ahead: int = 2) -> Iterator[Sample]:
    """The same samples, head and slow parts of the face smoothed over ±`look_ahead` frames; 0 changes nothing.

    A window never reaches over a stretch without a face.
    """
    if look_ahead <= 0:
        yield from samples
        return
    window: deque[Sample] = deque(maxlen=2 * look_ahead + 1)
    stream = iter(samples)
    pending: deque[Sample] = deque()
    for sample in stream:
        pending.append(sample)
        window.append(sample)
        if len(pending) > look_ahead:
            yield _smooth(list(window), pending.popleft())
    while pending:
        yield _smooth(list(window), pending.popleft())


@lru_cache
def _parabola(reach: int) -> NDArray[np.float32]:
    """(2 · reach + 1,) float32: weights that give a least-squares parabola's value at the middle of so many samples.

    Savitzky and Golay, Analytical Chemistry 36 (1964). `scipy.signal.savgol_coeffs` gives the same, and takes as long
    to load as a portrait does to read.
    """
    powers = np.vander(np.arange(-reach, reach + 1.0), 3)
    return np.asarray(np.linalg.pinv(powers)[-1], np.float32)


def _smooth(window: list[Sample], centre: Sample) -> Sample:
    at = next(i for i, s in enumerate(window) if s is centre)
    first = last = at
    while first > 0 and window[first - 1].present == centre.present:
        first -= 1
    while last + 1 < len(window) and window[last + 1].present == centre.present:
        last += 1
    reach = min(at - first, last - at)
    if reach == 0:
        return centre
    part = window[at - reach : at + reach + 1]
    weights = _parabola(reach)

    def calmed(name: str) -> np.ndarray:
        """The window's mean, and the measurement itself where it is farther off than jitter: quick motion stays."""
        measured = np.asarray(getattr(centre, name), np.float32)
        mean = np.tensordot(weights, np.stack([getattr(s, name) for s in part]), axes=1)
        away = measured - mean
        least, most = JITTER[name]
        size = np.sqrt((away**2).sum(-1, keepdims=True)) if away.ndim else np.abs(away)
        return np.asarray(mean + away * np.clip((size - least) / (most - least), 0, 1), np.float32)

    offsets = calmed("offsets")
    offsets[QUICK] = centre.offsets[QUICK]
    return replace(
        centre,
        rotation=calmed("rotation"),
        translation=calmed("translation"),
        zoom=float(calmed("zoom")),
        offsets=quantised(offsets),
    )


class Steady:
    """Smooths samples as they come, without waiting for later ones: for live use. Quick motion passes as measured."""

    def __init__(self) -> None:
        self._mean: dict[str, np.ndarray] = {}

    def next(self, sample: Sample) -> Sample:
        """The sample with its jitter taken out; one without a face ends the memory."""
        if not sample.present:
            self._mean = {}
            return sample
        calm = {name: self._calmed(name, np.asarray(getattr(sample, name), np.float32)) for name in JITTER}
        offsets = calm["offsets"].copy()
        offsets[QUICK] = sample.offsets[QUICK]
        return replace(
            sample,
            rotation=calm["rotation"],
            translation=calm["translation"],
            zoom=float(calm["zoom"]),
            offsets=quantised(offsets),
        )

    def _calmed(self, name: str, measured: np.ndarray) -> np.ndarray:
        before = self._mean.get(name)
        if before is None:
            self._mean[name] = measured
            return measured
        mean = before + SLOW * (measured - before)
        away = measured - mean
        least, most = JITTER[name]
        size = np.sqrt((away**2).sum(-1, keepdims=True)) if away.ndim else np.abs(away)
        out = np.asarray(mean + away * np.clip((size - least) / (most - least), 0, 1), np.float32)
        self._mean[name] = out
        return out
