"""Strangers' files looked at, a few at a time, in processes of their own; and what was found, remembered by content."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from countenance.errors import CountenanceError
from countenance.settings import Settings
from countenance.spool import spooled
from countenance.verify.service.sandbox import ResourceLimits, apart, prepare

PERFORMER = "countenance.server.tasks"
AT_ONCE = 2
WAIT_SECONDS = 30.0
_REMEMBERED = 256


class Busy(CountenanceError):
    """Too many files are looked at already."""

    code = "busy"
    http_status = 503
    default_remedy = "Ask again in a moment."


class Looks:
    """Has files looked at.

    Args:
        settings: of the installation.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._known: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def prepare(self) -> None:
        """Have what children are made from ready."""
        prepare(self._settings, PERFORMER)

    def faces(self, path: Path, sha256: str) -> dict[str, Any]:
        """Everybody in a picture or clip; see `tasks.faces`. Raises as that, and Exhausted, Busy."""
        if sha256 not in self._known:
            self._known[sha256] = self._ask("faces", path, {}, ResourceLimits(seconds=30.0))
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[sha256]

    def verdict(self, path: Path, name: str, language: str) -> dict[str, Any]:
        """What a file is, as the verify page says it: `verdict` and `html`. Raises Exhausted, Busy."""
        said = {"name": name, "whole": True, "language": language}
        return self._ask("answer", path, said, ResourceLimits(seconds=30.0))

    def liveness(self, path: Path, token: str, language: str = "en") -> dict[str, Any]:
        """Whether somebody is there and reads the phrase of this token; see `tasks.liveness`. Raises as that."""
        return self._ask("liveness", path, {"token": token, "language": language}, ResourceLimits(seconds=120.0))

    def _ask(self, task: str, path: Path, said: dict[str, Any], allowance: ResourceLimits) -> dict[str, Any]:
        with self._turn(), spooled(self._settings) as room:
            linked = room / "file"  # what the child puts down goes beside it, and is wiped
            linked.symlink_to(path.resolve())
            return apart(task, linked, self._settings, allowance, said, performer=PERFORMER)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            raise Busy("Too many files are being looked at.")
        try:
            yield
        finally:
            self._turns.release()
