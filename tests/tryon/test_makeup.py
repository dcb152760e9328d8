"""Make-up: the product's colour in the face's light, teeth left alone, texture kept, nothing else touched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from countenance.errors import BadDocument, BadOption, FaceError, FaceInProfile
from countenance.face.topology import LIPS_INNER_LOWER, LIPS_INNER_UPPER
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.tryon import Cosmetic, Goods, TryOnOptions
from countenance.tryon.canvas import Canvas
from countenance.tryon.colour import LUMINANCE, difference, from_lab, lab_of, linear
from countenance.tryon.face_light import find_light, white_at
from countenance.tryon.fitting_room import FittingRoom, Worn
from countenance.tryon.lips import find_mouth

Person = tuple[Pixels, Face]
EVERY = tuple(
    Cosmetic.model_validate({"kind": kind, "hex": hex_code, "finish": finish})
    for kind, hex_code, finish in (
        ("lip", "#a01030", "metallic"), ("lip-liner", "#701020", "satin"), ("blush", "#d86a6a", "satin"),
        ("contour", "#8a6040", "satin"), ("highlight", "#fff0dc", "metallic"), ("shadow", "#6a4a7a", "metallic"),
        ("eyeliner", "#101010", "satin"), ("lashes", "#0a0a0a", "satin"), ("brows", "#4a3020", "satin"),
        ("foundation", "#d8ab8a", "satin"),
    )
)  # fmt: skip


def worn(person: Person, *items: Cosmetic) -> Worn:
    return FittingRoom([person], Goods(items)).draw(*person, cut=True)


@pytest.mark.parametrize("hex_code", ["#a01024", "#c96a5a", "#5a1030"])
def test_a_matte_lipstick_has_its_colour_under_the_faces_light(eileen: Person, hex_code: str) -> None:
    pixels, face = eileen
    item = Cosmetic(kind="lip", hex=hex_code, finish="matte", coverage=1.0)
    made = worn(eileen, item)
    x0, y0, x1, y1 = (int(v) for v in face.box)
    canvas = Canvas.of(pixels, (x0, y0, x1, y1))
    mouth = find_mouth(canvas, face.landmarks[:, :2] - np.array([x0, y0], np.float32), face.size)
    assert mouth is not None
    lips = linear(made.pixels[y0:y1, x0:x1][mouth.at])[mouth.lips > 0.95]
    wanted = item.colour * find_light([eileen]).colour
    assert difference(np.median(lips, axis=0), wanted) < 5


def test_teeth_stay_as_they_are(eileen: Person) -> None:
    pixels, face = eileen
    made = worn(eileen, Cosmetic(kind="lip", hex="#a01024", finish="gloss"))
    ring = np.concatenate([face.landmarks[LIPS_INNER_UPPER, :2], face.landmarks[LIPS_INNER_LOWER[-2:0:-1], :2]])
    inside = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillPoly(inside, [ring.round().astype(np.int32)], 1)
    bright = lab_of(linear(pixels))[..., 0] > 70
    teeth = cv2.erode(inside, np.ones((3, 3), np.uint8)) * bright > 0
    assert teeth.sum() > 40
    changed = np.abs(made.pixels.astype(int) - pixels).max(-1) > 6
    assert changed[teeth].mean() < 0.01


def test_all_items_together_touch_the_face_alone_and_keep_its_texture(eileen: Person) -> None:
    pixels, face = eileen
    made = worn(eileen, *EVERY)
    assert set(made.counts) == {item.kind for item in EVERY} and min(made.counts.values()) > 5
    assert np.array_equal(made.pixels[~made.where], pixels[~made.where])
    x0, y0, x1, y1 = (int(v) for v in face.box)
    outside = np.ones(pixels.shape[:2], bool)
    outside[y0 - 20 : y1 + 20, x0 - 20 : x1 + 20] = False
    assert not made.where[outside].any()
    cheek = face.landmarks[50, :2].round().astype(int)
    part = np.s_[cheek[1] - 8 : cheek[1] + 8, cheek[0] - 8 : cheek[0] + 8]

    def fine(one: Pixels) -> np.ndarray:
        grey = one.astype(np.float32) @ LUMINANCE
        return np.asarray((grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[part]).ravel()

    assert np.corrcoef(fine(pixels), fine(made.pixels))[0, 1] > 0.8


def test_twice_the_same_gives_the_same_bytes(eileen: Person) -> None:
    assert np.array_equal(worn(eileen, *EVERY).pixels, worn(eileen, *EVERY).pixels)


def test_colours_that_no_surface_has_are_refused() -> None:
    for wrong in (
        {"lab": [35, 190, 20]}, {"lab": [130, 0, 0]}, {"lab": [30, 100, -120]}, {"hex": "#12345"}, {"hex": "red"},
        {"hex": "#aabbcc", "lab": [50, 0, 0]}, {}, {"hex": "#aabbcc", "gtin": "4006381333932"},
        {"hex": "#aabbcc", "observer": 10}, {"hex": "#aabbcc", "finish": "wet"}, {"lab": [float("nan"), 0, 0]},
    ):  # fmt: skip
        with pytest.raises(ValueError):
            Cosmetic.model_validate({"kind": "lip", **wrong})
    with pytest.raises(BadDocument):
        from_lab(np.array([50.0, 0, 0]), "A")
    red = Cosmetic(kind="lip", lab=(38.0, 55.0, 30.0))
    assert np.allclose(lab_of(red.colour), (38, 55, 30), atol=0.5)
    assert np.allclose(lab_of(Cosmetic(kind="lip", lab=(50.0, 0.0, 0.0), illuminant="D50").colour), (50, 0, 0), atol=1)


def test_a_white_card_overrules_the_skin(eileen: Person) -> None:
    pixels, face = eileen
    warm = np.clip(pixels * np.array([1.0, 0.8, 0.6]), 0, 255).astype(np.uint8)
    warm[8:40, 8:40] = (200, 160, 120)
    white = white_at(warm, (20, 20), "warm.png")
    light = find_light([(warm, face)], white=white)
    assert light.origin == "white" and light.colour[0] > 1.5 * light.colour[2]
    for place in ((-4, 9), (face.landmarks[13, 0], face.landmarks[13, 1])):
        with pytest.raises(BadOption):
            white_at(warm, (float(place[0]), float(place[1])), "warm.png")


def test_dark_blurred_and_turned_away(eileen: Person) -> None:
    pixels, face = eileen
    with pytest.raises(FaceError) as refused:
        worn(((pixels * 0.08).astype(np.uint8), face), EVERY[0])
    assert refused.value.code in ("tryon.dark", "tryon.blurred")
    with pytest.raises(FaceError) as refused:
        worn((np.asarray(cv2.GaussianBlur(pixels, (0, 0), 9)), face), EVERY[0])
    assert refused.value.code == "tryon.blurred"
    turned = face.pose.copy()
    angle = np.radians(58)
    turned[:3, :3] = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    from dataclasses import replace

    with pytest.raises(FaceInProfile) as refused_profile:
        worn((pixels, replace(face, pose=turned)), EVERY[0])
    assert refused_profile.value.code == "tryon.profile"


def test_a_place_that_is_no_number_and_light_that_is_none(eileen: Person) -> None:
    nan = float("nan")
    with pytest.raises(BadOption):
        TryOnOptions(white=(nan, nan))
    with pytest.raises(BadOption):
        white_at(eileen[0], (nan, float("inf")), "me.png")
    canvas = Canvas.of(eileen[0], (0, 0, 32, 32))
    canvas.lay(np.full((32, 32, 3), np.nan, np.float32), np.ones((32, 32), np.float32))
    out, where = canvas.settled()
    assert (out[:32, :32] == 0).all() and where.sum() == 32 * 32
