"""A credential: an authority signs that a key is this person's, for these kinds of grant, from then until then.

The form is SD-JWT VC (RFC 9901; draft-ietf-oauth-sd-jwt-vc) with its field names: `iss`, `iat`, `nbf`, `exp`, `vct`,
`sub` and `cnf.jwk` for the person's key, `_sd` and `_sd_alg`. The person's name is a disclosure beside it, so that the
signed part can stand in a public file without naming anybody:

    ada.credential      <compact JWS>~<disclosure of the name>~        travels beside a grant
    manifest            <compact JWS>                                  nobody reads a name in it

`kinds` is ours. Signatures and their form are `signing`'s. Pure but for the file.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from countenance.errors import BadOption, FileMissing, PermissionRefused
from countenance.permission.confusables import same_name, unsafe_name
from countenance.permission.did import decode_did, public_jwk
from countenance.permission.grant import Did, Hex32, Instant, first_fault
from countenance.permission.jws import LONGEST, SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer

TYPE = "dc+sd-jwt"
VCT = "urn:countenance:credential:likeness-signer:1"
SUFFIX = ".credential"
LONGEST_LIFE = timedelta(days=366 * 2)
Kind = Literal["subject", "guardian", "estate", "synthetic"]


def _some(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values or len(set(values)) != len(values):
        raise ValueError("none, or the same twice")
    return values


class Credential(BaseModel):
    """What the authority signs; times are seconds since 1970, UTC.

    Attributes:
        issuer: the authority's did:key.
        subject: the person's.
        confirmation: the same key as a JWK.
        kinds: of grants that the person may sign.
        disclosed: SHA-256 (base64url) of the disclosures, one: the name.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    type: Annotated[Literal["urn:countenance:credential:likeness-signer:1"], Field(alias="vct")]
    id: Annotated[Hex32, Field(alias="jti")]
    issuer: Annotated[Did, Field(alias="iss")]
    subject: Annotated[Did, Field(alias="sub")]
    issued: Annotated[Instant, Field(alias="iat")]
    begins: Annotated[Instant, Field(alias="nbf")]
    ends: Annotated[Instant, Field(alias="exp")]
    confirmation: Annotated[dict[str, dict[str, str]], Field(alias="cnf")]
    kinds: Annotated[tuple[Kind, ...], AfterValidator(_some)]
    disclosed: Annotated[tuple[str, ...], Field(alias="_sd", min_length=1, max_length=1)]
    hash: Annotated[Literal["sha-256"], Field(alias="_sd_alg")]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.confirmation != {"jwk": public_jwk(self.subject)}:
            raise ValueError("cnf is another key than sub")
        if self.ends <= self.begins or self.ends - self.begins > LONGEST_LIFE.total_seconds():
            raise ValueError("it is valid for no time, or for more than two years")
        if self.subject == self.issuer:
            raise ValueError("an authority does not vouch for its own key")
        return self

    def valid_at(self, when: datetime) -> bool:
        """Whether it holds then (aware)."""
        return self.begins <= when.timestamp() < self.ends

    def covers(self, kind: str) -> bool:
        """Whether the person may sign a grant of this kind; a grant to oneself is one of the person shown."""
        return ("subject" if kind == "self" else kind) in self.kinds


@dataclass(frozen=True)
class SignedCredential:
    """A credential whose form and signature hold; whether its issuer is trusted is for whoever reads it.

    Attributes:
        credential: what it says.
        document: the signed part, which names nobody.
        disclosure: of the name, base64url; empty where it did not come along.
    """

    credential: Credential
    document: SignedDocument
    disclosure: str = ""

    @property
    def name(self) -> str:
        """The person, as the authority knows them; empty without the disclosure."""
        return _name_in(self.disclosure) if self.disclosure else ""

    @property
    def text(self) -> str:
        """What lies in a file: signed part and disclosure."""
        return f"{self.document.text}~{self.disclosure}~" if self.disclosure else f"{self.document.text}~"


