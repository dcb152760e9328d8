"""The face at rest is found from looks that all smile."""

from __future__ import annotations

import numpy as np
import pytest

from countenance.face.head import Head
from countenance.face.topology import LIPS_INNER_LOWER, LIPS_INNER_UPPER
from countenance.face.tracker import choose_face, find_faces
from countenance.face.types import Face
from countenance.head.neutral import MOST, resting_face, spread
from tests.likeness.material import drawn
from tests.portraits import grace_hopper


def _width(shape: np.ndarray) -> float:
    return float(np.linalg.norm(shape[78] - shape[308]) / np.linalg.norm(shape[33] - shape[263]))


@pytest.fixture(scope="module")
def smiling() -> list[Face]:
    moments = [
        (yaw, {"mouthSmileLeft": smile, "mouthSmileRight": smile, "jawOpen": jaw})
        for yaw, smile, jaw in ((0.0, 0.9, 0.1), (6.0, 1.0, 0.3), (-6.0, 0.8, 0.2))
    ]
    return [choose_face(find_faces(pixels), name="drawn") for pixels in drawn(grace_hopper(), moments)]


def test_who_smiles_all_through_has_the_mouth_of_their_rest(smiling: list[Face]) -> None:
    truth = _width(resting_face([grace_hopper().face]).shape)
    shown = min(_width(Head.of(face.landmarks).shape) for face in smiling)
    found = _width(resting_face(smiling).shape)
    assert shown > truth + 0.04, "they do smile"
    assert abs(found - truth) < 0.5 * (shown - truth)


def test_lips_at_rest_meet(smiling: list[Face]) -> None:
    shape = resting_face(smiling).shape
    assert np.linalg.norm(shape[LIPS_INNER_UPPER[1:-1]] - shape[LIPS_INNER_LOWER[1:-1]], axis=1).max() < 1e-6


def test_looks_are_spread_and_begin_with_the_first(smiling: list[Face]) -> None:
    many = smiling * 5
    picked = spread(many)
    assert picked[0] is many[0] and len(picked) == MOST
    assert {id(face) for face in picked[:3]} == {id(face) for face in smiling}
    with pytest.raises(ValueError, match="at least one"):
        resting_face([])
