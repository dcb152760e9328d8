"""A persona in scenes: the sizes asked for, the same face, and a product that is shown as it is."""

from __future__ import annotations

import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.face.identity import describe
from countenance.face.tracker import find_faces
from countenance.persona.backdrop import PLACES, backdrop
from countenance.persona.portrait import draw_portrait
from countenance.persona.product import cut_out
from countenance.persona.recipe import Recipe
from countenance.persona.shot import Shot, draw_shot

NOVA = Recipe("Nova", 7)
RED = np.array([200, 30, 40])


def thing(ground: int) -> np.ndarray:
    picture = np.full((60, 40, 3), ground, np.uint8)
    picture[10:50, 8:32] = RED
    return picture


@pytest.mark.parametrize(("aspect", "size"), [("1:1", (320, 320)), ("4:5", (320, 400)), ("9:16", (320, 568))])
def test_shapes(aspect: str, size: tuple[int, int]) -> None:
    assert Shot(aspect=aspect, size=320).pixels == size


@pytest.mark.parametrize(
    "words", [{"place": "moon"}, {"pose": "back"}, {"aspect": "2:1"}, {"hold": "head"}, {"mood": "angry"}, {"size": 99}]
)
def test_other_words_are_refused(words: dict[str, str]) -> None:
    with pytest.raises(BadOption):
        Shot(**words)  # type: ignore[arg-type]


def test_it_is_the_same_face_with_a_product_in_hand() -> None:
    picture = draw_portrait(NOVA, 384)
    face = describe(picture, find_faces(picture)[0])
    shot = draw_shot(NOVA, Shot("street", "left", "9:16", size=360), cut_out(thing(250), None))
    assert shot.shape == (640, 360, 3)
    assert np.linalg.norm(describe(shot, find_faces(shot)[0]) - face) <= 0.30
    red = np.abs(shot.astype(int) - RED).max(axis=2) < 24
    assert red.sum() > 2000 and red[:320].sum() < 50, "it is shown in its own colour, below"


def test_places_differ_and_are_drawn_again_the_same() -> None:
    drawn = {place: backdrop(place, "soft", (96, 96), 2.5, 3) for place in PLACES}
    assert all((drawn[place] == backdrop(place, "soft", (96, 96), 2.5, 3)).all() for place in PLACES)
    assert np.abs(drawn["street"] - drawn["desk"]).mean() > 0.02


def test_products_are_cut_out() -> None:
    off_white = cut_out(thing(250), None)
    assert off_white.alpha.shape == (40, 24) and off_white.alpha.mean() > 0.8
    given = np.zeros((60, 40), np.uint8)
    given[20:30, 10:20] = 255
    assert cut_out(thing(0), given).alpha.shape == (10, 10)
    busy = np.random.default_rng(1).integers(0, 255, (60, 40, 3)).astype(np.uint8)
    assert cut_out(busy, None).alpha.shape == (60, 40), "no plain ground: as it is"
