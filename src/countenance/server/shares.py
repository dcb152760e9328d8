"""Links by which others see a result: the file, what it is, and nothing else. Of a link only a hash is kept.

A link ends when its time is over, when it is ended, when the job is deleted, and when a permission that the result
rests on is taken back. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, insert, select

from countenance.errors import CountenanceError
from countenance.server.database import JOB_GRANTS, JOBS, SHARES, Database
from countenance.server.numbers import new_id
from countenance.server.refusals import NotThere, OverQuota

MOST = 50
"""Links to one result."""


class Gone(CountenanceError):
    """What a link led to is not shown any more."""

    code = "share.ended"
    exit_status = 3
    http_status = 410
    default_remedy = "Ask whoever sent you the link."


@dataclass(frozen=True)
class Share:
    """A link to a result.

    Attributes:
        id, owner, job: whose, and to what.
        note: words for whoever opens it.
        title: whether they are told the work's title.
        download: whether the page offers the file to keep; whoever sees a film can keep it anyhow.
        created, expires: seconds since 1970.
    """

    id: str
    owner: str
    job: str
    note: str
    title: bool
    download: bool
    created: float
    expires: float


class Shares:
    """The links in one database.

    Args:
        database: where they are.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def create(self, owner: str, job: str, days: int, note: str, *, title: bool, download: bool) -> tuple[Share, str]:
        """A link and its secret, which is shown once. Raises OverQuota."""
        secret, number, now = secrets.token_urlsafe(32), new_id("shr"), self._clock()
        with self._database.changing() as connection:
            if len(connection.execute(select(SHARES.c.id).where(SHARES.c.job == job)).all()) >= MOST:
                raise OverQuota(f"There are {MOST} links to this result.", "End one first.")
            connection.execute(
                insert(SHARES).values(
                    id=number, owner=owner, job=job, link=_hash(secret), note=note, title=title, download=download,
                    created=now, expires=now + days * 86400,
                )
            )  # fmt: skip
        return self.find(number, owner), secret

    def find(self, number: str, owner: str | None = None) -> Share:
        """A link of this owner's. Raises NotThere."""
        with self._database.reading() as connection:
            row = connection.execute(select(SHARES).where(SHARES.c.id == number)).first()
        if row is None or owner not in (None, row.owner):
            raise NotThere(f"There is no link {number[:60]!r} here.")
        return _share(row)

    def of(self, job: str) -> list[Share]:
        """Links to a job's result that still lead there, newest first."""
        query = select(SHARES).where(SHARES.c.job == job, SHARES.c.expires > self._clock())
        with self._database.reading() as connection:
            return [_share(row) for row in connection.execute(query.order_by(SHARES.c.created.desc()))]

    def by_link(self, secret: str) -> tuple[Share, tuple[str, ...]]:
        """What a link leads to, and the numbers of the grants that it rests on. Raises NotThere, Gone."""
        with self._database.reading() as connection:
            row = connection.execute(select(SHARES).where(SHARES.c.link == _hash(secret))).first()
            if row is None:
                raise NotThere("This link leads nowhere.", "Ask for it to be sent again.")
            if row.expires <= self._clock():
                raise Gone("This link is too old.")
            state = connection.execute(select(JOBS.c.state).where(JOBS.c.id == row.job)).scalar()
            if state != "done":
                raise Gone("What this link led to was deleted.")
            grants = connection.execute(select(JOB_GRANTS.c.grant).where(JOB_GRANTS.c.job == row.job)).scalars()
            return _share(row), tuple(grants)

    def end(self, share: Share) -> None:
        """The link leads nowhere any more."""
        with self._database.changing() as connection:
            connection.execute(delete(SHARES).where(SHARES.c.id == share.id))


def _share(row: Row[Any]) -> Share:
    return Share(row.id, row.owner, row.job, row.note, row.title, row.download, row.created, row.expires)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
