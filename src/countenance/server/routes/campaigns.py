"""Campaigns: one advert in many versions. What stands in their way is told before anything is made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from countenance.errors import BadDocument, BadOption
from countenance.permission.grant import first_fault
from countenance.server.campaigns.plan import CampaignBody, Text, sealed, unsealed
from countenance.server.campaigns.store import Campaign
from countenance.server.campaigns.survey import State, cancel, check, start, survey
from countenance.server.campaigns.table import MOST_BYTES, read_table
from countenance.server.campaigns.views import CampaignLine, CampaignView, VersionPage, VersionView
from countenance.server.context import Context, Studio, Who
from countenance.server.jobs.spec import Tag, UploadId
from countenance.server.problems import RESPONSES
from countenance.server.refusals import NotThere

CampaignId = Annotated[str, Path(pattern=r"^cam_[0-9a-f]{32}$", examples=["cam_" + "0" * 32])]
Version = Annotated[int | None, Field(ge=1, le=2**53, description="As it was read; refused where it changed since.")]

routes = APIRouter(prefix="/v1/campaigns", tags=["campaigns"], responses=RESPONSES)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCampaign(CampaignBody):
    """A campaign; a long table comes as an upload of CSV or JSON in `table`, in place of `rows`."""

    table: UploadId | None = None


@routes.post("", status_code=201, response_model=CampaignView)
def create(body: NewCampaign, studio: Studio, who: Who, response: Response) -> CampaignView:
    """Write a campaign down. Nothing is made and nobody is asked; see `check` and `start`."""
    who.require("jobs")
    made = studio.campaigns.create(who.owner, _whole(body, studio, who.sees))
    response.headers["Location"] = f"/v1/campaigns/{made.id}"
    return CampaignView.of(made, studio)


@routes.get("", response_model=list[CampaignLine])
def listed(studio: Studio, who: Who) -> list[CampaignLine]:
    """Your campaigns, newest first."""
    who.require("read")
    rows = studio.campaigns.all(who.sees)
    return [CampaignLine(id=one, title=title, created=datetime.fromtimestamp(at, UTC)) for one, title, at in rows]


@routes.get("/{number}", response_model=CampaignView)
def one(number: CampaignId, studio: Studio, who: Who) -> CampaignView:
    """A campaign as it stands."""
    who.require("read")
    return CampaignView.of(studio.campaigns.find(number, who.sees), studio)


@routes.put("/{number}", response_model=CampaignView)
def change(
    number: CampaignId, body: NewCampaign, studio: Studio, who: Who, version: Annotated[Version, Query()] = None
) -> CampaignView:
    """Say it anew. What was made of it stays; versions that say something else now are to be made again."""
    who.require("jobs")
    campaign = _as_read(studio.campaigns.find(number, who.sees), version)
    return CampaignView.of(studio.campaigns.write(campaign, _whole(body, studio, who.sees)), studio)


@routes.delete("/{number}", status_code=204, response_class=Response)
def delete(number: CampaignId, studio: Studio, who: Who) -> Response:
    """Delete it; jobs of it that wait or run end. What was made stays among the renders."""
    who.require("jobs")
    campaign = studio.campaigns.find(number, who.sees)
    cancel(campaign, studio)
    studio.campaigns.delete(campaign)
    return Response(status_code=204)


@routes.get("/{number}/versions", response_model=VersionPage)
def versions(
    number: CampaignId,
    studio: Studio,
    who: Who,
    state: State | None = None,
    after: Annotated[int, Query(ge=0, le=10_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> VersionPage:
    """Its versions and how each stands."""
    who.require("read")
    found = survey(studio.campaigns.find(number, who.sees), studio)
    kept = [one for one in found if state is None or one.state == state]
    page, end = kept[after : after + limit], after + limit
    return VersionPage(
        versions=[VersionView.of(one) for one in page], total=len(kept), next=end if end < len(kept) else None
    )


class Draft(_In):
    """A translation to draft: by a translator that is installed here."""

    translator: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")] = "apertium"


@routes.post("/{number}/words/{language}/draft", response_model=CampaignView)
def draft(number: CampaignId, language: Annotated[Tag, Path()], body: Draft, studio: Studio, who: Who) -> CampaignView:
    """Have a language's words drafted by a machine. Nothing is made of a draft before somebody has read it."""
    from countenance.translate.translators import load_translator, translator_names

    who.require("jobs")
    campaign = studio.campaigns.find(number, who.sees)
    plan = campaign.body
    if body.translator not in translator_names():
        raise BadOption(
            f"There is no translator {body.translator!r} here.", f"Use {', '.join(translator_names()) or 'your own'}."
        )
    if language == plan.original:
        raise BadOption("These are the original's words.", "Draft another language.")
    words, stood = sealed(plan.words[plan.original])
    lines = [" ".join(line.split()) for line in words.splitlines() if line.strip()]
    drafted = load_translator(body.translator).translate(lines, plan.original, language)
    return _worded(campaign, language, unsealed("\n".join(drafted), stood), studio, read=False)


