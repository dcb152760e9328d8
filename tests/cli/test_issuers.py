"""`countenance issuers` as it is typed: from a publisher's draft to somebody who looks a number up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from countenance.cli import app
from countenance.errors import CountenanceError
from countenance.permission.keyring import Keyring
from countenance.settings import Settings, default_settings

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command of the publisher's home, or of another one's."""

    def command(*words: object, home: str = "publisher") -> Result:
        monkeypatch.setenv("COUNTENANCE_HOME", str(tmp_path / home))
        default_settings.cache_clear()
        try:
            if not Keyring.at_home(default_settings()).identities():
                Keyring.at_home(default_settings()).make(home)
            return CliRunner().invoke(app, ["issuers", *map(str, words)])
        finally:
            default_settings.cache_clear()

    return command


def code(done: Result) -> str:
    assert isinstance(done.exception, CountenanceError), done.output
    return done.exception.code


def test_from_a_draft_to_whom_to_ask(run: Run, tmp_path: Path) -> None:
    draft, signed = tmp_path / "draft.json", tmp_path / "issuers.jwt"
    assert run("show").exit_code == 0
    keys = [Keyring(tmp_path / name).make(name).did for name in ("old", "new")]
    entry = ("add", draft, "0a1b2c", "--name", "A Museum", "--contact", "the archive, +49 30 1234")
    assert run(*entry, "--resolver", "https://a.example/v1", "--key", keys[0]).exit_code == 0
    assert run(*entry, "--resolver", "https://a.example/v1", "--key", keys[1]).exit_code == 0
    assert run("add", draft, "0a1b2d", "--name", "Ida", "--contact", "ida@ida.example").exit_code == 0
    first = json.loads(run("sign", draft, "-o", signed, "--json").stdout)
    old = signed.read_bytes()
    assert first["sequence"] == 1
    assert run("revoke", draft, keys[0], "--since", "2026-05-04").exit_code == 0
    assert json.loads(run("sign", draft, "-o", signed, "--json").stdout)["sequence"] == 2

    def anna(*words: object) -> Result:
        return run(*words, home="anna")

    assert code(anna("update", "--from", signed)) == "issuers.signature", "nobody whom she follows"
    assert code(anna("update")) == "issuers.no_mirror"
    chosen = ("trust", first["did"], "--name", "The Directory", "--compared", "its web site", "--mirror", signed)
    assert anna(*chosen).exit_code == 0
    assert anna("update").exit_code == 0
    shown = anna("show").stdout
    assert "0a1b2d  Ida" in shown and "offline; ask ida@ida.example" in shown and "sequence 2" in shown
    assert "0 days ago" in shown and "last had on" in shown
    museum = json.loads(anna("show", "0a1b2c", "--json").stdout)
    assert [key["revoked"] is not None for key in museum["keys"]] == [True, False]
    assert "REVOKED since 2026-05-04" in anna("show", "0a1b2c").stdout
    signed.write_bytes(old)
    assert code(anna("update", "--from", signed)) == "issuers.rollback"
    failed = anna("update", "--json")
    assert failed.exit_code == 8 and json.loads(failed.stdout)["failed"][0]["code"] == "issuers.unreachable"
    assert "sequence 2" in anna("show").stdout, "what was had stays"
    assert code(anna("show", "0a1b2f")) == "issuers.unlisted"
    assert anna("distrust", first["did"]).exit_code == 0
    assert code(anna("show", "0a1b2c")) == "issuers.unlisted"


def test_what_cannot_be(run: Run, tmp_path: Path) -> None:
    draft = tmp_path / "draft.json"
    for number in ("7", "0a1b2g", "00ffff"):
        assert code(run("add", draft, number, "--name", "A", "--contact", "b")) in ("input.option", "issuers.malformed")
    assert not draft.exists()
    draft.write_text("[")
    assert code(run("sign", draft, "-o", tmp_path / "o.jwt")) == "input.document"
    assert run("add", tmp_path / "d.json", "0a1b2c", "--name", "A", "--contact", "b").exit_code == 0
    twice = run("add", tmp_path / "d.json", "0a1b2c", "--name", "B", "--contact", "b")
    assert code(twice) == "issuers.duplicate", "a number is not given to somebody else in passing"
    (tmp_path / "o.jwt").write_text("a letter")
    assert code(run("sign", tmp_path / "d.json", "-o", tmp_path / "o.jwt")) == "output.exists"
    assert (tmp_path / "o.jwt").read_text() == "a letter"
    me = Keyring.at_home(Settings(home=tmp_path / "publisher")).find().did
    assert code(run("trust", me, "--name", "X", "--compared", "y", "--mirror", "http://a")) == "input.option"
