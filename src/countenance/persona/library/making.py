"""A persona made: drawn until it is like nobody it was compared with, marked, granted and sealed in its folder.

All or nothing: the folder is made in the spool, which is wiped after a killed process too, and moved to its place. On
another disk it is copied, the statement last: without one a folder is no persona.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from countenance.errors import BadOption, FaceError, OutputExists, OutputFolder
from countenance.face.identity import FaceTemplate
from countenance.face.subject import PictureSubject
from countenance.files import sha256_file, write_atomically
from countenance.marking.render_spec import ALGORITHMIC, Ingredient, Making
from countenance.media.source import Source
from countenance.permission.authorisation import GrantFile
from countenance.permission.grant import GrantEvidence
from countenance.permission.granting import nobodys_face
from countenance.permission.jws import sign_document
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.permit import Permit
from countenance.permission.templates import TemplateStore
from countenance.persona.library.comparison import LEAST, Comparison, compare
from countenance.persona.library.folder import (
    GRANT,
    PORTRAIT,
    RECIPE,
    SAYS,
    SCHEMA,
    SEALED,
    STATEMENT,
    TYPE,
    Persona,
    open_persona,
)
from countenance.persona.library.keeping import finishing, kept_recipe, kept_voices, kept_while_made
from countenance.persona.library.names import refuse_name
from countenance.persona.library.search import Told, candidates
from countenance.persona.library.voices import distinct_shape, shape_of
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import Recipe
from countenance.render.job import Inputs, RenderJob, Still, permitted
from countenance.render.job import Recipe as JobRecipe
from countenance.settings import Settings
from countenance.spool import spooled

USES = ("animate", "speak", "live", "persona")
SAME = 0.05  # between templates of one drawing, which come out alike to the last digits


class _Portrait(JobRecipe):
    """The drawing, marked and signed."""

    use = "persona"
    roles = ("source",)

    def __init__(self, raw: Path, output: Path, grant: Path, recipe: Recipe) -> None:
        self._raw, self.output, self._recipe = raw, output, recipe
        self.rights = {"source": GrantFile(grant)}

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        del settings
        return Inputs({"source": PictureSubject(Source.pin(self._raw))})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Still:
        """See Recipe."""
        del settings
        subject = permitted(inputs, "source", PictureSubject, permit).subject
        making = Making(
            title=f"{self._recipe.name}, a computer-generated character",
            use="persona",
            engine="persona",
            engine_version=str(self._recipe.version),
            ingredients=(Ingredient("source", subject.source, title="the drawing without marks"),),
            digital_source_type=ALGORITHMIC,
            seed=self._recipe.seed,
        )
        return Still(making, np.array(subject.pixels))


def make_persona(
    recipe: Recipe,
    output: Path,
    settings: Settings,
    *,
    identity: str | None = None,
    unlike: Sequence[FaceTemplate] = (),
    drawing: Told | None = None,
) -> Persona:
    """Draw a persona, again where it is too like somebody, and seal it in a folder.

    Args:
        recipe: what it is; its `draw` is where drawing begins.
        output: the folder to make.
        settings: of the installation.
        identity: of one's own, who signs; None: the one there is.
        unlike: further faces it must not be like.
        drawing: told of each draw.

    Raises:
        OutputExists, OutputFolder; BadOption: `persona.alike`: every draw was too near to somebody; as `RenderJob.run`.
    """
    _check_place(output)
    refuse_name(recipe.name, settings)
    signer = Keyring.at_home(settings).signer(identity)
    with finishing(settings):
        here = TemplateStore.at_home(settings).all()
        if not recipe.voice:
            recipe = replace(recipe, voice=str(distinct_shape(recipe, kept_voices(settings))))
    for tried in candidates(recipe, here, unlike, drawing):
        made = _drawn(tried, settings)
        if made is None:
            continue
        with finishing(settings):
            compared = compare(made[0], TemplateStore.at_home(settings).all(), unlike)
            if drawing is not None:
                drawing(tried.draw, compared)
            if not compared.alike:
                return _sealed(tried, output, settings, signer, *made, compared)
    raise _alike(f"Every face of the seed {recipe.seed} that was looked at is too near to one that is here or listed.")


def change_persona(
    persona: Persona,
    output: Path,
    settings: Settings,
    changes: dict[str, str | int],
    *,
    identity: str | None = None,
    unlike: Sequence[FaceTemplate] = (),
) -> Persona:
    """The same persona looking otherwise, in a folder of its own.

    Raises:
        BadOption: as `Recipe.with_attributes`; `persona.alike`. OutputExists, OutputFolder; as `RenderJob.run`.
    """
    recipe = persona.recipe.with_attributes(**changes)
    _check_place(output)
    signer = Keyring.at_home(settings).signer(identity)
    if recipe.name != persona.recipe.name:
        refuse_name(recipe.name, settings)
    kin = set(persona.said.get("kin", [])) | {persona.face}
    made = _drawn(recipe, settings)
    with finishing(settings):
        here = TemplateStore.at_home(settings).all()
        if made is not None:
            near = [one for one in here if one.hash in kin and made[0].distance(one) < LEAST]
            own = {one.hash for one in near if _is_drawn(one, persona, settings)}
            here = [one for one in here if one.hash not in own]
        if made is None or (compared := compare(made[0], here, unlike)).alike:
            raise _alike("Looking like that, no face is found in it, or it is too near to another one that is here.")
        return _sealed(recipe, output, settings, signer, *made, compared, kin=sorted(kin))


def _is_drawn(face: FaceTemplate, persona: Persona, settings: Settings) -> bool:
    """Whether a template is what a recipe of this persona draws. The statement's word, or a note's, is no proof."""
    recipe = persona.recipe if face.hash == persona.face else kept_recipe(settings, face.hash)
    if recipe is None or recipe.who != persona.recipe.who:
        return False
    drawn = _drawn(recipe, settings)
    return drawn is not None and drawn[0].distance(face) < SAME


def _drawn(recipe: Recipe, settings: Settings) -> tuple[FaceTemplate, bytes] | None:
    """Its face, and the drawing as PNG; None where no face is found in it."""
    pixels = draw_portrait(recipe)
    with spooled(settings) as place:
        raw = place / PORTRAIT
        packed = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
        write_atomically(raw, packed)
        try:
            return PictureSubject(Source.pin(raw)).template, packed
        except FaceError:
            return None


def _sealed(
    recipe: Recipe,
    output: Path,
    settings: Settings,
    signer: Signer,
    face: FaceTemplate,
    packed: bytes,
    compared: Comparison,
    kin: Sequence[str] = (),
) -> Persona:
    """Marked, granted and moved to its place; within `finishing`."""
    with spooled(settings) as place, kept_while_made(settings, face, recipe, output):
        folder, behind = place / "persona", place / "behind"
        folder.mkdir()
        behind.mkdir()
        for where in (folder, behind):
            write_atomically(where / RECIPE, recipe.to_bytes())
        raw = behind / PORTRAIT
        write_atomically(raw, packed)
        _grant(behind, recipe, signer, face, raw, uses=("persona",), purposes=("personal",))
        RenderJob(_Portrait(raw, folder / PORTRAIT, behind / GRANT, recipe), settings).run()
        _grant(folder, recipe, signer, face, folder / PORTRAIT, uses=USES)
        said: dict[str, Any] = {
            "schema": SCHEMA,
            "name": recipe.name,
            "voice": str(shape_of(recipe)),
            "says": SAYS,
            "files": {name: sha256_file(folder / name) for name in SEALED},
            "face": face.hash,
            "kin": list(kin),
            "compared": {
                "here": compared.here, "listed": compared.listed, "nearest": compared.nearest, "least": LEAST,
                "sentence": compared.sentence(),
            },
        }  # fmt: skip
        write_atomically(folder / STATEMENT, sign_document(said, signer, TYPE).text.encode())
        _moved(folder, output)
    return open_persona(output)


def _moved(folder: Path, output: Path) -> None:
    try:
        folder.rename(output)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise OutputFolder(f"{output} cannot be written: {error.strerror}.") from error
        output.mkdir()
        for path in sorted(folder.iterdir(), key=lambda one: one.name == STATEMENT):
            write_atomically(output / path.name, path.read_bytes())


def _grant(
    folder: Path, recipe: Recipe, signer: Signer, face: FaceTemplate, picture: Path, **scope: tuple[str, ...]
) -> None:
    evidence = GrantEvidence(kind="recipe", sha256=recipe.digest, note="the recipe of a persona")
    granted = nobodys_face(signer, recipe.name, face, sha256_file(picture), evidence, **scope)
    write_atomically(folder / GRANT, granted.document.text.encode())


def _check_place(output: Path) -> None:
    if output.exists():
        raise OutputExists(f"{output} is there already.", "Choose another name, or remove it.")
    if not output.parent.is_dir():
        raise OutputFolder(f"There is no folder {output.parent}.")


def _alike(why: str) -> BadOption:
    return BadOption(why, "Use another seed, or other attributes.", code="persona.alike")