def issue_credential(
    signer: Signer, subject: str, name: str, kinds: tuple[str, ...], days: int, now: datetime | None = None
) -> SignedCredential:
    """Sign a person's key.

    Args:
        signer: the authority.
        subject: the person's did:key.
        name: as their grants name them.
        kinds: of grants they may sign.
        days: for how long, 731 at most.

    Raises:
        PermissionRefused: permission.identity. BadOption: what may not stand in a credential.
    """
    decode_did(subject)
    if (why := unsafe_name(name)) is not None:
        raise BadOption(f"The name {name!r} cannot stand in a credential: {why}.", "Write it plainly.")
    now = now or datetime.now(UTC)
    salt = urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    disclosure = _b64(json.dumps([salt, "name", name], ensure_ascii=False).encode())
    said = {
        "vct": VCT,
        "jti": secrets.token_hex(16),
        "iss": signer.identity.did,
        "sub": subject,
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(days=days)).timestamp()),
        "cnf": {"jwk": public_jwk(subject)},
        "kinds": list(kinds),
        "_sd": [_digest(disclosure)],
        "_sd_alg": "sha-256",
    }
    try:
        Credential.model_validate_json(json.dumps(said), strict=True)
    except ValidationError as error:
        raise BadOption(f"This cannot stand in a credential: {first_fault(error)}.", "Write it differently.") from error
    return read_credential(f"{sign_document(said, signer, TYPE).text}~{disclosure}~")


def read_credential(text: str | bytes) -> SignedCredential:
    """Open a credential, with or without the disclosure of the name.

    Raises:
        PermissionRefused: as `signing.open_document`, and permission.schema, permission.issuer.
    """
    plain = text if isinstance(text, str) else text[: LONGEST + 1].decode("ascii", "replace")
    signed, *disclosures = plain.strip().split("~")
    document = open_document(signed, TYPE)
    try:
        credential = Credential.model_validate_json(document.payload, strict=True)
    except ValidationError as error:
        raise _refused(first_fault(error)) from error
    if credential.issuer != document.issuer:
        raise PermissionRefused(
            "The credential was signed by another key than the authority it names.",
            "Ask the authority for it again.",
            code="permission.issuer",
        )
    shown = [one for one in disclosures if one]
    if len(shown) > 1 or (shown and _digest(shown[0]) not in credential.disclosed):
        raise _refused("the name beside it is not the one that was signed")
    if shown:
        _name_in(shown[0])
    return SignedCredential(credential, document, shown[0] if shown else "")


def load_credential(path: Path) -> SignedCredential:
    """Read a credential's file. Raises FileMissing; PermissionRefused as `read_credential`."""
    if not path.is_file():
        raise FileMissing(f"There is no credential {path}.")
    with path.open("rb") as file:
        return read_credential(file.read(LONGEST + 1))


def credential_beside(grant: Path) -> SignedCredential | None:
    """The credential that lies beside a grant under the same name, if there is one. Raises as `read_credential`."""
    path = grant.with_suffix(SUFFIX)
    return load_credential(path) if path.is_file() else None


def names(signed: SignedCredential, name: str) -> bool:
    """Whether a credential, with its disclosure, is of somebody of this name."""
    return bool(signed.name) and same_name(signed.name, name)


def _name_in(disclosure: str) -> str:
    try:
        said = json.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
        salt, key, name = said
        if key != "name" or not isinstance(salt, str) or not isinstance(name, str) or unsafe_name(name):
            raise ValueError
    except (ValueError, TypeError, RecursionError) as error:
        raise _refused("the name beside it cannot be read") from error
    return name


def _digest(disclosure: str) -> str:
    return _b64(hashlib.sha256(disclosure.encode("ascii", "replace")).digest())


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _refused(why: str) -> PermissionRefused:
    return PermissionRefused(
        f"The credential is not of the form that is taken: {why}.",
        "Ask the authority to make it with `countenance permission credential issue`.",
        code="permission.schema",
    )
