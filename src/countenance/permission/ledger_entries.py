"""What is entered in the ledger about one render: its permit when the door opens, and how it ended. For the exit.

A permit counts as a use of each of its grants from the moment its account is opened, and is given back where it ends
before anything is encoded: what lies on a disk can be kept, whatever happens to its name. Grants that name a
use-receipt service are counted there as well, before anything is drawn. What cannot be entered is not made: the
ledger's own errors stop the render.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from countenance.errors import PermissionRefused
from countenance.permission.assurance import Assurance
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.clock import now_of
from countenance.permission.ledger.records import (
    grant_body,
    permit_bodies,
    render_bodies,
    render_body,
    session_body,
)
from countenance.permission.ledger.usage import Usage
from countenance.permission.permit import Permit
from countenance.permission.receipts import Receipts
from countenance.permission.revocation import RECHECK, RevocationLists
from countenance.permission.scripts import Topic
from countenance.permission.signed_grant import SignedGrant
from countenance.settings import Settings


def note_grant(signed: SignedGrant, ledger: Ledger) -> None:
    """Enter a grant the first time it is used here. Raises OutputFolder, OutputError, BadDocument."""
    known = {entry.said["grant_sha256"] for entry in ledger.entries("grant", grant=signed.grant.id)}
    if signed.sha256 not in known:
        ledger.append("grant", grant_body(signed))


def refuse_revoked(
    permit: Permit, settings: Settings, now: datetime, *, recheck: timedelta = RECHECK, until_unknown: bool = False
) -> None:
    """A permit may be a day old: the grants it rests on must still stand when something is about to be written.

    Only a revocation that is known refuses here; what to do where nothing can be learnt the policy has decided.

    Args:
        permit, settings: whose lists are looked at.
        now: aware, UTC.
        recheck: how long a look at a published list spares the next one.
        until_unknown: refuse also where nothing has been learnt for longer than the settings allow: for what goes on
            while the network is gone.

    Raises:
        PermissionRefused: permission.revoked, permission.revocation_unknown.
    """
    lists = RevocationLists.at_home(settings, recheck=recheck)
    for number, issuer, address in permit.rests_on:
        status = lists.status(number, address, now, issuer=issuer)
        if status.state == "revoked":
            since = f" on {status.revoked_at:%Y-%m-%d}" if status.revoked_at else ""
            raise PermissionRefused(
                f"A grant that this render rests on was revoked{since}.",
                "It cannot be used again; ask for a new one.",
                code="permission.revoked",
            )
        if until_unknown and status.state == "unknown" and settings.revocation_offline == "refuse":
            raise PermissionRefused(
                f"Whether a grant that this rests on was revoked can no longer be learnt: {status.reason}.",
                "Go online and begin again; COUNTENANCE_REVOCATION_OFFLINE=allow takes the risk.",
                code="permission.revocation_unknown",
            )


class Account:
    """One render's lines in the ledger, and its receipts.

    Args:
        permit: genuine; whoever admits it has seen to that.
        settings: whose ledger.
        ledger: the same, where it is open already; it stays open.

    Raises:
        PermissionRefused: permission.revoked, permission.expired, permission.count, permission.used; of a grant that
            names a use-receipt service also permission.receipt.
        ClockWrong, HomeWrong, OutputFolder, OutputError, BadDocument: see `Ledger.open`.
    """

    def __init__(self, permit: Permit, settings: Settings, ledger: Ledger | None = None) -> None:
        self._permit = permit
        self._receipts = Receipts(permit.id, settings)
        self._made = self._spent = False
        with ExitStack() as opening:
            self._ledger = ledger or opening.enter_context(Ledger.open(settings))
            now = now_of(self._ledger)
            if now > permit.expires_at:
                raise PermissionRefused("The permit has expired.", "Ask for it again.", code="permission.expired")
            refuse_revoked(permit, settings, now)
            self._settings = settings
            Usage(self._ledger).reserve_all(permit_bodies(permit))
            opening.callback(self._give_back)
            self._receipts.fetch([one for one in permit.uses if one.receipts], now)
            self._held = opening.pop_all()

    def counted(self, assurances: Sequence[Assurance]) -> tuple[Assurance, ...]:
        """The assurances with their receipts: where a service counted, it and not the maker alone did."""
        texts = self._receipts.texts
        return tuple(
            replace(one, receipt=texts[one.grant_sha256], counted_by="receipt-service")
            if one.grant_sha256 in texts
            else one
            for one in assurances
        )

    def spend(self) -> None:
        """Something is about to be encoded into a file: from here the use stays counted, whatever comes of it."""
        self._spent = True

    def made(self, *, file_sha256: str, media_type: str, payload: int, manifest: str) -> None:
        """A file left, or a live session began. Raises OutputError, BadDocument."""
        said = render_body(
            self._permit,
            self._permit.grant_id or None,
            file_sha256=file_sha256,
            media_type=media_type,
            payload=payload,
            manifest=manifest,
            receipts=self._receipts.hashes,
        )
        self._ledger.append_all(render_bodies(self._permit, said))
        self._made = True

    def still_stands(self, recheck: timedelta = RECHECK, *, until_unknown: bool = False) -> None:
        """Refuse once what goes on may not go on.

        Args:
            recheck: how long a look at a published revocation list spares the next one.
            until_unknown: as for `refuse_revoked`.

        Raises:
            PermissionRefused: permission.expired, permission.revoked, permission.revocation_unknown. ClockWrong.
        """
        now = now_of(self._ledger)
        if now > self._permit.expires_at:
            raise PermissionRefused(
                "The permission ended before the work did.", "Ask for a new one.", code="permission.expired"
            )
        refuse_revoked(self._permit, self._settings, now, recheck=recheck, until_unknown=until_unknown)

    def ended(self, *, payload: int, reason: str, seconds: int, frames: int, script: Sequence[Topic] = ()) -> None:
        """A live session, which `made` entered when it began, is over. Raises OutputError, BadDocument."""
        self._ledger.append("session", session_body(self._permit, payload, reason, seconds, frames, script))

    def close(self) -> None:
        """Give the use back, where nothing was encoded, and let the ledger go. Safe to call twice."""
        self._held.close()

    def _give_back(self) -> None:
        if self._made:
            return
        if not self._spent:
            self._receipts.release(datetime.now(UTC))
        said = render_body(self._permit, self._permit.grant_id or None, failed="render.failed", incomplete=self._spent)
        self._ledger.append_all(render_bodies(self._permit, said))
