"""A recipe draws the same picture, a face is found in it, and seeds are other people."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from countenance.face.identity import template_of_still
from countenance.face.tracker import find_faces
from countenance.persona.figure import neutral_head
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import CHOICES, Recipe
from countenance.persona.scalp import Scalp, ears_flat
from countenance.persona.smooth import fine_mesh
from countenance.persona.traits import traits_of

SIDE = 320
NOVA = Recipe("Nova", 7)


def test_equal_recipes_draw_equal_bytes() -> None:
    assert draw_portrait(NOVA, SIDE).tobytes() == draw_portrait(NOVA, SIDE).tobytes()


@pytest.mark.parametrize("hair", [word for word in CHOICES["hair"] if word != "any"])
def test_a_face_is_found_under_every_hair(hair: str) -> None:
    assert len(find_faces(draw_portrait(replace(NOVA, hair=hair), SIDE))) == 1


@pytest.mark.parametrize("change", [{"style": "rendered"}, {"light": "night"}, {"light": "warm"}, {"clothes": "shirt"}])
def test_styles_lights_and_clothes_are_seen(change: dict[str, str]) -> None:
    other = draw_portrait(replace(NOVA, **change), SIDE).astype(int)
    assert np.abs(other - draw_portrait(NOVA, SIDE)).mean() > 1


def test_one_attribute_that_is_told_moves_no_other() -> None:
    plain, told = traits_of(NOVA), traits_of(replace(NOVA, hair="cap"))
    assert told.hair == "cap" and (told.skin == plain.skin).all() and told.brow == plain.brow
    assert told.clothes == plain.clothes and told.age == plain.age


def test_the_neck_ends_in_the_clothes_and_not_in_teeth() -> None:
    """Its open edge at the sides lies below every collar (-60.4 cm) and within it (5.9 cm)."""
    mesh = fine_mesh()
    a, b, c = mesh.triangles.T
    sides = np.sort(np.concatenate([np.stack(pair, 1) for pair in ((a, b), (b, c), (c, a))]), axis=1)
    edges, uses = np.unique(sides, axis=0, return_counts=True)
    rim = np.unique(edges[uses == 1])
    rim = rim[(mesh.place[rim, 1] > -66) & (np.abs(mesh.place[rim, 0]) > 3)]
    assert len(rim) and mesh.place[rim, 1].min() > -60.4
    assert np.abs(mesh.place[rim, 0] * mesh.narrowed[rim]).max() < 5.9


def test_under_a_headscarf_ears_do_not_stand_out() -> None:
    head = neutral_head(replace(NOVA, hair="headscarf"))
    fine, scalp = fine_mesh().on(head), Scalp(head)
    flat = ears_flat(fine, head)
    moved = (flat != fine).any(axis=1)

    def above(places: np.ndarray) -> np.ndarray:
        return np.asarray(np.linalg.norm(places - scalp.centre, axis=1) - scalp.radius(scalp.way(places)))

    assert above(fine[moved]).max() > 1 and above(flat[moved]).max() < 0


def test_seeds_are_other_people_and_a_turned_head_is_the_same() -> None:
    """Other people by the bound of permission, 0.38; that `new` keeps 0.50 is held by the comparison's tests."""
    faces = []
    for seed in (0, 1, 2):
        pixels = draw_portrait(Recipe("Somebody", seed), 512)
        faces.append(template_of_still(pixels, find_faces(pixels)[0]))
    assert min(a.distance(b) for a, b in combinations(faces, 2)) > 0.4
    turned = draw_portrait(Recipe("Somebody", 0), 512, yaw=15)
    assert faces[0].distance(template_of_still(turned, find_faces(turned)[0])) <= 0.3
