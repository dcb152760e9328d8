"""Links to a result for people who have no key: made by whoever made it, opened by the secret in the link's fragment.

What is shown through one is the file, what anybody learns of it from `countenance verify`, and what its sharer chose to
say. It opens nothing else, and a permission that is taken back closes it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field

from countenance.errors import FileMissing
from countenance.server.context import Context, Studio, Who, context_of
from countenance.server.problems import RESPONSES
from countenance.server.refusals import NotNow
from countenance.server.routes.jobs import FILE, MEDIA, JobId
from countenance.server.routes.permission import Words, qr_code
from countenance.server.shares import Gone, Share
from countenance.verify.words import chosen

ShareId = Annotated[str, Path(pattern=r"^shr_[0-9a-f]{32}$", examples=["shr_" + "0" * 32])]
Secret = Annotated[str, Header(alias="X-Share-Link", pattern=r"^[A-Za-z0-9_-]{43}$")]
FRESH = 120.0
"""Seconds for which a verdict is given again without looking: a link may be opened by thousands."""
_REMEMBERED = 128

routes = APIRouter(prefix="/v1", tags=["shares"], responses=RESPONSES)


class NewShare(BaseModel):
    """What whoever opens the link may know, and for how long. What the file itself tells, it tells everybody."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=1, le=365)] = 30
    note: Words = ""
    title: bool = True
    download: bool = True


class ShareView(BaseModel):
    """A link. `link` and `qr` (an SVG) are shown once, when it is made."""

    id: str
    note: str
    title: bool
    download: bool
    created: datetime
    expires: datetime
    link: str | None = None
    qr: str | None = None

    @classmethod
    def of(cls, one: Share, link: str | None = None) -> ShareView:
        """A link as it is answered."""
        return cls(
            id=one.id, note=one.note, title=one.title, download=one.download,
            created=datetime.fromtimestamp(one.created, UTC), expires=datetime.fromtimestamp(one.expires, UTC),
            link=link, qr=None if link is None else qr_code(link),
        )  # fmt: skip


@routes.post("/jobs/{number}/shares", status_code=201, response_model=ShareView)
def share(number: JobId, body: NewShare, studio: Studio, who: Who) -> ShareView:
    """A link by which others see a result and what it is. Whoever has the link can open it."""
    who.require("jobs")
    job = studio.queue.job(number, who.sees)
    if job.state != "done" or studio.places.result(job.id) is None:
        raise NotNow("There is no result to show.", "Wait until the job is done.")
    made, secret = studio.shares.create(
        who.owner, job.id, body.days, body.note.strip(), title=body.title, download=body.download
    )
    return ShareView.of(made, f"{studio.options.url}/share#{secret}")


@routes.get("/jobs/{number}/shares", response_model=list[ShareView])
def shares(number: JobId, studio: Studio, who: Who) -> list[ShareView]:
    """The links that lead to a result."""
    who.require("read")
    return [ShareView.of(one) for one in studio.shares.of(studio.queue.job(number, who.sees).id)]


@routes.delete("/shares/{share}", status_code=204, response_class=Response)
def end(share: ShareId, studio: Studio, who: Who) -> Response:
    """Have a link lead nowhere from now on. Files that were kept stay where they are."""
    who.require("jobs")
    studio.shares.end(studio.shares.find(share, who.sees))
    return Response(status_code=204)


def opened(request: Request, link: Secret) -> tuple[Share, File]:
    """What a link leads to, and its file. Raises NotThere, Gone."""
    studio = context_of(request)
    found, grants = studio.shares.by_link(link)
    if studio.grants.taken_back(grants):
        raise Gone("The permission that it rests on was taken back.", code="share.taken_back")
    path = studio.places.result(found.job)
    if path is None:
        raise Gone("What this link led to is not kept any more.")
    return found, path


Opened = Annotated[tuple[Share, File], Depends(opened)]


class Shared(BaseModel):
    """What a link shows.

    Attributes:
        title, note: as its sharer chose.
        html, verdict: what anybody learns of the file, told in `language`.
    """

    title: str
    note: str
    recipe: str
    made: datetime
    seconds: float | None
    size: list[int]
    bytes: int
    media_type: str
    download: bool
    expires: datetime
    verdict: dict[str, Any]
    html: str
    language: str


@routes.get("/shared", response_model=Shared)
def shown(studio: Studio, one: Opened, language: Annotated[str, Query(pattern=r"^[A-Za-z-]{2,20}$")] = "en") -> Shared:
    """A result by its link, with its verdict."""
    found, path = one
    job = studio.queue.job(found.job)
    result = job.result or {}
    said = _verdict(studio, path, found.job, language)
    return Shared(
        title=job.title if found.title else "", note=found.note, recipe=job.recipe,
        made=datetime.fromtimestamp(job.finished or job.created, UTC), seconds=result.get("seconds"),
        size=list(result.get("size") or []), bytes=job.bytes, media_type=MEDIA[path.suffix], download=found.download,
        expires=datetime.fromtimestamp(found.expires, UTC),
        verdict=said["verdict"], html=said["html"], language=chosen(language),
    )  # fmt: skip


@routes.get("/shared/file", response_class=FileResponse, responses=FILE)
def file(one: Opened) -> FileResponse:
    """The file itself: marked and signed as it left."""
    found, path = one
    if not path.is_file():
        raise FileMissing("The file is not kept any more.", "Ask whoever sent you the link.")
    name = f"countenance-{found.job[4:12]}{path.suffix}"
    return FileResponse(
        path, media_type=MEDIA[path.suffix], filename=name, content_disposition_type="inline",
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip


_known: OrderedDict[tuple[str, int, str], tuple[float, dict[str, Any]]] = OrderedDict()
_guard = threading.Lock()


def _verdict(studio: Context, path: File, job: str, language: str) -> dict[str, Any]:
    key, now = (str(path), path.stat().st_mtime_ns, chosen(language)), time.monotonic()
    with _guard:
        found = _known.get(key)
    if found is not None and now - found[0] < FRESH:
        return found[1]
    said = studio.looks.verdict(path, f"countenance-{job[4:12]}{path.suffix}", chosen(language))
    with _guard:
        _known[key] = (now, said)
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return said
