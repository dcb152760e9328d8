"""Ending a job from outside. Loads nothing that draws."""

from __future__ import annotations

import threading

from countenance.errors import Cancelled


class Cancel:
    """Ends a job from another thread, at its next frame or step.

    Example:
        >>> cancel = Cancel()
        >>> threading.Timer(5, cancel.cancel).start()
        >>> studio.animate(…, cancel=cancel)   # raises Cancelled after five seconds; nothing is left behind
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """From now on. Safe to call twice."""
        self._event.set()

    def check(self) -> None:
        """Raises Cancelled."""
        if self._event.is_set():
            raise Cancelled("The job was cancelled.")
