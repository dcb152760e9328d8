"""What is deleted when its time is over: results, uploads nobody uses, keys and links that have ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import delete

from countenance.server.database import KEYS, Database
from countenance.server.jobs.queue import Queue
from countenance.server.places import Places
from countenance.server.refusals import NotNow, NotThere
from countenance.server.uploads import Uploads

LOOK = 60.0
log = logging.getLogger(__name__)


class Retention:
    """Deletes.

    Args:
        database, queue, uploads, places: of the studio.
        days: after which results and unused uploads go; 0: never.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        database: Database,
        queue: Queue,
        uploads: Uploads,
        places: Places,
        days: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._queue, self._uploads, self._places = database, queue, uploads, places
        self._days, self._clock = days, clock

    def sweep(self) -> tuple[int, int]:
        """Delete what is over. Returns how many results and uploads went."""
        now = self._clock()
        before = now - self._days * 86400 if self._days else 0.0
        results = 0
        while jobs := self._queue.ended_before(before):
            for job in jobs:
                self._queue.forget(job.id)
                self._places.wipe_result(job.id)
            results += len(jobs)
        uploads = 0
        for number in self._uploads.stale(before):
            try:
                self._uploads.delete(number)
            except (NotThere, NotNow):
                continue
            uploads += 1
        with self._database.changing() as connection:
            connection.execute(delete(KEYS).where(KEYS.c.kind != "key", KEYS.c.expires < now))
        return results, uploads

    def run(self, over: threading.Event) -> None:
        """Sweep now and then, until told to stop."""
        while True:
            try:
                if any(gone := self.sweep()):
                    log.info("%d results and %d uploads were deleted: their time was over.", *gone)
            except Exception:
                log.warning("What is over could not be deleted.", exc_info=True)
            if over.wait(LOOK):
                return
