"""`countenance swap`, from the files to the marked result, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from countenance.cli import app
from countenance.errors import CountenanceError, NoFace, OutputExists, PermissionRefused
from countenance.face.identity import template_of_still
from countenance.likeness.library.likeness_store import save_likeness
from countenance.likeness.value import Likeness
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from countenance.permission import GrantFile
from countenance.render.face_swap import SwapOptions
from countenance.render.people import Person
from countenance.verify import verify_file
from tests.attacks.conftest import square
from tests.likeness.material import BEN, Studio, picture_of
from tests.permission.people import ADA
from tests.portraits import grace_hopper


@pytest.fixture
def given(studio: Studio, eileen: Likeness) -> tuple[Path, GrantFile, GrantFile]:
    """The likeness's file, its grant, and the double's."""
    path = save_likeness(eileen, studio.folder / "eileen.likeness", studio.settings)
    grace = template_of_still(grace_hopper().pixels, grace_hopper().face)
    return path, studio.grant(ADA, eileen.template, "swap"), studio.grant(BEN, grace, "double", "re-age")


def test_a_clip_is_swapped_marked_and_verified(
    studio: Studio, plate: Path, given: tuple[Path, GrantFile, GrantFile]
) -> None:
    likeness, right, double = given
    made = studio.job.swap(plate, likeness, studio.folder / "out.mp4", permission=right, double_permission=double)
    assert made.frames == 20
    assert 12 <= made.redrawn <= 16
    assert any("left as they are" in warning for warning in made.warnings)
    with open_video(made.output) as video:
        assert (video.info.width, video.info.height) == made.size
    said = verify_file(made.output).as_dict()
    assert said["permission"]["state"] == "unrevoked"
    assert "the double" in json.dumps(said)


def test_a_picture_is_swapped_too(
    studio: Studio, grace_picture: Path, given: tuple[Path, GrantFile, GrantFile]
) -> None:
    likeness, right, double = given
    made = studio.job.swap(
        grace_picture, likeness, studio.folder / "out.png", permission=right, double_permission=double
    )
    assert made.frames == made.redrawn == 1
    assert made.output.is_file()


@pytest.mark.soak
def test_two_doubles_each_under_both_grants(
    studio: Studio, eileen: Likeness, given: tuple[Path, GrantFile, GrantFile]
) -> None:
    likeness, right, double = given
    others = studio.grant(ADA, eileen.template, "double")
    before = np.hstack([square("grace"), square("eileen", light=0.8)])
    picture = picture_of(studio.folder / "two.png", before)
    people = [
        Person("left", right, likeness=likeness, double_permission=double),
        Person("right", right, likeness=likeness, double_permission=others),
    ]
    made = studio.job.swap(picture, None, studio.folder / "out.png", permission=people)
    drawn, middle = read_picture(made.output).pixels, before.shape[1] // 2
    away = np.abs(drawn.astype(int) - before).mean(2)
    assert away[100:220, 100:220].mean() > 4 and away[100:220, middle + 100 : middle + 220].mean() > 4
    wrong = [people[0], replace(people[1], double_permission=double)]
    with pytest.raises(PermissionRefused) as caught:
        studio.job.swap(picture, None, studio.folder / "wrong.png", permission=wrong)
    assert caught.value.code == "permission.twice" and not (studio.folder / "wrong.png").exists()


def test_without_the_doubles_grant_nothing_is_made(
    studio: Studio, plate: Path, given: tuple[Path, GrantFile, GrantFile]
) -> None:
    likeness, right, _ = given
    with pytest.raises(PermissionRefused) as refused:
        studio.job.swap(plate, likeness, studio.folder / "out.mp4", permission=right, double_permission=None)
    assert refused.value.code == "permission.double"
    assert not (studio.folder / "out.mp4").exists()


def test_a_grant_of_somebody_else_is_refused(
    studio: Studio, plate: Path, given: tuple[Path, GrantFile, GrantFile]
) -> None:
    likeness, right, double = given
    grace = template_of_still(grace_hopper().pixels, grace_hopper().face)
    for wrong in (
        {"permission": studio.grant(ADA, grace, "swap"), "double_permission": double},
        {"permission": right, "double_permission": right},
        {"permission": double, "double_permission": double},
    ):
        with pytest.raises(PermissionRefused) as refused:
            studio.job.swap(plate, likeness, studio.folder / "out.mp4", **wrong)
        assert refused.value.code in ("permission.face", "permission.use", "permission.review")
    assert list(studio.folder.glob("*.mp4")) == []


def test_a_plate_without_a_face_and_an_output_that_is_there(
    studio: Studio, tmp_path: Path, given: tuple[Path, GrantFile, GrantFile], plate: Path
) -> None:
    import numpy as np

    likeness, right, double = given
    wall = picture_of(tmp_path / "wall.png", np.full((300, 300, 3), 120, np.uint8))
    with pytest.raises(NoFace):
        studio.job.swap(wall, likeness, studio.folder / "out.png", permission=right, double_permission=double)
    there = studio.folder / "there.mp4"
    there.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        studio.job.swap(plate, likeness, there, permission=right, double_permission=double)
    assert there.read_bytes() == b"mine"


def test_somebody_is_made_older_with_their_own_grant(
    studio: Studio, grace_picture: Path, given: tuple[Path, GrantFile, GrantFile]
) -> None:
    _, _, own = given
    made = studio.job.reage(grace_picture, studio.folder / "older.png", permission=own, options=SwapOptions(years=20))
    assert made.redrawn == 1
    with pytest.raises(CountenanceError) as young:
        studio.job.reage(
            grace_picture,
            studio.folder / "young.png",
            permission=own,
            options=SwapOptions(years=-10, current_age=24),
        )
    assert young.value.code == "ageing.minor"
    assert not (studio.folder / "young.png").exists()


def test_the_command_says_what_it_made(
    studio: Studio, grace_picture: Path, given: tuple[Path, GrantFile, GrantFile]
) -> None:
    likeness, right, double = given
    line = ["swap", "-i", str(grace_picture), "-l", str(likeness), "-o", str(studio.folder / "o.png")]
    line += ["--permission", str(right.path), "--double-permission", str(double.path), "--purpose", "film"]
    line += ["--territory", "DE", "--language", "de", "--json"]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said["frames_redrawn"] == 1
    assert Path(said["output"]).is_file()
