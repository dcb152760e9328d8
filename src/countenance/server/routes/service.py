"""The studio itself: is it well, what it can do, who is signed in, keys and webhooks."""

from __future__ import annotations

import contextlib
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

import countenance
from countenance.errors import BadOption, CountenanceError
from countenance.server.access import SESSION_SECONDS, Quota, Scope
from countenance.server.context import COOKIE, Studio, Who, refuse_other_sites
from countenance.server.places import SAMPLE_BASIS, SAMPLE_CLAIM, SAMPLES, sample
from countenance.server.problems import RESPONSES, ProblemResponse, problem
from countenance.server.views import KeyView, QuotaView
from countenance.server.webhooks import EVENTS

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
KeyId = Annotated[str, Path(pattern=r"^(key|session)_[0-9a-f]{32}$")]
HookId = Annotated[str, Path(pattern=r"^hook_[0-9a-f]{32}$")]

routes = APIRouter(responses=RESPONSES)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Health(BaseModel):
    """Whether the server answers at all."""

    status: Literal["ok"]
    version: str


@routes.get("/health", tags=["service"], response_model=Health)
async def health() -> Health:
    """Takes no place and waits for nobody."""
    return Health(status="ok", version=countenance.__version__)


@routes.get("/ready", tags=["service"], response_class=PlainTextResponse)
def ready(studio: Studio) -> Response:
    """Whether jobs are taken in and made: 503 where the database does not answer or no worker lives."""
    try:
        studio.queue.counts()
    except Exception:
        return ProblemResponse(
            problem(503, "studio.database", "The database does not answer.", "Look at its log."), 503
        )
    if studio.pool is not None and studio.pool.count and not studio.pool.pids:
        return ProblemResponse(problem(503, "studio.workers", "No worker lives yet.", "Wait a moment."), 503)
    return PlainTextResponse("ready")


@routes.get("/metrics", tags=["service"], response_class=PlainTextResponse)
def metrics(studio: Studio, who: Who) -> Response:
    """Figures as Prometheus reads them."""
    who.require("metrics")
    return Response(studio.metrics.text(), media_type="text/plain; version=0.0.4")


class Ticket(_In):
    """What the sign-in link bears."""

    ticket: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Me(BaseModel):
    """Who is signed in."""

    name: str
    scopes: list[str]
    kind: str


@routes.post("/v1/session", tags=["sign-in"], status_code=204, response_class=Response)
def sign_in(body: Ticket, request: Request, studio: Studio) -> Response:
    """Use the link that the studio printed, once; a cookie keeps this browser signed in for half a day."""
    refuse_other_sites(request, studio)
    response = Response(status_code=204)
    response.set_cookie(
        COOKIE, studio.access.sign_in(body.ticket), max_age=int(SESSION_SECONDS), httponly=True, samesite="strict",
        secure=studio.options.secure, path="/",
    )  # fmt: skip
    return response


@routes.get("/v1/session", tags=["sign-in"], response_model=Me)
def me(who: Who) -> Me:
    """Who is signed in."""
    return Me(name=who.name, scopes=sorted(who.scopes), kind=who.kind)


@routes.delete("/v1/session", tags=["sign-in"], status_code=204, response_class=Response)
def sign_out(studio: Studio, who: Who) -> Response:
    """Sign out."""
    if who.kind == "session":
        studio.access.revoke(who.id)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/")
    return response


class NewKey(_In):
    """A key to make."""

    name: Name
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=5)]
    quota: QuotaView = QuotaView(**vars(Quota()))
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


@routes.post("/v1/keys", tags=["sign-in"], status_code=201, response_model=KeyView)
def make_key(body: NewKey, studio: Studio, who: Who) -> KeyView:
    """A new API key; its secret is shown this once, and kept nowhere."""
    who.require("admin")
    if min(body.quota.model_dump().values()) < 0:
        raise BadOption("A quota is less than nothing.", "Give 0 for no limit.")
    return KeyView.of(studio.access.make_key(body.name, body.scopes, Quota(**body.quota.model_dump()), days=body.days))


@routes.get("/v1/keys", tags=["sign-in"], response_model=list[KeyView])
def keys(studio: Studio, who: Who) -> list[KeyView]:
    """All API keys."""
    who.require("admin")
    return [KeyView.of(key) for key in studio.access.all_keys()]


