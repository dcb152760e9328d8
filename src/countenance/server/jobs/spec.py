"""What can be asked for: one body for each recipe, checked to the last field before anything waits in the queue.

Files are named by the numbers of uploads, takes and samples by name; never by path or address. Knows nothing of HTTP.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

UploadId = Annotated[str, StringConstraints(pattern=r"^upl_[0-9a-f]{32}$")]
Likeness = Annotated[str, StringConstraints(pattern=r"^(upl_[0-9a-f]{32}|[0-9a-f]{32})$")]
"""A .likeness that was uploaded, or the number of one that is kept here."""
GrantId = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32}|self)$")]
Picture = Annotated[str, StringConstraints(pattern=r"^(upl_[0-9a-f]{32}|sample:grace-hopper)$")]
Motion = Annotated[str, StringConstraints(pattern=r"^(upl_[0-9a-f]{32}|authored:[a-z]{1,20})$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$")]
Territory = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|EU|worldwide)$")]
Face = Annotated[str, StringConstraints(pattern=r"^(largest|left|right|top|bottom|[1-9][0-9]?)$")]
Purpose = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_ -]{0,39}$")]
Title = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
Seconds = Annotated[float, Field(ge=0, le=6 * 3600, allow_inf_nan=False)]


def _shape(text: str) -> str:
    width, _, height = text.partition(":")
    if height and not 0.2 <= int(width) / int(height) <= 5:
        raise ValueError("a shape is at most five times as long as wide")
    return text


Shape = Annotated[str, StringConstraints(pattern=r"^(own|[1-9][0-9]{0,3}:[1-9][0-9]{0,3})$"), AfterValidator(_shape)]
"""Width and height, as 9:16; `own` for the picture's own."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublicDomainRight(_Body):
    """The source is a public-domain work, by the operator's own word."""

    kind: Literal["public-domain"]
    work: Annotated[str, StringConstraints(min_length=3, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        examples=["Mona Lisa, Leonardo da Vinci, c. 1503"]
    )
    basis: Literal["us-government-work", "author-dead-70", "cc0"] | None = None
    purpose: Purpose | None = None
    territories: tuple[Territory, ...] = Field((), max_length=50)


class GrantRight(_Body):
    """The likeness is used under a grant that is kept here."""

    kind: Literal["grant"]
    grant: GrantId
    purpose: Purpose | None = None
    territories: tuple[Territory, ...] = Field((), max_length=50)
    languages: tuple[Tag, ...] = Field((), max_length=50)


Right = Annotated[PublicDomainRight | GrantRight, Field(discriminator="kind")]


class Label(_Body):
    """How viewers are told that this was made; it cannot be left out."""

    style: Annotated[str, StringConstraints(pattern=r"^(burn|credit|first:[0-9]{1,3})$")] = "burn"
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = "bottom-right"
    opacity: Annotated[float, Field(ge=0.6, le=1)] = 0.85


class DrawOptions(_Body):
    """How a portrait is drawn; see `AnimateOptions`."""

    face: Face = "largest"
    expression: Annotated[float, Field(ge=0, le=2)] = 1.0
    head: Annotated[float, Field(ge=0, le=2)] = 1.0
    crop: Literal["none", "face", "portrait", "square"] = "none"
    size: Annotated[int, Field(ge=64, le=4096)] | None = None
    fps: Annotated[int, Field(ge=1, le=60)] | None = None
    start: Seconds = 0.0
    duration: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] | None = None
    motion: Literal["relative", "absolute"] = "relative"
    mouth: Literal["auto", "borrowed", "drawn"] = "auto"
    shading: bool = True
    sound: bool = True
    on_missing_face: Literal["hold", "relax", "fail"] = "relax"
    driving_face: Face = "largest"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    label: Label = Label()
    language: Tag = "en"


class Speech(_Body):
    """What is said, by a voice that is nobody's, or in a recording."""

    text: Annotated[str, StringConstraints(max_length=20_000)] = ""
    format: Literal["txt", "srt", "vtt"] = Field("txt", description="Of the text: words, or subtitles with times.")
    voice: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_:-]{1,60}$")] | None = None
    recording: UploadId | None = None
    language: Tag = "en"
    pace: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    liveliness: Annotated[float, Field(ge=0, le=2)] = 1.0
    confirm_script: tuple[Digest, ...] = Field(
        (), max_length=20, description="Digests of words that are meant although they read like an impostor's."
    )


class _Job(_Body):
    title: Title = ""
    priority: Annotated[int, Field(ge=-10, le=10, description="Among your own jobs; higher first.")] = 0


class Animate(_Job):
    """A portrait moved by a clip, a take or a capture file."""

    recipe: Literal["animate"]
    source: Picture
    motion: Motion = "authored:demo"
    right: Right
    options: DrawOptions = DrawOptions()


class Speak(_Job):
    """A portrait that says something."""

    recipe: Literal["speak"]
    source: Picture
    speech: Speech
    right: Right
    options: DrawOptions = DrawOptions()
    shape: Shape = "own"
    fit: Literal["crop", "pad"] = "crop"


class Dub(_Job):
    """The mouth of one person in a clip, redrawn to new speech."""

    recipe: Literal["dub"]
    plate: UploadId
    speech: Speech
    right: Right
    bed: UploadId | None = None
    options: DrawOptions = DrawOptions()
    shape: Shape = "own"
    fit: Literal["crop", "pad"] = "crop"


class SwapOptions(_Body):
    """How a likeness is put on a double; see `countenance.SwapOptions`."""

    face: Face = "largest"
    area: Literal["face", "whole", "lower"] = "face"
    shape: Annotated[float, Field(ge=0, le=1)] = 1.0
    years: Annotated[float, Field(ge=-60, le=60)] = 0.0
    current_age: Annotated[float, Field(ge=1, le=120)] | None = None
    glasses: bool = True
    start: Seconds = 0.0
    end: Seconds | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    label: Label = Label()
    language: Tag = "en"


class Swap(_Job):
    """A likeness on a body double."""

    recipe: Literal["swap"]
    plate: UploadId
    likeness: Likeness
    right: Right
    double_right: Right | None = None
    options: SwapOptions = SwapOptions()


class Reage(_Job):
    """A person at another age."""

    recipe: Literal["re-age"]
    plate: Picture
    right: Right
    options: SwapOptions


JobBody = Annotated[Animate | Speak | Dub | Swap | Reage, Field(discriminator="recipe")]


def uploads_of(body: BaseModel) -> tuple[str, ...]:
    """The numbers of all uploads that a body names, anywhere in it."""
    return tuple(dict.fromkeys(one for one in _texts(body.model_dump()) if one.startswith("upl_") and len(one) == 36))


def grants_of(body: BaseModel) -> tuple[str, ...]:
    """The numbers of all grants that a body rests on."""
    rights = [getattr(body, name, None) for name in ("right", "double_right")]
    return tuple(dict.fromkeys(one.grant for one in rights if isinstance(one, GrantRight)))


def exact(seconds: float) -> Fraction:
    """Seconds as they were written: 0.1 is a tenth."""
    return Fraction(str(seconds))


def _texts(said: Any) -> list[str]:
    if isinstance(said, str):
        return [said]
    if isinstance(said, dict):
        # Words of people are no references, whatever they look like.
        return [text for key, value in said.items() if key not in ("text", "title", "work") for text in _texts(value)]
    if isinstance(said, (list, tuple)):
        return [text for value in said for text in _texts(value)]
    return []
