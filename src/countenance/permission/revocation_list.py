"""A signed list of grants that were taken back: schema, reading, and making the next one. Pure but for the signature.

The list is a compact JWS by the signer of the grants. Its number only grows, each list holds all that the one before
held while those grants would still run, and it says until when it holds, so that an old list cannot pass for new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from countenance.errors import PermissionRefused
from countenance.permission.confusables import unsafe
from countenance.permission.grant import Hex32, Instant, SignerDid, first_fault
from countenance.permission.jws import SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer

TYPE = "countenance-revocations+jwt"
SCHEMA = "countenance.revocations/1"
SKEW = timedelta(minutes=5)  # how far two honest clocks may differ
_FOR_EVER = 253_402_300_799


def _words(value: str) -> str:
    if (why := unsafe(value)) is not None:
        raise ValueError(why)
    return value


class RevokedGrant(BaseModel):
    """A grant that was taken back: its number, since when, when it would have ended, and why, in the signer's words."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True
    )

    grant: Annotated[Hex32, Field(alias="jti")]
    since: Annotated[Instant, Field(alias="at")]
    ends: Annotated[Instant, Field(alias="exp")] = _FOR_EVER
    reason: Annotated[str, AfterValidator(_words)] = ""

    @property
    def since_at(self) -> datetime:
        """Since when, aware UTC."""
        return datetime.fromtimestamp(self.since, UTC)


class RevocationList(BaseModel):
    """What a list says. Times are seconds since 1970, UTC; `next` is when a newer one is promised at the latest."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Annotated[Literal["countenance.revocations/1"], Field(alias="schema")]
    issuer: Annotated[SignerDid, Field(alias="iss")]
    number: Annotated[int, Field(ge=1, le=2**53)]
    issued: Annotated[Instant, Field(alias="iat")]
    next: Instant
    revoked: tuple[RevokedGrant, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.next <= self.issued:
            raise ValueError("the next list is promised before this one")
        if len({one.grant for one in self.revoked}) != len(self.revoked):
            raise ValueError("a grant stands twice")
        return self

    @property
    def issued_at(self) -> datetime:
        """When it was signed, aware UTC."""
        return datetime.fromtimestamp(self.issued, UTC)

    @property
    def next_at(self) -> datetime:
        """Until when it holds, aware UTC."""
        return datetime.fromtimestamp(self.next, UTC)

    def find(self, grant_id: str) -> RevokedGrant | None:
        """What it says of a grant."""
        return next((one for one in self.revoked if one.grant == grant_id), None)


@dataclass(frozen=True)
class SignedList:
    """A list whose signature holds.

    Attributes:
        list: what it says.
        document: as signed.
    """

    list: RevocationList
    document: SignedDocument

    def follows(self, older: SignedList, now: datetime) -> str | None:
        """Why this cannot come after `older`, in a few words; None where it can."""
        if self.list.number < older.list.number:
            return f"it is number {self.list.number}, and number {older.list.number} was seen before"
        if self.list.number == older.list.number and self.document.payload != older.document.payload:
            return f"there are two different lists of the number {self.list.number}"
        if self.list.issued < older.list.issued:
            return "it was signed before one that was seen"
        still = {one.grant for one in older.list.revoked if one.ends > now.timestamp()}
        if forgotten := still - {one.grant for one in self.list.revoked}:
            return f"it leaves out {len(forgotten)} grants that were revoked"
        return None


def read_list(text: str | bytes, issuer: str, now: datetime | None = None) -> SignedList:
    """Check form and signature of a list.

    Args:
        text: compact JWS.
        issuer: did:key that must have signed it.
        now: aware, UTC; a list signed later is refused. None for one that was accepted before.

    Raises:
        PermissionRefused: permission.revocation_list, and the codes of `signing.open_document`.
    """
    document = open_document(text, TYPE, passkeys=True)
    try:
        said = RevocationList.model_validate_json(document.payload)
    except ValidationError as error:
        raise _bad(f"it does not say what such a list says ({first_fault(error)})") from error
    if document.issuer != issuer or said.issuer != issuer:
        raise _bad("it was signed by another key than the grant's signer")
    if now is not None and said.issued_at > now + SKEW:
        raise _bad("it was signed in the future")
    return SignedList(said, document)


def next_list(
    signer: Signer,
    older: SignedList | None,
    revoke: Sequence[RevokedGrant],
    *,
    now: datetime,
    valid: timedelta,
) -> SignedList:
    """The list that follows `older`: what it held, without grants that have ended by themselves, and what is added.

    A grant that stands in `older` keeps the time and the words of its first revocation.

    Raises:
        PermissionRefused: permission.size, where there are too many for one list.
    """
    said = next_said(signer.identity.did, older, revoke, now=now, valid=valid)
    document = sign_document(said, signer, TYPE)
    return SignedList(RevocationList.model_validate_json(document.payload), document)


def next_said(
    issuer: str, older: SignedList | None, revoke: Sequence[RevokedGrant], *, now: datetime, valid: timedelta
) -> dict[str, Any]:
    """What the list says that follows `older`, not signed yet: for those whose key is not here. As `next_list`."""
    kept = [] if older is None else [one for one in older.list.revoked if one.ends > now.timestamp()]
    known = {one.grant for one in kept}
    for one in revoke:
        if one.grant not in known:
            kept.append(one)
            known.add(one.grant)
    issued = int(now.timestamp())
    if older is not None:
        issued = max(issued, older.list.issued)  # a clock set back does not make a list older
    return {
        "schema": SCHEMA,
        "iss": issuer,
        "number": 1 if older is None else older.list.number + 1,
        "iat": issued,
        "next": issued + int(valid.total_seconds()),
        "revoked": [one.model_dump(by_alias=True, exclude_defaults=True) for one in kept],
    }


def _bad(why: str) -> PermissionRefused:
    return PermissionRefused(
        f"The revocation list is not accepted: {why}.",
        "Ask the grant's signer to publish it again: countenance permission revoke.",
        code="permission.revocation_list",
    )
