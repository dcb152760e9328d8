"""Other people's faces, before the person or beside them: nothing is laid there."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.errors import FaceChoice
from countenance.face.following import follow
from countenance.face.identity import describe_still, template_from
from countenance.face.tracker import find_faces
from countenance.face.types import Face
from countenance.media.frames import Pixels, VideoFrame
from countenance.permission import GrantFile
from countenance.tryon import Cosmetic, Eyewear, Goods, TryOn, TryOnOptions, open_goods
from countenance.tryon.bystanders import barred, is_same
from countenance.tryon.demo_frames import DESIGNS, frame_glb
from countenance.tryon.fitting_room import FittingRoom, Worn
from tests.likeness.material import Studio, clip_of
from tests.portraits import eileen_collins, grace_hopper


@pytest.fixture(scope="module")
def overlapping() -> tuple[Pixels, Face, Face]:
    """Grace's face before the side of Eileen's; the picture, Eileen's face, Grace's."""
    eileen, grace = eileen_collins(), grace_hopper()
    size = eileen.face.size
    scale = 0.9 * size / grace.face.size
    small = cv2.resize(grace.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    centre = grace.face.centre * scale
    at = eileen.face.centre + np.array([0.72 * size, 0.1 * size])
    mask = np.zeros(small.shape[:2], np.uint8)
    axes = (int(0.42 * size), int(0.58 * size))
    cv2.ellipse(mask, [int(v) for v in centre], axes, 0, 0, 360, 1, -1)
    matrix = np.array([[1, 0, at[0] - centre[0]], [0, 1, at[1] - centre[1]]], np.float32)
    side = eileen.pixels.shape[1::-1]
    laid, there = cv2.warpAffine(small, matrix, side), cv2.warpAffine(mask, matrix, side)
    pixels = np.where(there[..., None] > 0, laid, eileen.pixels).astype(np.uint8)
    faces = find_faces(pixels, thorough=True)
    own = min(faces, key=lambda f: float(np.linalg.norm(f.centre - eileen.face.centre)))
    other = min((f for f in faces if f is not own), key=lambda f: float(np.linalg.norm(f.centre - at)))
    return pixels, own, other


@pytest.fixture(scope="module")
def goods(tmp_path_factory: pytest.TempPathFactory) -> Goods:
    folder = tmp_path_factory.mktemp("goods")
    (folder / "a.glb").write_bytes(frame_glb(DESIGNS[0]))
    made_up = [Cosmetic(kind=kind, hex="#a01024") for kind in ("lip", "blush", "foundation", "contour", "brows")]
    return open_goods([Eyewear(kind="glasses", glb="a.glb"), *made_up], folder=folder)


def test_not_a_pixel_of_the_face_in_front_differs(overlapping: tuple[Pixels, Face, Face], goods: Goods) -> None:
    pixels, own, other = overlapping
    height, width = pixels.shape[:2]
    theirs = barred([own, other], own, (0, 0, width, height))
    mesh = cv2.convexHull(other.landmarks[:, :2].round().astype(np.int32))
    inside = cv2.fillConvexPoly(np.zeros((height, width), np.uint8), mesh, 1) > 0
    assert not is_same(own, other) and theirs[inside].mean() > 0.999

    free = FittingRoom([(pixels, own)], goods).draw(pixels, own, cut=True)
    assert (free.pixels != pixels).any(-1)[theirs].sum() > 200  # without being told of them it would be drawn on
    made = FittingRoom([(pixels, own)], goods).draw(pixels, own, others=[own, other], cut=True)
    assert made.drawn and (made.pixels == pixels)[theirs].all() and not made.where[theirs].any()
    assert ((made.pixels != pixels).any(-1) == ((free.pixels != pixels).any(-1) & ~theirs)).mean() > 0.999


def test_a_clip_tells_of_whoever_stands_beside(overlapping: tuple[Pixels, Face, Face], goods: Goods) -> None:
    pixels, own, other = overlapping
    template = template_from(describe_still(pixels, own), still=True, name="two.mp4")
    frames = [VideoFrame(pixels, Fraction(k, 8), k) for k in range(3)]
    room = FittingRoom([(pixels, own)], goods)
    for seen in follow(frames, template, others=True):
        assert seen.face is not None and is_same(seen.face, own)
        assert any(is_same(face, other) for face in seen.others)
        made = room.draw(pixels, seen.face, others=seen.others, cut=seen.cut)
        inside = barred([other], own, (0, 0, *pixels.shape[1::-1]))
        inside = cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0  # measured anew, a little elsewhere
        assert made.drawn and (made.pixels == pixels)[inside].all()


def test_a_clip_of_two_as_large_as_each_other_is_asked_about(
    overlapping: tuple[Pixels, Face, Face], studio: Studio, right: GrantFile, goods: Goods, tmp_path: Path
) -> None:
    clip = clip_of(tmp_path / "two.mp4", [overlapping[0]] * 2, 8)
    with pytest.raises(FaceChoice):
        TryOn(clip, goods, tmp_path / "out.mp4", right, TryOnOptions()).open(studio.settings)


@pytest.mark.soak
def test_a_clips_recipe_hands_the_others_on(
    overlapping: tuple[Pixels, Face, Face], studio: Studio, right: GrantFile, goods: Goods, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    told: list[int] = []
    draw = FittingRoom.draw

    def watched(
        room: FittingRoom, pixels: Pixels, face: Face, *, others: Sequence[Face] = (), cut: bool = False
    ) -> Worn:
        told.append(sum(not is_same(one, face) for one in others))
        return draw(room, pixels, face, others=others, cut=cut)

    monkeypatch.setattr(FittingRoom, "draw", watched)
    clip = clip_of(tmp_path / "two.mp4", [overlapping[0]] * 3, 8)
    options = TryOnOptions(face="left")
    studio.job.try_on(clip, goods, tmp_path / "out.mp4", permission=right, options=options)
    assert len(told) == 3 and min(told) >= 1
