"""A folder whose files are not what was sealed is no persona."""

from __future__ import annotations

from pathlib import Path

import pytest

from countenance.errors import BadDocument, FileMissing, InputChanged
from countenance.files import sha256_file
from countenance.permission.jws import sign_document
from countenance.persona.library.comparison import Comparison
from countenance.persona.library.folder import SCHEMA, SEALED, STATEMENT, TYPE, open_persona
from countenance.persona.recipe import Recipe
from tests.permission.people import STUDIO


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recipe.json").write_bytes(Recipe("Nova", 7).to_bytes())
    (tmp_path / "portrait.png").write_bytes(b"a picture")
    (tmp_path / "grant.jwt").write_bytes(b"a grant")
    said = {"schema": SCHEMA, "face": "ab" * 32, "files": {name: sha256_file(tmp_path / name) for name in SEALED}}
    (tmp_path / STATEMENT).write_text(sign_document(said, STUDIO, TYPE).text)
    return tmp_path


def test_it_opens(folder: Path) -> None:
    assert open_persona(folder).recipe == Recipe("Nova", 7)


@pytest.mark.parametrize("name", SEALED)
def test_a_changed_file_is_told(folder: Path, name: str) -> None:
    (folder / name).write_bytes(Recipe("Nova", 8).to_bytes())
    with pytest.raises(InputChanged) as refused:
        open_persona(folder)
    assert refused.value.code == "persona.changed"


def test_a_changed_statement_is_told(folder: Path) -> None:
    text = (folder / STATEMENT).read_text()
    (folder / STATEMENT).write_text(text[:-8] + ("AAAAAAAA" if not text.endswith("AAAAAAAA") else "BBBBBBBB"))
    with pytest.raises(BadDocument):
        open_persona(folder)


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / "grant.jwt").unlink()
    with pytest.raises(FileMissing):
        open_persona(folder)


def test_no_more_is_said_than_was_looked_at() -> None:
    assert Comparison(3, 1201, 0.61).sentence().startswith("Unlike the 1,204 faces we looked at")
    assert "No other face" in Comparison(0, 0, None).sentence()
    assert Comparison(1, 0, 0.49).alike and not Comparison(1, 0, 0.5).alike
