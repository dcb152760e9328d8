"""Versions made by processes of this machine. A worker that dies takes nothing but its own version along.

Each worker makes one version after another. They stop with the process that started them, whatever becomes of it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Protocol

from countenance.campaign.version import Outcome, Problem, Version

Maker = Callable[[Version, datetime | None], Outcome]
"""What makes a version; the time is when an earlier attempt at it began, if there was one. See `making.make`."""

ATTEMPTS = 2  # a version whose worker died is tried once more; a second death is the version's own doing
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Started:
    """A version is about to be sent to a worker; it is sent once the next event is asked for."""

    version: Version
    attempt: int


class Executor(Protocol):
    """Makes versions somewhere. Closing the iterator stops what is under way."""

    def run(self, versions: Sequence[Version]) -> Iterator[Started | Outcome]:
        """Each version's Started (again for each attempt), then its Outcome, in whatever order they come."""
        ...


def make_version(version: Version, since: datetime | None = None) -> Outcome:
    """`making.make`, loaded where it runs: the process that only hands out work need not know how it is done.

    The settings are those of the process that makes it: a worker has its parent's environment, a node its own home.
    """
    from countenance.campaign.version_job import make
    from countenance.settings import Settings

    return make(version, Settings.load(), since)


class Here:
    """Makes versions in this very process, one after another."""

    def __init__(self, maker: Maker = make_version) -> None:
        self._make = maker

    def run(self, versions: Sequence[Version]) -> Iterator[Started | Outcome]:
        """See Executor."""
        for version in versions:
            yield Started(version, 1)
            yield self._make(version, None)


class Processes:
    """Makes versions in `count` processes.

    Args:
        count: how many at once.
        maker: what makes one; must be importable by name.
    """

    def __init__(self, count: int, maker: Maker = make_version) -> None:
        self._count, self._make = count, maker

    def run(self, versions: Sequence[Version]) -> Iterator[Started | Outcome]:
        """See Executor."""
        waiting: deque[tuple[Version, int, datetime | None]] = deque((version, 1, None) for version in versions)
        workers: list[_Worker] = []
        try:
            while waiting or any(worker.busy for worker in workers):
                while waiting and (worker := self._idle(workers)) is not None:
                    version, attempt, since = waiting.popleft()
                    yield Started(version, attempt)
                    worker.send(version, attempt, since)
                for worker in _ready(workers):
                    outcome = worker.receive()
                    if outcome is not None:
                        yield outcome
                        continue
                    workers.remove(worker)
                    version, attempt, since = worker.task
                    if attempt < ATTEMPTS:
                        waiting.append((version, attempt + 1, since))
                    else:
                        yield Outcome(version.name, {}, _died(worker))
        finally:
            _stop(workers)

    def _idle(self, workers: list[_Worker]) -> _Worker | None:
        for worker in workers:
            if not worker.busy and worker.alive:
                return worker
        workers[:] = [worker for worker in workers if worker.busy or worker.alive]
        if len(workers) >= self._count:
            return None
        workers.append(_Worker(self._make))
        return workers[-1]


class _Worker:
    """One process and what it is making."""

    def __init__(self, maker: Maker) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_work, args=(far, maker), daemon=True)
        self._process.start()
        far.close()
        self._task: tuple[Version, int, datetime] | None = None

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def pipe(self) -> Connection:
        return self._pipe

    @property
    def task(self) -> tuple[Version, int, datetime]:
        assert self._task is not None
        return self._task

    @property
    def status(self) -> int | None:
        self._process.join(STOP_SECONDS)
        return self._process.exitcode

    def send(self, version: Version, attempt: int, since: datetime | None) -> None:
        self._task = (version, attempt, since or datetime.now(UTC))
        with contextlib.suppress(OSError):  # it died meanwhile: its pipe's end tells, and the version is tried again
            self._pipe.send((version, since))

    def receive(self) -> Outcome | None:
        """What it made; None: it died."""
        try:
            outcome: Outcome = self._pipe.recv()
        except (EOFError, OSError):
            return None
        self._task = None
        return outcome

    def terminate(self) -> None:
        self._process.terminate()

    def bury(self) -> None:
        self._process.join(STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._pipe.close()


def _ready(workers: list[_Worker]) -> list[_Worker]:
    busy = {worker.pipe: worker for worker in workers if worker.busy}
    return [busy[pipe] for pipe in wait(list(busy)) if pipe in busy]


def _died(worker: _Worker) -> Problem:
    status = worker.status
    how = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
    return Problem(
        "campaign.worker",
        f"The process that made it ended {ATTEMPTS} times without an answer ({how}).",
        "It may lack memory: use fewer --workers or a smaller size, and run again.",
    )


def _stop(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.bury()


def _work(pipe: Connection, maker: Maker) -> None:
    """A worker's life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the first process decides
    signal.signal(signal.SIGTERM, _leave)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            version, since = pipe.recv()
            pipe.send(maker(version, since))


def _leave(*_: object) -> None:
    """As at Ctrl-C, so that a half-written file is taken away."""
    raise KeyboardInterrupt


def _leave_with(sentinel: int) -> None:
    """Leave when the first process is gone: nobody would keep what is made."""
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
