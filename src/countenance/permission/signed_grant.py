"""A grant with its signature: what lies in `grant.jwt`. Made by the one who allows, read by who must check."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from countenance.errors import EmptyFile, FileMissing, PermissionRefused
from countenance.permission.grant import Grant, first_fault
from countenance.permission.jws import LONGEST, SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer

TYPE = "countenance-grant+jwt"
SKEW = timedelta(minutes=5)
LONGEST_LIFE = timedelta(days=366 * 30)


@dataclass(frozen=True)
class SignedGrant:
    """A grant whose form, signature and dates hold. Whether its signer may grant this is for the policy.

    Attributes:
        grant: what it says.
        document: the JWS it was read from.
    """

    grant: Grant
    document: SignedDocument

    @property
    def sha256(self) -> str:
        """SHA-256 hex of the compact JWS: the grant's hash everywhere."""
        return self.document.sha256


def sign_grant(grant: Grant, signer: Signer) -> SignedGrant:
    """Sign a grant.

    Raises:
        PermissionRefused: permission.issuer, where the grant names another issuer; as `read_grant`.
    """
    if grant.issuer != signer.identity.did:
        raise _not_the_issuer()
    return read_grant(sign_document(grant_said(grant), signer, TYPE).text)


def grant_said(grant: Grant) -> dict[str, Any]:
    """What of a grant is signed, JSON-serialisable."""
    said: dict[str, Any] = json.loads(grant.model_dump_json(by_alias=True, exclude_defaults=False))
    if not grant.receipts:  # as grants were before there were services; older releases read them
        del said["receipts"], said["receipts_key"]
    return said


def read_grant(text: str | bytes, now: datetime | None = None) -> SignedGrant:
    """Open a grant and check its form, signature and dates of making.

    Args:
        text: compact JWS.
        now: aware, UTC; the clock by default.

    Raises:
        PermissionRefused: as `signing.open_document`, and permission.schema, permission.issuer, permission.future.
    """
    document = open_document(text, TYPE, passkeys=True)
    try:
        grant = Grant.model_validate_json(document.payload, strict=True)
    except ValidationError as error:
        raise PermissionRefused(
            f"The grant is not of the form that is taken: {first_fault(error)}.",
            "Ask the signer to make it with `countenance permission sign`.",
            code="permission.schema",
        ) from error
    if grant.issuer != document.issuer:
        raise _not_the_issuer()
    now = now or datetime.now(UTC)
    if grant.issued_at > now + SKEW:
        raise PermissionRefused(
            f"The grant says it was signed on {grant.issued_at:%Y-%m-%d %H:%M} UTC, which is yet to come.",
            "Check this machine's clock; otherwise ask for a grant with the right date.",
            code="permission.future",
        )
    if grant.ends_at - grant.begins_at > LONGEST_LIFE:
        raise PermissionRefused(
            "The grant is for longer than thirty years.",
            "Ask for a shorter one; it can be renewed.",
            code="permission.schema",
        )
    return SignedGrant(grant, document)


def load_grant(path: Path, now: datetime | None = None) -> SignedGrant:
    """Read a grant's file.

    Raises:
        FileMissing, EmptyFile; PermissionRefused as `read_grant`.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no grant {path}.")
    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if not data.strip():
        raise EmptyFile(f"{path} is empty.")
    return read_grant(data, now)


def _not_the_issuer() -> PermissionRefused:
    return PermissionRefused(
        "The grant was signed by another key than the issuer it names.",
        "Ask the issuer to sign it with the key the grant names.",
        code="permission.issuer",
    )
