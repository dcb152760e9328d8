"""One person is followed through cuts and past others, and nobody else is taken for them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.errors import FaceChoice, FaceTooSmall, NoFace
from countenance.face.following import follow
from countenance.face.person import looks_at_one
from countenance.media.frames import VideoFrame
from countenance.media.video import open_video
from tests.portraits import eileen_collins, grace_hopper


def test_cuts_to_somebody_else_are_left_alone(plate: Path) -> None:
    with open_video(plate) as video:
        looks, person = looks_at_one((frame.pixels for frame in video.frames()), "largest", name="plate")
    assert len(looks) >= 12
    with open_video(plate) as video:
        found = list(follow(video.frames(), person))
    seen = [one.face is not None for one in found]
    assert seen == [True] * 8 + [False] * 4 + [True] * 8 or sum(seen) >= 12
    assert not any(seen[8:12])
    assert found[0].cut
    assert not found[3].cut


def test_the_one_who_is_meant_is_followed_among_two() -> None:
    both = np.hstack([grace_hopper().pixels[:500, :500], eileen_collins().pixels[:500, :500]])
    places = {}
    for choice in ("left", "right"):
        looks, person = looks_at_one([both], choice, name="both")
        (seen,) = follow([VideoFrame(both, Fraction(0), 0)], person)
        face = seen.face
        assert face is not None
        assert len(looks) == 1
        places[choice] = float(face.centre[0])
    assert places["left"] < 500 < places["right"]


def test_a_face_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(FaceChoice):
        looks_at_one([grace_hopper().pixels], "7", name="grace.png")


def test_a_frame_in_which_the_face_is_small_does_not_end_the_job() -> None:
    whole = grace_hopper().pixels
    far = np.full_like(whole, 120)
    small = cv2.resize(whole, None, fx=0.35, fy=0.35, interpolation=cv2.INTER_AREA)
    far[: small.shape[0], : small.shape[1]] = small
    looks, _ = looks_at_one([far, whole, whole], "largest", name="walks-in.mp4")
    assert len(looks) >= 2
    with pytest.raises(FaceTooSmall):
        looks_at_one([far], "largest", name="far.mp4")


def test_nobody_there_is_said() -> None:
    with pytest.raises(NoFace):
        looks_at_one([np.full((200, 200, 3), 90, np.uint8)], "largest", name="wall.mp4")
