"""A portrait with parted lips shuts them where speech does, and keeps them as wide as speech asks."""

from __future__ import annotations

import numpy as np

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.face.tracker import find_faces
from countenance.performance.appearance import LIP_RING
from countenance.performance.shut_lips import PARTED, lips_shut
from countenance.speech.performance import speech_performance
from countenance.speech.utterance import Phone, Utterance
from tests.likeness.material import drawn
from tests.portraits import grace_hopper


def gap(pixels: np.ndarray) -> float:  # type: ignore[type-arg]
    [face, *_] = find_faces(pixels)
    ring = face.landmarks[LIP_RING, :2]
    return float(np.linalg.norm(ring[11:][::-1] - ring[1:10], axis=1).max()) / face.eye_distance


def test_lips_that_a_portrait_parts_meet() -> None:
    from fractions import Fraction

    closed = grace_hopper()
    [parted] = drawn(closed, [(0.0, {"jawOpen": 0.35})])
    [face, *_] = find_faces(parted)
    assert gap(parted) > 0.06
    words = (Phone("sil", Fraction(0), Fraction(1)),)
    take = speech_performance(Utterance(np.zeros(16_000, np.float32), 16_000, words), rate=Fraction(5), seed=0)
    shut = lips_shut(take, face)
    rig = load_engine("mesh").prepare(Portrait(parted, face), shut.neutral, DrawOptions())
    samples = list(shut)
    assert gap(rig.draw(samples[1])) < 0.035 < gap(rig.draw(list(take)[1]))
    assert lips_shut(take, closed.face) is take or gap(closed.pixels) > PARTED
