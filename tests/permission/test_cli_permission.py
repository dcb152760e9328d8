"""The whole way on the command line: ask, sign, trust, check, render; and what is refused on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from countenance.cli import app
from countenance.errors import CountenanceError
from countenance.settings import default_settings
from tests.portraits import grace_hopper_file


class Person:
    """Somebody at their own machine."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self._patch = home, monkeypatch

    def run(self, *words: object, say: str = "") -> str:
        """What a command prints; its CountenanceError where it is refused."""
        self._patch.setenv("COUNTENANCE_HOME", str(self.home))
        default_settings.cache_clear()
        result = CliRunner().invoke(app, [str(word) for word in words], input=say, catch_exceptions=True)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *words: object, say: str = "") -> CountenanceError:
        with pytest.raises(CountenanceError) as caught:
            self.run(*words, say=say)
        assert caught.value.remedy
        return caught.value

    def did(self, name: str) -> str:
        return str(json.loads(self.run("permission", "keys", "new", name, "--json"))["did"])


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A studio asked, and Grace signed."""
    folder = tmp_path_factory.mktemp("permission")
    studio, grace = Person(folder / "studio", patch), Person(folder / "grace", patch)
    asked, grant = folder / "request.json", folder / "grant.jwt"
    studio.did("Studio North")
    did = grace.did("Grace Hopper")
    what = ["--use", "animate", "--use", "dub", "--purpose", "film", "--purpose", "museum", "--territory", "EU"]
    studio.run("permission", "request", "-o", asked, "--subject", "Grace Hopper", *what, "--page", folder / "page.html")
    own = ["--limit", "Never without my cap.", "--use", "animate", "--days", 30]
    grace.run("permission", "sign", asked, "-o", grant, "--picture", grace_hopper_file(), *own, say="y\n")
    return {"folder": folder, "studio": studio, "grace": grace, "asked": asked, "grant": grant, "did": did}


def test_the_whole_way(given: dict[str, Any]) -> None:
    studio, grant, folder = given["studio"], given["grant"], given["folder"]
    shown = studio.run("permission", "show", grant)
    assert "Never without my cap." in shown and "Never for intimate" in shown and "dub" not in shown
    assert "Studio North asks" in studio.run("permission", "show", given["asked"])
    assert b"<script" not in (folder / "page.html").read_bytes()
    studio.run("permission", "page", grant, "-o", folder / "grant.html")
    assert b"Never without my cap." in (folder / "grant.html").read_bytes()

    assert studio.refused("permission", "check", grant).code == "permission.issuer_unknown"
    trust = ["permission", "keys", "trust", given["did"], "--seen", "telephone", "--name"]
    assert studio.refused(*trust, "Gr\u0430ce Hopper").code == "input.option"
    studio.run(*trust, "Grace Hopper")
    assert studio.refused("permission", "check", grant).code == "permission.purpose"
    studio.run("permission", "check", grant, "--purpose", "film")
    wanted = ["permission", "check", grant, "--purpose", "film", "-s", grace_hopper_file(), "--json"]
    said = json.loads(studio.run(*wanted))
    assert said["allowed"] and said["kind"] == "subject"
    assert len(json.loads(studio.run("permission", "faces", "--json"))) == 1
    studio.run("permission", "forget", "--all")
    assert json.loads(studio.run("permission", "faces", "--json")) == []
    (folder / "grant.face").rename(folder / "away.face")
    assert studio.refused(*wanted).code == "permission.face_unchecked"
    assert json.loads(studio.run(*wanted, "--face-template", folder / "away.face"))["allowed"]
    assert studio.refused(*wanted, "--use", "dub").code == "permission.use"
    assert "no review" in studio.run("permission", "review", grant, "-s", grace_hopper_file(), "--same")


def test_a_grant_for_one_never_opens_another(given: dict[str, Any], tmp_path: Path) -> None:
    from PIL import Image
    from skimage import data

    collins = tmp_path / "collins.png"
    Image.fromarray(data.astronaut()).save(collins)
    studio, grant = given["studio"], given["grant"]
    animate = ["animate", "-d", "authored:demo", "-o", tmp_path / "out.mp4", "--permission", grant, "--purpose", "film"]
    refused = studio.refused(*animate, "-s", collins)
    assert refused.code in ("permission.face", "permission.issuer_unknown")
    assert not (tmp_path / "out.mp4").exists()
    mallory = Person(tmp_path / "mallory", studio._patch)
    mallory.did("Mallory")
    assert mallory.refused(*animate, "-s", collins).code == "permission.grantee"
    changed = tmp_path / "changed.jwt"
    text = grant.read_text()
    changed.write_text(text[:400] + ("A" if text[400] != "A" else "B") + text[401:])
    assert studio.refused("permission", "check", changed).code.startswith("permission.")


def test_without_a_word_nothing_is_drawn(tmp_path: Path) -> None:
    person = Person(tmp_path, pytest.MonkeyPatch())
    refused = person.refused("animate", "-s", grace_hopper_file(), "-d", "authored:demo", "-o", tmp_path / "out.mp4")
    assert refused.code == "permission.missing"
    for flag in ("--public-domain", "--permission", "permission self"):
        assert flag in refused.remedy
    assert "\n" not in refused.message + refused.remedy


def test_signing_asks_first_and_asks_for_no_more(given: dict[str, Any]) -> None:
    grace, asked, folder = given["grace"], given["asked"], given["folder"]
    out = folder / "other.jwt"
    sign = ["permission", "sign", asked, "-o", out]
    assert grace.refused(*sign, say="n\n").code == "interrupted"
    assert grace.refused(*sign, "--use", "swap", "--yes").code == "input.option"
    assert grace.refused(*sign, "--for", "Ada Lovelace", "--yes").code == "input.option"
    assert grace.refused(*sign, "--limit", "hid\u200bden", "--yes").code == "input.option"
    assert not out.exists() and not out.with_suffix(".face").exists()
    assert grace.refused("permission", "sign", given["grant"], "-o", out).code == "input.document"
    assert grace.refused(*sign[:-1], given["grant"], "--yes").code == "output.exists"


def test_a_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from countenance.cli import choices
    from countenance.permission import PublicDomain

    answers = iter(["1", "Mona Lisa, Leonardo da Vinci, c. 1503"])
    monkeypatch.setattr(choices.typer, "prompt", lambda *_, **__: next(answers))
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(getattr(choices.sys, stream), "isatty", lambda: True, raising=False)
    right = choices.right_from(choices.Said(), what="mona.jpg", ask=True)
    assert isinstance(right, PublicDomain) and right.work.author == "Leonardo da Vinci"
    with pytest.raises(CountenanceError) as caught:
        choices.right_from(choices.Said(public_domain="a, b, 1500", grant="x.jwt"), what="x")
    assert caught.value.code == "input.option"


def test_one_render_is_one_use_and_a_revoked_grant_none(given: dict[str, Any], tmp_path: Path) -> None:
    studio, grace = given["studio"], given["grace"]
    grant, once = tmp_path / "once.jwt", ["--times", 1, "--use", "animate", "--yes"]
    grace.run("permission", "sign", given["asked"], "-o", grant, "--picture", grace_hopper_file(), *once)
    studio.run("permission", "keys", "trust", given["did"], "--seen", "telephone", "--name", "Grace Hopper")
    animate = ["animate", "-s", grace_hopper_file(), "-d", "authored:demo", "--duration", "0.1", "--size", 160]
    animate += ["--permission", grant, "--purpose", "film"]
    made = json.loads(studio.run(*animate, "-o", tmp_path / "one.mp4", "--json"))
    number = json.loads(studio.run("permission", "show", grant, "--json"))["jti"]
    listed = json.loads(studio.run("ledger", "files", number, "--json"))
    assert listed["uses"] == 1 and listed["files"][0]["permit"] == made["permit"]
    assert studio.refused(*animate, "-o", tmp_path / "two.mp4").code == "permission.count"

    published = tmp_path / "revoked.jwt"
    assert studio.refused("permission", "revoke", grant, "-o", published).code == "permission.no_identity"
    grace.run("permission", "revoke", grant, "-o", published, "--reason", "Enough.")
    studio.run("permission", "keep-list", published)
    assert studio.refused(*animate, "-o", tmp_path / "two.mp4").code == "permission.revoked"
    assert not (tmp_path / "two.mp4").exists()
    studio.run("ledger", "verify")
    kinds = [entry["kind"] for entry in json.loads(studio.run("ledger", "show", "--json"))["entries"]]
    assert {"grant", "permit", "render"} <= set(kinds)
