"""Permission, for the studio's side: who asks whom for what, which grants are here, and the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from countenance.errors import BadOption
from countenance.permission.grant import Purpose, Scope, Use, first_fault
from countenance.permission.keyring import Keyring
from countenance.permission.ledger import Ledger
from countenance.server.consent.requests import ConsentRequest
from countenance.server.context import Studio, Who
from countenance.server.grants import KeptGrant, asker, give_up
from countenance.server.jobs.spec import GrantId, Territory, UploadId
from countenance.server.problems import RESPONSES
from countenance.server.receipts import Receipt, receipt_of
from countenance.server.refusals import NotNow

Short = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
RequestId = Annotated[str, Path(pattern=r"^req_[0-9a-f]{32}$", examples=["req_" + "0" * 32])]

routes = APIRouter(responses=RESPONSES)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Line(BaseModel):
    """A line in plain words; the heading is empty where it goes on."""

    heading: str
    text: str


class GrantView(BaseModel):
    """A grant that is kept here.

    Attributes:
        id: its number.
        name: as jobs name it.
        state: good, uncompared (nobody here has compared the key with the person), not_yet, expired, revoked.
        short_key: the last letters of the signer's key, to compare over the telephone.
        used: renders made under it.
    """

    id: str
    name: str
    state: Literal["good", "uncompared", "not_yet", "expired", "revoked"]
    kind: str
    subject: str
    signer: str
    short_key: str
    uses: list[str]
    purposes: list[str]
    territories: list[str]
    languages: list[str]
    begins: datetime
    ends: datetime
    times: int | None
    period: str
    used: int
    own: bool
    lines: list[Line]

    @classmethod
    def of(cls, kept: KeptGrant) -> GrantView:
        """A grant as it is answered."""
        grant = kept.signed.grant
        return cls(
            id=grant.id, name=kept.name, state=kept.state, kind=grant.kind, subject=grant.subject.name,
            signer=grant.signer.name, short_key=kept.short_key, uses=list(grant.scope.uses),
            purposes=list(grant.scope.purposes), territories=list(grant.scope.territories),
            languages=list(grant.scope.languages), begins=grant.begins_at, ends=grant.ends_at,
            times=grant.scope.times, period=grant.scope.period, used=kept.uses, own=grant.issuer == grant.audience,
            lines=[Line(heading=heading, text=text) for heading, text in kept.lines],
        )  # fmt: skip


@routes.get("/v1/grants", tags=["permission"], response_model=list[GrantView])
def grants(studio: Studio, who: Who) -> list[GrantView]:
    """All grants that are kept here."""
    who.require("read")
    return [GrantView.of(one) for one in studio.grants.all()]


class BroughtGrant(_In):
    """A grant that came as files."""

    grant: Annotated[str, StringConstraints(min_length=1, max_length=24 * 1024)]
    face: Annotated[str, StringConstraints(max_length=8 * 1024)] = ""
    consent: Annotated[str, StringConstraints(max_length=24 * 1024)] = ""
    credential: Annotated[str, StringConstraints(max_length=24 * 1024)] = ""


@routes.post("/v1/grants", tags=["permission"], status_code=201, response_model=GrantView)
def keep_grant(body: BroughtGrant, studio: Studio, who: Who) -> GrantView:
    """Keep a grant that somebody signed, with what lay beside it."""
    who.require("permission")
    return GrantView.of(studio.grants.keep(body.grant, body.face, body.consent, body.credential))


@routes.get("/v1/grants/{name}", tags=["permission"], response_model=GrantView)
def grant(name: GrantId, studio: Studio, who: Who) -> GrantView:
    """A grant, with all that it says in plain words."""
    who.require("read")
    return GrantView.of(studio.grants.find(name))


class Compared(_In):
    """How the key was compared with the person: by telephone, face to face, …"""

    how: Short


@routes.post("/v1/grants/{name}/compared", tags=["permission"], response_model=GrantView)
def compared(name: GrantId, body: Compared, studio: Studio, who: Who) -> GrantView:
    """Say that you compared the key's last letters with the person, and how. It is signed, and told in files."""
    who.require("permission")
    return GrantView.of(studio.grants.compared(name, body.how))


class Ended(BaseModel):
    """What ended with a grant, and the receipt of what was deleted."""

    jobs: list[str]
    receipt: Receipt


@routes.delete("/v1/grants/{name}", tags=["permission"], response_model=Ended)
def delete_grant(name: GrantId, studio: Studio, who: Who) -> Ended:
    """Delete a grant and the face that came with it, for good; jobs that rest on it end."""
    who.require("permission")
    jobs, entries = give_up(studio.grants.find(name).signed, studio.settings, studio.queue, why="asked")
    return Ended(jobs=jobs, receipt=receipt_of(entries, studio.settings))


class MadeFileView(BaseModel):
    """A file that was made under a grant."""

    at: datetime
    use: str
    media_type: str
    sha256: str
    render: str


@routes.get("/v1/grants/{name}/files", tags=["permission"], response_model=list[MadeFileView])
def files(name: GrantId, studio: Studio, who: Who) -> list[MadeFileView]:
    """Every file that was made under a grant."""
    who.require("read")
    return made_files(studio.grants.find(name).signed.grant.id, studio)


def made_files(number: str, studio: Any) -> list[MadeFileView]:
    """What the ledger has of a grant."""
    return [
        MadeFileView(at=one.made_at, use=one.use, media_type=one.media_type, sha256=one.file_sha256, render=one.payload)
        for one in studio.grants.files(number)
    ]


