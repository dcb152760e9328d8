"""Takes for the tests: short, with every field in use, from nobody's face."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from countenance.performance.authored import authored_performance
from countenance.performance.edit import trim
from countenance.performance.take import MOUTH_SIZE, SHADING_SIDE, Appearance, Performance, Sample, quantised

NTSC = Fraction(30000, 1001)


def short_take(seconds: str = "0.6", name: str = "demo") -> Performance:
    """The middle of an authored take, in memory."""
    part = trim(authored_performance(name), Fraction(2), Fraction(seconds))
    return Performance.of(part, part.rate, neutral=part.neutral, source=part.source)


def painted(seed: int) -> Appearance:
    """An appearance that is nobody's: a gradient for a mouth, random folds."""
    random = np.random.default_rng(seed)
    picture = np.dstack([np.linspace(0, 255, MOUTH_SIZE[0])[None].repeat(MOUTH_SIZE[1], 0)] * 3).astype(np.uint8)
    picture[..., 1] = seed % 256
    ok, data = cv2.imencode(".jpg", picture)
    assert ok
    return Appearance(
        shading=random.integers(-127, 128, (SHADING_SIDE, SHADING_SIDE)).astype(np.int8),
        mouth=data.tobytes() if seed % 3 else None,
        lips=random.uniform(0, 144, (20, 2)).astype(np.float32),
        skin=random.uniform(0, 255, 3).astype(np.float32),
    )


def random_sample(seed: int, time: Fraction, *, appearance: bool = False) -> Sample:
    """Every number somewhere in its range."""
    random = np.random.default_rng(seed)
    return Sample(
        time=time,
        present=bool(seed % 5),
        rotation=random.normal(0, 0.3, 3).astype(np.float32),
        translation=random.normal(0, 2, 3).astype(np.float32),
        zoom=float(random.normal(0, 0.1)),
        blendshapes=random.uniform(0, 1, 52).astype(np.float32),
        offsets=quantised(random.normal(0, 0.6, (478, 3))),
        appearance=painted(seed) if appearance and seed % 4 else None,
    )


def random_take(count: int = 70, *, appearance: bool = False) -> Performance:
    """More than two chunks of a file, at NTSC's rate, with uneven times."""
    samples = [random_sample(k, Fraction(k) / NTSC, appearance=appearance) for k in range(count)]
    if count > 10:
        samples[10] = replace(samples[10], time=samples[10].time + Fraction(1, 1234567))
    return Performance.of(samples, NTSC, source="video")


def assert_same(a: Sample, b: Sample) -> None:
    """Bit for bit."""
    assert (a.time, a.present, a.zoom) == (b.time, b.present, b.zoom)
    for name in ("rotation", "translation", "blendshapes", "offsets"):
        assert getattr(a, name).dtype == getattr(b, name).dtype == np.float32
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    assert (a.appearance is None) == (b.appearance is None)
    if a.appearance is not None and b.appearance is not None:
        assert a.appearance.mouth == b.appearance.mouth
        for name in ("shading", "lips", "skin"):
            np.testing.assert_array_equal(getattr(a.appearance, name), getattr(b.appearance, name), err_msg=name)
