"""Messages that are due: written in the same transaction as what they tell of, so that none is lost and none invented.
Who sends them: `webhooks`."""

from __future__ import annotations

import json
import time
from typing import Any

from sqlalchemy import Connection, insert, select

from countenance.server.database import HOOKS, MESSAGES
from countenance.server.numbers import new_id


def announce(connection: Connection, owner: str, kind: str, data: dict[str, Any], now: float) -> None:
    """Have an owner's hooks told of something, in the caller's transaction."""
    body = {"type": kind, "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)), "data": data}
    for hook in connection.execute(select(HOOKS).where(HOOKS.c.owner == owner, HOOKS.c.disabled.is_(None))):
        wanted = json.loads(hook.events)
        if not wanted or kind in wanted:
            connection.execute(
                insert(MESSAGES).values(
                    id=new_id("msg"), hook=hook.id, body=json.dumps(body), created=now, attempts=0, due=now
                )
            )
