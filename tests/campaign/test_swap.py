"""Licensed faces swapped into clips: what a plan says of them, and what a run makes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from countenance.campaign.expansion import expand
from countenance.campaign.plan_file import read_plan
from countenance.errors import BadDocument
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.library.likeness_store import save_likeness
from countenance.permission.ledger import Ledger
from countenance.permission.signed_grant import load_grant
from countenance.settings import default_settings
from tests.campaign.conftest import FREE, Write
from tests.end_to_end.command import Command
from tests.likeness.material import BEN, Studio, clip_of, picture_of, template_of
from tests.permission.people import ADA
from tests.portraits import eileen_collins, grace_hopper

PLAN = """\
title: Spring sale
purpose: film
territories: [DE]
languages:
  de: {sound: own}
faces:
  grace:
    clip: advert.mp4
    likeness: grace.likeness
    permission: grace.jwt
    double: {permission: double.jwt}
"""


@pytest.fixture
def studio(tmp_path: Path, own_home: Path) -> Studio:
    del own_home
    return Studio(tmp_path)


@pytest.fixture
def plan(write: Write, studio: Studio, tmp_path: Path) -> Path:
    """A plan, the double's clip, a likeness and both grants beside it."""
    grace, eileen = template_of(grace_hopper()), template_of(eileen_collins())
    right = studio.grant(ADA, grace, "swap").path.rename(tmp_path / "grace.jwt")
    studio.grant(BEN, eileen, "double").path.rename(tmp_path / "double.jwt")
    clip_of(tmp_path / "advert.mp4", [eileen_collins().pixels] * 4)
    gathered = gather([picture_of(tmp_path / "a.png", grace_hopper().pixels)], [grace])
    grant = load_grant(right)
    likeness = made_from(gathered, "Grace", grant_sha256=grant.sha256, grant_id=grant.grant.id)
    save_likeness(likeness, tmp_path / "grace.likeness", default_settings())
    return write(PLAN)


def test_a_run_swaps_and_is_marked_like_anything_else(plan: Path, countenance: Command) -> None:
    ran = countenance("campaign", plan, "--dry-run", "--json")
    (version,) = json.loads(ran.out)["versions"]
    assert (version["state"], version["use"], version["version"]) == ("to make", "swap", "grace.de.own.own")
    assert "the double: signed by the person shown" in version["basis"]
    ran = countenance("campaign", plan, "--json")
    assert ran.status == 0, ran.out + ran.err
    out = plan.parent / "versions" / "spring-sale.grace.de.own.own.mp4"
    assert out.is_file() and (plan.parent / "versions" / "contact.grace.png").is_file()
    with Ledger.open(default_settings()) as ledger:
        permits = [entry.said for entry in ledger.entries("permit")]
    swaps = [one for one in permits if one["use"] == "swap"]
    assert {one["use"] for one in permits} <= {"swap", "double"}, "the double's grant is counted, too"
    assert swaps and set(swaps[0]["inputs"]) == {"source", "plate"}
    ran = countenance("verify", out, "--json")
    assert ran.status == 0
    ran = countenance("campaign", plan, "--dry-run", "--json")
    assert json.loads(ran.out)["counts"]["made"] == 1


def test_a_dry_run_names_what_is_missing(plan: Path, countenance: Command) -> None:
    for old, new, code, state in (
        ("    double: {permission: double.jwt}\n", "", "permission.double", "refused"),
        ("double.jwt", "gone.jwt", "permission.no_grant", "refused"),
        ("    permission: grace.jwt\n", "", "permission.missing", "refused"),
        ("{permission: double.jwt}", "{permission: grace.jwt}", "permission.use", "refused"),
        ("purpose: film", "purpose: news", "permission.purpose", "refused"),
        ("grace.likeness", "gone.likeness", "input.missing", "blocked"),
        ("{sound: own}", "{text: Hallo.}", "campaign.swap", "blocked"),
        ("title: Spring sale", "title: x\nformats: [1:1]", "campaign.swap", "blocked"),
    ):
        assert old in PLAN
        plan.write_text(PLAN.replace(old, new))
        ran = countenance("campaign", plan, "--dry-run", "--json")
        (version,) = json.loads(ran.out)["versions"]
        assert version["state"] == state and code in {one["code"] for one in version["problems"]}, (old, new)
        assert all(one["message"].startswith("faces.grace") and one["remedy"] for one in version["problems"])


def test_own_sound_is_not_for_faces_that_speak(write: Write) -> None:
    path = write(f"title: x\nlanguages: {{de: {{sound: own}}}}\nfaces: {{g: {{portrait: grace.jpg, {FREE}}}}}\n")
    (version,) = expand(read_plan(path), path.parent, default_settings())
    assert "campaign.swap" in {one.code for one in version.problems}


def test_another_likeness_is_another_version(plan: Path) -> None:
    (first,) = expand(read_plan(plan), plan.parent, default_settings())
    shutil.copy(plan.parent / "a.png", plan.parent / "grace.likeness")
    (second,) = expand(read_plan(plan), plan.parent, default_settings())
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("    clip: advert.mp4\n", "    portrait: grace.jpg\n", "faces.grace"),
        ("    likeness: grace.likeness\n", "", "faces.grace"),
        ("clip: advert.mp4", "clip: advert.mp4\n    bed: m.wav", "faces.grace"),
        ("{sound: own}", "{sound: own, text: x}", "languages.de"),
        ("{sound: own}", "{sound: other}", "languages.de.sound"),
        ("{permission: double.jwt}", "{permision: double.jwt}", "faces.grace.double"),
    ],
)
def test_contradictions_are_told_by_key(write: Write, old: str, new: str, key: str) -> None:
    with pytest.raises(BadDocument) as caught:
        read_plan(write(PLAN.replace(old, new)))
    assert key in caught.value.message and "line" in caught.value.message
