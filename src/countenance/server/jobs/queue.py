"""The queue: jobs put in, taken by workers under a lease, and ended once. The only place where a job's state changes.

A worker has a job for `LEASE` seconds and says that it lives; if it falls silent, the job goes back into the queue.
Whoever lost a job cannot end it any more: every change names the attempt that it belongs to. Between owners, the one
with the fewest jobs running is served, then the one that waited longest; priority counts among an owner's own jobs.
Knows nothing of recipes and files.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from countenance.server.database import JOB_GRANTS, JOB_UPLOADS, JOBS, ONCE, TURNS, Database
from countenance.server.jobs.job import CRASHES, ENDED, LEASE, Job, NewJob, Taken, job_of, stopped_problem
from countenance.server.numbers import new_id
from countenance.server.outbox import announce
from countenance.server.refusals import NotNow, NotThere, OverQuota

ONCE_SECONDS = 24 * 3600.0
"""For how long a request with the same Idempotency-Key is answered with the job of the first."""


class Queue:
    """The jobs in one database.

    Args:
        database: where they are.
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    # What callers do

    def add(self, new: NewJob) -> tuple[Job, bool]:
        """Put a job in, once for each Idempotency-Key.

        Returns:
            The job, and whether it is new.

        Raises:
            OverQuota. NotNow: job.idempotency, where the key came with another request before.
        """
        now = self._clock()
        with self._database.changing() as connection:
            if new.token:
                connection.execute(delete(ONCE).where(ONCE.c.at < now - ONCE_SECONDS))
                before = connection.execute(
                    select(ONCE).where(ONCE.c.owner == new.owner, ONCE.c.token == new.token)
                ).first()
                if before is not None:
                    if before.fingerprint != new.fingerprint:
                        raise NotNow(
                            "This Idempotency-Key came with another request before.",
                            "Use a fresh one for each job.",
                            code="job.idempotency",
                        )
                    return _one(connection, before.job), False
            waiting = select(func.count()).where(JOBS.c.owner == new.owner, JOBS.c.state.in_(("queued", "running")))
            if new.waiting and connection.execute(waiting).scalar_one() >= new.waiting:
                raise OverQuota(f"{new.waiting} jobs of this key wait or run already.")
            number = new_id("job")
            connection.execute(
                insert(JOBS).values(
                    id=number, owner=new.owner, recipe=new.recipe, title=new.title, spec=json.dumps(new.spec),
                    priority=new.priority, state="queued", version=1, created=now, not_before=now, attempts=0,
                    crashes=0, done=0, bytes=0,
                )
            )  # fmt: skip
            for table, column, values in ((JOB_GRANTS, "grant", new.grants), (JOB_UPLOADS, "upload", new.uploads)):
                for value in dict.fromkeys(values):
                    connection.execute(insert(table).values(job=number, **{column: value}))
            if new.token:
                connection.execute(
                    insert(ONCE).values(
                        owner=new.owner, token=new.token, fingerprint=new.fingerprint, job=number, at=now
                    )
                )
            return _one(connection, number), True

    def job(self, number: str, owner: str | None = None) -> Job:
        """A job, of this owner's. Raises NotThere."""
        with self._database.reading() as connection:
            return _one(connection, number, owner)

    def jobs(
        self, owner: str | None, *, state: str | None = None, before: int | None = None, limit: int = 50
    ) -> tuple[list[Job], int | None]:
        """Jobs, newest first, and where the next page begins; None where there is none.

        Args:
            owner: whose; None for everybody's.
            state: only those in it; what was deleted is never listed.
            before: where the page before ended.
        """
        query = select(JOBS).where(JOBS.c.state == state if state else JOBS.c.state != "deleted")
        query = query.where(JOBS.c.owner == owner) if owner is not None else query
        query = query.where(JOBS.c.number < before) if before is not None else query
        query = query.order_by(JOBS.c.number.desc()).limit(limit + 1)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        more = rows[limit - 1].number if len(rows) > limit else None
        return [job_of(row) for row in rows[:limit]], more

    def versions(self, numbers: Iterable[str]) -> dict[str, int]:
        """Of some jobs, how often each changed; for who waits for news."""
        with self._database.reading() as connection:
            rows = connection.execute(select(JOBS.c.id, JOBS.c.version).where(JOBS.c.id.in_(list(numbers))))
            return {row.id: row.version for row in rows}

    def counts(self, owner: str | None = None) -> dict[str, int]:
        """How many there are in each state, of an owner or in all."""
        query = select(JOBS.c.state, func.count()).group_by(JOBS.c.state)
        with self._database.reading() as connection:
            rows = connection.execute(query if owner is None else query.where(JOBS.c.owner == owner)).all()
        return {str(row[0]): int(row[1]) for row in rows}

    def bytes_of(self, owner: str) -> int:
        """Of an owner's results."""
        with self._database.reading() as connection:
            query = select(func.coalesce(func.sum(JOBS.c.bytes), 0)).where(JOBS.c.owner == owner)
            return int(connection.execute(query).scalar_one())

    def made_since(self, owner: str, moment: float) -> int:
        """How many jobs an owner put in since a moment."""
        with self._database.reading() as connection:
            made = select(func.count()).where(JOBS.c.owner == owner, JOBS.c.created >= moment)
            return int(connection.execute(made).scalar_one())

    def stop(self, number: str, owner: str | None = None, why: str = "job.cancelled") -> Job:
        """End a job: at once where it waits, within moments where it runs. Raises NotThere."""
        with self._database.changing() as connection:
            job = _one(connection, number, owner)
            self._stop(connection, [job], why)
            return _one(connection, number, owner)

    def stop_resting_on(self, grant: str, why: str = "permission.revoked") -> list[str]:
        """End every job that rests on a grant. Returns their numbers."""
        with self._database.changing() as connection:
            query = select(JOBS).join(JOB_GRANTS, JOB_GRANTS.c.job == JOBS.c.id).where(JOB_GRANTS.c.grant == grant)
            jobs = [job_of(row) for row in connection.execute(query.where(JOBS.c.state.in_(("queued", "running"))))]
            self._stop(connection, jobs, why)
        return [job.id for job in jobs]

    def retry(self, number: str, owner: str | None = None) -> Job:
        """Put a job that failed or was cancelled back into the queue. Raises NotThere, NotNow."""
        now = self._clock()
        with self._database.changing() as connection:
            job = _one(connection, number, owner)
            if job.state not in ("failed", "cancelled"):
                raise NotNow(f"A job that is {job.state} cannot be tried again.")
            _change(
                connection, number, state="queued", not_before=now, crashes=0, stop=None, problem=None, finished=None,
                started=None, done=0, total=None, rate=None,
            )  # fmt: skip
            return _one(connection, number)

    def forget(self, number: str, owner: str | None = None) -> Job:
        """Keep nothing of a job but that there was one. Its files are the caller's. Raises NotThere, NotNow."""
        with self._database.changing() as connection:
            job = _one(connection, number, owner)
            if job.state == "running":
                raise NotNow("The job is running.", "Cancel it first.")
            _change(connection, number, state="deleted", title="", spec="{}", result=None, problem=None, bytes=0)
            for table in (JOB_GRANTS, JOB_UPLOADS):
                connection.execute(delete(table).where(table.c.job == number))
            connection.execute(delete(ONCE).where(ONCE.c.job == number))
            return _one(connection, number)

    def ended_before(self, moment: float, limit: int = 100) -> list[Job]:
        """Jobs that ended before a moment and are still kept."""
        query = select(JOBS).where(JOBS.c.state.in_(sorted(ENDED - {"deleted"})), JOBS.c.finished < moment)
        with self._database.reading() as connection:
            return [job_of(row) for row in connection.execute(query.order_by(JOBS.c.number).limit(limit))]

    # What workers do

    def take(self, worker: str) -> Taken | None:
        """The next job, for this worker; None where nothing waits."""
        now = self._clock()
        with self._database.changing() as connection:
            self._reclaim(connection, now)
            running = (
                select(JOBS.c.owner, func.count().label("n")).where(JOBS.c.state == "running").group_by(JOBS.c.owner)
            ).subquery()
            query = (
                select(JOBS)
                .outerjoin(running, running.c.owner == JOBS.c.owner)
                .outerjoin(TURNS, TURNS.c.owner == JOBS.c.owner)
                .where(JOBS.c.state == "queued", JOBS.c.not_before <= now)
                .order_by(func.coalesce(running.c.n, 0), func.coalesce(TURNS.c.at, 0.0), JOBS.c.priority.desc())
                .order_by(JOBS.c.number)
                .limit(1)
            )
            row = connection.execute(query).first()
            if row is None:
                return None
            _change(
                connection, row.id, state="running", worker=worker, lease=now + LEASE, attempts=row.attempts + 1,
                started=now, stop=None, done=0, total=None, rate=None,
            )  # fmt: skip
            connection.execute(delete(TURNS).where(TURNS.c.owner == row.owner))
            connection.execute(insert(TURNS).values(owner=row.owner, at=now))
            return Taken(_one(connection, row.id), worker)

    def beat(self, taken: Taken, done: int, total: int | None, rate: float | None) -> str | None:
        """Say that the worker lives and how far it is.

        Returns:
            Why to stop: a code; `lost`, where the job is no longer this worker's; None to go on.
        """
        with self._database.changing() as connection:
            row = connection.execute(select(JOBS.c.stop, JOBS.c.done).where(_held(taken))).first()
            if row is None:
                return "lost"
            values: dict[str, Any] = {"lease": self._clock() + LEASE}
            if done != row.done:
                values |= {"done": done, "total": total, "rate": rate, "version": JOBS.c.version + 1}
            connection.execute(update(JOBS).where(_held(taken)).values(**values))
            return row.stop or None

    def finish(
        self,
        taken: Taken,
        *,
        result: dict[str, Any] | None = None,
        problem: dict[str, Any] | None = None,
        size: int = 0,
    ) -> bool:
        """End a job, with a result or a problem; False where it is no longer this worker's, and nothing was changed."""
        stopped = problem is not None and problem.get("code") in ("job.cancelled", "permission.revoked")
        state = "cancelled" if stopped else "done" if problem is None else "failed"
        with self._database.changing() as connection:
            if connection.execute(select(JOBS.c.id).where(_held(taken))).first() is None:
                return False
            self._end(connection, taken.job.id, state, result=result, problem=problem, bytes=size)
        return True

    def give_back(self, worker: str, *, crashed: bool, delay: float = 0.0) -> list[str]:
        """Put what a worker had back into the queue: it stopped in good order, or it died. Returns the numbers.

        Args:
            worker: who.
            crashed: whether it died, or should count as if.
            delay: seconds before which nobody takes it.
        """
        with self._database.changing() as connection:
            rows = connection.execute(select(JOBS).where(JOBS.c.state == "running", JOBS.c.worker == worker)).all()
            for row in rows:
                self._back(connection, row, crashed=crashed, delay=delay)
        return [row.id for row in rows]

    def workers(self) -> list[str]:
        """Who has jobs."""
        with self._database.reading() as connection:
            query = select(JOBS.c.worker).where(JOBS.c.state == "running").distinct()
            return [name for name in connection.execute(query).scalars() if name]

    def reclaim(self) -> None:
        """Put back what silent workers had."""
        with self._database.changing() as connection:
            self._reclaim(connection, self._clock())

    def _reclaim(self, connection: Connection, now: float) -> None:
        silent = connection.execute(select(JOBS).where(JOBS.c.state == "running", JOBS.c.lease < now)).all()
        for row in silent:
            self._back(connection, row, crashed=True)

    def _back(self, connection: Connection, row: Any, *, crashed: bool, delay: float = 0.0) -> None:
        crashes = row.crashes + crashed
        if row.stop:
            self._end(connection, row.id, "cancelled", problem=stopped_problem(row.stop))
        elif crashes >= CRASHES:
            told = {
                "code": "job.crashed",
                "message": f"The program that made it died {crashes} times.",
                "remedy": "Try it with other files or a smaller size, and report what the log says.",
            }
            self._end(connection, row.id, "failed", problem=told, crashes=crashes)
        else:
            due = self._clock() + delay
            _change(
                connection, row.id, state="queued", worker=None, lease=None, crashes=crashes, done=0, rate=None,
                not_before=due,
            )  # fmt: skip

    def _stop(self, connection: Connection, jobs: Sequence[Job], why: str) -> None:
        for job in jobs:
            if job.state == "queued":
                self._end(connection, job.id, "cancelled", problem=stopped_problem(why))
            elif job.state == "running":
                _change(connection, job.id, stop=why)

    def _end(self, connection: Connection, number: str, state: str, **values: Any) -> None:
        """The last change, and the messages about it, in one step."""
        for name in ("result", "problem"):
            if name in values:
                values[name] = None if values[name] is None else json.dumps(values[name])
        _change(connection, number, state=state, finished=self._clock(), worker=None, lease=None, **values)
        job = _one(connection, number)
        announce(connection, job.owner, f"job.{state}", {"job": job.id, "state": state}, self._clock())


def _held(taken: Taken) -> Any:
    job = taken.job
    return and_(
        JOBS.c.id == job.id,
        JOBS.c.state == "running",
        JOBS.c.worker == taken.worker,
        JOBS.c.attempts == job.attempts,
    )


def _change(connection: Connection, number: str, **values: Any) -> None:
    connection.execute(update(JOBS).where(JOBS.c.id == number).values(version=JOBS.c.version + 1, **values))


def _one(connection: Connection, number: str, owner: str | None = None) -> Job:
    row = connection.execute(select(JOBS).where(JOBS.c.id == number)).first()
    if row is None or (row.state == "deleted" and owner is not None) or owner not in (None, row.owner):
        raise NotThere(f"There is no job {number[:60]!r} here.")
    return job_of(row)
