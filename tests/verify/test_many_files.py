"""A folder at once: one line a file, JSON lines, a page each; what is wrong with one stops nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from countenance.cli import app
from tests.exit_material import picture
from tests.verify.readers.noted import png


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    (folder / "deeper").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    png(folder / "b.png", parameters="Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")
    Image.fromarray(picture(96, 80, seed=1)).save(folder / "deeper" / "c.png")
    Image.fromarray(picture(96, 80, seed=1)).save(folder / ".hidden" / "d.png")
    (folder / "a.txt").write_text("no picture")
    (folder / "empty").touch()
    return folder


def test_json_lines(feed: Path) -> None:
    done = CliRunner().invoke(app, ["verify", str(feed), "--json"])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    names = [Path(line["file"]["path"]).name for line in lines]
    assert names == ["a.txt", "b.png", "empty", "c.png"]
    assert [line.get("outcome", "error") for line in lines] == ["unreadable", "noted-ai", "error", "nothing"]
    assert lines[2]["error"]["code"] and done.exit_code == 3  # the gravest of 12, 0, 3 and 0


def test_lines_for_people_and_pages(feed: Path, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    done = CliRunner().invoke(
        app, ["verify", str(feed / "b.png"), str(feed / "deeper"), "--report", str(pages), "--language", "de"]
    )
    assert done.exit_code == 0 and done.stdout.count("\n") == 2 and "Vermerk in der Datei" in done.stdout
    made = sorted(one.name for one in pages.iterdir())
    assert made == ["0001-b.png.html", "0002-c.png.html", "index.html"]
    index = (pages / "index.html").read_text()
    assert 'href="0001-b.png.html"' in index and 'lang="de"' in index and "<script" not in index
    again = ["verify", str(feed / "b.png"), str(feed / "deeper"), "--report", str(pages)]
    refused = CliRunner().invoke(app, again)
    assert refused.exit_code != 0 and not refused.stdout
    assert CliRunner().invoke(app, [*again, "--overwrite"]).exit_code == 0


def test_nothing_named(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    assert CliRunner().invoke(app, ["verify", str(tmp_path / "none")]).exit_code != 0
    assert CliRunner().invoke(app, ["verify", "-", str(tmp_path / "none")]).exit_code != 0
