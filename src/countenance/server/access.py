"""Who may do what: API keys with scopes and quotas, sessions of the page, and the one-time ticket that begins one.

    cnt_<40 letters>     an API key, in `Authorization: Bearer`
    a ticket             printed when the studio starts; used up by the first browser that shows it
    a session            in a cookie that no script reads, for half a day

Only hashes are kept: all three are 30 random bytes, so that a plain SHA-256 cannot be guessed backwards. Knows nothing
of HTTP.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import Row, insert, select, update

from countenance.errors import CountenanceError
from countenance.server.database import KEYS, Database
from countenance.server.numbers import new_id
from countenance.server.refusals import NotThere

Scope = Literal["read", "jobs", "permission", "metrics", "admin"]
SCOPES: tuple[str, ...] = get_args(Scope)
TICKET_SECONDS = 15 * 60.0
SESSION_SECONDS = 12 * 3600.0
LOCAL = "local"
"""Whose the jobs are that are made on the page."""


class SignInNeeded(CountenanceError):
    """Nobody said who they are, or it does not hold."""

    code = "studio.sign_in"
    exit_status = 5
    http_status = 401
    default_remedy = "Send an API key as `Authorization: Bearer cnt_…`, or open the link that the studio printed."


class NotAllowed(CountenanceError):
    """A key without the scope."""

    code = "studio.scope"
    exit_status = 5
    http_status = 403
    default_remedy = "Use a key that has this scope."


@dataclass(frozen=True)
class Quota:
    """What a key may use; 0 for no limit.

    Attributes:
        waiting: jobs that wait or run at the same time.
        jobs_a_day: jobs made in 24 hours.
        bytes: of uploads and results together.
        stills_an_hour: previews drawn in one hour.
    """

    waiting: int = 100
    jobs_a_day: int = 2000
    bytes: int = 20 << 30
    stills_an_hour: int = 600


@dataclass(frozen=True)
class Caller:
    """Who asks.

    Attributes:
        id: of the key or session.
        name: as whoever made it called it.
        owner: whose jobs and uploads theirs are.
        scopes: what they may do; `admin` may do all, with everybody's.
        quota: see Quota.
        kind: key or session.
    """

    id: str
    name: str
    owner: str
    scopes: frozenset[str]
    quota: Quota
    kind: str

    @property
    def sees(self) -> str | None:
        """Whose things they may see; None for everybody's."""
        return None if "admin" in self.scopes else self.owner

    def require(self, scope: Scope) -> None:
        """Raises NotAllowed."""
        if scope not in self.scopes and "admin" not in self.scopes:
            raise NotAllowed(f"This key does not have the scope {scope!r}.")


@dataclass(frozen=True)
class Key:
    """A key as it is listed; the secret itself is shown once, when it is made."""

    id: str
    name: str
    scopes: tuple[str, ...]
    quota: Quota
    created: float
    expires: float | None = None
    revoked: float | None = None
    secret: str = field(default="", repr=False)


class Access:
    """The keys in one database.

    Args:
        database: where they are.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def make_key(self, name: str, scopes: Sequence[str], quota: Quota | None = None, *, days: int | None = None) -> Key:
        """A new key, with its secret."""
        expires = None if days is None else self._clock() + days * 86400
        number = new_id("key")
        return self._make("key", name, scopes, quota or Quota(), owner=number, number=number, expires=expires)

    def ticket(self) -> str:
        """A secret that signs one browser in, once, within a quarter of an hour."""
        return self._make(
            "ticket", "sign-in", SCOPES, Quota(), owner=LOCAL, expires=self._clock() + TICKET_SECONDS
        ).secret

    def sign_in(self, ticket: str) -> str:
        """Use a ticket up for a session; its secret. Raises SignInNeeded."""
        with self._database.changing() as connection:
            row = connection.execute(select(KEYS).where(KEYS.c.hash == _hash(ticket), KEYS.c.kind == "ticket")).first()
            if row is None or not self._holds(row):
                raise SignInNeeded(
                    "This sign-in link was used already, or is too old.",
                    "Run `countenance studio` again; it opens a fresh one.",
                )
            connection.execute(update(KEYS).where(KEYS.c.id == row.id).values(revoked=self._clock()))
        until = self._clock() + SESSION_SECONDS
        return self._make(
            "session", "page", SCOPES, Quota(waiting=0, jobs_a_day=0, bytes=0, stills_an_hour=0), LOCAL, expires=until
        ).secret

    def caller(self, secret: str, kind: Literal["key", "session"]) -> Caller:
        """Who shows a secret. Raises SignInNeeded."""
        with self._database.reading() as connection:
            row = connection.execute(select(KEYS).where(KEYS.c.hash == _hash(secret), KEYS.c.kind == kind)).first()
        if row is None or not self._holds(row):
            raise SignInNeeded("The API key is not known here, or was revoked." if kind == "key" else "Sign in first.")
        quota = Quota(**json.loads(row.quota))
        return Caller(row.id, row.name, row.owner, frozenset(json.loads(row.scopes)), quota, kind)

    def all_keys(self) -> list[Key]:
        """All API keys, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(KEYS).where(KEYS.c.kind == "key").order_by(KEYS.c.created)).all()
        return [_key(row) for row in rows]

    def revoke(self, number: str) -> None:
        """End a key or session for good. Raises NotThere."""
        with self._database.changing() as connection:
            if connection.execute(select(KEYS.c.id).where(KEYS.c.id == number)).first() is None:
                raise NotThere(f"There is no key {number[:60]!r}.")
            connection.execute(
                update(KEYS).where(KEYS.c.id == number, KEYS.c.revoked.is_(None)).values(revoked=self._clock())
            )

    def _holds(self, row: Row[Any]) -> bool:
        return row.revoked is None and (row.expires is None or row.expires > self._clock())

    def _make(
        self,
        kind: str,
        name: str,
        scopes: Sequence[str],
        quota: Quota,
        owner: str,
        *,
        number: str = "",
        expires: float | None = None,
    ) -> Key:
        secret = ("cnt_" if kind == "key" else "") + secrets.token_urlsafe(30)
        said = {
            "id": number or new_id(kind),
            "name": name,
            "hash": _hash(secret),
            "kind": kind,
            "scopes": json.dumps(sorted(set(scopes))),
            "quota": json.dumps(asdict(quota)),
            "owner": owner,
            "created": self._clock(),
            "expires": expires,
        }
        with self._database.changing() as connection:
            connection.execute(insert(KEYS).values(**said))
            row = connection.execute(select(KEYS).where(KEYS.c.id == said["id"])).one()
        return _key(row, secret)


def _key(row: Row[Any], secret: str = "") -> Key:
    return Key(
        row.id, row.name, tuple(json.loads(row.scopes)), Quota(**json.loads(row.quota)), row.created, row.expires,
        row.revoked, secret,
    )  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
