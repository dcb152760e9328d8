"""What the README shows, runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def test_there_is_one_of_about_ten_lines() -> None:
    assert len(examples()) == 1 and len(examples()[0].strip().splitlines()) <= 10


def test_the_example_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(examples()[0], str(README), "exec"), {})
    assert re.fullmatch(r"hopper\.mp4: \d+ frames, render [0-9a-f]{16}\n", capsys.readouterr().out)
    assert (tmp_path / "hopper.mp4").stat().st_size > 10_000


@pytest.mark.parametrize(
    "page", sorted([README, ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]), ids=lambda p: p.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
