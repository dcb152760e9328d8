"""What is answered about jobs, uploads and keys, as JSON. No place on a disk stands in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel

from countenance.server.access import Key
from countenance.server.jobs.job import Job
from countenance.server.uploads import Upload


class ProgressView(BaseModel):
    """How far a job is.

    Attributes:
        done, total: frames.
        rate: frames a second, warm-up not counted.
        seconds_left: of drawing.
    """

    done: int
    total: int | None
    rate: float | None
    seconds_left: float | None


class ProblemView(BaseModel):
    """Why a job failed."""

    code: str
    message: str
    remedy: str


class JobView(BaseModel):
    """A job. `result` is what `--json` prints; `version` grows with every change."""

    id: str
    recipe: str
    title: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "deleted"]
    stopping: bool
    version: int
    priority: int
    attempts: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    progress: ProgressView | None
    bytes: int
    result: dict[str, Any] | None
    problem: ProblemView | None
    spec: dict[str, Any]

    @classmethod
    def of(cls, job: Job) -> JobView:
        """A job as it is answered."""
        problem = None
        if job.problem is not None:
            problem = ProblemView(**{name: job.problem[name] for name in ("code", "message", "remedy")})
        progress = None
        if job.state == "running":
            progress = ProgressView(done=job.done, total=job.total, rate=job.rate, seconds_left=job.seconds_left)
        return cls(
            id=job.id, recipe=job.recipe, title=job.title, state=job.state, stopping=bool(job.stop) and not job.ended,
            version=job.version, priority=job.priority, attempts=job.attempts, created=_at(job.created),
            started=_when(job.started), finished=_when(job.finished), progress=progress, bytes=job.bytes,
            result=job.result, problem=problem, spec=job.spec,
        )  # fmt: skip


class JobPage(BaseModel):
    """Jobs, newest first; `next` is the cursor of the following page."""

    jobs: list[JobView]
    next: str | None


class UploadView(BaseModel):
    """An upload."""

    id: str
    name: str
    length: int
    offset: int
    complete: bool
    sha256: str | None
    created: datetime

    @classmethod
    def of(cls, upload: Upload) -> UploadView:
        """An upload as it is answered."""
        return cls(
            id=upload.id, name=upload.name, length=upload.length, offset=upload.offset, complete=upload.whole,
            sha256=upload.sha256, created=_at(upload.created),
        )  # fmt: skip


class QuotaView(BaseModel):
    """What a key may use; 0 for no limit."""

    waiting: int
    jobs_a_day: int
    stills_an_hour: int = 600
    bytes: int


class KeyView(BaseModel):
    """A key; `secret` is shown once, when it is made."""

    id: str
    name: str
    scopes: list[str]
    quota: QuotaView
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    secret: str | None = None

    @classmethod
    def of(cls, key: Key) -> KeyView:
        """A key as it is answered."""
        return cls(
            id=key.id, name=key.name, scopes=list(key.scopes), quota=QuotaView(**vars(key.quota)),
            created=_at(key.created), expires=_when(key.expires), revoked=_when(key.revoked), secret=key.secret or None,
        )  # fmt: skip


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else _at(seconds)
