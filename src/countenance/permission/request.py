"""A request for a grant: what somebody would like to be allowed, signed by them, so that the subject sees who asks.

`request.json` holds the signed request and the same in plain words; only what is signed counts. Pure but for the file.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from countenance.errors import BadDocument, FileMissing, PermissionRefused
from countenance.permission.grant import Did, Hex32, Instant, Kind, Name, Party, Scope, Text, first_fault
from countenance.permission.jws import LONGEST, SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer

TYPE = "countenance-request+jwt"
SCHEMA = "countenance.request/1"
OPEN_FOR = timedelta(days=60)


class Request(BaseModel):
    """What is asked for.

    Attributes:
        id: 32 hex digits, never used twice; the one-time phrase of a live take comes from it.
        asked, closes: when it was made and until when it may be answered, seconds since 1970.
        kind: of grant.
        subject: whose likeness, as far as the one who asks knows the name.
        grantee: who asks.
        scope: for what.
        voice: whether the voice is asked for as well.
        days: for how long the grant should hold.
        message: to the subject.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Annotated[Literal["countenance.request/1"], Field(alias="schema")]
    id: Annotated[Hex32, Field(alias="jti")]
    issuer: Annotated[Did, Field(alias="iss")]
    asked: Annotated[Instant, Field(alias="iat")]
    closes: Annotated[Instant, Field(alias="exp")]
    kind: Kind
    subject: Name
    grantee: Party
    scope: Scope
    voice: bool = False
    days: Annotated[int, Field(ge=1, le=366 * 30)]
    message: Text = ""


@dataclass(frozen=True)
class SignedRequest:
    """A request whose form and signature hold."""

    request: Request
    document: SignedDocument


def make_request(
    signer: Signer, *, subject: str, kind: Kind, scope: Scope, voice: bool, days: int, message: str
) -> SignedRequest:
    """Sign a request.

    Raises:
        BadDocument: a name or text that may not stand in one.
    """
    now = datetime.now(UTC)
    said = {
        "schema": SCHEMA,
        "jti": secrets.token_hex(16),
        "iss": signer.identity.did,
        "iat": int(now.timestamp()),
        "exp": int((now + OPEN_FOR).timestamp()),
        "kind": kind,
        "subject": subject,
        "grantee": {"name": signer.identity.shown_as, "did": signer.identity.did},
        "scope": json.loads(scope.model_dump_json()),
        "voice": voice,
        "days": days,
        "message": message,
    }
    return read_request(sign_document(said, signer, TYPE).text)


def read_request(text: str | bytes, now: datetime | None = None) -> SignedRequest:
    """Open a request and check it.

    Raises:
        PermissionRefused: as `signing.open_document`, and permission.issuer, permission.request_closed.
        BadDocument: it is not of the form that is taken.
    """
    document = open_document(text, TYPE)
    try:
        request = Request.model_validate_json(document.payload, strict=True)
    except ValidationError as error:
        raise BadDocument(
            f"The request cannot be taken: {first_fault(error)}.", "Ask for it to be made anew."
        ) from error
    if not request.issuer == document.issuer == request.grantee.did:
        raise PermissionRefused(
            "The request was signed by somebody else than the one who asks.",
            "Ask them again.",
            code="permission.issuer",
        )
    if (now or datetime.now(UTC)).timestamp() > request.closes:
        raise PermissionRefused(
            f"The request could be answered until {datetime.fromtimestamp(request.closes, UTC):%Y-%m-%d}.",
            "Ask for a new one.",
            code="permission.request_closed",
        )
    return SignedRequest(request, document)


def request_file(signed: SignedRequest, plain: str) -> bytes:
    """What to write into `request.json`: the signed request, and the same in plain words for people."""
    said = {"what": plain.splitlines(), "signed": signed.document.text}
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def load_request(path: Path, now: datetime | None = None) -> SignedRequest:
    """Read `request.json`. Raises FileMissing, BadDocument, PermissionRefused."""
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no request {path}.")
    with path.open("rb") as file:
        data = file.read(4 * LONGEST)
    try:
        signed = json.loads(data)["signed"]
        if not isinstance(signed, str):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadDocument(f"{path.name} is no request.", "Ask for the file that `permission request` wrote.") from error
    return read_request(signed, now)
