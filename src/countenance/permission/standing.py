"""Whether a grant still stands and is not used up: what its lists, the ledger and the clock say. May ask the net."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NoReturn

from countenance.errors import PermissionRefused
from countenance.permission.grant import Grant
from countenance.permission.grant_claim import Records
from countenance.permission.signed_grant import SignedGrant

TOLD = timedelta(days=1)  # from when on a permit says how old what it knows of revocations is


def check_standing(signed: SignedGrant, records: Records, now: datetime) -> list[str]:
    """Whether the grant still stands and is not used up; what of it could not be learnt. May ask the network.

    Raises:
        PermissionRefused: permission.revoked, permission.revocation_unknown, permission.count.
    """
    grant = signed.grant
    notes = []
    taken_back = None if records.usage is None else records.usage.taken_back(grant.id)
    if taken_back is not None:  # a copy of the file that was kept does not bring it back
        _refuse("revoked", f"The grant was taken back on {taken_back:%Y-%m-%d}.", "Ask for a new one.")
    if records.revocation is not None:
        status = records.revocation.status(grant.id, grant.revocation, now, issuer=grant.issuer)
        if status.state == "revoked":
            since = f" on {status.revoked_at:%Y-%m-%d}" if status.revoked_at else ""
            _refuse("revoked", f"The grant was revoked{since}.", "It cannot be used again; ask for a new one.")
        if status.state != "good":
            notes += _unknown(records, status.reason)
        elif status.seen is not None and status.seen > TOLD:
            notes.append(f"revocations known as of {now - status.seen:%Y-%m-%d %H:%M} UTC")
    elif grant.revocation:
        notes += _unknown(records, "no way to ask is set up")
    if grant.scope.times is not None:
        _count(grant, records, now)
    return notes


def _unknown(records: Records, why: str) -> list[str]:
    if records.offline != "allow":
        _refuse(
            "revocation_unknown",
            f"Whether the grant was revoked cannot be learnt: {why or 'its list could not be fetched'}.",
            "Go online and try again; COUNTENANCE_REVOCATION_OFFLINE=allow takes the risk, and the file will say so.",
        )
    return ["revocation could not be checked"]


def _count(grant: Grant, records: Records, now: datetime) -> None:
    if records.usage is None:
        _refuse("count", "How often the grant was used is not known.", "Check: countenance ledger verify.")
    period, times = grant.scope.period, grant.scope.times or 0
    lost = records.usage.lost(grant.scope.counted_since(now) or grant.issued_at)
    if lost is not None and not grant.receipts:
        _refuse(
            "count",
            f"How often the grant was used is not known: entries of the ledger were lost (entered on {lost:%Y-%m-%d}).",
            "Ask for a new grant, or for one that names a use-receipt service.",
        )
    if records.usage.uses(grant.id, grant.scope.counted_since(now)) >= times:
        span = "" if period == "ever" else f" in this {period}"
        _refuse("count", f"The grant allows {times} renders{span}, and they are used up.", "Ask for more.")


def _refuse(code: str, why: str, remedy: str) -> NoReturn:
    raise PermissionRefused(why, remedy, code=f"permission.{code}")
