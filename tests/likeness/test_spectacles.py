"""Spectacles are found by their rims and taken off a likeness; who wears none keeps every texel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from countenance.likeness.atlas import atlas_mesh, unwrap
from countenance.likeness.spectacles import bared, eye_zone, rims_on, without_spectacles
from countenance.likeness.views import log_colour
from countenance.media.frames import Pixels
from tests.portraits import eileen_collins, grace_hopper

SIDE = 512


@pytest.fixture(scope="module")
def faces() -> list[tuple[Pixels, np.ndarray]]:
    return [unwrap(one.pixels, one.face.landmarks, SIDE) for one in (eileen_collins(), grace_hopper())]


def _worn(texture: Pixels, colour: int) -> Pixels:
    """Thin round rims, a bridge between them, temples."""
    uv = atlas_mesh().uv * SIDE
    out = texture.copy()
    ink = (colour,) * 3
    eyes = [uv[[33, 133]].mean(0), uv[[362, 263]].mean(0)]
    radius = round(0.4 * abs(eyes[1][0] - eyes[0][0]))
    for eye in eyes:
        cv2.circle(out, (round(eye[0]), round(eye[1])), radius, ink, 3, cv2.LINE_AA)
    (a, y), (b, _) = eyes
    cv2.line(out, (round(a) + radius, round(y) - 8), (round(b) - radius, round(y) - 8), ink, 3, cv2.LINE_AA)
    return out


@pytest.mark.parametrize("colour", [30, 250])
def test_rims_are_found_and_taken_off(faces, colour: int) -> None:  # type: ignore[no-untyped-def]
    texture, seen = faces[0]
    worn = _worn(texture, colour)
    rims = rims_on(log_colour(worn), seen)
    assert rims is not None
    drawn = np.abs(worn.astype(int) - texture).max(-1) > 40
    off = without_spectacles(worn, rims)
    zone = drawn & (eye_zone(SIDE) > 0.9)
    before, after = (np.abs(one.astype(int) - texture)[zone].mean() for one in (worn, off))
    assert after < 0.5 * before


def test_who_wears_none_is_left_alone(faces) -> None:  # type: ignore[no-untyped-def]
    texture, seen = faces[0]
    assert rims_on(log_colour(texture), seen) is None
    assert bared([texture], [seen])[0] is texture


def test_a_heavy_frame_is_found_and_stays_whole(faces) -> None:  # type: ignore[no-untyped-def]
    """Grace Hopper's: behind it are brows that no picture shows."""
    texture, seen = faces[1]
    assert rims_on(log_colour(texture), seen) is not None
    assert bared([texture], [seen])[0] is texture


def test_one_odd_take_of_many_takes_nothing_off(faces) -> None:  # type: ignore[no-untyped-def]
    texture, seen = faces[0]
    takes = [texture, texture, _worn(texture, 30)]
    assert all(a is b for a, b in zip(bared(takes, [seen] * 3), takes, strict=True))
