"""The only place a Permit is minted. Knows nothing of pictures' contents, of engines or of marks."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from countenance.errors import PermissionRefused
from countenance.files import sha256_file
from countenance.permission.permit import Permit, seal_of
from countenance.permission.public_domain import BASES, PublicDomainClaim

PERMIT_LIFE = timedelta(hours=24)
PUBLIC_DOMAIN_USES = ("animate", "speak")


def authorise(*, use: str, inputs: Mapping[str, Path], claim: PublicDomainClaim | None) -> Permit:
    """A permit for this use of these inputs, or a refusal.

    Args:
        use: animate, dub, swap, …
        inputs: role (source, driver, plate, voice) → file.
        claim: on what it rests.

    Raises:
        PermissionRefused.
    """
    if claim is None:
        raise PermissionRefused(
            "Nobody has permitted this likeness to be used.",
            'Say why it may be: --public-domain "Work, author, year".',
            code="permission.missing",
        )
    claim.check()
    if use not in PUBLIC_DOMAIN_USES:
        raise PermissionRefused(f"Public-domain likenesses may not be used to {use}.", code="permission.use")
    now = datetime.now(UTC)
    permit = Permit(
        id=secrets.token_hex(16),
        use=use,
        kind="public-domain",
        basis=f"public-domain work: {BASES[claim.basis]}",
        grant_hash=claim.hash,
        inputs={role: sha256_file(path) for role, path in inputs.items()},
        issued_at=now,
        expires_at=now + PERMIT_LIFE,
    )
    return replace(permit, seal=seal_of(permit))
