"""What a template may say: checked by pydantic, a closed schema. Knows nothing of files and rendering."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
    model_validator,
)

from countenance.engines import Area
from countenance.errors import BadOption
from countenance.marking import Corner, LabelChoice
from countenance.permission import Language, Purpose, Territory

SCHEMA = "countenance.kiosk/1"
PLACES = ("largest", "left", "right", "top", "bottom")


def _seconds(said: Any) -> Any:
    """`4`, `4.5`, `0:04.5` → exact seconds."""
    if isinstance(said, bool) or not isinstance(said, (int, float, str)):
        raise ValueError("no time: write seconds (4.5) or h:mm:ss")
    try:
        total = Fraction(0)
        for part in str(said).split(":"):
            total = total * 60 + Fraction(part.strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError("no time: write seconds (4.5) or h:mm:ss") from error
    if total < 0:
        raise ValueError("a time cannot be negative")
    return total


def _face(said: Any) -> Any:
    text = str(said)
    if isinstance(said, bool) or not (text in PLACES or (text.isdecimal() and int(text) > 0)):
        raise ValueError(f"no face: use {', '.join(PLACES)} or a number from 1")
    return text


Seconds = Annotated[Fraction, BeforeValidator(_seconds)]


class _TemplatePart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Slot(_TemplatePart):
    """Where the visitor's face goes: which face, from when to when, how much of it."""

    face: Annotated[str, BeforeValidator(_face)] = "largest"
    begins: Seconds = Field(Fraction(0), alias="from")
    ends: Seconds | None = Field(None, alias="to")
    area: Area = "face"
    shape: float = Field(1.0, ge=0, le=1)

    @field_validator("ends")
    @classmethod
    def _after(cls, ends: Fraction | None, said: ValidationInfo) -> Fraction | None:
        if ends is not None and ends <= said.data.get("begins", ends - 1):
            raise ValueError("the slot must end after it begins")
        return ends


class TemplateLabel(_TemplatePart):
    """How viewers are told."""

    style: str = "burn"
    corner: Corner = "bottom-right"
    opacity: float = Field(0.85, ge=0.6, le=1)

    @model_validator(mode="after")
    def _known(self) -> TemplateLabel:
        try:
            LabelChoice.parse(self.style, self.corner, self.opacity)
        except BadOption as error:
            raise ValueError(f"{error.message.rstrip('.')}; {error.remedy.rstrip('.')}") from error
        return self

    @property
    def choice(self) -> LabelChoice:
        """For the exit."""
        return LabelChoice.parse(self.style, self.corner, self.opacity)


class TemplateStyle(_TemplatePart):
    """How it is drawn and labelled."""

    glasses: StrictBool = True
    language: Language = "en"
    label: TemplateLabel = TemplateLabel()
    seed: int = Field(0, ge=0, lt=2**31)


class DoubleGrant(_TemplatePart):
    """Why another face may be put on whoever the clip shows."""

    permission: Path
    face_template: Path | None = None
    documents: list[Path] = []


class Template(_TemplatePart):
    """An advert with a face slot."""

    version: Literal["countenance.kiosk/1"] = Field(alias="schema")
    title: str = Field("A visitor's face", min_length=1, max_length=200)
    clip: Path
    poster: Path | None = None
    slot: Slot = Slot()
    look: TemplateStyle = TemplateStyle()
    double: DoubleGrant | None = None
    purpose: Purpose | None = None
    territories: list[Territory] = []
