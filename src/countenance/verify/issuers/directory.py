"""The directory of issuers: who has which number in marks, with which keys, and where their records can be asked.

    compact JWS (Ed25519, as grants) of
    {"version": 1, "sequence": 7, "issued": "…", "expires": "…",
     "issuers": [{"number": "0a1b2c", "name": "…", "contact": "…", "resolver": "https://…" or null,
                  "keys": [{"did": "did:key:…", "not_before": "…", "not_after": "…" or null, "revoked": "…" or null}]}]}

A resolver is a C2PA Soft Binding Resolution API that also signs what it has on record (`record_statement`). An issuer
without one is a computer that never goes online: the directory says whom to ask. Pure.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from countenance.errors import CountenanceError, ProvenanceError
from countenance.marking.issuer_part import LOWEST
from countenance.permission.confusables import skeleton, unsafe, unsafe_name
from countenance.permission.did import decode_did
from countenance.permission.jws import SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer

TYPE = "countenance-issuer-directory+jwt"
LONGEST = 1 << 20
"""Bytes of a directory: some thousand issuers, read in half a second."""
LONGEST_VALID = timedelta(days=400)
SKEW = timedelta(minutes=10)
_AGAIN = "Ask its publisher for the directory again, or fetch it: countenance issuers update."
_MOST_KEYS = 32
_LONGEST_NAME = 80  # characters: names are told in whole, and no two that differ only later

Number = Annotated[str, StringConstraints(pattern="^[0-9a-f]{6}$")]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IssuerKey(_Document):
    """A key that an issuer signs what it has on record with.

    Attributes:
        did: did:key of it.
        not_before, not_after: when it signs; no end where `not_after` is None.
        revoked: since when it may be in others' hands: nothing counts that was signed from then on.
    """

    did: str
    not_before: AwareDatetime
    not_after: AwareDatetime | None = None
    revoked: AwareDatetime | None = None

    @field_validator("did")
    @classmethod
    def _a_key(cls, did: str) -> str:
        try:
            decode_did(did)
        except CountenanceError as error:
            raise ValueError(error.message) from error
        return did

    def valid_at(self, when: datetime) -> bool:
        """Whether what is signed then counts."""
        ended = self.not_after is not None and when > self.not_after
        return self.not_before <= when and not ended and (self.revoked is None or when < self.revoked)


class Issuer(_Document):
    """Whose number it is.

    Attributes:
        number: six hexadecimal digits.
        name: as it is told to people.
        contact: whom to ask, in words: an address, a telephone number, a person's office.
        resolver: root of its Soft Binding Resolution API, https; None where nothing of it is online.
        keys: at least one where it has a resolver.
    """

    number: Number
    name: str
    contact: str
    resolver: str | None = None
    keys: tuple[IssuerKey, ...] = Field((), max_length=_MOST_KEYS)

    @property
    def value(self) -> int:
        """The number as payloads have it."""
        return int(self.number, 16)

    @field_validator("number")
    @classmethod
    def _can_be_borne(cls, number: str) -> str:
        if int(number, 16) < LOWEST:
            raise ValueError(f"issuers' numbers begin with {LOWEST:06x}")
        return number

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        why = unsafe_name(name) or (f"longer than {_LONGEST_NAME} characters" if len(name) > _LONGEST_NAME else None)
        if why is not None:
            raise ValueError(f"the name is {why}")
        return name

    @field_validator("contact")
    @classmethod
    def _plain_contact(cls, contact: str) -> str:
        if not contact or (why := unsafe(contact)) is not None:
            raise ValueError(f"the contact is {why if contact else 'empty'}")
        return contact

    @field_validator("resolver")
    @classmethod
    def _https(cls, resolver: str | None) -> str | None:
        return None if resolver is None else _address(resolver)

    def key(self, did: str) -> IssuerKey | None:
        """The key of this name, or None."""
        return next((one for one in self.keys if one.did == did), None)


class DirectoryContent(_Document):
    """What a directory's publisher writes before it is signed."""

    issuers: tuple[Issuer, ...] = ()

    @field_validator("issuers")
    @classmethod
    def _each_once(cls, issuers: tuple[Issuer, ...]) -> tuple[Issuer, ...]:
        seen: dict[str, str] = {}
        for one in issuers:
            if one.resolver is not None and not one.keys:
                raise ValueError(f"{one.name!r} has a resolver, but no key under which its answers would count")
            claims = {f"the number {one.number}", f"the name {one.name!r} or one that looks like it"}
            claims |= {f"the key {key.did}" for key in one.keys}
            if len({key.did for key in one.keys}) != len(one.keys):
                raise ValueError(f"{one.name!r} lists a key twice")
            for claim, mine in ((claim, _compared(claim, one.name)) for claim in sorted(claims)):
                if mine in seen:
                    raise ValueError(f"{seen[mine]!r} and {one.name!r} both have {claim}")
                seen[mine] = one.name
        return issuers


