"""Head pose and motion: what is measured can be undone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.face.head import Head, canonical_shape
from countenance.face.pose import (
    Similarity,
    fit_similarity,
    rotation_angle,
    rotation_from_vector,
    vector_from_rotation,
)
from countenance.performance.gap_filling import bridged
from countenance.performance.take import Sample, blend, rest

angles = st.floats(-1.2, 1.2, allow_nan=False)


@given(angles, angles, angles, st.floats(0.2, 40), st.floats(-500, 500))
@settings(max_examples=60, deadline=None)
def test_a_similarity_is_found_again(x: float, y: float, z: float, scale: float, shift: float) -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 3))
    truth = Similarity(scale, rotation_from_vector(np.array([x, y, z])), np.array([shift, -shift, 1.0]))
    found = fit_similarity(points, truth.apply(points), rng.uniform(0.1, 1, 30))
    assert found.scale == pytest.approx(scale, rel=1e-6)
    assert rotation_angle(found.rotation, truth.rotation) < 1e-4
    assert np.allclose(found.undo(truth.apply(points)), points, atol=1e-6)


@given(angles, angles, angles)
@settings(max_examples=60, deadline=None)
def test_rotation_vectors_round_trip(x: float, y: float, z: float) -> None:
    vector = np.array([x, y, z])
    assert np.allclose(vector_from_rotation(rotation_from_vector(vector)), vector, atol=1e-6)


def _face(pose: Similarity) -> np.ndarray:
    shape = np.concatenate([canonical_shape(), np.tile(canonical_shape()[:1], (10, 1))])
    return pose.apply(shape)


def test_a_head_that_moved_is_put_back_by_its_motion() -> None:
    start = Similarity(20.0, rotation_from_vector(np.array([0.1, -0.2, 0.05])), np.array([300.0, 250.0, 0.0]))
    turned = Similarity(22.0, rotation_from_vector(np.array([0.2, 0.3, -0.1])), np.array([320.0, 240.0, 0.0]))
    head = Head.of(_face(start))
    pose, shape = head.locate(_face(turned))
    again = head.moved(*head.motion(pose))
    assert np.allclose(again.apply(shape), _face(turned), atol=1e-6)
    assert np.allclose(shape, head.shape, atol=1e-6), "a rigid motion leaves the face's shape alone"


def _moving(count: int, gone: range) -> list[Sample]:
    out = []
    for k in range(count):
        base = rest(Fraction(k, 25))
        offsets = np.full((478, 3), 0.5, np.float32)
        turn = np.array([0, 0.3, 0], np.float32)
        out.append(replace(base, present=k not in gone, rotation=turn, offsets=offsets))
    return out


@pytest.mark.parametrize("policy", ["hold", "relax"])
def test_the_head_returns_without_a_jump(policy: str) -> None:
    shown = list(bridged(_moving(100, range(30, 60)), policy))  # type: ignore[arg-type]
    yaw = np.array([s.rotation[1] for s in shown])
    assert len(shown) == 100
    assert np.abs(np.diff(yaw)).max() < 0.06, "0.3 rad over ten frames, minimum-jerk: at most 1.875 × 0.03"
    assert yaw[-1] == pytest.approx(0.3)
    assert yaw[59] == pytest.approx(0.3 if policy == "hold" else 0.0, abs=1e-6)
    assert [s.present for s in shown] == [k not in range(30, 60) for k in range(100)]


def test_a_clip_that_begins_without_a_face_begins_at_rest() -> None:
    shown = list(bridged(_moving(40, range(10)), "relax"))
    assert all(np.allclose(s.rotation, 0) for s in shown[:10])


def test_blending_is_linear_and_keeps_the_time() -> None:
    a, b = rest(Fraction(1)), _moving(1, range(0))[0]
    half = blend(a, b, 0.5)
    assert half.time == 1
    assert half.rotation[1] == pytest.approx(0.15)
    assert half.offsets[0, 0] == pytest.approx(0.25)