class Wording(_In):
    """What is said in one language; `read` says that somebody who speaks it has read it."""

    text: Text
    read: bool
    version: Version = None


@routes.put("/{number}/words/{language}", response_model=CampaignView)
def word(number: CampaignId, language: Annotated[Tag, Path()], body: Wording, studio: Studio, who: Who) -> CampaignView:
    """Write or mend a language's words, and say whether they were proofread."""
    who.require("jobs")
    campaign = _as_read(studio.campaigns.find(number, who.sees), body.version)
    return _worded(campaign, language, body.text, studio, read=body.read)


@routes.delete("/{number}/words/{language}", response_model=CampaignView)
def unword(number: CampaignId, language: Annotated[Tag, Path()], studio: Studio, who: Who) -> CampaignView:
    """Leave a language out."""
    who.require("jobs")
    campaign = studio.campaigns.find(number, who.sees)
    if language not in campaign.body.words:
        raise NotThere(f"There are no words in {language}.")
    words = {tag: text for tag, text in campaign.body.words.items() if tag != language}
    return _rewritten(campaign, {"words": words, "drafts": _without(campaign, language)}, studio)


@routes.post("/{number}/check", response_model=CampaignView)
def ask(number: CampaignId, studio: Studio, who: Who) -> CampaignView:
    """Ask for every face in every language whether it may be used; the pictures are looked at, nothing is made."""
    who.require("jobs")
    return CampaignView.of(check(studio.campaigns.find(number, who.sees), studio), studio)


class Start(_In):
    """Which versions; none named: all. `leave_out` leaves those out that cannot be made."""

    versions: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...], Field(max_length=2000)
    ] = ()
    leave_out: bool = False


class Started(BaseModel):
    """How many jobs were put in."""

    jobs: int
    campaign: CampaignView


@routes.post("/{number}/start", response_model=Started)
def begin(number: CampaignId, body: Start, studio: Studio, who: Who) -> Started:
    """Make what is not made yet: a job for each version, each with a permit of its own. Asked twice, none twice."""
    who.require("jobs")
    campaign = studio.campaigns.find(number, who.sees)
    jobs = start(campaign, studio, who, names=body.versions, leave_out=body.leave_out)
    return Started(jobs=jobs, campaign=CampaignView.of(studio.campaigns.find(number), studio))


@routes.post("/{number}/cancel", response_model=CampaignView)
def stop(number: CampaignId, studio: Studio, who: Who) -> CampaignView:
    """End all jobs of it that wait or run."""
    who.require("jobs")
    campaign = studio.campaigns.find(number, who.sees)
    cancel(campaign, studio)
    return CampaignView.of(campaign, studio)


def _whole(body: NewCampaign, studio: Context, sees: str | None) -> CampaignBody:
    """With its table's rows. Raises BadDocument, BadOption; NotThere."""
    said = body.model_dump(exclude={"table"})
    if body.table is not None:
        if body.rows:
            raise BadOption("There are rows and a table.", "Send one of the two.")
        with studio.uploads.path(body.table, sees).open("rb") as file:
            said["rows"] = read_table(file.read(MOST_BYTES + 1))
    for face in body.faces:
        if face.source.startswith("upl_"):
            studio.uploads.path(face.source, sees)
    return _checked(said)


def _worded(campaign: Campaign, language: str, text: str, studio: Context, *, read: bool) -> CampaignView:
    drafts = _without(campaign, language) if read else (*_without(campaign, language), language)
    return _rewritten(campaign, {"words": {**campaign.body.words, language: text}, "drafts": drafts}, studio)


def _without(campaign: Campaign, language: str) -> tuple[str, ...]:
    return tuple(one for one in campaign.body.drafts if one != language)


def _rewritten(campaign: Campaign, changes: dict[str, object], studio: Context) -> CampaignView:
    body = _checked({**campaign.body.model_dump(), **changes})
    return CampaignView.of(studio.campaigns.write(campaign, body), studio)


def _checked(said: dict[str, object]) -> CampaignBody:
    try:
        return CampaignBody.model_validate(said)
    except ValidationError as error:
        raise BadDocument(
            f"The campaign cannot be: {first_fault(error)}.", "Correct this and send it again.", code="campaign.plan"
        ) from error


def _as_read(campaign: Campaign, version: int | None) -> Campaign:
    """As somebody read it: what they write over must be what they saw."""
    from dataclasses import replace

    return campaign if version is None else replace(campaign, version=version)