class Directory(DirectoryContent):
    """A directory as it was signed.

    Attributes:
        version: of this form.
        sequence: grows with each one of a publisher.
        issued, expires: aware; after `expires` it is not relied on.
        issuers: each number, name and key once.
    """

    version: int = Field(1, ge=1, le=1)
    sequence: int = Field(ge=1, lt=1 << 53)
    issued: AwareDatetime
    expires: AwareDatetime

    def find(self, number: int) -> Issuer | None:
        """Whose number it is, or None."""
        return next((one for one in self.issuers if one.value == number), None)

    def expired(self, now: datetime) -> bool:
        """Whether it is not to be relied on any more."""
        return now > self.expires


def read_directory(text: str | bytes, publisher: str, now: datetime) -> Directory:
    """What a signed directory says. One that has expired is read too: see `Directory.expired`.

    Args:
        text: compact JWS.
        publisher: did:key of whoever has to have signed it.
        now: aware.

    Raises:
        ProvenanceError: issuers.signature (signed by nobody, by somebody else, or changed), issuers.malformed,
            issuers.duplicate (two issuers with one number, name or key), issuers.date (from the future, or valid for
            longer than 400 days).
    """
    document = _opened(text)
    if document.issuer != publisher:
        raise ProvenanceError(
            f"The directory of issuers is signed by {document.issuer}, not by its publisher.",
            _AGAIN,
            code="issuers.signature",
        )
    found: Directory = _validated(Directory, document.said)
    valid = found.expires - found.issued
    if found.issued > now + SKEW or not timedelta(0) < valid <= LONGEST_VALID:
        raise ProvenanceError(
            f"The directory of issuers says that it was issued on {found.issued:%Y-%m-%d} and expires on "
            f"{found.expires:%Y-%m-%d}.",
            "Check this computer's clock; a directory is valid for at most 400 days from when it was issued.",
            code="issuers.date",
        )
    return found


def publisher_of(text: str | bytes) -> str:
    """The did:key of whoever signed a directory. Raises ProvenanceError: issuers.signature."""
    return _opened(text).issuer


def sign_directory(content: DirectoryContent, signer: Signer, *, sequence: int, now: datetime, valid: timedelta) -> str:
    """A directory as its publisher hands it out: compact JWS.

    Args:
        content: the issuers.
        sequence: greater than that of the one before.
        valid: until it expires, at most `LONGEST_VALID`.

    Raises:
        PermissionRefused: permission.size. ProvenanceError: issuers.date.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    directory = Directory(version=1, sequence=sequence, issued=now, expires=now + valid, issuers=content.issuers)
    text = sign_document(directory.model_dump(mode="json"), signer, TYPE, longest=LONGEST).text
    read_directory(text, signer.identity.did, now)
    return text


def read_draft(said: Any) -> DirectoryContent:
    """A draft: `{"issuers": […]}`. Raises ProvenanceError: issuers.malformed, issuers.duplicate."""
    found: DirectoryContent = _validated(DirectoryContent, said)
    return found


def _opened(text: str | bytes) -> SignedDocument:
    try:
        return open_document(text, TYPE, longest=LONGEST)
    except CountenanceError as error:
        raise ProvenanceError(
            f"This is no signed directory of issuers. {error.message}", _AGAIN, code="issuers.signature"
        ) from error


def _validated(model: type[DirectoryContent], said: Any) -> Any:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ascii(".".join(str(part) for part in first["loc"]))[1:-1]
        text = str(first["msg"]).removeprefix("Value error, ")
        twice = " both have " in text
        raise ProvenanceError(
            f"The directory of issuers cannot be read: {where}: {text}."[:500],
            "Each number, name and key belongs to one issuer; docs/issuers.md lists the fields.",
            code="issuers.duplicate" if twice else "issuers.malformed",
        ) from error


def _compared(claim: str, name: str) -> str:
    return f"name {skeleton(name)}" if claim.startswith("the name") else claim


def _address(address: str) -> str:
    """An address that can be asked with nothing but a number. Raises ValueError."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not host or parts.username or parts.password or parts.query or parts.fragment or len(address) > 500:
        raise ValueError("the resolver is no plain https address")
    if parts.scheme != "https" and not (parts.scheme == "http" and _this_machine(host)):
        raise ValueError("the resolver is no https address")
    return address.rstrip("/")


def _this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
