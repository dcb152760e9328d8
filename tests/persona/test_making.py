"""A persona from nothing: drawn, compared, marked, granted and sealed; and what stays when it is broken off."""

from __future__ import annotations

from pathlib import Path

import pytest

from countenance import Studio
from countenance.errors import BadOption, OutputExists, PermissionRefused
from countenance.permission import Circumstances, GrantFile
from countenance.permission.keyring import Keyring
from countenance.permission.templates import TemplateStore
from countenance.persona.library import making
from countenance.persona.library.folder import SEALED, STATEMENT, open_persona
from countenance.persona.recipe import Recipe
from countenance.render.options import AnimateOptions
from countenance.settings import Settings
from countenance.verify import verify_file
from tests.attacks.conftest import square
from tests.likeness.material import picture_of


def left(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_from_a_recipe_to_a_folder_that_may_be_moved(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    Keyring.at_home(settings).make("Ann")
    studio, out = Studio(settings), tmp_path / "out"
    out.mkdir()
    made = studio.create_persona(Recipe("Nova", 7), out / "nova.persona")
    assert left(out) == {"nova.persona"} and left(made.folder) == {*SEALED, STATEMENT}
    assert not list((tmp_path / "home" / "spool").iterdir()), "nothing lies in passing"
    assert open_persona(made.folder).face in TemplateStore.at_home(settings).fingerprints()
    assert made.said["compared"]["sentence"] == "No other face was here to compare with."
    found = verify_file(made.portrait, settings)
    assert found.outcome == "made" or found.manifest.good
    assert "does not exist" in found.summary
    with pytest.raises(OutputExists):
        studio.create_persona(Recipe("Nova", 8), made.folder)
    right = GrantFile(made.grant, Circumstances("advertising", ("DE",), ("en",)))
    somebody = picture_of(tmp_path / "grace.png", square("grace"))
    with pytest.raises(PermissionRefused):
        studio.animate(somebody, "authored:nod", out / "a.mp4", permission=right, options=AnimateOptions(size=128))
    assert left(out) == {"nova.persona"}


def test_what_is_broken_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no draw is unlike everybody, there is no folder."""
    settings = Settings(home=tmp_path / "home")
    Keyring.at_home(settings).make("Ann")
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(making, "TRIES", 0)
    with pytest.raises(BadOption) as refused:
        Studio(settings).create_persona(Recipe("Nova", 7), out / "nova.persona")
    assert refused.value.code == "persona.alike" and not left(out)
