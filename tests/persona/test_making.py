"""A persona from nothing: drawn, compared, marked, granted and sealed; and what stays when it is broken off."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance import Studio
from countenance.errors import BadOption, OutputExists, PermissionRefused
from countenance.files import sha256_file
from countenance.permission import Circumstances, GrantFile
from countenance.permission.keyring import Keyring
from countenance.permission.templates import TemplateStore
from countenance.persona.library import making
from countenance.persona.library.folder import SEALED, STATEMENT, Persona, open_persona
from countenance.persona.library.series import make_series, read_plan
from countenance.persona.recipe import Recipe
from countenance.persona.shot import Shot
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
    monkeypatch.setattr(making, "candidates", lambda *_: iter(()))
    with pytest.raises(BadOption) as refused:
        Studio(settings).create_persona(Recipe("Nova", 7), out / "nova.persona")
    assert refused.value.code == "persona.alike" and not left(out)


@pytest.fixture(scope="module")
def nova(tmp_path_factory: pytest.TempPathFactory) -> tuple[Persona, Settings]:
    folder = tmp_path_factory.mktemp("nova")
    settings = Settings(home=folder / "home")
    Keyring.at_home(settings).make("Ann")
    return Studio(settings).create_persona(Recipe("Nova", 7), folder / "nova.persona"), settings


def test_a_shot_is_marked_and_still_the_persona(nova: tuple[Persona, Settings], tmp_path: Path) -> None:
    persona, settings = nova
    thing = np.full((60, 40, 3), 250, np.uint8)
    thing[10:50, 8:32] = (200, 30, 40)
    cv2.imwrite(str(tmp_path / "cup.png"), thing)
    made = Studio(settings).shoot_persona(
        persona.folder, tmp_path / "shot.png", Shot("desk", "left", size=512), product=tmp_path / "cup.png",
        circumstances=Circumstances("advertising", ("US",), ("en",)),
    )  # fmt: skip
    assert made.about["identity_distance"] <= 0.30 and made.size == (512, 512)
    found = verify_file(made.output, settings)
    assert found.manifest.good and "does not exist" in found.summary


def test_a_person_is_no_product(nova: tuple[Persona, Settings], tmp_path: Path) -> None:
    persona, settings = nova
    somebody = picture_of(tmp_path / "grace.png", square("grace"))
    with pytest.raises(PermissionRefused) as refused:
        Studio(settings).shoot_persona(
            persona.folder, tmp_path / "shot.png", Shot(size=320), product=somebody,
            circumstances=Circumstances("advertising", ("US",), ("en",)),
        )  # fmt: skip
    assert refused.value.code == "persona.product_face" and left(tmp_path) == {"grace.png"}


def test_a_series_goes_on_where_it_was(nova: tuple[Persona, Settings], tmp_path: Path) -> None:
    persona, settings = nova
    plan = tmp_path / "plan.csv"
    plan.write_text("at,scene,caption,advert\n2026-12-01T09:00+01:00,desk,Good morning.,yes\n")
    told: list[bool] = []
    for _ in range(2):
        posts = make_series(
            persona, read_plan(plan), tmp_path / "december", settings, told=lambda *said: told.append(said[3])
        )
    assert told == [False, True]
    (post,) = posts
    assert left(tmp_path / "december") >= {post.file, "calendar.csv", "calendar.ics", "profile.txt"}
    said = json.loads((tmp_path / "december" / post.file).with_suffix(".json").read_text())
    assert said["ai_generated"] is True and said["synthetic_performer"] is True and said["advertisement"] is True
    assert said["text"].startswith("Advertisement with a synthetic performer")
    assert sha256_file(tmp_path / "december" / post.file) == post.sha256 == said["sha256"]
