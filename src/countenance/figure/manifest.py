"""What a figure.yaml may say: checked by pydantic, a closed schema. Knows nothing of files and speaking."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, field_validator, model_validator

from countenance.permission import Purpose, Territory

SCHEMA = "countenance.figure/1"
_TAG = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_HOUR = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


def _tag(said: Any) -> Any:
    if not isinstance(said, str) or not _TAG.match(said):
        raise ValueError("no language: write a tag such as en or pt-BR (in quotation marks where YAML needs them)")
    return said


def _hour(said: Any) -> Any:
    if not isinstance(said, str) or not _HOUR.match(said):
        raise ValueError('no time of day: write "09:30"')
    return said


def _inside(said: Any) -> Any:
    text = str(said)
    if not text or text.startswith(("/", "\\", "~")) or ":" in text or ".." in text.replace("\\", "/").split("/"):
        raise ValueError("a file of the figure lies in its folder: write its name")
    return text


Tag = Annotated[str, BeforeValidator(_tag)]
Hour = Annotated[str, BeforeValidator(_hour)]
Inside = Annotated[str, BeforeValidator(_inside)]
Words = Annotated[str, Field(min_length=1, max_length=600)]
Sentences = dict[Tag, Words]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Speech(_Part):
    """How the figure sounds in one language: a voice that is nobody's; None takes the first that speaks it."""

    voice: Annotated[str, Field(pattern=r"^[a-z0-9_:-]{1,60}$")] | None = None
    rate: float = Field(1.0, ge=0.6, le=1.5)


class Claim(_Part):
    """Why the likeness may be used: a work in the public domain, or a grant."""

    public_domain: str | None = None
    basis: str | None = None
    permission: Inside | None = None
    face_template: Inside | None = None
    documents: tuple[Inside, ...] = ()
    purpose: Purpose | None = None
    territories: tuple[Territory, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Claim:
        if (self.public_domain is None) == (self.permission is None):
            raise ValueError("give either public_domain (work, author, year) or permission (a grant's .jwt)")
        return self


class Decline(_Part):
    """What the figure does not talk about, and where it points instead."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    examples: dict[Tag, tuple[Words, ...]]
    say: Sentences


class Hours(_Part):
    """When the figure is awake, by the machine's own clock."""

    opens: Hour
    closes: Hour

    @model_validator(mode="after")
    def _order(self) -> Hours:
        if self.opens >= self.closes:
            raise ValueError("it closes after it opens, on the same day")
        return self


class ModelSeam(_Part):
    """An optional language model, reached as OpenAI's chat completions are. It may only choose."""

    endpoint: Annotated[str, Field(pattern=r"^https?://\S{1,300}$")]
    model: Annotated[str, Field(min_length=1, max_length=200)]
    key_from: Annotated[str, Field(pattern=r"^COUNTENANCE_FIGURE_KEY[A-Z0-9_]{0,40}$")] | None = None
    timeout: float = Field(4.0, gt=0, le=60)

    @field_validator("endpoint")
    @classmethod
    def _secret(cls, said: str) -> str:
        try:
            parts = urlsplit(said)
            here = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        except ValueError:
            here = False
        if not here and not said.startswith("https://"):
            raise ValueError("visitors' questions leave this computer by https alone")
        return said

    @property
    def where(self) -> str:
        """Host and port of the endpoint, and whence its key comes, for people."""
        key = f", with the key in {self.key_from}" if self.key_from else ", without a key"
        return urlsplit(self.endpoint).netloc.rpartition("@")[2] + key


class FigureManifest(_Part):
    """A figure."""

    format: Literal["countenance.figure/1"] = Field("countenance.figure/1", alias="schema")
    name: Annotated[str, Field(min_length=1, max_length=80)]
    about: Sentences = Field(default_factory=dict)
    portrait: Inside
    face: str = "largest"
    crop: Literal["none", "face", "portrait", "square"] = "none"
    right: Claim
    languages: dict[Tag, Speech] = Field(min_length=1)
    manner: str = Field("", max_length=600)
    greeting: Sentences
    knowledge: tuple[Inside, ...] = Field(min_length=1)
    declines: tuple[Decline, ...] = ()
    listening: Literal["push-to-talk", "free", "off"] = "push-to-talk"
    keep_declined: StrictBool = False
    forget_after: int = Field(60, ge=10, le=600)
    hours: Hours | None = None
    sign_language: Inside | None = None
    suggestions: tuple[str, ...] = ()
    language_model: ModelSeam | None = None
    confirm_script: tuple[Annotated[str, Field(pattern="^[0-9a-f]{12}$")], ...] = ()

    @field_validator("languages", mode="before")
    @classmethod
    def _plain_tags(cls, said: Any) -> Any:
        return {tag: {} for tag in said} if isinstance(said, list) else said

    @model_validator(mode="after")
    def _all_languages(self) -> FigureManifest:
        tags = list(self.languages)
        for key, said in (("greeting", self.greeting), ("about", self.about)):
            missing = [tag for tag in tags if tag not in said]
            if said and missing:
                raise ValueError(f"{key} has no words in {', '.join(missing)}")
        for one in self.declines:
            missing = [tag for tag in tags if tag not in one.say]
            if missing:
                raise ValueError(f"the decline {one.name!r} has nothing to say in {', '.join(missing)}")
        return self
