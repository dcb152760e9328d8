"""Handing a grant on, where the subject allows it: the grantee names, with their key, one who may use it as well.

    grant.jwt  grant.handover  grant.face      lie beside each other under one name

Nobody who got a grant by a handover can hand it on again. Pure but for the file.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from countenance.errors import PermissionRefused
from countenance.permission.grant import Did, Hex32, Instant, Party, Sha256, first_fault
from countenance.permission.jws import LONGEST, SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer
from countenance.permission.signed_grant import SKEW, SignedGrant

TYPE = "countenance-handover+jwt"
SCHEMA = "countenance.handover/1"
SUFFIX = ".handover"


class Handover(BaseModel):
    """What a grantee signs: this grant may be used by that party as well, from now until it ends.

    Attributes:
        issuer: the grant's grantee.
        grant: SHA-256 of the grant.
        to: who may use it.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Annotated[Literal["countenance.handover/1"], Field(alias="schema")]
    id: Annotated[Hex32, Field(alias="jti")]
    issuer: Annotated[Did, Field(alias="iss")]
    issued: Annotated[Instant, Field(alias="iat")]
    grant: Sha256
    to: Party


@dataclass(frozen=True)
class SignedHandover:
    """A handover whose form and signature hold."""

    handover: Handover
    document: SignedDocument


def hand_over(signed: SignedGrant, to: Party, signer: Signer) -> SignedHandover:
    """Name one who may use a grant as well.

    Raises:
        PermissionRefused: permission.sharing, where the grant does not allow it, or the signer is not its grantee.
    """
    if not signed.grant.scope.sharing:
        raise PermissionRefused(
            "The grant may not be handed on.",
            "Ask the subject for a grant to the other party.",
            code="permission.sharing",
        )
    if signer.identity.did != signed.grant.audience:
        raise PermissionRefused(
            "Only whom the grant was given to may hand it on.", "Ask them to do it.", code="permission.sharing"
        )
    said = {
        "schema": SCHEMA,
        "jti": secrets.token_hex(16),
        "iss": signer.identity.did,
        "iat": int(datetime.now(UTC).timestamp()),
        "grant": signed.sha256,
        "to": {"name": to.name, "did": to.did},
    }
    return read_handover(sign_document(said, signer, TYPE).text)


def read_handover(text: str | bytes) -> SignedHandover:
    """Open a handover.

    Raises:
        PermissionRefused: as `signing.open_document`, and permission.schema, permission.issuer.
    """
    document = open_document(text, TYPE)
    try:
        handover = Handover.model_validate_json(document.payload, strict=True)
    except ValidationError as error:
        raise PermissionRefused(
            f"The handover is not of the form that is taken: {first_fault(error)}.",
            "Ask for it to be made anew: countenance permission share.",
            code="permission.schema",
        ) from error
    if handover.issuer != document.issuer:
        raise PermissionRefused(
            "The handover was signed by another key than it names.", "Ask for it anew.", code="permission.issuer"
        )
    return SignedHandover(handover, document)


def handover_beside(grant: Path) -> SignedHandover | None:
    """The handover that lies beside a grant under the same name, if there is one. Raises as `read_handover`."""
    path = grant.with_suffix(SUFFIX)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_handover(file.read(LONGEST + 1))


def users_of(signed: SignedGrant, handed: SignedHandover | None, now: datetime) -> tuple[str, ...]:
    """The identities that may use a grant.

    Raises:
        PermissionRefused: permission.sharing, where the handover is none of this grant's.
    """
    if handed is None:
        return (signed.grant.audience,)
    one = handed.handover
    right = one.issuer == signed.grant.audience and one.grant == signed.sha256 and signed.grant.scope.sharing
    if not right or one.issued > (now + SKEW).timestamp():
        raise PermissionRefused(
            "The handover beside the grant does not belong to it, or the grant may not be handed on.",
            "Ask the grantee for the right one, or the subject for a grant of your own.",
            code="permission.sharing",
        )
    return (signed.grant.audience, one.to.did)
