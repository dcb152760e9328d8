"""The authored basis: each blendshape moves what it is named after, symmetrically, and can be read back."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.face.topology import (
    BLENDSHAPES,
    LEFT_BROW,
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    RIGHT_BROW,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from countenance.performance.expression import blendshapes_of, canonical_landmarks, expression_basis, landmark_motion
from countenance.performance.mirror import blendshape_twins, landmark_twins


def moved(**values: float) -> np.ndarray:
    """(478, 3) the motion of these blendshapes, cm."""
    shapes = np.zeros(52)
    for name, value in values.items():
        shapes[BLENDSHAPES.index(name)] = value
    return landmark_motion(shapes)


def test_every_blendshape_moves_something_and_neutral_nothing() -> None:
    reach = np.abs(expression_basis()).max((1, 2))
    assert reach[0] == 0
    for name, far in zip(BLENDSHAPES[1:], reach[1:], strict=True):
        assert 0.1 < far < 3, name


def test_left_and_right_are_each_others_mirror() -> None:
    basis = expression_basis()
    mirrored = basis[blendshape_twins()][:, landmark_twins()] * [-1.0, 1.0, 1.0]
    np.testing.assert_allclose(mirrored[:, :468], basis[:, :468], atol=0.03)
    np.testing.assert_allclose(mirrored[:, 468:], basis[:, 468:], atol=1e-9)


def test_sided_blendshapes_stay_on_their_side() -> None:
    for name in ("mouthSmileLeft", "eyeBlinkLeft", "browOuterUpLeft", "noseSneerLeft", "cheekSquintLeft"):
        size = np.linalg.norm(moved(**{name: 1.0}), axis=1)
        left, right = canonical_landmarks()[:, 0] > 1, canonical_landmarks()[:, 0] < -1
        assert size[right].max() < 0.12 * size[left].max(), name


def test_the_jaw_drops_and_the_upper_lip_stays() -> None:
    jaw = moved(jawOpen=1)
    assert 1.5 < jaw[14, 1] < 3 and 1 < jaw[152, 1] < 3
    assert np.abs(jaw[LIPS_INNER_UPPER[4:-4], 1]).max() < 0.2, "but for the corners, which are drawn down"
    assert jaw[152, 2] > 0, "the chin swings back"
    shut = moved(jawOpen=0.5, mouthClose=0.5)
    gap = shut[LIPS_INNER_LOWER[3:-3], 1] - shut[LIPS_INNER_UPPER[3:-3], 1]
    open_gap = moved(jawOpen=0.5)[LIPS_INNER_LOWER[3:-3], 1]
    assert gap.max() < 0.35 * open_gap.max(), "mouthClose brings the lips together over an open jaw"


def test_a_blink_closes_the_lids() -> None:
    shape = canonical_landmarks() + moved(eyeBlinkLeft=1)
    rest = canonical_landmarks()
    gap = (shape[LEFT_EYE_LOWER] - shape[LEFT_EYE_UPPER])[2:-2, 1]
    before = (rest[LEFT_EYE_LOWER] - rest[LEFT_EYE_UPPER])[2:-2, 1]
    assert (np.abs(gap) < 0.05 * before).all()
    assert not moved(eyeBlinkLeft=1)[RIGHT_EYE_UPPER].any()


def test_directions() -> None:
    smile = moved(mouthSmileLeft=1, mouthSmileRight=1)
    assert smile[291, 0] > 0.4 and smile[61, 0] < -0.4 and smile[[61, 291], 1].max() < -0.4
    assert moved(mouthPucker=1)[291, 0] < -0.3 and moved(mouthFrownLeft=1)[291, 1] > 0.3
    assert moved(eyeLookOutLeft=1)[LEFT_IRIS, 0].min() > 0.4 and moved(eyeLookInRight=1)[RIGHT_IRIS, 0].min() > 0.4
    assert moved(eyeLookDownLeft=1)[LEFT_IRIS, 1].min() > 0.2 and moved(eyeLookUpLeft=1)[LEFT_IRIS, 1].max() < -0.2
    assert moved(browInnerUp=1)[285, 1] < -0.5 and moved(browDownRight=1)[55, 1] > 0.3
    up = moved(browInnerUp=1, browOuterUpLeft=1, browOuterUpRight=1)
    assert up[np.concatenate([LEFT_BROW, RIGHT_BROW]), 1].max() < -0.4
    assert moved(mouthLeft=1)[[0, 17, 61, 291], 0].min() > 0.4 and moved(jawRight=1)[152, 0] < -0.3
    assert moved(jawForward=1)[152, 2] < -0.3


def test_motion_is_against_the_performers_rest() -> None:
    rest = np.full(52, 0.2)
    assert not landmark_motion(rest, rest).any()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(BLENDSHAPES[1:]), st.floats(0.2, 1), min_size=1, max_size=3))
def test_motion_is_explained_by_what_made_it(values: dict[str, float]) -> None:
    motion = moved(**values)
    again = landmark_motion(blendshapes_of(motion))
    assert np.abs(again - motion).max() < 0.12
