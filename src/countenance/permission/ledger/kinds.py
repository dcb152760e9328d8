"""What may stand in the ledger: one strict schema a kind, without room for a name, a path or a face. Pure.

A public-domain work stands there as it was claimed, in words; nothing else does.

People and files are named by hashes, grants and permits by their random numbers; an identity (did:key) by the SHA-256
of its text. Whatever was deleted elsewhere cannot be read back from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from countenance.errors import BadDocument
from countenance.permission.grant import Kind, Period, Use
from countenance.permission.ledger.canonical import canonical
from countenance.permission.scripts import Topic

Hex16 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}\z")]
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}\z")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\z")]
Stamp = Annotated[int, Field(ge=0, le=253_402_300_799)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,24}(\.[a-z0-9_]{1,40}){0,3}\z")]
MediaType = Annotated[str, StringConstraints(pattern=r"^(image|video|audio|model)/[a-z0-9.+-]{1,40}\z")]
Manifest = Annotated[str, StringConstraints(pattern=r"^urn:(c2pa|uuid):[0-9A-Za-z:._-]{1,110}\z")]
Role = Annotated[str, StringConstraints(pattern=r"^((source|driver|plate|voice)(-[2-8])?|bed|product|view-[2-8])\z")]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class GrantBody(_Body):
    """A grant was given, asked to be used, or taken over here. Times are seconds since 1970, UTC."""

    grant: Hex32
    grant_sha256: Sha256
    kind: Kind
    issuer_sha256: Sha256
    uses: Annotated[list[Use], Field(min_length=1)]
    begins: Stamp
    ends: Stamp
    times: Annotated[int, Field(ge=1)] | None = None
    period: Period = "ever"


class StatedAssurance(_Body):
    """On what one likeness rests. `claim` is a public-domain work as it was claimed; of living people nothing."""

    role: Literal["shown", "double", "voice", "driver"]
    kind: Kind
    level: Literal["maker", "compared", "live-check", "authority"]
    claim: Annotated[str, StringConstraints(max_length=500)] | None = None


class StatedScript(_Body):
    """What was found in the words that are spoken: fixed words, and the digest under which somebody confirmed them."""

    topics: list[Topic]
    confirmed: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}\z")] | None = None
    looked_at: bool


class PermitBody(_Body):
    """A permit was minted and counts as one use of its grant; `grant` is None where it rests on none that is signed."""

    permit: Hex32
    grant: Hex32 | None = None
    grant_sha256: Sha256
    kind: Kind
    use: Use
    inputs: dict[Role, Sha256]
    expires: Stamp
    assurances: list[StatedAssurance] | None = None
    script: StatedScript | None = None


class RenderBody(_Body):
    """A render ended: `done` with the file it made, `failed` before anything was encoded (and its use given back), or
    `incomplete`, after something was (the use stays counted)."""

    permit: Hex32
    grant: Hex32 | None = None
    grant_sha256: Sha256
    use: Use
    outcome: Literal["done", "failed", "incomplete"]
    file_sha256: Sha256 | None = None
    media_type: MediaType | None = None
    payload: Hex16 | None = None
    manifest: Manifest | None = None
    reason: Code | None = None
    receipts: list[Sha256] | None = None


class SessionBody(_Body):
    """A live session ended; that it began stands in a render's entry with the same payload. `reason`: why."""

    permit: Hex32
    use: Use
    payload: Hex16
    reason: Code
    seconds: Annotated[int, Field(ge=0)]
    frames: Annotated[int, Field(ge=0)]
    script: list[Topic] | None = None


class RevocationBody(_Body):
    """A grant was taken back: in which list (hash, number), since when."""

    grant: Hex32
    list_sha256: Sha256
    number: Annotated[int, Field(ge=1)]
    since: Stamp


class DeletionBody(_Body):
    """Something was deleted: only its hash stays. `shown`: what it was for is over; `unfinished`: it broke off."""

    what: Literal["grant", "template", "take", "picture", "file", "identity", "document", "likeness"]
    sha256: Sha256
    why: Literal["asked", "revoked", "expired", "replaced", "shown", "unfinished"]
    grant: Hex32 | None = None


class ReviewBody(_Body):
    """A person looked where the numbers left it open. `distance` in ten-thousandths."""

    grant: Hex32 | None = None
    grant_sha256: Sha256
    picture: Sha256
    template: Sha256
    distance: Annotated[int, Field(ge=0, le=40_000)]
    same_person: bool
    reviewer_sha256: Sha256


class LossBody(_Body):
    """Entries that were seen are not there, and somebody owned up to it. `signature`: Ed25519 over the rest, hex."""

    home: Hex32
    lost: Annotated[int, Field(ge=0)]
    here: Annotated[int, Field(ge=0)]
    of: Hex32 | None = None
    seen: Annotated[int, Field(ge=0)] | None = None
    seen_sha256: Sha256 | None = None
    signer_sha256: Sha256
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}\z")]


BODIES: Mapping[str, type[_Body]] = {
    "grant": GrantBody,
    "permit": PermitBody,
    "render": RenderBody,
    "session": SessionBody,
    "revocation": RevocationBody,
    "deletion": DeletionBody,
    "review": ReviewBody,
    "loss": LossBody,
}
KINDS = tuple(BODIES)


def identity_hash(did: str) -> str:
    """How the ledger names an identity."""
    return hashlib.sha256(did.encode()).hexdigest()


def body_text(kind: str, body: Mapping[str, Any]) -> str:
    """The canonical JSON of a body, once it is seen to be one of this kind and nothing more.

    Raises:
        BadDocument: ledger.body.
    """
    model = BODIES.get(kind)
    if model is None:
        raise BadDocument(f"{kind!r} is no kind of entry.", f"Kinds are {', '.join(KINDS)}.", code="ledger.body")
    try:
        checked = model.model_validate(dict(body))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise BadDocument(
            f"An entry of the kind {kind} cannot hold this: {where}: {problem['msg']}.",
            "The ledger takes hashes, numbers and fixed words only; see docs/ledger.md.",
            code="ledger.body",
        ) from error
    return canonical(checked.model_dump(exclude_none=True))
