"""How the permission of a render stands today: one seam, and its two answers.

`RecordedPermission` knows the registry alone: on what a render rested, and until when its permit ran; a permit lives a
day and says nothing about the day after. `LedgerPermission` also asks the ledger of this installation when the grant
ends and whether it was taken back, and the revocation lists that are kept here. Nothing is fetched: whoever hands a
file over must not be able to make this computer call out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from countenance.errors import CountenanceError
from countenance.marking.render_registry import Render
from countenance.permission.jws import LONGEST, open_document
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.kinds import identity_hash
from countenance.permission.revocation_list import TYPE, RevokedGrant, read_list
from countenance.settings import Settings
from countenance.verify.findings import PermissionFinding, PermissionState

NEEDS_NOBODY = frozenset({"public-domain", "synthetic"})


class PermissionStatus(Protocol):
    """Says how the permission behind a render stands. Answers `unknown` rather than guess."""

    def status(self, render: Render, now: datetime) -> PermissionFinding:
        """The standing of `render.grant_sha256` at `now` (aware, UTC), for what `render` did."""
        ...


class RecordedPermission:
    """From the registry alone: nobody can take back the public domain or a person who does not exist; a grant is taken
    to stand while the permit that was minted from it runs, and is unknown afterwards."""

    def status(self, render: Render, now: datetime) -> PermissionFinding:
        if render.permit_kind in NEEDS_NOBODY:
            return _finding(render, "nothing-to-revoke", "The maker says that it rests on nobody's consent.")
        if now <= render.permit_expires.astimezone(UTC):
            return _finding(render, "unrevoked", "The permit of this render still runs; no revocation is known here.")
        return _finding(render, "unknown", "It was permitted when it was made; the grant is not known here.")


class LedgerPermission:
    """From this installation's ledger and the revocation lists it keeps.

    Args:
        settings: whose ledger; one that is not there is not made.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._recorded = RecordedPermission()

    def status(self, render: Render, now: datetime) -> PermissionFinding:
        if render.permit_kind in NEEDS_NOBODY or not self._there:
            return self._recorded.status(render, now)
        try:
            with Ledger.reading(self._settings) as ledger:
                return self._asked(ledger, render, now) or self._recorded.status(render, now)
        except (CountenanceError, SQLAlchemyError, ValueError, KeyError) as error:
            return _finding(render, "unknown", f"The ledger could not be asked ({type(error).__name__}).")

    @property
    def _there(self) -> bool:
        return self._settings.ledger_url is not None or (self._settings.home / "ledger.sqlite").is_file()

    def _asked(self, ledger: Ledger, render: Render, now: datetime) -> PermissionFinding | None:
        permits = (entry.said for entry in ledger.entries("permit", permit=render.permit_id))
        named = next((said.get("grant") for said in permits if said["grant_sha256"] == render.grant_sha256), None)
        if named is None:
            return None
        grants = (entry.said for entry in ledger.entries("grant", grant=named))
        grant = next((said for said in grants if said["grant_sha256"] == render.grant_sha256), None)
        taken_back = [entry.said["since"] for entry in ledger.entries("revocation", grant=named)]
        if grant is not None and (listed := self._listed(grant["issuer_sha256"], named)) is not None:
            taken_back.append(listed.since)
        if taken_back and (since := min(taken_back)) <= now.timestamp():
            return _finding(render, "revoked", "It was taken back by who gave it.", since)
        if grant is None:
            return None
        if now.timestamp() > grant["ends"]:
            return _finding(render, "expired", "The time that the grant was given for is over.", grant["ends"])
        until = datetime.fromtimestamp(grant["ends"], UTC).date().isoformat()
        return _finding(render, "unrevoked", f"The grant runs until {until}; nothing that is known here takes it back.")

    def _listed(self, issuer_sha256: str, grant_id: str) -> RevokedGrant | None:
        """What the newest list that is kept here says of a grant. Lists lie in folders named by their issuer's hash."""
        folder: Path = self._settings.home / "revocations" / issuer_sha256
        for path in sorted(folder.glob("*.jwt"), reverse=True):
            try:
                data = path.read_bytes()[: LONGEST + 1]
                issuer = open_document(data, TYPE, passkeys=True).issuer
                if identity_hash(issuer) == issuer_sha256:
                    return read_list(data, issuer).list.find(grant_id)
            except (CountenanceError, OSError):
                continue  # damaged on this disk: the next older one speaks
        return None


def permission_status(settings: Settings) -> PermissionStatus:
    """The best that this installation can ask."""
    return LedgerPermission(settings)


def _finding(render: Render, state: PermissionState, reason: str, since: int | None = None) -> PermissionFinding:
    moment = None if since is None else datetime.fromtimestamp(since, UTC)
    return PermissionFinding(state, render.permit_kind, render.basis, render.grant_sha256, moment, reason)
