"""Bodies of entries out of the values that rooms have in hand: what is told of a grant, a permit, a review. Pure.

The one place that decides what of each gets into the ledger; everything that could name somebody is left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from countenance.permission.ledger.kinds import identity_hash
from countenance.permission.permit import Permit
from countenance.permission.reviews import Review
from countenance.permission.revocation_list import SignedList
from countenance.permission.scripts import Topic
from countenance.permission.signed_grant import SignedGrant


def grant_body(signed: SignedGrant) -> dict[str, Any]:
    """A grant that was given, received or taken over."""
    grant = signed.grant
    said: dict[str, Any] = {
        "grant": grant.id,
        "grant_sha256": signed.sha256,
        "kind": grant.kind,
        "issuer_sha256": identity_hash(grant.issuer),
        "uses": list(grant.scope.uses),
        "begins": grant.begins,
        "ends": grant.ends,
        "period": grant.scope.period,
    }
    return said if grant.scope.times is None else said | {"times": grant.scope.times}


def permit_bodies(permit: Permit) -> list[tuple[dict[str, Any], int | None, datetime | None]]:
    """A permit for each grant that it uses, with what `Usage.reserve_all` counts by; one without where it uses none."""
    if not permit.uses:
        return [(permit_body(permit, permit.grant_id or None), permit.times, permit.counted_since)]
    return [
        (
            permit_body(permit, one.grant) | {"grant_sha256": one.grant_sha256, "kind": one.kind, "use": one.use},
            one.times,
            one.since,
        )
        for one in permit.uses
    ]


def render_bodies(permit: Permit, said: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """How a render ended, as `render_body` says it, for each grant that was used."""
    uses = [{"grant": one.grant, "grant_sha256": one.grant_sha256, "use": one.use} for one in permit.uses]
    return [("render", said | its) for its in uses or [{}]]


def permit_body(permit: Permit, grant: str | None = None) -> dict[str, Any]:
    """A permit, and the number (`jti`) of the grant it uses; None for the public domain."""
    said: dict[str, Any] = {
        "permit": permit.id,
        "grant_sha256": permit.grant_hash,
        "kind": permit.kind,
        "use": permit.use,
        "inputs": dict(permit.inputs),
        "expires": int(permit.expires_at.timestamp()),
    }
    if permit.assurances:
        said["assurances"] = [
            {"role": one.role, "kind": one.kind, "level": one.level}
            | ({"claim": one.statement} if one.kind in ("public-domain", "synthetic") else {})
            for one in permit.assurances
        ]
    if permit.script is not None and (permit.script.topics or not permit.script.looked_at):
        said["script"] = {"topics": list(permit.script.topics), "looked_at": permit.script.looked_at}
        said["script"] |= {"confirmed": permit.script.digest} if permit.script.confirmed else {}
    return said if grant is None else said | {"grant": grant}


def render_body(
    permit: Permit,
    grant: str | None,
    *,
    file_sha256: str | None = None,
    media_type: str | None = None,
    payload: int | None = None,
    manifest: str | None = None,
    failed: str | None = None,
    incomplete: bool = False,
    receipts: Sequence[str] = (),
) -> dict[str, Any]:
    """How a render ended.

    Args:
        permit, grant: as they were entered.
        file_sha256, media_type, payload, manifest: of the file that left.
        failed: the error's code where no file was finished.
        incomplete: whether something was encoded before it failed.
        receipts: SHA-256 hex of those that use-receipt services gave for it.
    """
    said: dict[str, Any] = {
        "permit": permit.id,
        "grant": grant,
        "grant_sha256": permit.grant_hash,
        "use": permit.use,
        "outcome": "done" if failed is None else "incomplete" if incomplete else "failed",
        "file_sha256": file_sha256,
        "media_type": media_type,
        "payload": None if payload is None else f"{payload:016x}",
        "manifest": manifest,
        "reason": failed,
        "receipts": list(receipts) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def session_body(
    permit: Permit, payload: int, reason: str, seconds: int, frames: int, script: Sequence[Topic] = ()
) -> dict[str, Any]:
    """How a live session ended.

    Args:
        permit: as it was entered.
        payload: of its marks, 64-bit.
        reason: a code: `closed`, or that of the error which ended it.
        seconds, frames: how long it ran, and how many frames left.
        script: what was found in words that were said in it, each once somebody had confirmed them.
    """
    said: dict[str, Any] = {
        "permit": permit.id,
        "use": permit.use,
        "payload": f"{payload:016x}",
        "reason": reason,
        "seconds": seconds,
        "frames": frames,
    }
    return said | {"script": list(script)} if script else said


def revocation_body(signed: SignedList, grant: str) -> dict[str, Any]:
    """A grant that a list takes back. ValueError where it does not."""
    found = signed.list.find(grant)
    if found is None:
        raise ValueError(f"the list does not revoke {grant}")
    return {
        "grant": grant,
        "list_sha256": signed.document.sha256,
        "number": signed.list.number,
        "since": found.since,
    }


def review_body(review: Review, grant: str | None = None) -> dict[str, Any]:
    """A person's word on a likeness."""
    said: dict[str, Any] = {
        "grant_sha256": review.grant,
        "picture": review.picture,
        "template": review.template,
        "distance": round(review.distance * 10_000),
        "same_person": review.same_person,
        "reviewer_sha256": identity_hash(review.reviewer),
    }
    return said if grant is None else said | {"grant": grant}


def deletion_body(what: str, sha256: str, why: str, grant: str | None = None) -> dict[str, Any]:
    """Something that was deleted; see `kinds.DeletionBody` for the words."""
    said: dict[str, Any] = {"what": what, "sha256": sha256, "why": why}
    return said if grant is None else said | {"grant": grant}
