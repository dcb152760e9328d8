"""Samples between samples: monotone cubic interpolation, so that slow motion neither kinks nor overshoots. Pure.

Fritsch and Carlson, "Monotone piecewise cubic interpolation", SIAM J. Numer. Anal. 17(2), 1980, with the tangents of
Fritsch and Butland 1984 (harmonic means), element by element.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from countenance.performance.take import Sample, quantised

FloatArray = NDArray[np.float64]


def resampled(samples: Iterable[Sample], rate: Fraction, duration: Fraction | None) -> Iterator[Sample]:
    """Samples on the grid k / rate, up to `duration` or, where it is not known, the last one given.

    A grid time that a sample has exactly gets that sample unchanged. Holds four samples at a time.
    """
    stream = iter(samples)
    before: Sample | None = None
    left = next(stream, None)
    if left is None:
        return
    right, after = next(stream, None), next(stream, None)
    k = 0
    while True:
        time = Fraction(k) / rate
        if duration is not None and time >= duration:
            return
        while right is not None and right.time <= time:
            before, left, right, after = left, right, after, next(stream, None)
        if right is None and duration is None and time > left.time:
            return
        yield between(before, left, right, after, time)
        k += 1


def between(before: Sample | None, left: Sample, right: Sample | None, after: Sample | None, time: Fraction) -> Sample:
    """The sample at `time`, `left.time` ≤ `time` < `right.time`; the outer two give the slopes."""
    if right is None or time <= left.time:
        return replace(left, time=time)
    x = float((time - left.time) / (right.time - left.time))
    span = float(right.time - left.time)
    values = [None if s is None else _numbers(s) for s in (before, left, right, after)]
    a, b = values[1], values[2]
    assert a is not None and b is not None
    slope = (b - a) / span
    enter = (
        slope
        if values[0] is None or before is None
        else _tangent((a - values[0]) / float(left.time - before.time), slope)
    )
    leave = (
        slope
        if values[3] is None or after is None
        else _tangent(slope, (values[3] - b) / float(after.time - right.time))
    )
    h00, h10 = (1 + 2 * x) * (1 - x) ** 2, x * (1 - x) ** 2
    h01, h11 = x * x * (3 - 2 * x), x * x * (x - 1)
    mixed = h00 * a + h10 * span * enter + h01 * b + h11 * span * leave
    shapes = np.clip(mixed[7 : 7 + left.blendshapes.size], 0, 1)
    return replace(
        left,
        time=time,
        present=left.present if x < 0.5 else right.present,
        rotation=mixed[:3].astype(np.float32),
        translation=mixed[3:6].astype(np.float32),
        zoom=float(mixed[6]),
        blendshapes=shapes.astype(np.float32),
        offsets=quantised(mixed[7 + left.blendshapes.size :].reshape(left.offsets.shape)),
        appearance=left.appearance if x < 0.5 else right.appearance,
    )


def _numbers(sample: Sample) -> FloatArray:
    parts = (sample.rotation, sample.translation, [sample.zoom], sample.blendshapes, sample.offsets.ravel())
    return np.concatenate([np.asarray(part, np.float64) for part in parts])


def _tangent(left: FloatArray, right: FloatArray) -> FloatArray:
    """The harmonic mean of two slopes where they agree in sign, else 0."""
    together = left * right > 0
    total = np.where(together, left + right, 1.0)
    return np.where(together, 2 * left * right / total, 0.0)
