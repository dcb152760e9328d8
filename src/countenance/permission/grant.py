"""The grant: who allows whom to use which likeness for what. Its schema, checked to the last field. Pure.

A grant is JSON with JWT's registered names where they exist (RFC 7519: jti, iss, aud, iat, nbf, exp), in a compact JWS
(see `signing`). Nothing unknown is accepted, nothing is converted, and every text is composed Unicode without invisible
characters. What never is allowed needs no field: political persuasion and intimate content are refused in every grant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from countenance.errors import PermissionRefused
from countenance.permission.confusables import unsafe, unsafe_name
from countenance.permission.did import decode_did
from countenance.permission.passkeys import check_signer
from countenance.permission.territories import is_language, is_territory

SCHEMA = "countenance.grant/1"
ALWAYS = ("Never for political persuasion or elections.", "Never for intimate, sexual or degrading content.")

Kind = Literal["self", "subject", "guardian", "estate", "public-domain", "synthetic"]
Use = Literal[
    "animate", "dub", "swap", "re-age", "try-on", "kiosk", "live", "persona", "speak", "double", "train", "game"
]  # fmt: skip
Purpose = Literal[
    "advertising",
    "art",
    "corporate",
    "education",
    "film",
    "games",
    "museum",
    "news",
    "personal",
    "product",
    "research",
    "social",
    "television",
    "theatre",
]
Period = Literal["ever", "day", "month", "year"]


def _did(value: str) -> str:
    try:
        decode_did(value)
    except PermissionRefused as error:
        raise ValueError("not an Ed25519 did:key") from error
    return value


def _signer(value: str) -> str:
    try:
        check_signer(value)
    except PermissionRefused as error:
        raise ValueError("not the did:key of a signer") from error
    return value


def _name(value: str) -> str:
    if (why := unsafe_name(value)) is not None:
        raise ValueError(why)
    return value


def _text(value: str) -> str:
    if (why := unsafe(value)) is not None:
        raise ValueError(why)
    return value


def _territory(value: str) -> str:
    if not is_territory(value):
        raise ValueError("neither a country's two letters, EU nor worldwide")
    return value


def _language(value: str) -> str:
    if not is_language(value):
        raise ValueError("neither a language tag like en or pt-BR nor any")
    return value


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) != len(values):
        raise ValueError("the same value twice")
    return values


Did = Annotated[str, AfterValidator(_did)]
SignerDid = Annotated[str, AfterValidator(_signer)]
"""Of whoever signs grants: an Ed25519 key, or a passkey."""
Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, AfterValidator(_text)]
Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}\z")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}\z")]
Instant = Annotated[int, Field(ge=0, le=253_402_300_799)]
Territory = Annotated[str, AfterValidator(_territory)]
Language = Annotated[str, AfterValidator(_language)]


# Of a use-receipt service: https, and http on the same machine.
_SERVICE = r"^(https://[!-~]{1,400}|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?(/[!-~]{0,300})?)?\z"


class _GrantPart(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class Party(_GrantPart):
    """A person or firm: name as shown, and identity."""

    name: Name
    did: Did


class SigningParty(Party):
    """The one who signs."""

    did: SignerDid


class Subject(_GrantPart):
    """Whose likeness it is.

    Attributes:
        name: as shown.
        did: their identity where they have one; nobody else can sign as `self` or `subject`.
        standing: `adult`, `deceased`, or `fictional` for nobody; a living minor's likeness is never used.
        born, died: where they matter.
    """

    name: Name
    did: SignerDid | None = None
    standing: Literal["adult", "minor", "deceased", "fictional"]
    born: date | None = None
    died: date | None = None


class GrantedLikeness(_GrantPart):
    """What of the person may be used.

    Attributes:
        faces: fingerprints of face templates; pictures must match one of them.
        voice: whether the voice may be used or imitated.
        depicts: `child` for a picture of someone's childhood, or of a child in an old work.
        pictures: SHA-256 of the only files that may be used; empty for any that match.
    """

    faces: Annotated[tuple[Sha256, ...], Field(max_length=16), AfterValidator(_distinct)] = ()
    voice: bool = False
    depicts: Literal["adult", "child"] = "adult"
    pictures: Annotated[tuple[Sha256, ...], Field(max_length=64), AfterValidator(_distinct)] = ()


class Scope(_GrantPart):
    """What it may be used for, where, and how often.

    Attributes:
        times, period: at most so many renders in a day, month, year or ever; None for no limit.
        sharing: whether the grantee may hand the permission on (to a printer, an agency, a platform).
        limits: in the subject's own words; shown to whoever uses the grant.
    """

    uses: Annotated[tuple[Use, ...], Field(min_length=1), AfterValidator(_distinct)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1), AfterValidator(_distinct)]
    territories: Annotated[tuple[Territory, ...], Field(min_length=1, max_length=250), AfterValidator(_distinct)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=64), AfterValidator(_distinct)]
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    period: Period = "ever"
    sharing: bool = False
    limits: Annotated[tuple[Text, ...], Field(max_length=16)] = ()

    def counted_since(self, now: datetime) -> datetime | None:
        """When the day, month or year began (UTC) in which renders are counted; None for ever."""
        day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return {"ever": None, "day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[self.period]


class GrantEvidence(_GrantPart):
    """Something that accompanies the grant, by hash.

    Attributes:
        kind: `live-take` (the subject read a phrase aloud), `authority` (a court's or estate's document), `recipe` (how
            a synthetic person was made), `identity` (how the subject's identity was seen).
        sha256: of the file.
        note: what it is.
    """

    kind: Literal["live-take", "authority", "recipe", "identity"]
    sha256: Sha256
    note: Text = ""


class Work(_GrantPart):
    """A public-domain work, and the operator's word for it."""

    title: Text
    author: Text
    year: Annotated[int, Field(ge=-5000, le=9999)]
    basis: Literal["age", "us-government-work", "author-dead-70", "cc0"] = "age"
    source: Text = ""
    attestation: Text


class Grant(_GrantPart):
    """Everything a grant says; see the module's first lines. Times are seconds since 1970, UTC.

    `receipts` and `receipts_key` name a use-receipt service: where it answers, and the key that signs its receipts.
    Such a grant is used with a receipt of this service alone.
    """

    version: Annotated[Literal["countenance.grant/1"], Field(alias="schema")]
    id: Annotated[Hex32, Field(alias="jti")]
    issuer: Annotated[SignerDid, Field(alias="iss")]
    audience: Annotated[Did, Field(alias="aud")]
    issued: Annotated[Instant, Field(alias="iat")]
    begins: Annotated[Instant, Field(alias="nbf")]
    ends: Annotated[Instant, Field(alias="exp")]
    kind: Kind
    subject: Subject
    signer: SigningParty
    grantee: Party
    likeness: GrantedLikeness
    scope: Scope
    revocation: Annotated[str, StringConstraints(pattern=r"^(https://[!-~]{1,400})?\z")] = ""
    receipts: Annotated[str, StringConstraints(pattern=_SERVICE)] = ""
    receipts_key: Did | None = None
    evidence: Annotated[tuple[GrantEvidence, ...], Field(max_length=16)] = ()
    work: Work | None = None
    request: Sha256 | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.signer.did != self.issuer:
            raise ValueError("the signer is not the issuer")
        if self.grantee.did != self.audience:
            raise ValueError("the grantee is not the audience")
        if bool(self.receipts) != (self.receipts_key is not None):
            raise ValueError("receipts and receipts_key go together")
        if self.receipts_key == self.audience:
            raise ValueError("the grantee cannot count their own uses")
        if self.ends <= self.begins:
            raise ValueError("it ends before it begins")
        return self

    @property
    def begins_at(self) -> datetime:
        """From when it holds, aware UTC."""
        return datetime.fromtimestamp(self.begins, UTC)

    @property
    def ends_at(self) -> datetime:
        """Until when it holds, aware UTC."""
        return datetime.fromtimestamp(self.ends, UTC)

    @property
    def issued_at(self) -> datetime:
        """When it was signed, aware UTC, by the signer's own word."""
        return datetime.fromtimestamp(self.issued, UTC)

    def evidence_of(self, kind: str) -> tuple[GrantEvidence, ...]:
        """What accompanies it of one kind."""
        return tuple(one for one in self.evidence if one.kind == kind)


def first_fault(error: ValidationError) -> str:
    """The first thing wrong, where and what, without the value that was wrong."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
