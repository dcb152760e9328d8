"""How the permission stands that a manifest names, and who vouches for each likeness. Knows nothing of marks."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from countenance.permission.assurance import KINDS, Assessed, Assurance, assess
from countenance.permission.trust_list import TrustList
from countenance.verify.credentials import beside, signing_certificate
from countenance.verify.findings import ManifestFinding, PermissionFinding
from countenance.verify.permission_status import NEEDS_NOBODY
from countenance.verify.record import Record, RecordFinding

SECONDS = 5.0
"""For finding out who signed."""


def stated_permission(
    word: ManifestFinding, found: RecordFinding | None, record: Record, now: datetime
) -> PermissionFinding | None:
    """How the permission that a manifest names stands today."""
    said = word.permission
    if said is None:
        return None
    standing = None if found is None else record.standing(found, said, now)
    if standing is not None:
        return standing
    return PermissionFinding.weakest([_unasked(kind, said.basis, grant) for kind, grant in said.rests_on])


def _unasked(kind: str, basis: str, grant: str) -> PermissionFinding:
    if kind in NEEDS_NOBODY:
        reason = "The maker says that it rests on nobody's consent."
        return PermissionFinding("nothing-to-revoke", kind, basis, grant, None, reason)
    reason = "The manifest names it; no record that was asked knows how it stands."
    return PermissionFinding("unknown", kind, basis, grant, None, reason)


def vouching(
    word: ManifestFinding,
    path: Path | None,
    found: RecordFinding | None,
    manifest: ManifestFinding,
    trusted: TrustList,
    now: datetime,
) -> tuple[Assessed, ...]:
    """Who vouches for each likeness, as far as this verifier can check it itself."""
    said = word.permission
    if said is None:
        return ()
    entries = said.assurances or (Assurance("shown", said.kind if said.kind in KINDS else "subject"),)
    signed_with = ""
    if any(one.level == "authority" or one.consent for one in entries):
        until = time.monotonic() + SECONDS
        if word is manifest and path is not None:
            signed_with = signing_certificate(path, beside(path, word), word, until=until)
        elif found is not None:
            signed_with = signing_certificate(None, found.store, word, until=until)
    return assess(
        entries,
        trusted if signed_with else TrustList(),
        now,
        grants=(said.grant_sha256, *said.grants),
        permit=said.permit,
        use=said.use,
        signed_with=signed_with,
        made_at=word.signed_at if word.time_trusted else None,
    )
