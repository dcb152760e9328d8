"""Draws that are estimated to be far are looked at first, and one that is too near is not taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption, FileMissing
from countenance.face.identity import FaceTemplate, describe
from countenance.face.tracker import find_faces
from countenance.persona.library.comparison import LEAST, faces_in
from countenance.persona.library.estimate import farthest_first, features_of, load_estimate
from countenance.persona.library.search import GLANCE, NEARLY, candidates
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import Recipe
from tests.attacks.conftest import square
from tests.likeness.material import picture_of

NOVA = Recipe("Nova", 7)


def drawn(recipe: Recipe) -> FaceTemplate:
    pixels = draw_portrait(recipe, GLANCE)
    return FaceTemplate(describe(pixels, find_faces(pixels)[0]), 1, True)


def test_what_is_estimated_to_be_somebody_comes_last() -> None:
    pool = [replace(NOVA, draw=draw) for draw in range(12)]
    assert farthest_first(pool, []) == pool
    like = load_estimate().of(features_of(pool[5])[None])[0].astype(np.float32)
    ordered = farthest_first(pool, [FaceTemplate(like, 1, True)])
    assert ordered[-1] == pool[5] and sorted(one.draw for one in ordered) == list(range(12))


def test_another_draw_where_the_first_is_somebody_here() -> None:
    here = [drawn(NOVA)]
    seen: list[int] = []
    found = next(candidates(NOVA, here, [], lambda draw, _compared: seen.append(draw)))
    assert seen[0] == 0 and found.draw > 0
    assert drawn(found).distance(here[0]) >= LEAST - NEARLY
    assert next(candidates(NOVA, here, [])) == found, "the same ones kept, the same face"


def test_faces_of_a_list(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        faces_in(tmp_path / "none")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.png").write_bytes(b"no picture either")
    with pytest.raises(BadOption) as refused:
        faces_in(tmp_path)
    assert refused.value.code == "persona.face_list"
    picture_of(tmp_path / "grace.png", square("grace"))
    assert len(faces_in(tmp_path)) == 1