class NewRequest(_In):
    """What is asked of whom.

    Attributes:
        asker: who asks; needed once, where this home has no identity yet.
        assisted: there is no camera, no hearing, or no reading: somebody helps, and the grant says so.
        sample: a job of yours whose result shows what is meant.
        pictures: uploads that alone may be used.
    """

    subject: Short
    asker: Annotated[str, StringConstraints(max_length=120)] = ""
    uses: Annotated[tuple[Use, ...], Field(min_length=1, max_length=11)]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=14)]
    territories: Annotated[tuple[Territory, ...], Field(min_length=1, max_length=50)] = ("worldwide",)
    languages: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^(any|[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3})$")], ...],
        Field(min_length=1, max_length=50),
    ] = ("any",)
    voice: bool = False
    days: Annotated[int, Field(ge=1, le=3650)] = 365
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    message: Words = ""
    assisted: bool = False
    sample: Annotated[str, StringConstraints(pattern=r"^job_[0-9a-f]{32}$")] | None = None
    pictures: Annotated[tuple[UploadId, ...], Field(max_length=16)] = ()


class RequestView(BaseModel):
    """A request. `link` and `qr` (an SVG) are shown once, when it is made: whoever has them can answer."""

    id: str
    state: str
    subject: str
    created: datetime
    expires: datetime
    assisted: bool
    grant: str | None
    lines: list[Line]
    link: str | None = None
    qr: str | None = None

    @classmethod
    def of(cls, one: ConsentRequest, link: str | None = None) -> RequestView:
        """A request as it is answered."""
        return cls(
            id=one.id, state=one.state, subject="" if one.signed is None else one.signed.request.subject,
            created=datetime.fromtimestamp(one.created, UTC), expires=datetime.fromtimestamp(one.expires, UTC),
            assisted=one.assisted, grant=one.grant,
            lines=[Line(heading=heading, text=text) for heading, text in one.lines], link=link,
            qr=None if link is None else qr_code(link),
        )  # fmt: skip


@routes.post("/v1/requests", tags=["permission"], status_code=201, response_model=RequestView)
def ask(body: NewRequest, studio: Studio, who: Who) -> RequestView:
    """Ask somebody: makes a link and a QR code for their own phone. What they allow comes back signed."""
    who.require("permission")
    try:
        scope = Scope(
            uses=body.uses, purposes=body.purposes, territories=body.territories, languages=body.languages,
            times=body.times,
        )  # fmt: skip
    except ValidationError as error:
        raise BadOption(f"This cannot be asked for: {first_fault(error)}.", "Write it differently.") from error
    if body.assisted and not body.pictures:
        raise BadOption("Without a live check, the request has to name the pictures.", "Upload them first.")
    if body.sample is not None and studio.queue.job(body.sample, who.sees).state != "done":
        raise NotNow("The sample is not done.", "Wait until the job is done.")
    pictures = []
    for number in body.pictures:
        studio.uploads.path(number, who.sees)
        pictures.append(studio.uploads.find(number).sha256 or "")
    identity = asker(studio.settings, body.asker)
    made, secret = studio.requests.create(
        who.owner, Keyring.at_home(studio.settings).signer(identity.name), assisted=body.assisted, sample=body.sample,
        pictures=pictures, subject=body.subject, scope=scope, voice=body.voice, days=body.days, message=body.message,
    )  # fmt: skip
    return RequestView.of(made, f"{studio.options.url}/consent#{secret}")


@routes.get("/v1/requests", tags=["permission"], response_model=list[RequestView])
def requests(studio: Studio, who: Who) -> list[RequestView]:
    """Your requests, newest first, without their links."""
    who.require("read")
    return [RequestView.of(one) for one in studio.requests.all(who.sees)]


@routes.get("/v1/requests/{number}", tags=["permission"], response_model=RequestView)
def one_request(number: RequestId, studio: Studio, who: Who) -> RequestView:
    """A request as it stands."""
    who.require("read")
    return RequestView.of(studio.requests.find(number, who.sees))


@routes.delete("/v1/requests/{number}", tags=["permission"], status_code=204, response_class=Response)
def withdraw(number: RequestId, studio: Studio, who: Who) -> Response:
    """Withdraw a request that was not answered; its link leads nowhere any more."""
    who.require("permission")
    studio.requests.end(studio.requests.find(number, who.sees), "withdrawn")
    return Response(status_code=204)


class EntryView(BaseModel):
    """A line of the ledger: hashes and numbers, never a name or a face."""

    seq: int
    at: str
    kind: str
    hash: str
    body: dict[str, Any]


class LedgerPage(BaseModel):
    """Lines of the ledger, newest first; `next` is `before` of the following page."""

    entries: list[EntryView]
    total: int
    next: int | None


@routes.get("/v1/ledger", tags=["permission"], response_model=LedgerPage)
def ledger(
    studio: Studio,
    who: Who,
    before: Annotated[int, Query(ge=1, le=2**53)] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> LedgerPage:
    """The record of grants, permits, renders, revocations and deletions."""
    who.require("admin")
    with Ledger.open(studio.settings) as opened:
        total, _ = opened.extent()
        top = total if before is None else min(before - 1, total)
        rows = [one for one in (opened.entry(seq) for seq in range(top, max(0, top - limit), -1)) if one is not None]
    entries = [EntryView(seq=one.seq, at=one.at, kind=one.kind, hash=one.hash, body=one.said) for one in rows]
    return LedgerPage(entries=entries, total=total, next=entries[-1].seq if entries and entries[-1].seq > 1 else None)


def qr_code(link: str) -> str:
    """A QR code as SVG, dark on light whatever the page's colours are."""
    import segno

    return str(segno.make(link, error="m").svg_inline(scale=4, border=3, dark="#1d2129", light="#ffffff"))
