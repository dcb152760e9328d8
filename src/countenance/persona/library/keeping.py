"""What an installation keeps of its personas: the face template, and a note of name and voice; and how neither stays of
one that came to nothing, whether its process failed or was killed.

    HOME/faces/<fingerprint>.face          sealed, as of everybody
    HOME/personas/<fingerprint>.json       name, who, voice, recipe, and the folder it was put in
    HOME/personas/<fingerprint>.making     the same, of one that is being made

One persona is finished at a time on an installation: of two that are made at once neither could see the other.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

from countenance import partials
from countenance.errors import CountenanceError, OutputBusy
from countenance.face.identity import FaceTemplate
from countenance.files import write_atomically
from countenance.permission.templates import TemplateStore
from countenance.permission.vault import make_private_folder
from countenance.persona.library.folder import open_persona
from countenance.persona.library.voices import shape_of
from countenance.persona.recipe import Recipe
from countenance.settings import Settings
from countenance.speech.shaping import VoiceShape

PATIENCE = 300.0  # seconds to wait for another one


@contextlib.contextmanager
def finishing(settings: Settings) -> Iterator[None]:
    """While this block runs no other persona is finished here; what a killed run left is forgotten first.

    Raises:
        OutputBusy: another one has taken more than five minutes.
    """
    folder = settings.home / "personas"
    make_private_folder(folder)
    until = time.monotonic() + PATIENCE
    with contextlib.ExitStack() as held:
        while True:
            try:
                held.enter_context(partials.claimed(folder / "finishing"))
                break
            except OutputBusy:
                if time.monotonic() > until:
                    raise
        for note in folder.glob("*.making"):
            _recover(note, TemplateStore.at_home(settings))
        yield


@contextlib.contextmanager
def kept_while_made(settings: Settings, face: FaceTemplate, recipe: Recipe, output: Path) -> Iterator[None]:
    """Keep a persona's template and note for good if the block ends well. Within `finishing`."""
    store = TemplateStore.at_home(settings)
    note = settings.home / "personas" / f"{face.hash}.making"
    said = {
        "name": recipe.name, "who": recipe.who, "voice": str(shape_of(recipe)), "folder": str(output.resolve()),
        "recipe": recipe.to_bytes().decode(),
    }  # fmt: skip
    write_atomically(note, json.dumps(said).encode())
    try:
        store.keep(face)
        yield
    except BaseException:
        store.forget(face.hash)
        note.unlink()
        raise
    note.rename(note.with_suffix(".json"))


def kept_voices(settings: Settings, besides: str = "") -> list[VoiceShape]:
    """Of the personas that are kept here, without those of one `who`."""
    said = [json.loads(path.read_bytes()) for path in sorted((settings.home / "personas").glob("*.json"))]
    return [VoiceShape.parse(one["voice"]) for one in said if one["who"] != besides]


def kept_recipe(settings: Settings, face: str) -> Recipe | None:
    """What a persona that is kept here was drawn from, by its template's fingerprint; None where nothing says so."""
    note = settings.home / "personas" / f"{face}.json"
    try:
        return Recipe.from_bytes(json.loads(note.read_bytes())["recipe"].encode())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, CountenanceError):
        return None


def _recover(note: Path, store: TemplateStore) -> None:
    """Of a killed run: kept if its folder came to be, forgotten if not."""
    try:
        made = open_persona(Path(json.loads(note.read_bytes())["folder"])).face == note.stem
    except CountenanceError:
        made = False
    if made:
        note.rename(note.with_suffix(".json"))
    else:
        store.forget(note.stem)
        note.unlink()
