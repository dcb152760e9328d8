"""Frames in other shapes: the face stays in them, pixels are not resampled without need."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.render.reframing import FacePosition, Reframing, look
from tests.portraits import grace_hopper

TALL, SQUARE, WIDE = Fraction(9, 16), Fraction(1), Fraction(16, 9)


def box_at(x: float, y: float = 360, side: float = 200) -> tuple[float, float, float, float]:
    return (x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def looks(*xs: float, side: float = 200) -> list[FacePosition]:
    """A face at these places, five a second."""
    return [FacePosition(Fraction(k, 5), box_at(x, side=side)) for k, x in enumerate(xs)]


def inside(window: tuple[int, int, int, int], box: tuple[float, float, float, float]) -> bool:
    return window[0] <= box[0] and window[1] <= box[1] and window[2] >= box[2] and window[3] >= box[3]


@pytest.mark.parametrize(("ratio", "size"), [(TALL, (404, 720)), (SQUARE, (720, 720)), (WIDE, (1280, 720))])
def test_a_cut_is_as_large_as_the_picture_gives(ratio: Fraction, size: tuple[int, int]) -> None:
    framing = Reframing(1280, 720, ratio, looks(900))
    assert framing.size == size and not framing.padded
    frame = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)
    x0, y0, x1, y1 = framing.window(Fraction(0))
    assert np.array_equal(framing.draw(frame), frame[y0:y1, x0:x1]), "cut, not scaled"
    assert inside((x0, y0, x1, y1), box_at(900))


@pytest.mark.parametrize(("ratio", "size"), [(TALL, (540, 960)), (WIDE, (960, 540)), (SQUARE, (960, 960))])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_a_size_is_the_longer_side(ratio: Fraction, size: tuple[int, int], fit: str) -> None:
    framing = Reframing(1280, 720, ratio, looks(640), fit, 960)  # type: ignore[arg-type]
    frame = np.full((720, 1280, 3), 200, np.uint8)
    out = framing.draw(frame)
    assert framing.size == size and out.shape == (size[1], size[0], 3)
    assert framing.padded == (fit == "pad")


def test_the_cut_stands_still_while_it_can_and_follows_where_it_must() -> None:
    still = Reframing(1280, 720, TALL, looks(600, 640, 680, 640, 600, 560))
    assert len({still.window(Fraction(k, 25)) for k in range(25)}) == 1
    assert all(inside(still.window(one.time), one.box) for one in looks(600, 640, 680, 640, 600, 560))
    walk = looks(*np.linspace(200, 1080, 40))
    following = Reframing(1280, 720, TALL, walk)
    lefts = [following.window(Fraction(k, 25))[0] for k in range(195)]
    assert lefts[0] < 100 and lefts[-1] > 750 and max(np.abs(np.diff(lefts))) < 12, "no jerk"


def test_over_a_change_of_shot_it_jumps() -> None:
    framing = Reframing(1280, 720, TALL, looks(*[250] * 10, *[1000] * 10))
    lefts = {framing.window(Fraction(k, 25))[0] for k in range(96)}
    assert len(lefts) == 2


def test_a_face_that_is_tracked_is_never_cut_off() -> None:
    face = grace_hopper().face
    height, width = grace_hopper().pixels.shape[:2]
    astray = Reframing(width, height, TALL, [FacePosition(Fraction(0), (0, 300, 60, 360))])
    assert not inside(astray.window(Fraction(0)), look(face, Fraction(0)).box)
    assert inside(astray.window(Fraction(0), face), look(face, Fraction(0)).box)
    moved = replace(face, landmarks=face.landmarks + np.float32([400, 0, 0]))
    assert astray.window(Fraction(0), moved)[2] == width, "not beyond the picture"


def test_a_face_too_large_for_the_cut_shows_the_whole_picture() -> None:
    framing = Reframing(1280, 720, TALL, looks(640, side=500))
    assert framing.padded and framing.size == (720, 1280)
    frame = np.zeros((720, 1280, 3), np.uint8)
    frame[:, :, 0] = np.linspace(0, 255, 1280, dtype=np.uint8)
    out = framing.draw(frame)
    middle = out[640, :, 0].astype(int)
    assert middle[0] < 5 and middle[-1] > 250 and out[20, :, 0].max() < 150, "whole, on a darker ground"


def test_without_a_face_the_middle_is_kept_and_odd_pictures_come_out_even() -> None:
    framing = Reframing(641, 481, SQUARE)
    assert framing.size == (480, 480) and framing.window(Fraction(3)) == (80, 0, 560, 480)
    with pytest.raises(BadOption):
        Reframing(640, 480, Fraction(6))
