"""Looks: what is tried on, product by product, as a documented JSON (or YAML) says it. See docs/tryon.md.

Knows nothing of faces or pictures; files that a look names are read by who opens it.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from countenance.documents import read_document
from countenance.errors import BadDocument
from countenance.tryon.colour import colour

GUIDE = "docs/tryon.md"
MOST_ITEMS = 24

Finish = Literal["sheer", "satin", "matte", "gloss", "metallic"]
CosmeticKind = Literal[
    "lip", "lip-liner", "blush", "contour", "highlight", "shadow", "eyeliner", "lashes", "brows", "foundation"
]
Unit = Literal["m", "cm", "mm"]
Front = Literal["+z", "-z", "+x", "-x", "+y", "-y"]
SHINES = ("lip", "shadow", "highlight")  # kinds of which the finish changes the shine
ON_LIPS = ("lip", "lip-liner")


class _Product(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    product: str = Field(default="", max_length=120)
    gtin: str = ""

    @field_validator("product")
    @classmethod
    def _plain(cls, value: str) -> str:
        if any(ord(c) < 32 for c in value):
            raise ValueError("has control characters")
        return value

    @field_validator("gtin")
    @classmethod
    def _checked(cls, value: str) -> str:
        if value and not is_gtin(value):
            raise ValueError("is no GTIN of 8, 12, 13 or 14 digits with a right check digit")
        return value


class Cosmetic(_Product):
    """One cosmetic.

    Attributes:
        kind: where it goes.
        product, gtin: what it is; told in the manifest and the receipt.
        hex: its colour as sRGB, `#a01024`; or
        lab: CIE Lab of the 2° observer, under `illuminant`.
        finish: sheer, satin, matte, gloss or metallic.
        coverage: of the skin, 0 to 1; the finish's own when left out.
        wing: of an eyeliner: how far it goes beyond the outer corner, 0 to 1.
    """

    kind: CosmeticKind
    hex: str | None = None
    lab: tuple[float, float, float] | None = None
    illuminant: Literal["D65", "D50"] = "D65"
    observer: Literal[2] = 2
    finish: Finish = "satin"
    coverage: float | None = Field(default=None, ge=0.05, le=1)
    wing: float = Field(default=0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _shown(self) -> Cosmetic:
        try:
            _ = self.colour
        except BadDocument as error:
            raise ValueError(error.message) from error
        if self.finish in ("gloss", "metallic") and self.kind not in SHINES:
            raise ValueError(f"{self.kind} has no finish {self.finish}")
        return self

    @property
    def colour(self) -> NDArray[np.float32]:
        """(3,) linear sRGB."""
        return colour(hex_code=self.hex, lab=self.lab, illuminant=self.illuminant)


class Eyewear(_Product):
    """A pair of glasses.

    Attributes:
        glb: file name, relative to the look.
        variant: of `KHR_materials_variants`; the file's own materials when empty.
        unit: of its lengths. glTF asks for metres; others are refused unless they are named.
        front: the axis that leads from the wearer's face to the viewer.
        width_mm: of the whole frame, where the maker tells it; the file is held against it.
        power: dioptres of the lenses, by which eyes look smaller or larger.
    """

    kind: Literal["glasses"]
    glb: str = Field(min_length=1, max_length=255)
    variant: str = Field(default="", max_length=120)
    unit: Unit = "m"
    front: Front = "+z"
    width_mm: float | None = Field(default=None, ge=90, le=180)
    power: float = Field(default=0.0, ge=-12, le=8)

    @field_validator("glb")
    @classmethod
    def _here(cls, value: str) -> str:
        if "://" in value or value.startswith(("data:", "//")):
            raise ValueError("is an address; looks name files beside them")
        if any(ord(c) < 32 or ord(c) == 127 for c in value):
            raise ValueError("has control characters")
        return value


Item = Annotated[Cosmetic | Eyewear, Field(discriminator="kind")]


class Look(BaseModel):
    """A composition of items, the order of which does not matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["countenance.look/1"] = Field(alias="schema")
    name: str = Field(default="", max_length=120)
    items: tuple[Item, ...] = Field(min_length=1, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _once(self) -> Look:
        kinds = [item.kind for item in self.items]
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise ValueError(f"there are two of the kind {kind}")
        return self


def read_look(path: Path) -> Look:
    """A look file.

    Raises:
        FileMissing, EmptyFile; BadDocument: input.document, tryon.look: the message names the key and its line.
    """
    look = read_document(path, Look, kind="look", guide=GUIDE, code="tryon.look")
    for item in look.items:
        if isinstance(item, Eyewear):
            place = PurePosixPath(item.glb.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts:
                raise BadDocument(
                    f"{path.name} names {item.glb}, which does not lie beside it.",
                    "Put the file into the look's folder and name it without a path.",
                    code="tryon.look",
                )
    return look


def written_look(name: str, items: tuple[Cosmetic | Eyewear, ...]) -> dict[str, Any]:
    """A look as JSON takes it."""
    kept = [item.model_dump(exclude_defaults=True, mode="json") for item in items]
    return {"schema": "countenance.look/1", "name": name, "items": kept}


def is_gtin(text: str) -> bool:
    """Whether it is a GTIN with a right check digit. GS1 General Specifications, 7.9."""
    if not text.isascii() or not text.isdecimal() or len(text) not in (8, 12, 13, 14):
        return False
    digits = [int(c) for c in reversed(text)]
    return sum(d * (3 if k % 2 else 1) for k, d in enumerate(digits)) % 10 == 0
