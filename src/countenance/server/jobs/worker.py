"""A worker: a process that takes jobs from the queue and makes one after another. It may be killed at any moment.

Progress is written down and the wish to stop is read by a thread of its own, so that a job ends within a moment of its
cancelling, wherever its drawing is. Knows nothing of HTTP.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from countenance.errors import CountenanceError
from countenance.render.cancel import Cancel
from countenance.server.database import Database
from countenance.server.jobs.job import BEAT, LEASE, Job, Taken, stopped_problem
from countenance.server.jobs.making import problem_of
from countenance.server.jobs.queue import Queue
from countenance.server.places import Places
from countenance.settings import Settings

Make = Callable[[Job, Settings, Callable[[int, int | None], None], Any], dict[str, Any]]
MAKER = "countenance.server.jobs.making:make"
IDLE = 0.3
"""Seconds between two looks at an empty queue."""
log = logging.getLogger(__name__)


def worker_name() -> str:
    """Of this process: host, number, and something that no other process had before."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"


class Pace:
    """How far a job is, and at what rate; the first frame, before which everything is made ready, does not count."""

    def __init__(self) -> None:
        self.done = 0
        self.total: int | None = None
        self.rate: float | None = None
        self._since: float | None = None
        self._first = 0

    def __call__(self, done: int, total: int | None) -> None:
        """As the renderer tells it."""
        now = time.monotonic()
        if done <= 1:
            self._since, self._first = now, done
        elif self._since is not None and now > self._since:
            self.rate = (done - self._first) / (now - self._since)
        self.done, self.total = done, total


class _Beating:
    """Tells that a job is alive, and hears whether it is to stop."""

    def __init__(self, queue: Queue, taken: Taken, pace: Pace, cancel: Any) -> None:
        self._queue, self._taken, self._pace, self._cancel = queue, taken, pace, cancel
        self._over = threading.Event()
        self.why = ""
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Beating:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(BEAT):
            try:
                why = self._queue.beat(self._taken, self._pace.done, self._pace.total, self._pace.rate)
            except Exception:  # the database is away for a moment; the lease is longer than that
                log.warning("The queue could not be told about %s.", self._taken.job.id, exc_info=True)
                continue
            if why and not self.why:
                self.why = why
                self._cancel.cancel()


def work(
    settings: Settings,
    address: str | None = None,
    *,
    stop: threading.Event,
    maker: str = MAKER,
    most: int | None = None,
) -> None:
    """Take jobs and make them until told to stop.

    Args:
        settings: of the installation.
        address: of the studio's database; None: in the home.
        stop: set, ends it: what is under way goes back into the queue.
        maker: `module:function` that makes a job.
        most: jobs after which it ends by itself.
    """
    module_name, _, function = maker.partition(":")
    module = import_module(module_name)
    make: Make = getattr(module, function)
    if hasattr(module, "warm"):
        module.warm()  # before a job is taken: its lease begins then
    database = Database.open(settings, address)
    queue, name = Queue(database), worker_name()
    made = 0
    try:
        while not stop.is_set() and (most is None or made < most):
            taken = queue.take(name)
            if taken is None:
                stop.wait(IDLE)
                continue
            made += 1
            _make_one(queue, taken, settings, make, stop)
    finally:
        queue.give_back(name, crashed=False)
        database.close()


def _make_one(queue: Queue, taken: Taken, settings: Settings, make: Make, stop: threading.Event) -> None:
    pace, cancel = Pace(), Cancel()
    ended = threading.Event()
    threading.Thread(target=_stop_with, args=(stop, ended, cancel), daemon=True).start()
    result, problem = None, None
    job = taken.job
    try:
        with _Beating(queue, taken, pace, cancel) as beating:
            try:
                result = make(job, settings, pace, cancel)
            except CountenanceError as error:
                problem = problem_of(error)
            except Exception as error:
                log.exception("%s could not be made.", job.id)
                problem = problem_of(error)
    finally:
        ended.set()
    if problem is not None and beating.why == "lost":
        return
    if problem is not None and problem["code"] == "job.cancelled" and not beating.why:
        return  # the worker stops: the job goes back into the queue
    if problem is not None and job.attempts > 1 and problem["code"] in ("output.busy", "output.exists"):
        # A worker that was taken for dead still writes; what it leaves is found by the next attempt.
        queue.give_back(taken.worker, crashed=True, delay=LEASE)
        return
    if problem is not None and problem["code"] == "job.cancelled":
        problem = stopped_problem(beating.why)
    places = Places.at_home(settings)
    size = 0
    if result is not None and (path := places.result(job.id)) is not None:
        size = path.stat().st_size
    if not queue.finish(taken, result=result, problem=problem, size=size):
        log.warning("%s was given to another worker before it was finished here.", job.id)
    elif problem is not None:
        places.wipe_result(job.id)


def _stop_with(stop: threading.Event, ended: threading.Event, cancel: Any) -> None:
    while not ended.is_set():
        if stop.wait(0.2):
            cancel.cancel()
            return


def run_process(settings: dict[str, Any], address: str | None, maker: str, most: int | None) -> None:
    """What a worker process runs: ends in good order at SIGTERM, and with the process that started it."""
    import multiprocessing

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    work(Settings(**settings), address, stop=stop, maker=maker, most=most)


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
