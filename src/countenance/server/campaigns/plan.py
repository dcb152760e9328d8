"""What a campaign may say, and its versions: rows × faces × languages × voices × shapes, each a job that is checked to
its last field, with what stands in its way where that can be told without looking at anybody.

Knows nothing of databases, policies and HTTP.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from countenance.errors import BadOption, CountenanceError
from countenance.server.campaigns.table import Row, checked_rows
from countenance.server.jobs import spec

MOST_VERSIONS = 2000
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
Voice = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_:-]{1,60}$")]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=5000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$", strip_whitespace=True),
]
_HOLE = re.compile(r"\{\{\s*([A-Za-z][A-Za-z0-9_]{0,39})\s*\}\}")
_CHOOSES = ("picture", "language", "voice", "format")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CampaignFace(_Part):
    """A licensed face: a portrait that speaks, or a film whose mouth is given the words.

    Attributes:
        name: as rows choose it by `picture`.
        source: an upload, or a sample.
        right: why it may be used.
        face: which one in the picture.
    """

    name: Name
    source: spec.Picture
    right: spec.Right
    face: spec.Face = "largest"


class CampaignBody(_Part):
    """A campaign.

    Attributes:
        title: of the work; goes into the manifests.
        original: the language whose words are yours; drafts are translated from it.
        words: language (BCP 47) → what is said, with `{{column}}` where a row's cell goes.
        drafts: languages whose words nobody has proofread yet; nothing is made of them.
        faces: whose, in order.
        voices: asked for in every language that they speak; none: the first that speaks it.
        formats: shapes of the picture.
        rows: one for each person; none: the same for all.
        options: how it is drawn.
    """

    title: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
    original: spec.Tag
    words: dict[spec.Tag, Text] = Field(min_length=1, max_length=30)
    drafts: tuple[spec.Tag, ...] = Field((), max_length=30)
    faces: tuple[CampaignFace, ...] = Field(min_length=1, max_length=20)
    voices: tuple[Voice, ...] = Field((), max_length=10)
    formats: tuple[spec.Shape, ...] = Field(("own",), min_length=1, max_length=8)
    rows: tuple[Row, ...] = Field((), max_length=2000)
    options: spec.DrawOptions = spec.DrawOptions()

    @field_validator("rows", mode="after")
    @classmethod
    def _usable(cls, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        if not rows:
            return ()
        try:
            return checked_rows(rows)
        except CountenanceError as error:
            raise ValueError(f"{error.message.rstrip('.')}; {error.remedy.rstrip('.')}") from error

    @model_validator(mode="after")
    def _hangs_together(self) -> CampaignBody:
        if self.original not in self.words:
            raise ValueError(f"the original language {self.original} has no words")
        if self.original in self.drafts or set(self.drafts) - set(self.words):
            raise ValueError("drafts are languages with words, other than the original")
        for what, values in (("faces", [one.name for one in self.faces]), ("formats", self.formats)):
            if len(set(values)) < len(values):
                raise ValueError(f"{what}: one is named twice")
        return self


@dataclass(frozen=True)
class Obstacle:
    """Why a version cannot be made: as an error has it."""

    code: str
    message: str
    remedy: str

    @classmethod
    def of(cls, error: CountenanceError) -> Obstacle:
        """An error's words."""
        return cls(error.code, error.message, error.remedy)


@dataclass(frozen=True)
class Version:
    """One thing to make.

    Attributes:
        name: unique in its campaign: row.face.language.voice.shape.
        row: its number, from 1; None where there are no rows.
        face, language, voice, shape: as chosen; empty where a row chose what there is not.
        text: what is said.
        body: the job; None where an obstacle keeps it from being one.
        obstacles: all that stands in the way, permission apart.
    """

    name: str
    row: int | None
    face: str
    language: str
    voice: str
    shape: str
    text: str
    body: spec.Speak | spec.Dub | None
    obstacles: tuple[Obstacle, ...]

    @property
    def question(self) -> str:
        """What the policy's answer depends on, as a key: whose face, in which language."""
        return f"{self.face}|{self.language}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 hex of all that decides what comes out; a version that was edited is another one."""
        said = "" if self.body is None else self.body.model_dump_json()
        return hashlib.sha256(said.encode()).hexdigest()


def expand(
    plan: CampaignBody, kinds: Mapping[str, str], speaks: Callable[[str | None, str], str | Obstacle]
) -> tuple[Version, ...]:
    """All versions of a campaign, in order.

    Args:
        plan: the campaign.
        kinds: name of a face → `picture` or `clip`; faces that cannot be used are not in it.
        speaks: the voice of this name, or whichever speaks the language: its name, or why there is none.

    Raises:
        BadOption: campaign.size, where they are too many.
    """
    made: list[Version] = []
    for number, row in enumerate(plan.rows or ({},), 1):
        where = number if plan.rows else None
        for face in _chosen(row, "picture", [one.name for one in plan.faces]):
            for language in _chosen(row, "language", list(plan.words)):
                for voice in _voices(plan, row, language, speaks):
                    for shape in _chosen(row, "format", list(plan.formats), list(plan.formats)):
                        made.append(_version(plan, where, row, face, language, voice, shape, kinds))
                        if len(made) > MOST_VERSIONS:
                            raise BadOption(
                                f"The campaign has more than {MOST_VERSIONS:,} versions.",
                                "Leave some rows, languages or shapes out, or make two campaigns.",
                                code="campaign.size",
                            )
    return tuple(made)


