"""What is kept of a persona stays only if its folder came to be: after an error, and after a kill."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadOption
from countenance.face.identity import FaceTemplate
from countenance.permission.keyring import Keyring
from countenance.permission.templates import TemplateStore
from countenance.persona.library.keeping import finishing, kept_voices, kept_while_made
from countenance.persona.library.names import refuse_name
from countenance.persona.library.voices import APART, distinct_shape, shape_of
from countenance.persona.recipe import Recipe
from countenance.settings import Settings
from countenance.speech.shaping import VoiceShape

NOVA = Recipe("Nova", 7)
KILLED = """
import os, sys
import numpy as np
from pathlib import Path
from countenance.face.identity import FaceTemplate
from countenance.persona.library.keeping import finishing, kept_while_made
from countenance.persona.recipe import Recipe
from countenance.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
face = FaceTemplate(np.zeros(128, np.float32), 6, True)
with finishing(settings), kept_while_made(settings, face, Recipe("Nova", 7), Path(sys.argv[2])):
    os._exit(9)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path / "home")
    Keyring.at_home(settings).make("Ann Müller")
    return settings


def face() -> FaceTemplate:
    return FaceTemplate(np.zeros(128, np.float32), 6, True)


def test_a_killed_run_is_forgotten_by_the_next(settings: Settings, tmp_path: Path) -> None:
    place = str(tmp_path / "nova.persona")
    assert subprocess.run([sys.executable, "-c", KILLED, str(settings.home), place], check=False).returncode == 9
    store = TemplateStore.at_home(settings)
    assert len(store.fingerprints()) == 1
    with finishing(settings):
        assert store.fingerprints() == [] and kept_voices(settings) == []
    assert not list((settings.home / "personas").glob("*.making"))


def test_what_fails_is_not_kept_and_what_is_finished_is(settings: Settings, tmp_path: Path) -> None:
    store, one = TemplateStore.at_home(settings), face()
    with pytest.raises(BadOption), finishing(settings), kept_while_made(settings, one, NOVA, tmp_path / "a"):
        raise BadOption("broken off")
    assert store.fingerprints() == []
    with finishing(settings), kept_while_made(settings, one, NOVA, tmp_path / "a"):
        pass
    with finishing(settings):
        assert store.fingerprints() == [one.hash] and kept_voices(settings) == [shape_of(NOVA)]


def test_voices_are_apart_and_the_seeds_own() -> None:
    voices: list[VoiceShape] = []
    for seed in range(12):
        recipe = Recipe("Nova", seed)
        assert shape_of(recipe) == shape_of(Recipe("Luna", seed))
        voices.append(distinct_shape(recipe, voices))
    assert min(a.distance(b) for k, a in enumerate(voices) for b in voices[:k]) >= APART
    told = Recipe("Nova", 7, voice="pitch=118.0,tract=0.880,pace=1.00")
    assert str(distinct_shape(told, voices)) == told.voice
    with pytest.raises(BadOption):
        Recipe("Nova", 7, voice="deep")


@pytest.mark.parametrize("name", ["Ann Müller", "ANN  muller", "Аnn Müller"])
def test_nobody_here_lends_a_name(settings: Settings, name: str) -> None:
    with pytest.raises(BadOption) as refused:
        refuse_name(name, settings)
    assert refused.value.code == "persona.name"
    refuse_name("Nova", settings)
