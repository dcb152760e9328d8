"""News of jobs for many who wait: one look at the database for all of them together, a few times a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool

from countenance.server.jobs.queue import Queue

LOOK = 0.4
"""Seconds between two looks."""


class News:
    """Who waits for what."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._seen: dict[str, int] = {}

    @property
    def readers(self) -> int:
        """How many wait."""
        return sum(len(events) for events in self._waiting.values())

    @asynccontextmanager
    async def of(self, job: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set when a job has changed; whoever waits clears it."""
        event = asyncio.Event()
        self._waiting.setdefault(job, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[job].discard(event)
            if not self._waiting[job]:
                del self._waiting[job]
                self._seen.pop(job, None)

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            await asyncio.sleep(LOOK)
            if not self._waiting:
                continue
            try:
                versions = await run_in_threadpool(self._queue.versions, list(self._waiting))
            except Exception:  # the database is away for a moment
                continue
            for job, version in versions.items():
                if self._seen.get(job) != version:
                    self._seen[job] = version
                    for event in self._waiting.get(job, ()):
                        event.set()
