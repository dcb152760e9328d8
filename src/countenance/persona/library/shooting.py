"""A persona shot in a scene: under its own grant, through the one job, and only where it is still told as itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from countenance.errors import BadOption, PermissionRefused
from countenance.face.identity import describe
from countenance.face.subject import PictureSubject
from countenance.face.tracker import find_faces
from countenance.files import check_output
from countenance.marking.render_spec import ALGORITHMIC, COMPOSITE_SYNTHETIC, LabelChoice, Making
from countenance.media.picture import read_picture
from countenance.media.source import Source
from countenance.permission.authorisation import GrantFile
from countenance.permission.intended_use import Circumstances
from countenance.permission.permit import Permit
from countenance.persona.library.folder import Persona, open_persona
from countenance.persona.product import Cutout, cut_out
from countenance.persona.shot import Shot, draw_shot
from countenance.render.job import Inputs, Still, permitted
from countenance.render.job import Recipe as JobRecipe
from countenance.settings import Settings

ITSELF = 0.30
"""How far a shot's face may be from the portrait's; two pictures of one person are told as one below 0.38."""
LABEL = LabelChoice(corner="top-right")  # a product stands below


class Shoot(JobRecipe):
    """One picture of a persona in a scene.

    Args:
        folder: the persona.
        output: a picture to write.
        shot: what is shown.
        product: a picture of a thing; None for none.
        circumstances: what the picture is for.
        label: how people are told.
        overwrite: whether the output may be there already.
    """

    use = "persona"

    def __init__(
        self,
        folder: Path,
        output: Path,
        shot: Shot,
        *,
        product: Path | None = None,
        circumstances: Circumstances | None = None,
        label: LabelChoice = LABEL,
        language: str = "en",
        overwrite: bool = False,
    ) -> None:
        self._persona: Persona = open_persona(folder)
        self._shot, self._product, self._label, self._language = shot, product, label, language
        self.output, self.overwrite = Path(output), overwrite
        self.roles = ("source",) if product is None else ("source", "product")
        self.rights = {"source": GrantFile(self._persona.grant, circumstances or Circumstances())}

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        del settings
        inputs = [self._persona.portrait, *([] if self._product is None else [self._product])]
        check_output(self.output, inputs, overwrite=self.overwrite)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        del settings
        others = {} if self._product is None else {"product": Source.pin(self._product)}
        return Inputs({"source": PictureSubject(Source.pin(self._persona.portrait))}, others)

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Still:
        """See Recipe. Raises BadOption: persona.shot_unlike; PermissionRefused: persona.product_face."""
        del settings
        subject = permitted(inputs, "source", PictureSubject, permit).subject
        product = _thing(inputs.others["product"]) if "product" in inputs.others else None
        shot = replace(self._shot, seed=self._shot.seed or self._persona.recipe.seed)
        pixels = draw_shot(self._persona.recipe, shot, product)
        faces = find_faces(pixels)
        away = subject.template.distance(describe(pixels, faces[0])) if faces else None
        if away is None or away > ITSELF:
            raise BadOption(
                "In this shot no face is found."
                if away is None
                else f"In this shot the face is {away:.2f} from the portrait's, more than {ITSELF:.2f}.",
                "Choose another pose, mood or light.",
                code="persona.shot_unlike",
            )
        making = Making(
            title=f"{self._persona.recipe.name}, a computer-generated character",
            use="persona",
            engine="persona",
            engine_version=str(self._persona.recipe.version),
            ingredients=(),
            digital_source_type=ALGORITHMIC if product is None else COMPOSITE_SYNTHETIC,
            seed=shot.seed,
            label=self._label,
            language=self._language,
        )
        about = {
            "scene": shot.place, "pose": shot.pose, "aspect": shot.aspect, "identity_distance": round(away, 3),
            "product": None if product is None else shot.hold,
        }  # fmt: skip
        return Still(making, pixels, about=about)


def _thing(source: Source) -> Cutout:
    """A product's picture, in which nobody is seen. Raises PermissionRefused: persona.product_face."""
    picture = read_picture(source)
    if find_faces(picture.flattened(), thorough=True):
        raise PermissionRefused(
            f"{source.name} shows a face: a product is a thing, and a person is asked.",
            "Use a picture of the product alone.",
            code="persona.product_face",
        )
    return cut_out(picture.pixels, picture.alpha)
