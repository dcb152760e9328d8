"""Worker processes, as many as the machine has cores for, kept alive. One that dies takes only its attempt along.

Runs in a thread of the server, or in a command of its own on a machine that only works.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

from countenance.server.database import Database
from countenance.server.jobs.queue import Queue
from countenance.server.jobs.worker import MAKER, run_process
from countenance.settings import Settings

CHECK = 0.5
"""Seconds between two looks at the workers."""
STOP_SECONDS = 15.0
JOBS_EACH = 200
"""Jobs after which a worker is replaced: libraries under it may not give everything back."""
log = logging.getLogger(__name__)


def cores() -> int:
    """Cores that this process may use: of the machine, of its affinity, of its control group's quota."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        found = min(found, max(1, int(quota) // int(period)))
    return found


class Pool:
    """The workers of this machine.

    Args:
        settings: of the installation; handed to each worker.
        count: how many; None: one for each core.
        address: of the studio's database; None: in the home.
        maker: what makes a job, `module:function`.
    """

    def __init__(
        self, settings: Settings, count: int | None = None, address: str | None = None, maker: str = MAKER
    ) -> None:
        self.count = cores() if count is None else count
        self._settings, self._address, self._maker = settings, address, maker
        self._database = Database.open(settings, address)
        self.queue = Queue(self._database)
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[Any] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    @property
    def pids(self) -> list[int]:
        """Of the workers that live."""
        return [one.pid for one in list(self._workers) if one.pid is not None and one.is_alive()]

    def __enter__(self) -> Pool:
        self._give_back_dead()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for worker in self._workers:
            if worker.is_alive():
                worker.terminate()
        until = time.monotonic() + STOP_SECONDS
        for worker in self._workers:
            worker.join(max(0.1, until - time.monotonic()))
            if worker.is_alive():
                worker.kill()
                worker.join()
        self._give_back_dead()
        self._database.close()

    def _keep(self) -> None:
        while not self._over.is_set():
            for worker in [one for one in self._workers if not one.is_alive()]:
                self._workers.remove(worker)
                if worker.exitcode:
                    log.warning("Worker %s ended with %s.", worker.pid, worker.exitcode)
                self._give_back(worker.pid, crashed=bool(worker.exitcode))
            while len(self._workers) < self.count and not self._over.is_set():
                arguments = (self._settings.model_dump(mode="json"), self._address, self._maker, JOBS_EACH)
                worker = self._context.Process(target=run_process, args=arguments)
                worker.start()
                self._workers.append(worker)
            try:
                self.queue.reclaim()
            except Exception:
                log.warning("The queue does not answer.", exc_info=True)
            self._over.wait(CHECK)

    def _give_back(self, pid: int, *, crashed: bool) -> None:
        with contextlib.suppress(Exception):  # reclaimed when its lease ends
            for name in self.queue.workers():
                if name.startswith(f"{socket.gethostname()[:32]}:{pid}:"):
                    self.queue.give_back(name, crashed=crashed)

    def _give_back_dead(self) -> None:
        """What workers of this machine had that are no more: nobody need wait for their leases."""
        for name in self.queue.workers():
            host, _, rest = name.partition(":")
            pid = rest.partition(":")[0]
            if host == socket.gethostname()[:32] and pid.isdecimal() and not _lives(int(pid)):
                self.queue.give_back(name, crashed=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
