"""What is answered about campaigns, as JSON."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from pydantic import BaseModel

from countenance.server.campaigns.plan import CampaignBody, holes
from countenance.server.campaigns.store import Campaign
from countenance.server.campaigns.survey import Prospect, State, survey
from countenance.server.context import Context


class ObstacleView(BaseModel):
    """What stands in the way."""

    code: str
    message: str
    remedy: str


class Missing(ObstacleView):
    """What stands in the way of so many versions."""

    versions: int


class VersionView(BaseModel):
    """A version. `basis` says why it may be made; `done` and `total` are frames, while it is drawn."""

    name: str
    state: State
    row: int | None
    face: str
    language: str
    voice: str
    shape: str
    text: str
    obstacles: list[ObstacleView]
    basis: str
    job: str | None
    done: int
    total: int | None

    @classmethod
    def of(cls, one: Prospect) -> VersionView:
        """A version as it is answered."""
        version, made = one.version, one.made
        return cls(
            name=version.name, state=one.state, row=version.row, face=version.face, language=version.language,
            voice=version.voice, shape=version.shape, text=version.text,
            obstacles=[ObstacleView(**vars(each)) for each in one.obstacles], basis=one.basis,
            job=None if made is None else made.job, done=0 if made is None else made.done,
            total=None if made is None else made.total,
        )  # fmt: skip


class CampaignView(BaseModel):
    """A campaign: what it says, how many versions are in which state, and what stands in their way, most often first.

    Attributes:
        version: grows with every change.
        columns: of its rows.
        missing: code and message of what is in the way, and of how many versions.
    """

    id: str
    title: str
    version: int
    created: datetime
    body: CampaignBody
    columns: list[str]
    states: dict[State, int]
    missing: list[Missing]

    @classmethod
    def of(cls, campaign: Campaign, studio: Context) -> CampaignView:
        """A campaign as it is answered."""
        prospects = survey(campaign, studio)
        why = Counter((one.code, one.message, one.remedy) for each in prospects for one in each.obstacles)
        rows = campaign.body.rows
        return cls(
            id=campaign.id, title=campaign.body.title, version=campaign.version,
            created=datetime.fromtimestamp(campaign.created, UTC), body=campaign.body,
            columns=list(rows[0]) if rows else sorted(holes(campaign.body.words[campaign.body.original])),
            states=dict(Counter(one.state for one in prospects)),
            missing=[
                Missing(code=code, message=message, remedy=remedy, versions=count)
                for (code, message, remedy), count in why.most_common(50)
            ],
        )  # fmt: skip


class CampaignLine(BaseModel):
    """A campaign in a list."""

    id: str
    title: str
    created: datetime


class VersionPage(BaseModel):
    """Versions in order; `next` is `after` of the following page."""

    versions: list[VersionView]
    total: int
    next: int | None
