"""Makes a figure's folder: a portrait, a figure.yaml with comments, and a knowledge sheet with two rows to fill in."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from countenance.errors import BadOption, FileMissing, OutputExists, OutputFolder
from countenance.figure.folder import MANIFEST, Figure, open_figure
from countenance.figure.knowledge_file import COLUMNS
from countenance.figure.phrases import phrase_languages
from countenance.files import partial_beside

KNOWLEDGE = "knowledge.csv"
_ROWS = {
    "en": ("When were you born?\nWhere were you born?\nWhat is your birthday?\nIn which town did you grow up?",
           "Write here, in the first person, when and where.", "Author, title, year, page"),
    "es": ("¿Cuándo naciste?\n¿Dónde naciste?\n¿Cuándo es tu cumpleaños?\n¿En qué ciudad creciste?",
           "Escribe aquí, en primera persona, cuándo y dónde.", "Autor, título, año, página"),
}  # fmt: skip
_GREETING = {"en": "Ask me about my life and my work.", "es": "Pregúntame por mi vida y mi trabajo."}


def new_figure(
    folder: Path,
    name: str,
    portrait: Path,
    *,
    public_domain: str | None = None,
    basis: str | None = None,
    permission: Path | None = None,
    languages: Sequence[str] = ("en",),
) -> Path:
    """Make the folder of a figure, ready to be served and to be filled in.

    Returns:
        Its figure.yaml.

    Raises:
        BadOption: neither a work nor a grant, or a language without phrases; FileMissing; OutputExists: there is
        something in the folder; PermissionRefused, BadDocument: it would not be a figure.
    """
    folder = Path(folder)
    if (public_domain is None) == (permission is None):
        raise BadOption(
            "Why may this likeness be used?", 'Give --public-domain "Work, author, year", or --permission grant.jwt.'
        )
    for tag in languages:
        if tag.split("-")[0] not in phrase_languages():
            raise BadOption(f"There are no phrases in {tag!r}.", f"There are: {', '.join(phrase_languages())}.")
    copies = [portrait] + ([permission] if permission is not None else [])
    for file in copies:
        if not Path(file).is_file():
            raise FileMissing(f"There is no file {file}.")
    _empty(folder)
    said = CommentedMap(schema="countenance.figure/1", name=name, portrait=f"portrait{portrait.suffix.lower()}")
    right = {"public_domain": public_domain, "basis": basis, "permission": "grant.jwt" if permission else None}
    said["right"] = {key: value for key, value in right.items() if value is not None}
    said["languages"] = {tag: {} for tag in languages}
    said["greeting"] = {tag: _GREETING[tag.split("-")[0]] for tag in languages}
    said["knowledge"] = [KNOWLEDGE]
    said["declines"] = []
    said["listening"] = "push-to-talk"
    said["keep_declined"] = False
    said.yaml_set_start_comment("A figure. docs/figure.md lists the keys.")
    for key, comment in (
        ("languages", "A voice for each, if not the first that speaks it: {voice: kokoro}"),
        ("greeting", "After it has said that it is an AI."),
        ("knowledge", "CSV, XLSX or YAML. Each answer needs a source."),
        ("declines", "What it does not talk about: name, examples and what it says, by language."),
        ("keep_declined", "true keeps questions without an answer, as text: countenance figure asked FOLDER"),
    ):
        said.yaml_set_comment_before_after_key(key, before=comment)
    text = io.StringIO()
    YAML(typ="rt", pure=True).dump(said, text)
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(COLUMNS)
    for tag in languages:
        questions, answer, source = _ROWS[tag.split("-")[0]]
        writer.writerow(["birth", tag, questions, answer, source, "written"])
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(portrait, folder / said["portrait"])
    if permission is not None:
        shutil.copyfile(permission, folder / "grant.jwt")
    _write(folder / KNOWLEDGE, "\ufeff" + rows.getvalue())  # the mark by which spreadsheets know UTF-8
    _write(folder / MANIFEST, text.getvalue())
    return open_figure(folder).folder / MANIFEST


def demo_figure(folder: Path, portrait: Path) -> Figure:
    """Grace Hopper, to look at and to change.

    Args:
        folder: to make.
        portrait: her official photograph.

    Raises:
        OutputExists: there is something in the folder.
    """
    folder = Path(folder)
    _empty(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (MANIFEST, KNOWLEDGE):
        _write(folder / name, (files("countenance.figure.demo") / name).read_text(encoding="utf-8"))
    shutil.copyfile(portrait, folder / "portrait.jpg")
    return open_figure(folder)


def _empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputExists(f"{folder} is there already.", "Name a new folder.")
    if not folder.parent.is_dir():
        raise OutputFolder(f"The folder {folder.parent} does not exist.", f"Create it: mkdir -p '{folder.parent}'")


def _write(path: Path, text: str) -> None:
    with partial_beside(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")
