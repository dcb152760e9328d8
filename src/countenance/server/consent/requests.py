"""Requests for consent, from the link that is sent to the grant that comes back.

Whoever has the link may read the request, do the live check and answer it, once. The studio holds no key of theirs:
what they sign is made here, signed on their device, and must come back to the letter. Of who says no nothing is kept.

    open ── signed ── revoked
      ├──── declined
      └──── withdrawn      by the studio that asked, or by a person whose key is lost
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from countenance.errors import PermissionRefused
from countenance.permission.keyring import Signer
from countenance.permission.plain_words import request_lines
from countenance.permission.request import SignedRequest, make_request, read_request
from countenance.server.database import PASSKEYS, REQUESTS, Database
from countenance.server.numbers import new_id
from countenance.server.outbox import announce
from countenance.server.refusals import NotNow, NotThere

State = Literal["open", "signed", "declined", "withdrawn", "revoked"]
ATTEMPTS = 20
"""Live checks that one link may be used for."""


@dataclass(frozen=True)
class ConsentRequest:
    """A request as it stands.

    Attributes:
        id, owner: whose.
        state: see the module's first lines.
        signed: what is asked for; None once nothing of it is kept.
        assisted: there is no camera, or no hearing, or no reading: somebody helps, and the grant says so.
        sample: a job whose result shows what is meant.
        pictures: SHA-256 of the only files it is about; empty for any that show the person.
        challenge: token of the phrase that was asked for last.
        face, evidence: of the live check that was passed: the template, sealed for who asks, and the clip's SHA-256.
        proposal: what is to be signed: `kind` (grant or list) and the exact `payload`.
        grant: its number, once there is one.
        expires: seconds since 1970.
    """

    id: str
    owner: str
    state: State
    signed: SignedRequest | None
    assisted: bool
    sample: str | None
    pictures: tuple[str, ...]
    challenge: str | None
    face: str | None
    evidence: str | None
    proposal: dict[str, Any] | None
    grant: str | None
    created: float
    expires: float
    attempts: int

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What is asked for, in plain words."""
        return [] if self.signed is None else request_lines(self.signed)


