"""A figure's folder: figure.yaml and the files that it names. Opens it, with what it says checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from countenance.documents import line_of, read_document
from countenance.errors import BadDocument, CountenanceError, FileMissing, PermissionRefused
from countenance.figure.identity import claims_life
from countenance.figure.knowledge import Knowledge
from countenance.figure.knowledge_file import Problem, look_through, read_knowledge
from countenance.figure.manifest import FigureManifest
from countenance.figure.phrases import phrase_languages
from countenance.figure.script_checks import unconfirmed
from countenance.permission import Circumstances, GrantFile
from countenance.permission.authorisation import Right, public_domain

GUIDE = "docs/figure.md"
MANIFEST = "figure.yaml"
ASKED = "asked.csv"
"""What was asked in vain, where the figure keeps it."""


@dataclass(frozen=True)
class Figure:
    """A figure whose files are there.

    Attributes:
        folder: where it lies.
        says: its figure.yaml.
        knowledge: all of it.
        right: on what the use of the likeness rests.
    """

    folder: Path
    says: FigureManifest
    knowledge: Knowledge
    right: Right

    @property
    def portrait(self) -> Path:
        """The picture that is drawn."""
        return self.folder / self.says.portrait

    @property
    def languages(self) -> tuple[str, ...]:
        """That it speaks, the first one first."""
        return tuple(self.says.languages)


def read_manifest(folder: Path) -> FigureManifest:
    """What a folder's figure.yaml says.

    Raises:
        FileMissing, EmptyFile; BadDocument: figure.manifest.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileMissing(f"There is no folder {folder}.", "Make one: countenance figure new FOLDER")
    says = read_document(folder / MANIFEST, FigureManifest, kind="figure", guide=GUIDE, code="figure.manifest")
    for tag in says.languages:
        if tag.split("-")[0] not in phrase_languages():
            raise BadDocument(
                f"{_place(folder, 'languages', tag)}: the figure's own phrases are not there in {tag!r}.",
                f"There are: {', '.join(phrase_languages())}. {GUIDE} says how to add a language.",
                code="figure.language",
            )
    said = [("greeting", text) for text in says.greeting.values()] + [("about", text) for text in says.about.values()]
    for key, text in said + [("declines", text) for one in says.declines for text in one.say.values()]:
        if claims_life(text):
            raise BadDocument(
                f"{_place(folder, key)}: it says that the figure is human, real or no machine.",
                "It always says itself that it is an AI: write something else.",
                code="figure.identity",
            )
    return says


def open_figure(folder: Path) -> Figure:
    """A figure, all of it right.

    Raises:
        FileMissing, EmptyFile, BadDocument, TooLarge, LibraryMissing, PermissionRefused.
    """
    folder = Path(folder)
    says = read_manifest(folder)
    _files(folder, says)
    knowledge = read_knowledge([folder / name for name in says.knowledge], says.languages, says.name)
    _suggestions(folder, says, knowledge)
    for problem in unconfirmed(says, knowledge):
        raise PermissionRefused(
            f"{problem}.", "Write it otherwise, or confirm it in figure.yaml.", code="permission.script"
        )
    return Figure(folder, says, knowledge, right_of(folder, says))


def look_over(folder: Path) -> tuple[Figure, list[Problem]]:
    """A figure as far as it is right, and what is wrong with its knowledge. Raises as `open_figure`, but for that."""
    folder = Path(folder)
    says = read_manifest(folder)
    _files(folder, says)
    knowledge, problems = look_through([folder / name for name in says.knowledge], says.languages, says.name)
    return Figure(folder, says, knowledge, right_of(folder, says)), [*problems, *unconfirmed(says, knowledge)]


def right_of(folder: Path, says: FigureManifest) -> Right:
    """On what the use of the likeness rests. Raises FileMissing, PermissionRefused."""
    claim = says.right
    try:
        if claim.public_domain is not None:
            return public_domain(
                claim.public_domain, claim.basis, purpose=claim.purpose, territories=tuple(claim.territories)
            )
        assert claim.permission is not None
        grant = folder / claim.permission
        if not grant.is_file():
            raise PermissionRefused(
                f"There is no grant {grant}.",
                "Ask the person shown for one: countenance permission request --use live --use speak",
                code="permission.no_grant",
            )
        circumstances = Circumstances(claim.purpose, tuple(claim.territories), tuple(says.languages))
        sealed = None if claim.face_template is None else folder / claim.face_template
        return GrantFile(grant, circumstances, sealed, tuple(folder / one for one in claim.documents))
    except CountenanceError as error:
        error.message = f"{_place(folder, 'right')}: {error.message}"
        error.args = (error.message,)
        raise


def _files(folder: Path, says: FigureManifest) -> None:
    for key, name in (("portrait", says.portrait), ("sign_language", says.sign_language)):
        if name is not None and not (folder / name).is_file():
            raise FileMissing(f"{_place(folder, key)}: there is no file {folder / name}.", "Put it into the folder.")
    claim = says.right
    named = [("portrait", says.portrait), ("sign_language", says.sign_language)]
    named += [("knowledge", name) for name in says.knowledge] + [("right", name) for name in claim.documents]
    for key, name in [*named, ("right", claim.permission), ("right", claim.face_template)]:
        if name is not None and not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise BadDocument(
                f"{_place(folder, key)}: {name} leads out of the folder.", "Put the file itself into the folder.",
                code="figure.manifest",
            )  # fmt: skip


def _suggestions(folder: Path, says: FigureManifest, knowledge: Knowledge) -> None:
    names = {entry.name for entry in knowledge}
    for name in says.suggestions:
        if name not in names:
            raise BadDocument(
                f"{_place(folder, 'suggestions')}: no entry has the name {name!r}.",
                "Suggestions are names of entries.",
                code="figure.manifest",
            )


def _place(folder: Path, *keys: str) -> str:
    line = line_of(folder / MANIFEST, *keys)
    return f"{MANIFEST}, {f'line {line}, ' if line else ''}{'.'.join(keys)}"
