"""What a manifest says of the permissions of everybody in a render, and how those stand today. Values; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from countenance.permission.assurance import Assurance

PermissionState = Literal["unrevoked", "expired", "revoked", "unknown", "nothing-to-revoke"]
_WEAKEST_FIRST: tuple[PermissionState, ...] = ("revoked", "expired", "unknown", "unrevoked", "nothing-to-revoke")


@dataclass(frozen=True, slots=True)
class PermissionAssertion:
    """What the manifest says of the permission; no personal data. `assurances` is empty in files made before there
    were any: they rest on the maker's word. `kind` and `grant_sha256` are the first person's, `grants` everybody's.
    `script`: topics of its words that somebody confirmed."""

    permit: str
    use: str
    kind: str
    basis: str
    grant_sha256: str
    assurances: tuple[Assurance, ...] = ()
    grants: tuple[str, ...] = ()
    script: tuple[str, ...] = ()

    @property
    def rests_on(self) -> tuple[tuple[str, str], ...]:
        """Kind and SHA-256 hex of every grant or claim that is named; of one whose kind is not said, `subject`."""
        named = {self.grant_sha256: self.kind}
        for one in self.assurances:
            named.setdefault(one.grant_sha256, one.kind)
        for grant in self.grants:
            named.setdefault(grant, "subject")
        return tuple((kind, grant) for grant, kind in named.items() if grant or len(named) == 1)


@dataclass(frozen=True, slots=True)
class PermissionFinding:
    """How the permission stands today.

    Attributes:
        state: unrevoked (no revocation is known here), expired, revoked, unknown, or nothing-to-revoke (by the maker's
            word it rests on nobody's consent).
        kind, basis: of the permission: self, subject, guardian, estate, public-domain, synthetic; and a sentence.
        grant_sha256: of the grant.
        since: since when it is expired or revoked, aware UTC.
        reason: in plain words.
        each: where it rests on several grants, how each of them stands; the rest is then of the weakest.
    """

    state: PermissionState
    kind: str = ""
    basis: str = ""
    grant_sha256: str = ""
    since: datetime | None = None
    reason: str = ""
    each: tuple[PermissionFinding, ...] = ()

    @staticmethod
    def weakest(found: Sequence[PermissionFinding]) -> PermissionFinding:
        """All of them as one: no stronger than the weakest."""
        least = min(found, key=lambda one: _WEAKEST_FIRST.index(one.state))
        return least if len(found) == 1 else replace(least, each=tuple(found))
