"""The command, as its user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from countenance.face.identity import FaceTemplate
from tests.end_to_end.command import Command
from tests.likeness.material import Studio
from tests.permission.people import ADA


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capfd, monkeypatch)


def test_from_a_folder_to_nothing(
    countenance: Command, studio: Studio, grace: FaceTemplate, material: Path, tmp_path: Path
) -> None:
    grant = studio.grant(ADA, grace, "swap").path
    allowed = ["--permission", grant, "--purpose", "film", "--territory", "DE"]
    out, sheet = tmp_path / "g.likeness", tmp_path / "sheet.png"
    files = [material / "a.png", material / "both.png", material / "notes.txt"]
    ran = countenance("likeness", "create", "Grace Hopper", *files, "-o", out, "--sheet", sheet, *allowed)
    assert ran.status == 0 and out.is_file() and sheet.is_file()
    assert "both.png: somebody else" in ran.err and "notes.txt" in ran.err and "one picture" in ran.err
    assert "Grace Hopper, 1 takes, 1 views at 512" in ran.out

    again = ["likeness", "create", "Grace", material / "a.png", "-o", out, *allowed]
    ran = countenance(*again, "--json")
    assert ran.status == 6 and json.loads(ran.out)["error"]["code"] == "output.exists"

    said = json.loads(countenance("likeness", "show", out, "--json").out)
    assert said["name"] == "Grace Hopper" and said["takes"] == 1 and said["coverage"]["files_used"] == 1
    assert said["coverage"]["poses"][2] == "front" and said["warnings"]
    (row,) = json.loads(countenance("likeness", "list", "--json").out)
    assert row["id"] == said["id"] and row["there"] and row["path"] == str(out)

    ran = countenance("likeness", "delete", out, "--yes")
    assert ran.status == 0 and "never be opened again" in ran.out and not out.exists()
    assert json.loads(countenance("likeness", "list", "--json").out) == []
    ran = countenance("likeness", "show", out)
    assert ran.status == 3 and "input.missing" in ran.err
    ran = countenance("ledger", "verify", "--json")
    assert ran.status == 0 and json.loads(ran.out)["good"]


def test_refusals_are_one_line_and_a_remedy(countenance: Command, material: Path, tmp_path: Path) -> None:
    out = tmp_path / "g.likeness"
    ran = countenance("likeness", "create", "Grace", material / "a.png", "-o", out)
    assert ran.status == 5 and "permission.missing" in ran.err and "--public-domain" not in ran.err
    ran = countenance("likeness", "show", material / "a.png")
    assert ran.status == 3 and "likeness.format" in ran.err and "Traceback" not in ran.err
    ran = countenance("likeness", "delete", material / "a.png", "--yes")
    assert ran.status == 3 and (material / "a.png").is_file()
    assert not out.exists()