@routes.delete("/v1/keys/{number}", tags=["sign-in"], status_code=204, response_class=Response)
def revoke_key(number: KeyId, studio: Studio, who: Who) -> Response:
    """End a key for good."""
    who.require("admin")
    studio.access.revoke(number)
    return Response(status_code=204)


class NewHook(_In):
    """Where to be told, and of what; of everything where no event is named."""

    url: Annotated[str, StringConstraints(min_length=8, max_length=2048)]
    events: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[a-z.]{1,40}$")], ...], Field(max_length=20)
    ] = ()


class HookView(BaseModel):
    """A webhook; `secret` is shown once, when it is made."""

    id: str
    url: str
    events: list[str]
    secret: str | None = None


@routes.post("/v1/webhooks", tags=["webhooks"], status_code=201, response_model=HookView)
def add_hook(body: NewHook, studio: Studio, who: Who) -> HookView:
    """Have a server of yours told of jobs that end (Standard Webhooks). It must be on the public internet."""
    who.require("jobs")
    if studio.options.hooks is None:
        raise BadOption("This studio sends no webhooks.", "Follow jobs by /events.", code="studio.webhooks")
    if unknown := set(body.events) - set(EVENTS):
        raise BadOption(f"There is no event {sorted(unknown)[0]}.", f"Use {', '.join(EVENTS)}.")
    hook = studio.hooks.add(who.owner, body.url, body.events)
    return HookView(id=hook.id, url=hook.url, events=list(hook.events), secret=hook.secret)


@routes.get("/v1/webhooks", tags=["webhooks"], response_model=list[HookView])
def hooks(studio: Studio, who: Who) -> list[HookView]:
    """Your webhooks."""
    who.require("read")
    return [HookView(id=one.id, url=one.url, events=list(one.events)) for one in studio.hooks.hooks(who.owner)]


@routes.delete("/v1/webhooks/{number}", tags=["webhooks"], status_code=204, response_class=Response)
def remove_hook(number: HookId, studio: Studio, who: Who) -> Response:
    """Have it told nothing more."""
    who.require("jobs")
    studio.hooks.remove(number, who.owner)
    return Response(status_code=204)


class SampleView(BaseModel):
    """A portrait that is here to play with."""

    id: str
    work: str
    basis: str
    picture: str


class VoiceView(BaseModel):
    """A voice that is nobody's."""

    name: str
    languages: list[str]
    quality: str
    licence: str


class Catalogue(BaseModel):
    """What is here to make things with."""

    recipes: list[str]
    takes: list[str]
    samples: list[SampleView]
    voices: list[VoiceView]
    purposes: list[str]
    max_upload: int


@routes.get("/v1/catalogue", tags=["service"], response_model=Catalogue)
def catalogue(studio: Studio, who: Who) -> Catalogue:
    """Recipes, takes, voices and samples."""
    from countenance.permission.intended_use import PURPOSES
    from countenance.speech.voice import load_voice, voice_names

    who.require("read")
    samples = [
        SampleView(id=name, work=SAMPLE_CLAIM, basis=SAMPLE_BASIS, picture=f"/v1/samples/{name.partition(':')[2]}")
        for name in SAMPLES
    ]
    voices = []
    for name in voice_names():
        with contextlib.suppress(CountenanceError):  # a part of it is not installed
            one = load_voice(name)
            voices.append(
                VoiceView(name=one.name, languages=list(one.languages), quality=one.quality, licence=one.licence)
            )
    return Catalogue(
        recipes=["animate", "speak", "dub", "swap", "re-age"], takes=["authored:demo"], samples=samples, voices=voices,
        purposes=list(PURPOSES), max_upload=studio.uploads.limits.file,
    )  # fmt: skip


@routes.get("/v1/samples/{name}", tags=["service"], response_class=FileResponse)
def sample_picture(name: Annotated[str, Path(pattern=r"^[a-z-]{1,40}$")], who: Who) -> FileResponse:
    """A sample's picture."""
    who.require("read")
    return FileResponse(sample(f"sample:{name}"), media_type="image/jpeg")
