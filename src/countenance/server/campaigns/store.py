"""The campaigns in one database, and which job was made for which of their versions. Knows nothing of policies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from countenance.server.campaigns.plan import CampaignBody
from countenance.server.database import CAMPAIGN_JOBS, CAMPAIGNS, JOBS, Database
from countenance.server.numbers import new_id
from countenance.server.refusals import NotNow, NotThere, OverQuota

MOST = 500
"""Campaigns of one owner."""


@dataclass(frozen=True)
class Campaign:
    """A campaign as it stands.

    Attributes:
        id, owner: whose.
        body: what it says.
        answers: of the policy, by `Version.question`; None before somebody asked since it last changed.
        version: grows with every change.
        created: seconds since 1970.
    """

    id: str
    owner: str
    body: CampaignBody
    answers: dict[str, dict[str, Any]] | None
    version: int
    created: float


@dataclass(frozen=True)
class MadeFor:
    """The job of a version."""

    job: str
    fingerprint: str
    state: str
    done: int
    total: int | None
    problem: dict[str, Any] | None


class Campaigns:
    """The campaigns of one studio.

    Args:
        database: where they are.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def create(self, owner: str, body: CampaignBody) -> Campaign:
        """A new campaign; nothing is made. Raises OverQuota."""
        number = new_id("cam")
        with self._database.changing() as connection:
            if len(connection.execute(select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.owner == owner)).all()) >= MOST:
                raise OverQuota(f"There are {MOST} campaigns already.", "Delete one first.")
            connection.execute(
                insert(CAMPAIGNS).values(
                    id=number, owner=owner, title=body.title, body=body.model_dump_json(), version=1,
                    created=self._clock(),
                )
            )  # fmt: skip
        return self.find(number, owner)

    def find(self, number: str, owner: str | None = None) -> Campaign:
        """A campaign of this owner's. Raises NotThere."""
        with self._database.reading() as connection:
            row = connection.execute(select(CAMPAIGNS).where(CAMPAIGNS.c.id == number)).first()
        if row is None or owner not in (None, row.owner):
            raise NotThere(f"There is no campaign {number[:60]!r} here.")
        return _campaign(row)

    def all(self, owner: str | None) -> list[tuple[str, str, float]]:
        """Number, title and time of an owner's campaigns, newest first."""
        query = select(CAMPAIGNS.c.id, CAMPAIGNS.c.title, CAMPAIGNS.c.created).order_by(CAMPAIGNS.c.created.desc())
        query = query if owner is None else query.where(CAMPAIGNS.c.owner == owner)
        with self._database.reading() as connection:
            return [(row.id, row.title, row.created) for row in connection.execute(query.limit(MOST))]

    def write(self, campaign: Campaign, body: CampaignBody) -> Campaign:
        """Change what it says. Raises NotNow: campaign.changed, where somebody else did so meanwhile."""
        values = {"title": body.title, "body": body.model_dump_json()}
        kept = campaign.answers if body.faces == campaign.body.faces else None
        self._change(campaign, **values, answers=None if kept is None else json.dumps(kept))
        return self.find(campaign.id)

    def answer(self, campaign: Campaign, answers: dict[str, dict[str, Any]]) -> Campaign:
        """Keep what the policy said. Raises NotNow: campaign.changed."""
        self._change(campaign, answers=json.dumps(answers))
        return self.find(campaign.id)

    def delete(self, campaign: Campaign) -> None:
        """Keep nothing of it. What was made of it stays among the renders."""
        with self._database.changing() as connection:
            connection.execute(delete(CAMPAIGN_JOBS).where(CAMPAIGN_JOBS.c.campaign == campaign.id))
            connection.execute(delete(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id))

    def jobs(self, campaign: Campaign) -> dict[str, MadeFor]:
        """Name of a version → its job; one that was deleted is not among them."""
        query = (
            select(CAMPAIGN_JOBS.c.name, CAMPAIGN_JOBS.c.fingerprint, JOBS)
            .join(JOBS, JOBS.c.id == CAMPAIGN_JOBS.c.job)
            .where(CAMPAIGN_JOBS.c.campaign == campaign.id, JOBS.c.state != "deleted")
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return {
            row.name: MadeFor(
                row.id, row.fingerprint, row.state, row.done, row.total,
                json.loads(row.problem) if row.problem else None,
            )
            for row in rows
        }  # fmt: skip

    def note(self, campaign: Campaign, name: str, fingerprint: str, job: str) -> None:
        """A job was put in for a version."""
        table = CAMPAIGN_JOBS
        with self._database.changing() as connection:
            connection.execute(delete(table).where(table.c.campaign == campaign.id, table.c.name == name))
            connection.execute(insert(table).values(campaign=campaign.id, name=name, fingerprint=fingerprint, job=job))

    def _change(self, campaign: Campaign, **values: Any) -> None:
        with self._database.changing() as connection:
            changed = connection.execute(
                update(CAMPAIGNS)
                .where(CAMPAIGNS.c.id == campaign.id, CAMPAIGNS.c.version == campaign.version)
                .values(**values, version=campaign.version + 1)
            )
            if changed.rowcount != 1:
                raise NotNow("Somebody else changed the campaign meanwhile.", "Load it again.", code="campaign.changed")


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        row.id, row.owner, CampaignBody.model_validate_json(row.body), json.loads(row.answers) if row.answers else None,
        row.version, row.created,
    )  # fmt: skip
