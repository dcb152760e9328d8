"""What a campaign's plan may say: checked by pydantic, a closed schema. Knows nothing of files and rendering."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from countenance.errors import BadOption
from countenance.marking import LabelChoice
from countenance.permission import Language, Purpose, Territory

Job = Literal["speak", "dub", "swap"]
Fit = Literal["crop", "pad"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_SHAPE = re.compile(r"([1-9]\d{0,3}):([1-9]\d{0,3})")


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("a name is made of letters, digits, - _ and . and starts with a letter or digit (at most 40)")
    return text


def _voice(text: str) -> str:
    file, _, speaker = text.partition("#")
    if file.endswith(".onnx"):
        return text if not speaker else file + "#" + _name(speaker)
    return _name(text)


def _shape(text: str) -> str:
    if text == "own":
        return text
    match = _SHAPE.fullmatch(text)
    if match is None or not 0.2 <= int(match[1]) / int(match[2]) <= 5:
        raise ValueError("no shape: write it like 16:9, 9:16 or 1:1, or own for the picture's own")
    return text


Name = Annotated[str, AfterValidator(_name)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
VoiceName = Annotated[str, AfterValidator(_voice)]  # of an installed voice, or a file: voices/mine.onnx#speaker


class _PlanPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _at_home(cls, value: Any) -> Any:
        """`~` is the home folder, as a shell would have it."""
        return value.expanduser() if isinstance(value, Path) else value


class LanguagePlan(_PlanPart):
    """What is said in one language: a script, a text, a recording, or a machine's draft of the plan's own script.

    `sound: own` stands for a clip's own words, for faces that are swapped into it.
    """

    script: Path | None = None
    text: str | None = None
    translate: str | None = Field(None, description="Name of an installed translator that drafts it.")
    audio: Path | None = Field(None, description="Recorded speech; script or text may say its words.")
    sound: Literal["own"] | None = None
    voices: list[VoiceName] | None = None
    pace: float = Field(1.0, ge=0.5, le=2)
    territories: list[Territory] | None = None
    confirm_script: list[Digest] = Field([], description="Digests of words that are meant, as the dry run names them.")

    @model_validator(mode="after")
    def _one_source(self) -> LanguagePlan:
        given = [key for key in ("script", "text", "translate", "sound") if getattr(self, key) is not None]
        if self.sound is not None and (self.audio, self.voices, self.pace) != (None, None, 1.0):
            raise ValueError("a clip's own sound is heard as it is: it takes no audio, voices or pace")
        if self.audio is not None and (self.translate, self.voices, self.pace) != (None, None, 1.0):
            raise ValueError("a recording is heard as it is: it takes no translate, voices or pace")
        if len(given) > 1 or not (given or self.audio):
            raise ValueError(
                f"give one of script, text, audio, translate or sound ({', '.join(given) or 'none'} given)"
            )
        if self.text is not None and not self.text.strip():
            raise ValueError("the text is empty")
        return self


class DoublePlan(_PlanPart):
    """Why another face may be put on whoever a clip shows: their grant for the use `double`."""

    permission: str
    face_template: Path | None = None
    documents: list[Path] = []


class FacePlan(_PlanPart):
    """One likeness, and why it may be used. A portrait speaks; a clip is dubbed, or the likeness is swapped into it."""

    portrait: Path | None = None
    clip: Path | None = None
    likeness: Path | None = None
    double: DoublePlan | None = None
    bed: Path | None = None
    permission: str | None = None
    public_domain: str | None = None
    basis: str | None = None
    face_template: Path | None = None
    documents: list[Path] = []
    face: str = "largest"
    voices: list[VoiceName] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> FacePlan:
        if (self.portrait is None) == (self.clip is None):
            raise ValueError("give either portrait (it speaks) or clip (it is dubbed)")
        if self.permission is not None and self.public_domain is not None:
            raise ValueError("permission and public_domain contradict each other")
        if self.bed is not None and self.clip is None:
            raise ValueError("a bed of music and effects goes with a clip")
        if self.likeness is None and self.double is not None:
            raise ValueError("a double belongs to a likeness that is swapped into a clip: add likeness")
        if self.likeness is not None and (self.clip is None or self.bed is not None or self.voices is not None):
            raise ValueError("a likeness is swapped into a clip, which keeps its sound: no portrait, bed or voices")
        return self

    @property
    def use(self) -> Job:
        """What the grant must allow."""
        if self.likeness is not None:
            return "swap"
        return "speak" if self.clip is None else "dub"

    @property
    def source(self) -> Path:
        """The portrait or the clip."""
        path = self.portrait or self.clip
        assert path is not None
        return path


class FormatPlan(_PlanPart):
    """The shape of the picture."""

    shape: Annotated[str, AfterValidator(_shape)]
    fit: Fit = "crop"
    size: int | None = Field(None, ge=128, le=8192, description="Longer side, pixels.")


class LabelPlan(_PlanPart):
    """How viewers are told."""

    style: str = "burn"
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = "bottom-right"
    opacity: float = Field(0.85, ge=0.6, le=1)

    @model_validator(mode="after")
    def _known(self) -> LabelPlan:
        try:
            LabelChoice.parse(self.style, self.corner, self.opacity)
        except BadOption as error:
            raise ValueError(f"{error.message.rstrip('.')}; {error.remedy.rstrip('.')}") from error
        return self


class CampaignPlan(_PlanPart):
    """A whole campaign."""

    title: str = Field(min_length=1, max_length=200)
    output: Path = Path("versions")
    purpose: Purpose | None = None
    territories: list[Territory] = []
    original: Language | None = None
    languages: dict[Language, LanguagePlan] = Field(min_length=1)
    voices: list[VoiceName] = []
    faces: dict[Name, FacePlan] = Field(min_length=1)
    formats: list[FormatPlan] = [FormatPlan(shape="own")]
    captions: Literal["srt", "vtt", "none"] = "srt"
    label: LabelPlan = LabelPlan()
    expression: float = Field(1.0, ge=0, le=2)
    seed: int = Field(0, ge=0, lt=2**31)
    leave_out: list[dict[str, str]] = Field([], description="Combinations that are not made.")

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("formats"), list):
            short = [{"shape": one} if isinstance(one, str) else one for one in data["formats"]]
            data = {**data, "formats": short}
        return data

    @model_validator(mode="after")
    def _hangs_together(self) -> CampaignPlan:
        drafted = [tag for tag, language in self.languages.items() if language.translate is not None]
        if drafted and (self.original is None or self.original not in self.languages or self.original in drafted):
            raise ValueError(f"languages.{drafted[0]}.translate needs `original`: the language whose script is yours")
        shapes = [(one.shape, one.fit, one.size) for one in self.formats]
        if not shapes or len(set(shapes)) < len(shapes):
            raise ValueError("formats: name each shape once, and at least one")
        for one in self.leave_out:
            if not one or set(one) - {"face", "language", "voice", "format"}:
                raise ValueError("leave_out: each entry names some of face, language, voice and format")
        return self
