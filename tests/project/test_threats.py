"""Each way round that docs/threats.md names has an answer, and a test that is there to hold it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ANSWERS = ("prevented", "made evident", "out of scope", "prevented where it shows, else made evident")


def rows() -> list[list[str]]:
    """The cells of the tables' rows."""
    found = []
    for line in (ROOT / "docs" / "threats.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] != "way round" and not set(cells[0]) <= set("-"):
            found.append(cells)
    return found


def listed_of(path: Path) -> set[str]:
    """Names of a file's tests."""
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:50])
def test_it_is_answered_and_held(row: list[str]) -> None:
    _, answer, how, held = row
    assert answer in ANSWERS and how
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", held)
    assert named, "no test is named"
    for file, test in named:
        path = ROOT / file
        assert path.is_file(), f"{file} is not there"
        assert listed_of(path) if not test else test in listed_of(path), f"{file} has no {test}"


def test_every_attack_is_in_the_table() -> None:
    """What stands in tests/attacks/ is named in the table, file by file."""
    told = (ROOT / "docs" / "threats.md").read_text()
    attacks = {p.name for p in (ROOT / "tests" / "attacks").glob("test_*.py")}
    assert not {name for name in attacks if f"tests/attacks/{name}" not in told}
