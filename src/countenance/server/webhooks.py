"""Telling callers' own servers that a job ended: signed as Standard Webhooks asks, tried again for a day, and never
sent to an address that is not on the public internet: where links may lead is `verify.fetching`'s to say.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from countenance.errors import CountenanceError
from countenance.server.database import HOOKS, MESSAGES, Database
from countenance.server.numbers import new_id
from countenance.server.refusals import NotThere, OverQuota
from countenance.verify.fetching import Fetching, Resolve, checked_link, posted, resolve

EVENTS = ("job.done", "job.failed", "job.cancelled", "consent.signed", "consent.declined", "consent.revoked")
DELAYS = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0)
"""Seconds before each further attempt, after the recommendation of Standard Webhooks."""
LOOK = 1.0
MOST = 20
"""Hooks of one owner."""
KEPT = 7 * 86400.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hook:
    """Where an owner wants to be told."""

    id: str
    url: str
    events: tuple[str, ...]
    created: float
    secret: str = field(default="", repr=False)


class Webhooks:
    """The hooks in one database, and what sends.

    Args:
        database: where they are.
        may: where may be sent to.
        resolver: looks host names up.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        database: Database,
        may: Fetching | None = None,
        *,
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._resolver, self._clock = database, resolver, clock
        self._may = may or Fetching(max_seconds=10.0, max_bytes=64 << 10)

    def add(self, owner: str, url: str, events: tuple[str, ...]) -> Hook:
        """A new hook, with its secret, which is shown once. Raises LinkRefused, OverQuota."""
        checked_link(url, self._may)
        hook = Hook(new_id("hook"), url, events, self._clock(), "whsec_" + b64encode(secrets.token_bytes(32)).decode())
        with self._database.changing() as connection:
            if len(connection.execute(select(HOOKS.c.id).where(HOOKS.c.owner == owner)).all()) >= MOST:
                raise OverQuota(f"There are {MOST} webhooks already.", "Delete one first.")
            connection.execute(
                insert(HOOKS).values(
                    id=hook.id,
                    owner=owner,
                    url=url,
                    secret=hook.secret,
                    events=json.dumps(events),
                    created=hook.created,
                )
            )
        return hook

    def hooks(self, owner: str) -> list[Hook]:
        """An owner's hooks, without their secrets."""
        with self._database.reading() as connection:
            rows = connection.execute(select(HOOKS).where(HOOKS.c.owner == owner).order_by(HOOKS.c.created)).all()
        return [Hook(row.id, row.url, tuple(json.loads(row.events)), row.created) for row in rows]

    def remove(self, number: str, owner: str) -> None:
        """Tell it nothing more. Raises NotThere."""
        with self._database.changing() as connection:
            found = connection.execute(select(HOOKS.c.id).where(HOOKS.c.id == number, HOOKS.c.owner == owner)).first()
            if found is None:
                raise NotThere(f"There is no webhook {number[:60]!r} here.")
            connection.execute(delete(MESSAGES).where(MESSAGES.c.hook == number))
            connection.execute(delete(HOOKS).where(HOOKS.c.id == number))

    def send_due(self) -> int:
        """Send what is due, each once; how many were tried."""
        now = self._clock()
        tried = 0
        while (message := self._next(now)) is not None:
            self._send(*message)
            tried += 1
        return tried

    def run(self, over: threading.Event) -> None:
        """Send what is due, until told to stop."""
        while not over.wait(LOOK):
            try:
                self.send_due()
            except Exception:
                log.warning("Webhooks could not be sent.", exc_info=True)

    def _next(self, now: float) -> tuple[Any, Any] | None:
        """A message that is due, put off at once, so that no other process sends it too."""
        with self._database.changing() as connection:
            connection.execute(delete(MESSAGES).where(MESSAGES.c.created < now - KEPT))
            row = connection.execute(select(MESSAGES).where(MESSAGES.c.due <= now).order_by(MESSAGES.c.due)).first()
            if row is None:
                return None
            after = DELAYS[row.attempts] if row.attempts < len(DELAYS) else None
            due = None if after is None else now + after * (1 + secrets.randbelow(100) / 1000)
            connection.execute(
                update(MESSAGES).where(MESSAGES.c.id == row.id).values(attempts=row.attempts + 1, due=due)
            )
            hook = connection.execute(select(HOOKS).where(HOOKS.c.id == row.hook)).first()
        return row, hook

    def _send(self, message: Any, hook: Any) -> None:
        from standardwebhooks.webhooks import Webhook

        if hook is None:
            return
        at = datetime.fromtimestamp(int(self._clock()), UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(hook.secret).sign(message.id, at, message.body),
        }
        try:
            status = posted(hook.url, message.body.encode(), headers, self._may, resolver=self._resolver)
            answer = str(status)
        except CountenanceError as error:
            status, answer = 0, error.code
        values: dict[str, Any] = {"answer": answer}
        if 200 <= status < 300:
            values |= {"due": None, "delivered": self._clock()}
        with self._database.changing() as connection, contextlib.suppress(NotThere):
            connection.execute(update(MESSAGES).where(MESSAGES.c.id == message.id).values(**values))
            if status == 410:  # Gone: the receiver wants nothing more
                connection.execute(update(HOOKS).where(HOOKS.c.id == hook.id).values(disabled=self._clock()))
                connection.execute(update(MESSAGES).where(MESSAGES.c.hook == hook.id).values(due=None))
