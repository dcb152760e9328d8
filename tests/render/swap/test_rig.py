"""A likeness on a double: whose face it is, what stays, what stands in front, and the plate's light."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from countenance.engines import PlateOptions
from countenance.engines.mesh.double import Double, know_double
from countenance.engines.mesh.likeness_texture import Moment, Skin
from countenance.engines.mesh.reage import ReageRig
from countenance.engines.mesh.swap_rig import SwapRig
from countenance.face.identity import describe
from countenance.face.topology import FACE_OVAL
from countenance.likeness.ageing import aged
from countenance.likeness.irises import iris_places, irises_at
from countenance.likeness.value import Likeness
from tests.render.swap.conftest import Frame, measured


def change(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.abs(before.astype(int) - after).max(-1)


def inside(frame: Frame, shrink: float = 0.0) -> np.ndarray:
    mask = np.zeros(frame.pixels.shape[:2], np.uint8)
    cv2.fillPoly(mask, [frame.face.landmarks[FACE_OVAL, :2].round().astype(np.int32)], 1)
    reach = int(shrink * frame.face.size)
    return cv2.erode(mask, np.ones((2 * reach + 1,) * 2, np.uint8)) > 0


def test_the_face_becomes_the_likeness_and_no_longer_the_double(eileen: Likeness, frames: list[Frame]) -> None:
    bare = know_double(frames[2].face, frames[2].pixels, rims=False)
    rig = SwapRig(eileen, bare)
    for frame in frames[1:4]:
        out = rig.draw(frame.pixels, frame.face, cut=True)
        seen = describe(out, measured(out).face)
        before = describe(frame.pixels, frame.face)
        to_likeness, to_double = eileen.template.distance(seen), float(np.linalg.norm(seen - before))
        assert to_likeness < eileen.template.distance(before) - 0.1
        assert to_likeness < to_double


def test_what_is_far_from_the_face_is_not_touched(eileen: Likeness, double: Double, frames: list[Frame]) -> None:
    frame = frames[3]
    out = SwapRig(eileen, double).draw(frame.pixels, frame.face)
    far = (
        cv2.dilate(inside(frame).astype(np.uint8), np.ones((3, 3), np.uint8), iterations=int(0.75 * frame.face.size))
        == 0
    )
    assert far.any()
    assert not change(frame.pixels, out)[far].any()
    assert change(frame.pixels, out)[inside(frame, 0.1)].mean() > 3


def test_expression_and_pose_stay_the_doubles(eileen: Likeness, double: Double, frames: list[Frame]) -> None:
    rig = SwapRig(eileen, double)
    read = [measured(rig.draw(frame.pixels, frame.face, cut=True)).face for frame in frames]
    jaw = [face.blendshape("jawOpen") for face in read]
    smile = [face.blendshape("mouthSmileLeft") for face in read]
    assert int(np.argmax(jaw)) == int(np.argmax([f.face.blendshape("jawOpen") for f in frames]))
    assert int(np.argmax(smile)) == int(np.argmax([f.face.blendshape("mouthSmileLeft") for f in frames]))
    for face, frame in zip(read, frames, strict=True):
        assert abs(face.angles[0] - frame.face.angles[0]) < 4
        assert abs(face.angles[2] - frame.face.angles[2]) < 2


def test_the_eyes_look_where_the_double_looks(frames: list[Frame]) -> None:
    landmarks = frames[0].face.landmarks
    back = irises_at(landmarks, iris_places(landmarks))
    for found, iris in zip(back, (landmarks[468], landmarks[473]), strict=True):
        assert np.abs(found[0] - iris[:2]).max() < 1e-3


def test_darker_light_in_the_plate_is_darker_light_on_the_likeness(
    eileen: Likeness, double: Double, frames: list[Frame]
) -> None:
    frame = frames[2]
    shade = np.linspace(1.0, 0.4, frame.pixels.shape[1])[None, :, None]
    dark = (frame.pixels * shade).astype(np.uint8)
    plain = SwapRig(eileen, double).draw(frame.pixels, frame.face, cut=True)
    shaded = SwapRig(eileen, double).draw(dark, frame.face, cut=True)
    where = inside(frame, 0.12)
    ratio = cv2.GaussianBlur(shaded.astype(np.float32) + 1, (0, 0), 9) / cv2.GaussianBlur(
        plain.astype(np.float32) + 1, (0, 0), 9
    )
    assert np.abs(ratio.mean(-1) - shade[..., 0])[where].mean() < 0.06


def test_only_the_lower_face_where_that_is_asked(eileen: Likeness, double: Double, frames: list[Frame]) -> None:
    frame = frames[2]
    rig = SwapRig(eileen, double, PlateOptions(area="lower", shape=0.0))
    moved = change(frame.pixels, rig.draw(frame.pixels, frame.face, cut=True))
    eyes = int(frame.face.landmarks[[33, 263], 1].mean())
    assert moved[: eyes - 5].mean() < 1.0
    assert moved[inside(frame, 0.1)].mean() > 1.5


def test_a_bar_before_the_face_stays_in_front(eileen: Likeness, double: Double, frames: list[Frame]) -> None:
    frame = frames[2]
    covered = frame.pixels.copy()
    x, y = (int(v) for v in frame.face.landmarks[50, :2])
    size = int(0.16 * frame.face.size)
    covered[y - size // 2 : y + size, x - size // 2 : x + size // 2] = (20, 160, 40)
    out = SwapRig(eileen, double).draw(covered, frame.face, cut=True)
    part = out[y + 2 : y + size - 6, x - size // 4 : x + size // 4].reshape(-1, 3).astype(int)
    assert np.abs(part - (20, 160, 40)).mean() < 25


def test_the_same_frames_give_the_same_pixels(eileen: Likeness, double: Double, frames: list[Frame]) -> None:
    runs = []
    for _ in range(2):
        rig = SwapRig(eileen, double, PlateOptions(seed=4))
        runs.append([rig.draw(frame.pixels, frame.face) for frame in frames[:3]])
    assert all(np.array_equal(a, b) for a, b in zip(*runs, strict=True))


def test_a_face_at_the_edge_and_a_tiny_one_are_drawn_without_failing(
    eileen: Likeness, double: Double, frames: list[Frame]
) -> None:
    frame = frames[2]
    x0 = int(frame.face.landmarks[:, 0].mean())
    half = np.ascontiguousarray(frame.pixels[:, x0:])
    landmarks = frame.face.landmarks.copy()
    landmarks[:, 0] -= x0
    assert SwapRig(eileen, double).draw(half, replace(frame.face, landmarks=landmarks)).shape == half.shape
    small = cv2.resize(frame.pixels, None, fx=0.12, fy=0.12, interpolation=cv2.INTER_AREA)
    tiny = replace(frame.face, landmarks=frame.face.landmarks * np.float32(0.12))
    assert SwapRig(eileen, double).draw(small, tiny).shape == small.shape


def test_views_are_blended_by_pose_and_expression(eileen: Likeness) -> None:
    skin = Skin(eileen)
    for k, view in enumerate(eileen.views):
        weights = skin.weights(Moment(view.yaw, view.pitch, view.smile, view.jaw))
        assert weights.sum() == pytest.approx(1)
        assert int(weights.argmax()) == k
    a, b = (skin.weights(Moment(yaw, 0, 0.1, 0.1)) for yaw in (3.0, 3.2))
    assert np.abs(a - b).max() < 0.1


def test_ageing_a_clip_keeps_it_and_changes_the_skin(frames: list[Frame], double: Double, eileen: Likeness) -> None:
    frame = frames[2]
    same = ReageRig(eileen, eileen, double).draw(frame.pixels, frame.face)
    assert change(frame.pixels, same).mean() < 0.5
    older = ReageRig(eileen, aged(eileen, 30), double).draw(frame.pixels, frame.face)
    assert 1.0 < change(frame.pixels, older)[inside(frame, 0.05)].mean() < 30


def test_one_look_is_enough_to_know_a_double(frames: list[Frame], eileen: Likeness) -> None:
    alone = know_double(frames[2].face, frames[2].pixels)
    assert SwapRig(eileen, alone).draw(frames[2].pixels, frames[2].face).shape == frames[2].pixels.shape
