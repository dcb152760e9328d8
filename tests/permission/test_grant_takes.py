"""What a live take leads to: a grant to oneself, evidence in a grant to others, or a refusal. Judging: tests/take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from countenance.files import sha256_file
from countenance.permission import liveness_check, load_grant
from countenance.permission.judged_takes import JudgedTakes
from countenance.permission.keyring import Keyring
from countenance.permission.liveness_check import Lack, TakeReport, challenge_for
from tests.permission.test_cli_permission import Person
from tests.permission.test_matching import film
from tests.portraits import grace_hopper, grace_hopper_file


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Lack, ...]]]:
    """Every take is judged as said here, and what was asked is noted."""
    said: list[tuple[str, tuple[Lack, ...]]] = []

    def check(clip: Path, phrase: str, turns: Any, *, language: str) -> TakeReport:
        lacks = () if "good" in clip.name else (Lack("blink", "You never blinked.", "Blink."),)
        said.append((phrase, lacks))
        assert language == "en"
        return TakeReport(sha256_file(clip), phrase, tuple(turns), lacks)

    monkeypatch.setattr(liveness_check, "check_take", check)
    return said


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"{name}.mp4" for name in ("good", "bad")}
    for path in paths.values():
        film(path, [grace_hopper().pixels], 13)
    return paths


def test_ones_own_face(tmp_path: Path, judged: list[Any], clips: dict[str, Path]) -> None:
    grace = Person(tmp_path / "home", pytest.MonkeyPatch())
    assert grace.refused("permission", "self").code == "permission.no_identity"
    grace.did("Grace Hopper")
    stale = grace.refused("permission", "self", "--camera", clips["good"], "--phrase", "00" * 16)
    assert stale.code == "permission.phrase"
    told = json.loads(grace.run("permission", "self", "--json"))
    give = ["permission", "self", "--phrase", told["token"], "--camera"]
    refused = grace.refused(*give, clips["bad"])
    assert refused.code == "permission.take" and "never blinked" in refused.message and refused.remedy == "Blink."
    grace.run(*give, clips["good"], "--keep-take")
    assert [phrase for phrase, _ in judged][1:] == [told["phrase"]] * 2
    assert grace.refused(*give, clips["good"]).code == "permission.phrase"  # a phrase is read once

    said = json.loads(grace.run("permission", "check", "self", "-s", grace_hopper_file(), "--json"))
    assert said["kind"] == "self" and said["allowed"]
    assert grace.refused("permission", "check", "self", "--purpose", "advertising").code == "permission.purpose"
    digest = sha256_file(clips["good"])
    sealed = (grace.home / "takes" / f"{digest}.take").read_bytes()
    assert clips["good"].read_bytes() not in sealed
    assert Keyring(grace.home / "identities").vault.open(sealed, f"take {digest}") == clips["good"].read_bytes()
    assert [one.sha256 for one in load_grant(grace.home / "grants" / "self.jwt").grant.evidence] == [digest]


@pytest.mark.usefixtures("judged")
def test_a_request_is_answered_before_the_camera(tmp_path: Path, clips: dict[str, Path]) -> None:
    grace = Person(tmp_path / "grace", pytest.MonkeyPatch())
    studio = Person(tmp_path / "studio", pytest.MonkeyPatch())
    grace.did("Grace Hopper")
    did = studio.did("Studio North")
    asked, grant = tmp_path / "request.json", tmp_path / "grant.jwt"
    what = ["--subject", "Grace Hopper", "--use", "animate", "--purpose", "film"]
    number = json.loads(studio.run("permission", "request", "-o", asked, *what, "--json"))["id"]
    told = json.loads(grace.run("permission", "grant", asked, "--json"))
    assert told["phrase"] == challenge_for(number).phrase
    give = ["permission", "grant", asked, "-o", grant, "--yes", "--camera"]
    assert grace.refused(*give, clips["bad"]).code == "permission.take"
    assert not grant.exists()
    grace.run(*give, clips["good"])
    [one] = load_grant(grant).grant.evidence_of("live-take")
    assert one.sha256 == sha256_file(clips["good"])
    assert grant.with_suffix(".face").is_file() and not (grace.home / "takes").exists()

    # The take is worth what it was where it was judged: at the studio, once it is judged there too.
    judge = ["permission", "judge-take", grant, "--request", asked, "--camera"]
    assert studio.refused(*judge, clips["bad"]).code == "permission.take"
    studio.run(*judge, clips["good"])
    assert JudgedTakes(studio.home / "judged-takes.json", {did}).accepted() == {one.sha256}
