"""Try-on as a whole: asked for, drawn, marked, told; and refused where it must be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption, FaceChoice, FaceError, PermissionRefused
from countenance.media.picture import read_picture
from countenance.permission import GrantFile
from countenance.tryon import Cosmetic, TryOnOptions, open_goods
from countenance.tryon.untouched import held_against
from countenance.verify import verify_file
from countenance.verify.details import sections
from tests.likeness.material import Studio, picture_of, template_of
from tests.permission.people import ADA
from tests.portraits import eileen_collins

LIPS = Cosmetic(kind="lip", hex="#a01024", finish="matte", product="Red 12", gtin="4006381333931")
BLUSH = Cosmetic(kind="blush", hex="#d86a6a")


def test_a_picture_is_made_marked_and_told(studio: Studio, right: GrantFile, picture: Path, tmp_path: Path) -> None:
    goods = open_goods((LIPS, BLUSH))
    receipt = tmp_path / "receipt.json"
    options = TryOnOptions(receipt=receipt)
    made = studio.job.try_on(picture, goods, tmp_path / "out.png", permission=right, options=options)
    items = {item["kind"]: item for item in made.about["items"]}
    assert items["lip"]["product"] == "Red 12" and items["lip"]["gtin"] == "4006381333931"
    assert 0 < items["lip"]["share"] < items["blush"]["share"] < 0.1

    verdict = verify_file(tmp_path / "out.png", settings=studio.settings)
    assert verdict.render_id == made.render_id if hasattr(verdict, "render_id") else True
    told = verdict.manifest.tried_on
    assert verdict.as_dict()["manifest"]["tried_on"]["items"][0]["kind"] == "lip"
    assert told is not None and {one.kind for one in told.items} == {"lip", "blush"}
    assert told.untouched > 100 and any("Red 12" in value for part in sections(verdict) for _, value in part.rows)
    said = json.loads(receipt.read_text())
    assert said["untouched"]["sha256"] == told.sha256
    assert said["render_id"] == made.render_id and said["untouched"]["untouched"] > 100
    original = read_picture(picture).pixels
    assert held_against(said["untouched"], 0, original)
    changed = original.copy()
    changed[-1, -1] ^= 8
    assert not held_against(said["untouched"], 0, changed)


def test_a_clip_keeps_what_is_not_surely_the_person(
    studio: Studio, right: GrantFile, clip: Path, tmp_path: Path
) -> None:
    made = studio.job.try_on(clip, open_goods((LIPS,)), tmp_path / "out.mp4", permission=right)
    assert made.frames == 16 and made.redrawn is not None and 10 <= made.redrawn <= 14
    assert any("left as they are" in line for line in made.warnings)


def test_a_grant_for_something_else_is_none_for_this(studio: Studio, picture: Path, tmp_path: Path) -> None:
    right = studio.grant(ADA, template_of(eileen_collins()), "animate")
    with pytest.raises(PermissionRefused) as refused:
        studio.job.try_on(picture, open_goods((LIPS,)), tmp_path / "out.png", permission=right)
    assert refused.value.code == "permission.use"
    assert not (tmp_path / "out.png").exists()


def test_two_people_as_large_as_each_other_are_asked_about(studio: Studio, right: GrantFile, tmp_path: Path) -> None:
    one = eileen_collins().pixels
    both = picture_of(tmp_path / "both.png", np.hstack([one, one[:, ::-1]]))
    with pytest.raises(FaceChoice):
        studio.job.try_on(both, open_goods((LIPS,)), tmp_path / "out.png", permission=right)


def test_pictures_that_nothing_can_be_laid_on(studio: Studio, right: GrantFile, tmp_path: Path) -> None:
    dark = picture_of(tmp_path / "dark.png", (eileen_collins().pixels * 0.12).astype(np.uint8))
    with pytest.raises((FaceError, PermissionRefused)) as refused:
        studio.job.try_on(dark, open_goods((LIPS,)), tmp_path / "out.png", permission=right)
    assert refused.value.code in ("tryon.dark", "face.none", "permission.face", "permission.review")


def test_nothing_to_try_on() -> None:
    with pytest.raises(BadOption):
        open_goods(())
