"""What maker and service say to each other, each a compact JWS by its own key; see `permission.signing`. Pure.

    use        the maker: I am about to make one thing under this grant
    receipt    the service: that is use number n, so many are left
    release    the maker: nothing came of it
    released   the service: it does not count

None of them names a person or a file: a receipt is meant for public manifests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from countenance.errors import PermissionRefused
from countenance.permission.grant import Did, Hex32, Instant, Sha256, first_fault
from countenance.permission.jws import SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer

USE = "countenance-use+jwt"
RECEIPT = "countenance-use-receipt+jwt"
RELEASE = "countenance-use-release+jwt"
RELEASED = "countenance-use-released+jwt"
Word = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,32}\z")]


class _Part(BaseModel):
    """Times are seconds since 1970, UTC."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: Annotated[Did, Field(alias="iss")]
    issued: Annotated[Instant, Field(alias="iat")]
    grant_sha256: Sha256
    permit: Hex32


class UseRequest(_Part):
    """Asks for a receipt."""

    use: Word


class Receipt(_Part):
    """A use that was counted.

    Attributes:
        n: the how-manieth of this grant's receipts.
        times: how many uses the grant allows in its period; None for any number.
        times_left: how many of them remain, this one taken off.
    """

    use: Word
    n: Annotated[int, Field(ge=1)]
    times: Annotated[int, Field(ge=1)] | None = None
    times_left: Annotated[int, Field(ge=0)] | None = None

    @property
    def at(self) -> datetime:
        """When it was counted, aware UTC, by the service's clock."""
        return datetime.fromtimestamp(self.issued, UTC)


class Release(_Part):
    """Gives a use back: the maker's word that no file came of it."""

    receipt_sha256: Sha256


_Said = TypeVar("_Said", UseRequest, Receipt, Release)


@dataclass(frozen=True)
class SignedReceipt:
    """A receipt whose form and signature hold; whether its key is the grant's service is for whoever asks."""

    receipt: Receipt
    document: SignedDocument


def sign_use(signer: Signer, *, grant_sha256: str, permit: str, use: str, now: datetime) -> SignedDocument:
    """A request for a receipt."""
    said = {**_said(signer, grant_sha256, permit, now), "use": use}
    return sign_document(said, signer, USE)


def read_use(text: str) -> UseRequest:
    """Raises PermissionRefused: as `signing.open_document`; permission.schema, permission.issuer."""
    return _read(UseRequest, text, USE)[0]


def sign_receipt(
    signer: Signer,
    *,
    grant_sha256: str,
    permit: str,
    use: str,
    n: int,
    times: int | None,
    times_left: int | None,
    now: datetime,
) -> SignedReceipt:
    """A receipt. Arguments as Receipt's attributes."""
    said = {**_said(signer, grant_sha256, permit, now), "use": use, "n": n, "times": times, "times_left": times_left}
    return read_receipt(sign_document(said, signer, RECEIPT).text)


def read_receipt(text: str) -> SignedReceipt:
    """Raises PermissionRefused: as `signing.open_document`; permission.schema, permission.issuer."""
    return SignedReceipt(*_read(Receipt, text, RECEIPT))


def sign_release(signer: Signer, receipt: SignedReceipt, now: datetime) -> SignedDocument:
    """A use given back."""
    one = receipt.receipt
    said = {**_said(signer, one.grant_sha256, one.permit, now), "receipt_sha256": receipt.document.sha256}
    return sign_document(said, signer, RELEASE)


def read_release(text: str) -> Release:
    """Raises PermissionRefused: as `signing.open_document`; permission.schema, permission.issuer."""
    return _read(Release, text, RELEASE)[0]


def sign_released(signer: Signer, release: Release, now: datetime) -> SignedDocument:
    """The service's word that a use does not count."""
    said = {
        **_said(signer, release.grant_sha256, release.permit, now),
        "receipt_sha256": release.receipt_sha256,
    }
    return sign_document(said, signer, RELEASED)


def _said(signer: Signer, grant_sha256: str, permit: str, now: datetime) -> dict[str, Any]:
    return {
        "iss": signer.identity.did,
        "iat": int(now.timestamp()),
        "grant_sha256": grant_sha256,
        "permit": permit,
    }


def _read(model: type[_Said], text: str, typ: str) -> tuple[_Said, SignedDocument]:
    document = open_document(text, typ)
    try:
        said = model.model_validate_json(document.payload, strict=True)
    except ValidationError as error:
        raise PermissionRefused(
            f"The document is not of the form that is taken: {first_fault(error)}.",
            "Use the same release of Countenance on both sides.",
            code="permission.schema",
        ) from error
    if said.issuer != document.issuer:
        raise PermissionRefused(
            "The document is signed by another key than the one it names.", code="permission.issuer"
        )
    return said, document
