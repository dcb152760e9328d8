"""Attack: a likeness used for what no grant allows, whatever the purpose is called: in the picture that goes in, or in
frames that come after the first."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from countenance.errors import PermissionRefused
from countenance.marking.video_exit import VideoOutput
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.picture import read_picture
from countenance.permission.nudity import MOST, nudity_in
from countenance.render.inspection import Inspection
from countenance.render.options import AnimateOptions
from tests.attacks.conftest import square
from tests.exit_material import making, permit, settings_in
from tests.likeness.material import Studio, picture_of, template_of
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper


def mannequin(side: int = 512) -> Pixels:
    """A bare body: a render of MakeHuman's base mesh (CC0), by `bench.nudity`."""
    small = read_picture(Path(__file__).parents[1] / "permission" / "mannequin.jpg").pixels
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def with_a_face() -> Pixels:
    """The body with Grace Hopper's face."""
    whole = mannequin()
    face = np.asarray(Image.fromarray(square("grace")).crop((60, 60, 260, 260)).resize((130, 130)))
    whole[0:130, 180:310] = face
    return whole


def test_bodies_and_portraits_are_told_apart() -> None:
    assert nudity_in(mannequin()) > MOST
    for portrait in (grace_hopper(), eileen_collins()):
        assert nudity_in(portrait.pixels) < 0.2


def test_a_picture_that_goes_in(studio: Studio, tmp_path: Path) -> None:
    grant = studio.grant(ADA, template_of(grace_hopper()), "animate")
    shown = picture_of(tmp_path / "a.png", with_a_face())
    with pytest.raises(PermissionRefused) as refused:
        studio.job.animate(
            shown, "authored:demo", tmp_path / "a.mp4", permission=grant, options=AnimateOptions(duration=Fraction(1))
        )
    assert refused.value.code == "permission.nudity" and not (tmp_path / "a.mp4").exists()


def test_an_old_work_s_face_on_a_living_body() -> None:
    """The work may show what it shows; a double who allowed its face to be put on them is no work."""
    plain = replace(permit(use="swap"), kind="public-domain")
    Inspection(plain).refuse_nudity(mannequin())
    with pytest.raises(PermissionRefused) as refused:
        Inspection(replace(plain, rests_on=(("ab" * 16, ADA.identity.did, ""),))).refuse_nudity(mannequin())
    assert refused.value.code == "permission.nudity"


def test_a_frame_that_comes_later(tmp_path: Path) -> None:
    leave = permit()
    with (
        pytest.raises(PermissionRefused) as refused,
        Inspection(leave) as inspection,
        VideoOutput(
            tmp_path / "a.mp4", leave, making(inspect=inspection.key_frame), width=320, height=320,
            rate=Fraction(10), settings=settings_in(tmp_path),
        ) as out,
    ):  # fmt: skip
        for index in range(40):
            pixels = square("grace") if index < 20 else mannequin(320)
            out.write(VideoFrame(pixels, Fraction(index, 10), index))
    assert refused.value.code == "permission.nudity"
    assert {each.name for each in tmp_path.iterdir()} == {"home"}
