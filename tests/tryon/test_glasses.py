"""Glasses on a face: true size, steady, hidden where they must be, and nothing else touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import FaceError
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.tryon import Eyewear, Goods, open_goods
from countenance.tryon.eyewear_fit import Pose
from countenance.tryon.fitting_room import FittingRoom
from countenance.tryon.true_scale import true_head
from countenance.tryon.worn_glasses import WORN, bridge_score
from tests.portraits import grace_hopper
from tests.tryon.models import glb

Person = tuple[Pixels, Face]


@pytest.fixture(scope="module")
def goods(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Goods]:
    folder = tmp_path_factory.mktemp("frames")
    (folder / "alder.glb").write_bytes(glb(0))
    made = {}
    for variant in ("black", "sun"):
        item = Eyewear.model_validate({"kind": "glasses", "glb": "alder.glb", "variant": variant})
        made[variant] = open_goods((item,), folder=folder)
    return made


@pytest.fixture(scope="module")
def worn(eileen: Person, goods: dict[str, Goods]) -> dict[str, Pixels]:
    return {name: FittingRoom([eileen], one).draw(*eileen, cut=True).pixels for name, one in goods.items()}


def test_outside_of_frame_lens_and_shadow_nothing_differs(eileen: Person, goods: dict[str, Goods]) -> None:
    pixels, face = eileen
    before = pixels.copy()
    made = FittingRoom([eileen], goods["black"]).draw(pixels, face, cut=True)
    assert np.array_equal(pixels, before)
    assert np.array_equal(made.pixels[~made.where], pixels[~made.where])
    assert 0.005 < made.where.mean() < 0.15 and set(made.counts) == {"frame", "lens", "shadow"}


def test_black_acetate_is_dark_and_sun_lenses_darken_the_eyes(eileen: Person, worn: dict[str, Pixels]) -> None:
    pixels, face = eileen
    (rx, ry), (lx, ly) = face.landmarks[[468, 473], :2].round().astype(int)
    plain = pixels[ry - 3 : ry + 4, rx - 5 : rx + 6].mean()
    assert worn["sun"][ry - 3 : ry + 4, rx - 5 : rx + 6].mean() < 0.75 * plain
    assert abs(worn["black"][ry - 3 : ry + 4, rx - 5 : rx + 6].mean() - plain) < 0.2 * plain
    bridge = face.landmarks[168, :2].round().astype(int)
    band = worn["black"][bridge[1] - 6 : bridge[1] + 12, bridge[0] - 2 : bridge[0] + 3].mean((1, 2))
    assert band.min() < 70 < pixels[bridge[1] - 6 : bridge[1] + 12, bridge[0] - 2 : bridge[0] + 3].mean()
    del lx, ly


def test_who_wears_glasses_is_told_and_refused(
    eileen: Person, goods: dict[str, Goods], worn: dict[str, Pixels]
) -> None:
    grace = grace_hopper()
    assert bridge_score(*eileen) < WORN < bridge_score(grace.pixels, grace.face)
    assert bridge_score(worn["black"], eileen[1]) > WORN
    with pytest.raises(FaceError) as refused:
        FittingRoom([(grace.pixels, grace.face)], goods["black"])
    assert refused.value.code == "tryon.glasses_worn"


def test_a_known_pupil_distance_is_taken_and_an_unknown_one_is_doubted(eileen: Person) -> None:
    _, face = eileen
    guessed, known = true_head([face]), true_head([face], 6.0)
    assert known.pd == 6.0 and known.doubt < guessed.doubt and 5.4 < guessed.pd < 7.4
    assert known.face_width / guessed.face_width == pytest.approx(6.0 / guessed.pd)


def test_twice_the_picture_is_the_same_size_in_millimetres(eileen: Person) -> None:
    _, face = eileen
    doubled = replace(face, landmarks=face.landmarks * 2)
    assert true_head([doubled]).pd == pytest.approx(true_head([face]).pd, rel=1e-6)


def test_a_trembling_head_is_held_and_a_moving_one_followed(eileen: Person) -> None:
    _, face = eileen
    chance = np.random.default_rng(1)
    head = true_head([face])
    still, places, raw = Pose(head), [], []
    for _ in range(40):
        landmarks = face.landmarks + chance.normal(0, 0.4, face.landmarks.shape).astype(np.float32)
        places.append(still(landmarks).apply(np.array([[6.5, 0, 3.0]]))[0, :2])
        raw.append(Pose(head)(landmarks).apply(np.array([[6.5, 0, 3.0]]))[0, :2])
    assert np.std(places[5:], axis=0).mean() < 0.6 * np.std(raw[5:], axis=0).mean()
    moving = Pose(head)
    for k in range(20):
        landmarks = face.landmarks + np.array([3.0 * k, 0, 0], np.float32)
        at = moving(landmarks).apply(np.zeros((1, 3)))[0, 0]
        assert abs(at - Pose(head)(landmarks).apply(np.zeros((1, 3)))[0, 0]) < 1.0


def test_files_are_pinned_and_named(tmp_path: Path) -> None:
    (tmp_path / "alder.glb").write_bytes(glb(0))
    item = Eyewear.model_validate({"kind": "glasses", "glb": "alder.glb", "variant": "red", "gtin": "2000000000015"})
    made = open_goods((item,), folder=tmp_path)
    told, parts = made.told()[0]
    assert told["product"] == "Alder" and told["variant"] == "red" and len(told["model_sha256"]) == 64
    assert set(parts) == {"frame", "lens", "shadow"}