class Requests:
    """The requests in one database.

    Args:
        database: where they are.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def create(
        self,
        owner: str,
        signer: Signer,
        *,
        assisted: bool = False,
        sample: str | None = None,
        pictures: Sequence[str] = (),
        **asked: Any,
    ) -> tuple[ConsentRequest, str]:
        """A request signed by whoever asks, and the secret of its link, which is kept as a hash alone.

        Args:
            owner, assisted, sample, pictures: see ConsentRequest.
            signer: who asks.
            asked: as `permission.request.make_request`.

        Raises:
            BadDocument: a name or text that may not stand in one.
        """
        signed = make_request(signer, kind="subject", **asked)
        secret, number = secrets.token_urlsafe(32), new_id("req")
        with self._database.changing() as connection:
            connection.execute(
                insert(REQUESTS).values(
                    id=number, owner=owner, link=_hash(secret), document=signed.document.text, state="open",
                    assisted=assisted, sample=sample, pictures=json.dumps(list(pictures)), created=self._clock(),
                    expires=float(signed.request.closes), attempts=0,
                )
            )  # fmt: skip
        return self.find(number, owner), secret

    def find(self, number: str, owner: str | None = None) -> ConsentRequest:
        """A request of this owner's. Raises NotThere."""
        with self._database.reading() as connection:
            row = connection.execute(select(REQUESTS).where(REQUESTS.c.id == number)).first()
        if row is None or owner not in (None, row.owner):
            raise NotThere(f"There is no request {number[:60]!r} here.")
        return _request(row)

    def all(self, owner: str | None) -> list[ConsentRequest]:
        """Requests of an owner, newest first."""
        query = select(REQUESTS).order_by(REQUESTS.c.created.desc()).limit(500)
        with self._database.reading() as connection:
            rows = connection.execute(query if owner is None else query.where(REQUESTS.c.owner == owner)).all()
        return [_request(row) for row in rows]

    def by_link(self, secret: str) -> ConsentRequest:
        """The request that a link leads to. Raises NotThere; NotNow: consent.expired."""
        with self._database.reading() as connection:
            row = connection.execute(select(REQUESTS).where(REQUESTS.c.link == _hash(secret))).first()
        if row is None:
            raise NotThere("This link leads nowhere.", "Ask for it to be sent again.")
        found = _request(row)
        if found.state == "open" and self._clock() > found.expires:
            raise NotNow("This link is too old.", "Ask for a new one.", code="consent.expired")
        return found

    def attempt(self, request: ConsentRequest, challenge: str) -> None:
        """Note the phrase that is asked for now; the one before counts no more. Raises NotNow."""
        with self._database.changing() as connection:
            row = self._open(connection, request.id)
            if row.attempts >= ATTEMPTS:
                raise NotNow(f"{ATTEMPTS} live checks were made with this link.", "Ask for a new one.")
            _set(connection, request.id, challenge=challenge, attempts=row.attempts + 1)

    def passed(self, request: ConsentRequest, face: str, evidence: str) -> None:
        """Keep what a live check gave, sealed, until the request is answered. Raises NotNow."""
        with self._database.changing() as connection:
            row = self._open(connection, request.id)
            if row.challenge != request.challenge:
                raise NotNow("Another phrase was asked for meanwhile.", "Record the newest one.")
            _set(connection, request.id, face=face, evidence=evidence, challenge=None)

    def propose(self, request: ConsentRequest, kind: Literal["grant", "list"], payload: str) -> None:
        """Keep what is to be signed. Raises NotNow."""
        with self._database.changing() as connection:
            if kind == "grant":
                self._open(connection, request.id)
            _set(connection, request.id, proposal=json.dumps({"kind": kind, "payload": payload}))

    def passkey(self, request: ConsentRequest) -> str:
        """The number of the passkey that answered it; empty for another key."""
        with self._database.reading() as connection:
            found = connection.execute(select(PASSKEYS.c.credential).where(PASSKEYS.c.request == request.id)).scalar()
        return found or ""

    def sign(self, request: ConsentRequest, grant: str, credential: str = "") -> None:
        """The request was answered by a grant; the link opens the person's own page from now on. Raises NotNow."""
        with self._database.changing() as connection:
            self._open(connection, request.id)
            _set(connection, request.id, state="signed", grant=grant, face=None, proposal=None, challenge=None)
            if credential:
                connection.execute(insert(PASSKEYS).values(request=request.id, credential=credential))
            said = {"request": request.id, "grant": grant}
            announce(connection, request.owner, "consent.signed", said, self._clock())

    def revoke(self, request: ConsentRequest) -> None:
        """The grant was taken back."""
        with self._database.changing() as connection:
            _set(connection, request.id, state="revoked", proposal=None)
            said = {"request": request.id, "grant": request.grant}
            announce(connection, request.owner, "consent.revoked", said, self._clock())

    def end(self, request: ConsentRequest, state: Literal["declined", "withdrawn"]) -> None:
        """Nobody answers it any more, and nothing is kept of it but that there was one. Raises NotNow."""
        with self._database.changing() as connection:
            self._open(connection, request.id)
            _set(
                connection, request.id, state=state, document=None, face=None, evidence=None, proposal=None,
                challenge=None, sample=None, pictures="[]",
            )  # fmt: skip
            if state == "declined":
                announce(connection, request.owner, "consent.declined", {"request": request.id}, self._clock())

    def _open(self, connection: Connection, number: str) -> Row[Any]:
        row = connection.execute(select(REQUESTS).where(REQUESTS.c.id == number)).one()
        if row.state != "open":
            raise NotNow(f"This request was {row.state} already.", "Ask for a new one.", code="consent.answered")
        return row


def refuse_unless_proposed(request: ConsentRequest, kind: str, payload: bytes) -> None:
    """Raises PermissionRefused: consent.other, where what was signed is not to the letter what was shown."""
    if request.proposal is None or request.proposal["kind"] != kind:
        raise PermissionRefused("Nothing of this kind was to be signed.", "Begin again.", code="consent.other")
    if request.proposal["payload"].encode() != payload:
        raise PermissionRefused(
            "What was signed is not what was shown.", "Begin again, and sign what is shown.", code="consent.other"
        )


def _set(connection: Connection, number: str, **values: Any) -> None:
    connection.execute(update(REQUESTS).where(REQUESTS.c.id == number).values(**values))


def _request(row: Row[Any]) -> ConsentRequest:
    return ConsentRequest(
        id=row.id,
        owner=row.owner,
        state=row.state,
        signed=None if row.document is None else _read(row.document),
        assisted=row.assisted,
        sample=row.sample,
        pictures=tuple(json.loads(row.pictures)),
        challenge=row.challenge,
        face=row.face,
        evidence=row.evidence,
        proposal=None if row.proposal is None else json.loads(row.proposal),
        grant=row.grant,
        created=row.created,
        expires=row.expires,
        attempts=row.attempts,
    )


def _read(document: str) -> SignedRequest:
    from datetime import UTC, datetime

    # When it closes is asked of the link; an answered request is read for as long as it is kept.
    return read_request(document, datetime.fromtimestamp(0, UTC))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