def holes(text: str) -> frozenset[str]:
    """The columns that a text names."""
    return frozenset(_HOLE.findall(text))


def filled(text: str, row: Row) -> str:
    """A text with a row's cells in it, once: what stands in a cell is no template."""
    return _HOLE.sub(lambda found: row.get(found[1], ""), text)


def sealed(text: str) -> tuple[str, list[str]]:
    """A text with a word in place of each hole that no translator knows, and what stood there."""
    stood: list[str] = []

    def seal(found: re.Match[str]) -> str:
        stood.append(found[0])
        return f"Zq{len(stood) - 1}"

    return _HOLE.sub(seal, text), stood


def unsealed(text: str, stood: list[str]) -> str:
    """The holes back in their places; one that a translator lost is told by `expand`."""
    return re.sub(
        r"\bZq(\d{1,3})\b",
        lambda found: stood[int(found[1])] if int(found[1]) < len(stood) else found[0],
        text,
        flags=re.IGNORECASE | re.ASCII,
    )


def _chosen(row: Row, column: str, there: list[str], allowed: list[str] | None = None) -> list[str | Obstacle]:
    """What of it a row wants: the one that it names, or all."""
    wanted = row.get(column, "")
    if not wanted:
        return list(there)
    found = next((one for one in allowed or there if one.casefold() == wanted.casefold()), None)
    if found is not None:
        return [found]
    return [
        Obstacle(f"campaign.{column}", f"There is no {column} {wanted[:60]!r} here.", f"Use {', '.join(there[:8])}.")
    ]


def _voices(
    plan: CampaignBody, row: Row, language: str | Obstacle, speaks: Callable[[str | None, str], str | Obstacle]
) -> list[str | Obstacle]:
    if isinstance(language, Obstacle):
        return [""]
    if row.get("voice"):
        return [speaks(row["voice"], language)]
    fit = [one for name in plan.voices if isinstance(one := speaks(name, language), str)]
    return list(dict.fromkeys(fit)) or [speaks(None, language)]


def _version(
    plan: CampaignBody,
    number: int | None,
    row: Row,
    face: str | Obstacle,
    language: str | Obstacle,
    voice: str | Obstacle,
    shape: str | Obstacle,
    kinds: Mapping[str, str],
) -> Version:
    parts = [face, language, voice, shape]
    obstacles = [one for one in parts if isinstance(one, Obstacle)]
    said = ["" if isinstance(one, Obstacle) else one for one in parts]
    template = plan.words.get(said[1], "")
    text = filled(template, row)
    obstacles += _in_text(plan, said[1], template, text, row) if template else []
    named = ["" if number is None else str(number), *(one or "none" for one in said)]
    name = ".".join(filter(None, named)).replace(":", "x")
    body = None
    if not any(isinstance(one, Obstacle) for one in parts) and said[0] in kinds:
        chosen = next(one for one in plan.faces if one.name == said[0])
        body = _job(plan, chosen, name, text, said, kinds[said[0]])
    return Version(name, number, said[0], said[1], said[2], said[3], text, body, tuple(obstacles))


def _in_text(plan: CampaignBody, language: str, template: str, text: str, row: Row) -> list[Obstacle]:
    found = []
    if empty := sorted(one for one in holes(template) if not row.get(one)):
        found.append(
            Obstacle(
                "campaign.empty",
                f"The words name {{{{{empty[0]}}}}}, and the row has nothing there.",
                f"Fill in the column {empty[0]}, or take it out of the words.",
            )
        )
    elif "{{" in _HOLE.sub("", template) or "}}" in _HOLE.sub("", template):
        found.append(
            Obstacle("campaign.braces", "The words hold braces that name no column.", "Write it like {{name}}.")
        )
    elif not text.strip():
        found.append(Obstacle("campaign.empty", "Nothing is said.", "Write some words."))
    if lost := sorted(holes(plan.words[plan.original]) - holes(template)):
        found.append(
            Obstacle(
                "campaign.lost",
                f"The words in {language} do not name {{{{{lost[0]}}}}}, which the original does.",
                "Put it where it belongs in this language.",
            )
        )
    return found


def _job(
    plan: CampaignBody, face: CampaignFace, name: str, text: str, said: list[str], kind: str
) -> spec.Speak | spec.Dub:
    _, language, voice, shape = said
    speech = spec.Speech(text=text, voice=voice, language=language)
    options = plan.options.model_copy(update={"face": face.face, "language": language.split("-")[0]})
    common: dict[str, Any] = {
        "speech": speech, "right": face.right, "options": options, "shape": shape,
        "title": f"{plan.title}: {name}"[:120],
    }  # fmt: skip
    if kind == "clip":
        return spec.Dub(recipe="dub", plate=face.source, **common)
    return spec.Speak(recipe="speak", source=face.source, **common)
