"""One worker thread with a short queue: whoever draws and whoever encodes work at the same time, and at most a few
frames wait between them. Knows nothing of what the work is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Worker(Generic[Item]):
    """Runs `work(item)` in order on its own thread.

    The first exception that `work` raises is raised again, once, by the next `put` or by `close`; items that come
    after it are dropped.

    Args:
        work: called on the thread.
        depth: how many items may wait; `put` blocks beyond.
    """

    def __init__(self, work: Callable[[Item], None], depth: int = 4) -> None:
        self._work = work
        self._queue: queue.Queue[Item | None] = queue.Queue(maxsize=depth)
        self._failure: BaseException | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="countenance-exit", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Hand an item over. Raises what the work raised before."""
        self._raise()
        while True:
            try:
                self._queue.put(item, timeout=0.2)
                return
            except queue.Full:
                self._raise()

    def close(self) -> None:
        """Wait until everything was worked on. Raises what the work raised."""
        self._finish()
        self._raise()

    def abandon(self) -> None:
        """Stop after the item in hand; drop the others; raise nothing."""
        self._stopped.set()
        self._finish()

    def _finish(self) -> None:
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=0.2)
                break
            except queue.Full:
                continue
        self._thread.join()

    def _raise(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            self._stopped.set()
            raise failure

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            if self._stopped.is_set():
                continue
            try:
                self._work(item)
            except BaseException as error:
                self._failure = error
                self._stopped.set()
