"""Jobs: create, list, get, follow, cancel, try again, fetch the result, delete."""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from countenance.errors import FileMissing
from countenance.server.access import Caller
from countenance.server.context import Context, Studio, Who
from countenance.server.grants import numbers_of
from countenance.server.jobs import spec
from countenance.server.jobs.job import Job, NewJob
from countenance.server.jobs.making import preflight
from countenance.server.problems import RESPONSES
from countenance.server.refusals import NotNow, NotThere, OverQuota
from countenance.server.views import JobPage, JobView

MOST_READERS = 256
"""Who may follow jobs at the same time."""
QUIET = 15.0
"""Seconds after which a line is sent that says nothing, so that proxies do not hang up."""
JobId = Annotated[str, Path(pattern=r"^job_[0-9a-f]{32}$", examples=["job_" + "0" * 32])]
MEDIA = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".png": "image/png",
    ".wav": "audio/wav",
}
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "Each event's data is a job."}
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA.values()}, "description": "The file."}
}
FILE |= {206: {"description": "A part of it."}, 416: {"description": "It has no such part."}}

routes = APIRouter(prefix="/v1/jobs", tags=["jobs"], responses=RESPONSES)


@routes.post("", status_code=201, response_model=JobView)
def create(
    body: spec.JobBody,
    studio: Studio,
    who: Who,
    response: Response,
    idempotency_key: Annotated[str, Header(max_length=255, pattern=r"^[!-~]*$")] = "",
) -> JobView:
    """Put a job into the queue. With the same `Idempotency-Key`, a request that is sent again makes no second one.

    What can be refused without looking at anybody is refused here: files that are not all here, and rights that do not
    hold. Whose face it is, the worker asks before it draws.
    """
    who.require("jobs")
    job, fresh = enqueue(body, studio, who, idempotency_key)
    response.status_code = 201 if fresh else 200
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobView.of(job)


def enqueue(body: spec.JobBody, studio: Context, who: Caller, token: str = "") -> tuple[Job, bool]:
    """A job in the queue, and whether it is new. Raises as `create` answers."""
    uploads = spec.uploads_of(body)
    for number in uploads:
        studio.uploads.path(number, who.sees)
    preflight(body, studio.settings)
    if who.quota.bytes and studio.bytes_of(who.owner) >= who.quota.bytes:
        raise OverQuota("This key has no room left for a result.", "Delete results or uploads first.")
    if who.quota.jobs_a_day and studio.queue.made_since(who.owner, time.time() - 86400) >= who.quota.jobs_a_day:
        raise OverQuota(f"This key has made {who.quota.jobs_a_day} jobs within a day.", "Go on tomorrow.")
    new = NewJob(
        owner=who.owner, recipe=body.recipe, title=body.title, spec=body.model_dump(mode="json"),
        priority=body.priority, grants=numbers_of(spec.grants_of(body), studio.settings), uploads=uploads, token=token,
        waiting=who.quota.waiting,
    )  # fmt: skip
    return studio.queue.add(new)


@routes.get("", response_model=JobPage)
def listed(
    studio: Studio,
    who: Who,
    state: Literal["queued", "running", "done", "failed", "cancelled"] | None = None,
    cursor: Annotated[str, Query(max_length=40, pattern=r"^[A-Za-z0-9_=-]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobPage:
    """Your jobs, newest first."""
    who.require("read")
    jobs, more = studio.queue.jobs(who.sees, state=state, before=_place(cursor), limit=limit)
    return JobPage(jobs=[JobView.of(job) for job in jobs], next=None if more is None else _cursor(more))


@routes.get("/{number}", response_model=JobView)
def one(number: JobId, studio: Studio, who: Who) -> JobView:
    """A job as it stands."""
    who.require("read")
    return JobView.of(studio.queue.job(number, who.sees))


@routes.get("/{number}/events", responses=_STREAM, response_class=StreamingResponse)
async def events(number: JobId, studio: Studio, who: Who) -> StreamingResponse:
    """Follow a job (server-sent events): `job` with each change, and `end` with the last one. Each event holds the
    whole job, so that whoever comes back after a break has missed nothing."""
    who.require("read")
    await run_in_threadpool(studio.queue.job, number, who.sees)
    if studio.news.readers >= MOST_READERS:
        raise OverQuota("Too many follow jobs at the moment.", "Ask for the job's state instead.")

    async def told() -> AsyncIterator[str]:
        seen = 0
        async with studio.news.of(number) as changed:
            while True:
                changed.clear()
                try:
                    job = await run_in_threadpool(studio.queue.job, number, who.sees)
                except NotThere:
                    return
                if job.version != seen:
                    seen = job.version
                    kind = "end" if job.ended else "job"
                    yield f"event: {kind}\nid: {job.version}\ndata: {JobView.of(job).model_dump_json()}\n\n"
                    if job.ended:
                        return
                try:
                    await asyncio.wait_for(changed.wait(), QUIET)
                except TimeoutError:
                    yield ":\n\n"

    return StreamingResponse(told(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@routes.post("/{number}/cancel", response_model=JobView)
def cancel(number: JobId, studio: Studio, who: Who) -> JobView:
    """End a job; one that is drawn ends within moments. What has ended stays as it is."""
    who.require("jobs")
    return JobView.of(studio.queue.stop(number, who.sees))


@routes.post("/{number}/retry", response_model=JobView)
def retry(number: JobId, studio: Studio, who: Who) -> JobView:
    """Put a job that failed or was cancelled back into the queue."""
    who.require("jobs")
    return JobView.of(studio.queue.retry(number, who.sees))


@routes.get("/{number}/result", response_class=FileResponse, responses=FILE)
@routes.head("/{number}/result", include_in_schema=False)
def result(
    number: JobId, studio: Studio, who: Who, download: Annotated[bool, Query(description="As a file to keep.")] = False
) -> FileResponse:
    """What was made: marked, signed, and in parts where a Range is asked for."""
    who.require("read")
    job = studio.queue.job(number, who.sees)
    path = studio.places.result(job.id)
    if job.state != "done":
        raise NotNow(f"The job is {job.state}; there is no result.", "Wait until it is done.")
    if path is None:
        raise FileMissing("The result is not kept any more.", "Make it again.")
    return FileResponse(
        path,
        media_type=MEDIA[path.suffix],
        filename=f"countenance-{job.id[4:12]}{path.suffix}",
        content_disposition_type="attachment" if download else "inline",
        headers={"Cache-Control": "private, max-age=3600"},
    )


@routes.delete("/{number}", status_code=204)
def delete(number: JobId, studio: Studio, who: Who) -> None:
    """Delete a job with its result, for good. The ledger keeps that there was a render, without a name or a face."""
    who.require("jobs")
    studio.queue.forget(number, who.sees)
    studio.places.wipe_result(number)


def _cursor(number: int) -> str:
    return urlsafe_b64encode(str(number).encode()).decode()


def _place(cursor: str) -> int | None:
    if not cursor:
        return None
    try:
        return int(urlsafe_b64decode(cursor).decode("ascii"))
    except ValueError as error:
        raise NotThere("This cursor leads nowhere.", "Begin at the first page.") from error
