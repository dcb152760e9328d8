"""Consent, for the side of the person shown: what is asked, the live check, the signature, and taking it back.

Everything here is opened by the secret of a link, in a header that no other site's page can send; a key or a session of
the studio opens nothing, and whoever is signed in to the studio is sent to another device.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from countenance.errors import EmptyFile, FileMissing, PermissionRefused, TooLarge
from countenance.permission.did import short_form
from countenance.server.access import SignInNeeded
from countenance.server.consent.answering import Allowed
from countenance.server.consent.requests import ConsentRequest
from countenance.server.context import COOKIE, Studio, context_of, refuse_other_sites
from countenance.server.jobs.spec import Tag, Territory
from countenance.server.problems import RESPONSES
from countenance.server.routes.jobs import MEDIA
from countenance.server.routes.permission import Line, MadeFileView, made_files
from countenance.spool import spooled

CLIP_BYTES = 96 << 20
CLIP_SECONDS = 60.0
Secret = Annotated[str, Header(alias="X-Consent-Link", pattern=r"^[A-Za-z0-9_-]{43}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,20}$")]

routes = APIRouter(prefix="/v1/consent", tags=["consent"], responses=RESPONSES)


def request_of(request: Request, link: Secret) -> ConsentRequest:
    """The request that the link opens. Raises NotThere, NotNow; PermissionRefused: consent.own_session."""
    context = context_of(request)
    if request.method != "GET":
        refuse_other_sites(request, context)
        if cookie := request.cookies.get(COOKIE):
            try:
                context.access.caller(cookie, "session")
            except SignInNeeded:
                pass
            else:
                raise PermissionRefused(
                    "This browser is signed in to the studio that asks.",
                    "Let the person open the link on their own device.",
                    code="consent.own_session",
                )
    return context.requests.by_link(link)


Asked = Annotated[ConsentRequest, Depends(request_of)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Consent(BaseModel):
    """What is asked for, and how it stands.

    Attributes:
        checked: whether the live check was passed.
        grant: what was allowed, in plain words, once it was signed.
        made: every file that was made under it.
        passkey, did: number of the passkey that signed it, where one did, and the name of its key.
    """

    state: Literal["open", "signed", "declined", "withdrawn", "revoked"]
    subject: str = ""
    asker: str = ""
    asker_key: str = ""
    message: str = ""
    uses: list[str] = []
    purposes: list[str] = []
    territories: list[str] = []
    languages: list[str] = []
    voice: bool = False
    days: int = 0
    times: int | None = None
    sharing: bool = False
    limits: list[str] = []
    expires: datetime
    assisted: bool = False
    sample: bool = False
    checked: bool = False
    short_key: str = ""
    ends: datetime | None = None
    grant: list[Line] = []
    made: list[MadeFileView] = []
    passkey: str = ""
    did: str = ""


@routes.get("", response_model=Consent)
def asked(studio: Studio, one: Asked) -> Consent:
    """What this link asks for; once it was answered, every use."""
    expires = datetime.fromtimestamp(one.expires, UTC)
    if one.signed is None:
        return Consent(state=one.state, expires=expires)
    request, kept = one.signed.request, studio.answering.grant(one)
    shown = Consent(
        state=one.state, subject=request.subject, asker=request.grantee.name, asker_key=short_form(request.grantee.did),
        message=request.message, uses=list(request.scope.uses), purposes=list(request.scope.purposes),
        territories=list(request.scope.territories), languages=list(request.scope.languages), voice=request.voice,
        days=request.days, times=request.scope.times, sharing=request.scope.sharing, limits=list(request.scope.limits),
        expires=expires, assisted=one.assisted, sample=one.sample is not None, checked=one.face is not None,
        made=[] if one.grant is None else made_files(one.grant, studio),
    )  # fmt: skip
    if kept is None:
        return shown
    from countenance.permission.plain_words import grant_lines

    lines = [Line(heading=heading, text=text) for heading, text in grant_lines(kept)]
    signed = {"grant": lines, "ends": kept.grant.ends_at, "short_key": short_form(kept.grant.issuer)}
    passkey = studio.requests.passkey(one)
    return shown.model_copy(update={**signed, "passkey": passkey, "did": kept.grant.issuer if passkey else ""})


@routes.get("/sample", response_class=FileResponse)
def sample(studio: Studio, one: Asked) -> FileResponse:
    """What it will look like."""
    path = None if one.sample is None else studio.places.result(one.sample)
    if path is None:
        raise FileMissing("There is no sample.", "Ask for one.")
    return FileResponse(path, media_type=MEDIA[path.suffix])


class ChallengeView(BaseModel):
    """What to do before the camera: a phrase to read aloud, and two turns of the head, one before and one after."""

    phrase: str
    turns: list[Literal["left", "right"]]


@routes.post("/challenge", response_model=ChallengeView)
def challenge(studio: Studio, one: Asked) -> ChallengeView:
    """A fresh phrase; the one before counts no more."""
    found = studio.answering.challenge(one)
    return ChallengeView(phrase=found.phrase, turns=list(found.turns))


@routes.put("/clip", status_code=204, response_class=Response)
async def clip(request: Request, studio: Studio, one: Asked) -> Response:
    """The recorded clip. It is judged in a process of its own and deleted; its face is kept sealed until you answer."""
    if int(request.headers.get("content-length") or 0) > CLIP_BYTES:
        raise _too_large()
    with spooled(studio.settings) as room:
        path = room / "clip"
        await _taken_in(request, path)
        await run_in_threadpool(studio.answering.check, one, path)
    return Response(status_code=204)


class Allowance(_In):
    """What you allow: of what is asked for, what you did not cross out."""

    did: Annotated[str, StringConstraints(pattern=r"^did:key:z[1-9A-HJ-NP-Za-km-z]{40,56}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
    uses: Annotated[tuple[Word, ...], Field(min_length=1, max_length=11)]
    purposes: Annotated[tuple[Word, ...], Field(min_length=1, max_length=14)]
    territories: Annotated[tuple[Territory, ...], Field(min_length=1, max_length=50)]
    languages: Annotated[tuple[Tag, ...], Field(min_length=1, max_length=50)]
    days: Annotated[int, Field(ge=1, le=3650)]
    voice: bool
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    limits: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=300)], ...], Field(max_length=8)
    ] = ()


class ToSign(BaseModel):
    """What to sign, to the letter: the payload of a compact JWS by `EdDSA`, or by a passkey: `WebAuthn.ES256`."""

    type: str
    payload: str


class Signature(_In):
    """A compact JWS by the key of your device; of a passkey also its number, so that you find it on another one."""

    document: Annotated[str, StringConstraints(min_length=1, max_length=24 * 1024)]
    credential: Annotated[str, StringConstraints(max_length=1400, pattern=r"^[A-Za-z0-9_-]*$")] = ""


@routes.post("/proposal", response_model=ToSign)
def proposal(body: Allowance, studio: Studio, one: Asked) -> ToSign:
    """The grant as you would sign it."""
    return ToSign(type="countenance-grant+jwt", payload=studio.answering.propose(one, Allowed(**body.model_dump())))


@routes.post("/signature", response_model=Consent)
def sign(body: Signature, studio: Studio, one: Asked) -> Consent:
    """Sign it. The link opens your own page from now on."""
    studio.answering.accept(one, body.document, body.credential)
    return asked(studio, studio.requests.find(one.id))


@routes.post("/decline", status_code=204, response_class=Response)
def decline(studio: Studio, one: Asked) -> Response:
    """Say no. Nothing is kept of you or of what was asked."""
    studio.requests.end(one, "declined")
    return Response(status_code=204)


@routes.post("/revocation/proposal", response_model=ToSign)
def revocation(studio: Studio, one: Asked) -> ToSign:
    """What to sign to take it back."""
    return ToSign(type="countenance-revocations+jwt", payload=studio.answering.propose_revocation(one))


@routes.post("/revocation", response_model=Consent)
def revoke(body: Signature, studio: Studio, one: Asked) -> Consent:
    """Take it back: nothing more is made, and what is being made ends within moments."""
    studio.answering.revoke(one, body.document)
    return asked(studio, studio.requests.find(one.id))


@routes.post("/end", response_model=Consent)
def end(studio: Studio, one: Asked) -> Consent:
    """Take it back without your key, where the device is lost: the studio deletes the grant and your face."""
    studio.answering.give_up(one)
    return asked(studio, studio.requests.find(one.id))


async def _taken_in(request: Request, path: Path) -> None:
    import asyncio

    size = 0
    try:
        async with asyncio.timeout(CLIP_SECONDS):
            with path.open("wb") as file:
                async for piece in request.stream():
                    size += len(piece)
                    if size > CLIP_BYTES:
                        raise _too_large()
                    file.write(piece)
    except (TimeoutError, ClientDisconnect) as error:
        raise EmptyFile("The clip did not come whole.", "Send it again, over a faster connection.") from error
    if not size:
        raise EmptyFile("The clip is empty.", "Record it again.")


def _too_large() -> TooLarge:
    return TooLarge(f"The clip has more than {CLIP_BYTES >> 20} MiB.", "Record it shorter, or with a smaller picture.")
