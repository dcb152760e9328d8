"""What is entered in the ledger about one render: its permit when the door opens, and how it ended. For the exit.

A permit counts as a use of its grant from the moment its account is opened, and is given back where nothing left. What
cannot be entered is not made: the ledger's own errors stop the render.
"""

from __future__ import annotations

from datetime import UTC, datetime

from countenance.errors import PermissionRefused
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.records import grant_body, permit_body, render_body
from countenance.permission.ledger.usage import Usage
from countenance.permission.permit import Permit
from countenance.permission.revocation import RevocationLists
from countenance.permission.signed_grant import SignedGrant
from countenance.settings import Settings


def note_grant(signed: SignedGrant, settings: Settings) -> None:
    """Enter a grant the first time it is used here. Raises OutputFolder, OutputError, BadDocument."""
    with Ledger.open(settings) as ledger:
        known = {entry.said["grant_sha256"] for entry in ledger.entries("grant", grant=signed.grant.id)}
        if signed.sha256 not in known:
            ledger.append("grant", grant_body(signed))


def refuse_revoked(permit: Permit, settings: Settings) -> None:
    """A permit may be a day old: the grants it rests on must still stand when something is about to be written.

    Only a revocation that is known refuses here; what to do where nothing can be learnt the policy has decided.

    Raises:
        PermissionRefused: permission.revoked.
    """
    lists, now = RevocationLists.at_home(settings), datetime.now(UTC)
    for number, issuer, address in permit.rests_on:
        status = lists.status(number, address, now, issuer=issuer)
        if status.state == "revoked":
            since = f" on {status.revoked_at:%Y-%m-%d}" if status.revoked_at else ""
            raise PermissionRefused(
                f"A grant that this render rests on was revoked{since}.",
                "It cannot be used again; ask for a new one.",
                code="permission.revoked",
            )


class Account:
    """One render's lines in the ledger.

    Args:
        permit: genuine; whoever admits it has seen to that.
        settings: whose ledger.

    Raises:
        PermissionRefused: permission.revoked, permission.count, permission.used.
        OutputFolder, OutputError, BadDocument: see `Ledger`.
    """

    def __init__(self, permit: Permit, settings: Settings) -> None:
        self._permit, self._settings = permit, settings
        self._open = False
        refuse_revoked(permit, settings)
        with Ledger.open(settings) as ledger:
            body = permit_body(permit, permit.grant_id or None)
            Usage(ledger).reserve(body, times=permit.times, since=permit.counted_since)
        self._open = True

    def made(self, *, file_sha256: str, media_type: str, payload: int, manifest: str) -> None:
        """A file left. Raises OutputError, BadDocument."""
        said = render_body(
            self._permit,
            self._permit.grant_id or None,
            file_sha256=file_sha256,
            media_type=media_type,
            payload=payload,
            manifest=manifest,
        )
        with Ledger.open(self._settings) as ledger:
            ledger.append("render", said)
        self._open = False

    def close(self) -> None:
        """Give the use back, where nothing left. Safe to call twice."""
        if not self._open:
            return
        self._open = False
        said = render_body(self._permit, self._permit.grant_id or None, failed="render.failed")
        with Ledger.open(self._settings) as ledger:
            ledger.append("render", said)
