"""What a job is, as others see it: values, and the numbers that bound them. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row

State = Literal["queued", "running", "done", "failed", "cancelled", "deleted"]
ENDED: frozenset[str] = frozenset({"done", "failed", "cancelled", "deleted"})
LEASE = 30.0
"""Seconds for which a worker has a job without saying anything."""
BEAT = 0.5
"""Seconds between two signs of life, in which progress is told and heard whether to stop."""
CRASHES = 5
"""Workers that may die of a job before it is told to be at fault."""


@dataclass(frozen=True)
class Job:
    """A job as it stands.

    Attributes:
        id: its number.
        owner: whose; see `keys`.
        recipe: animate, speak, …
        title: of the work.
        spec: what was asked for, as JSON.
        state: queued, running, done, failed, cancelled or deleted.
        version: grows with every change.
        priority: among its owner's own jobs, higher first.
        created, started, finished: seconds since 1970.
        attempts: how often it was begun.
        done, total: frames, while it is drawn.
        rate: frames a second, warm-up not counted.
        stop: why it is to stop; empty where it is not.
        bytes: of the result.
        result: as `RenderResult.as_dict`, without places of files.
        problem: code, message and remedy.
    """

    id: str
    owner: str
    recipe: str
    title: str
    spec: dict[str, Any]
    state: State
    version: int
    priority: int
    created: float
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    done: int = 0
    total: int | None = None
    rate: float | None = None
    stop: str = ""
    bytes: int = 0
    result: dict[str, Any] | None = None
    problem: dict[str, Any] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in ENDED

    @property
    def seconds_left(self) -> float | None:
        """Of drawing, at the rate so far; None where that is not known."""
        if self.state != "running" or not self.rate or self.total is None:
            return None
        return max(0.0, (self.total - self.done) / self.rate)


@dataclass(frozen=True)
class NewJob:
    """What is put into the queue.

    Attributes:
        owner, recipe, title, spec, priority: see Job.
        grants: numbers of the grants it rests on; it stops when one is taken back.
        uploads: that it reads; they are kept as long as it may run.
        token: the caller's Idempotency-Key; empty for none.
        waiting: how many jobs of the owner's may wait or run; 0 for any number.
    """

    owner: str
    recipe: str
    title: str
    spec: dict[str, Any]
    priority: int = 0
    grants: tuple[str, ...] = ()
    uploads: tuple[str, ...] = ()
    token: str = ""
    waiting: int = 0

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what is asked for."""
        said = json.dumps([self.recipe, self.title, self.spec, self.priority], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Taken:
    """A job in a worker's hands.

    Attributes:
        job: as it was when it was taken.
        worker: who has it.
    """

    job: Job
    worker: str


def stopped_problem(why: str) -> dict[str, Any]:
    """What is told of a job that was ended from outside."""
    if why == "permission.revoked":
        return {
            "code": why,
            "message": "The permission it rests on was taken back.",
            "remedy": "Ask the person for a new one.",
        }
    return {"code": "job.cancelled", "message": "The job was cancelled.", "remedy": "Try it again if you want it."}


def job_of(row: Row[Any]) -> Job:
    """A job out of its row."""
    said = row._mapping
    return Job(
        id=said["id"],
        owner=said["owner"],
        recipe=said["recipe"],
        title=said["title"],
        spec=json.loads(said["spec"]),
        state=said["state"],
        version=said["version"],
        priority=said["priority"],
        created=said["created"],
        started=said["started"],
        finished=said["finished"],
        attempts=said["attempts"],
        done=said["done"],
        total=said["total"],
        rate=said["rate"],
        stop=said["stop"] or "",
        bytes=said["bytes"],
        result=json.loads(said["result"]) if said["result"] else None,
        problem=json.loads(said["problem"]) if said["problem"] else None,
    )
