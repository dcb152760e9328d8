"""A persona's folder, and whether it is what was sealed.

    recipe.json     canonical bytes
    portrait.png    marked and signed as all that leaves, with its manifest beside it
    grant.jwt       the grant of the kind `synthetic`, for recipe and portrait
    persona.jwt     who made it, the hashes of those three, and whom it was compared with

A statement holds for these very bytes. That the portrait is what the recipe draws, `permission` finds by drawing it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countenance.errors import BadDocument, FileMissing, InputChanged, PermissionRefused
from countenance.files import sha256_file
from countenance.permission.jws import LONGEST, open_document
from countenance.persona import recipe as recipes

TYPE = "countenance-persona+jwt"
SCHEMA = "countenance.persona/1"
RECIPE, PORTRAIT, GRANT, STATEMENT = "recipe.json", "portrait.png", "grant.jwt", "persona.jwt"
SEALED = (RECIPE, PORTRAIT, GRANT)
SAYS = (
    "A computer-generated character, drawn from a recipe: a synthetic performer. "
    "Not a photograph, and not a picture of any person."
)


@dataclass(frozen=True)
class Persona:
    """A folder whose files are those that were sealed.

    Attributes:
        folder: where.
        recipe: what it is made of.
        said: the statement.
        issuer: did:key of who signed it.
    """

    folder: Path
    recipe: recipes.Recipe
    said: dict[str, Any]
    issuer: str

    @property
    def portrait(self) -> Path:
        """The picture to animate."""
        return self.folder / PORTRAIT

    @property
    def grant(self) -> Path:
        """The grant to animate it under."""
        return self.folder / GRANT

    @property
    def face(self) -> str:
        """Fingerprint of its face template."""
        return str(self.said["face"])

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable."""
        return {"folder": str(self.folder), "who": self.recipe.who, "issuer": self.issuer, **self.said}


def open_persona(folder: Path) -> Persona:
    """Open a folder and hold its files against the statement.

    Raises:
        FileMissing: it is none. InputChanged: `persona.changed`: a file is not what was sealed. BadDocument:
        `persona.statement`, `persona.recipe`.
    """
    folder = Path(folder)
    for name in (*SEALED, STATEMENT):
        if not (folder / name).is_file():
            raise FileMissing(f"{folder} is no persona: {name} is missing.", "Make one: countenance persona new.")
    with (folder / STATEMENT).open("rb") as file:
        text = file.read(LONGEST + 1)
    try:
        document = open_document(text, TYPE)
    except PermissionRefused as error:
        raise BadDocument(
            f"The statement of {folder} is not what was signed: {error}", code="persona.statement"
        ) from error
    said = document.said
    files = said.get("files")
    if said.get("schema") != SCHEMA or not isinstance(files, dict) or not isinstance(said.get("face"), str):
        raise BadDocument(f"The statement of {folder} is of no form that is known.", code="persona.statement")
    for name in SEALED:
        if sha256_file(folder / name) != files.get(name):
            raise InputChanged(
                f"{folder / name} is not what was sealed.",
                "Take the folder from where it came, or change attributes with `countenance persona set`.",
                code="persona.changed",
            )
    recipe = recipes.Recipe.from_bytes((folder / RECIPE).read_bytes())
    return Persona(folder, recipe, said, document.issuer)
