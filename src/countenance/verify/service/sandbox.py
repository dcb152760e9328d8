"""Looking at strangers' files in a process of its own, with little memory, little time and nothing to lose: decoders
are where hostile files do their harm. Only JSON comes back, so that not even a taken-over child can harm its parent.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import multiprocessing.util
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from countenance.errors import CountenanceError, InputError
from countenance.settings import Settings
from countenance.spool import spooled

TASKS = "countenance.verify.service.tasks"
MAX_ANSWER = 64 << 20
GRACE = 12.0
"""Seconds after its time in which a look has to come to its end; then its process is killed."""
MAX_WRITTEN = 256 << 20
"""Bytes of any one file that a child may write: libraries put some down while they read."""
_SOCKET_PATH = 72
"""Longest name of a folder for sockets: the system takes 107 bytes with what follows."""


class Exhausted(InputError):
    """A file that took more time or memory than is given to one."""

    code = "verify.exhausted"
    default_remedy = "Cut a few seconds out of it, or use `countenance verify` on your own computer."


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """What one file may use.

    Attributes:
        seconds: of looking; the process is ended a while after.
        memory: bytes of address space.
    """

    seconds: float = 12.0
    memory: int = 6 << 30


class Look:
    """One look at a file, which others may break off."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._child: Any = None
        self._off = False

    def begin(self, child: Any) -> None:
        """Start the process that looks. Raises Exhausted: it was broken off before."""
        with self._guard:
            if self._off:
                raise Exhausted("Looking at this file was broken off.")
            child.start()
            self._child = child

    def break_off(self) -> None:
        """End it, wherever it is. Whoever waits for its answer meets Exhausted."""
        with self._guard:
            self._off = True
            if self._child is not None:
                self._child.kill()

    def end(self) -> None:
        """End it, and clear away what is left of its process."""
        self.break_off()
        with self._guard:
            child, self._child = self._child, None
        if child is not None:
            child.join(5)
            with contextlib.suppress(ValueError):  # it is there still; the system clears it away
                child.close()


def answer_apart(
    path: Path,
    settings: Settings,
    allowance: ResourceLimits,
    *,
    name: str,
    whole: bool,
    language: str,
    look: Look | None = None,
) -> dict[str, Any]:
    """A verdict on a file: `verdict` as JSON, `html` to show. What the child writes goes into the file's own folder.

    Raises:
        CountenanceError: what the child met, or Exhausted.
    """
    said = {"name": name, "whole": whole, "language": language}
    return apart("answer", path, settings, allowance, said, look)


def matches_apart(
    path: Path, settings: Settings, allowance: ResourceLimits, *, algorithm: str, limit: int, look: Look | None = None
) -> list[dict[str, Any]]:
    """Manifests that a file's marks and looks lead to: `manifestId` and `similarityScore`, best first.

    Raises:
        CountenanceError: what the child met, or Exhausted.
    """
    found = apart("matches", path, settings, allowance, {"algorithm": algorithm, "limit": limit}, look)
    matches: list[dict[str, Any]] = found["matches"]
    return matches


def prepare(settings: Settings, performer: str = TASKS) -> None:
    """Start what children are made from, so that it is warm when the first file comes.

    Args:
        settings: whose spool.
        performer: the module that children have loaded.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        _processes(performer)
        _sockets_in_the_spool(settings)
        from multiprocessing.forkserver import ensure_running

        ensure_running()


@lru_cache(maxsize=1)
def _sockets_in_the_spool(settings: Settings) -> None:
    """The folder in which multiprocessing keeps its sockets as long as this process lives, made where it is swept."""
    life = contextlib.ExitStack()
    room = life.enter_context(spooled(settings))
    multiprocessing.util.Finalize(None, life.close, exitpriority=-110)  # after the folder in it, at -100
    short: Path | None = room
    if len(os.fsencode(room)) > _SOCKET_PATH:  # where the system has it: an empty folder; /tmp if that is too long too
        short = None if len(os.fsencode(tempfile.gettempdir())) <= _SOCKET_PATH else Path("/tmp")
    if short is None:
        return
    before, tempfile.tempdir = tempfile.tempdir, str(short)
    try:
        multiprocessing.util.get_temp_dir()
    finally:
        tempfile.tempdir = before


def _processes(performer: str) -> Any:
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([performer])
        return context
    return multiprocessing.get_context("spawn")


def apart(
    task: str,
    path: Path,
    settings: Settings,
    allowance: ResourceLimits,
    said: dict[str, Any],
    look: Look | None = None,
    *,
    performer: str = TASKS,
) -> dict[str, Any]:
    """Have a task done with a file in a process of its own.

    Args:
        task, said: what, and what else is to be known, JSON-serialisable.
        path: the file; what the child writes goes into its folder.
        settings, allowance: for the child.
        look: breaks it off.
        performer: the module whose `perform` does it.

    Raises:
        CountenanceError: what the child met, or Exhausted.
    """
    context, look = _processes(performer), look or Look()
    ours, theirs = context.Pipe(duplex=False)
    order = json.dumps(
        {
            "task": task,
            "path": str(path),
            "settings": settings.model_dump(mode="json"),
            "allowance": asdict(allowance),
            "said": said,
            "performer": performer,
        }
    )
    child = context.Process(target=_child, args=(order, theirs), daemon=True)
    try:
        look.begin(child)
        theirs.close()
        if not ours.poll(allowance.seconds + GRACE):
            raise Exhausted("Looking at this file took longer than is allowed.")
        answer = json.loads(ours.recv_bytes(MAX_ANSWER))
    except (EOFError, OSError, ValueError) as error:
        raise Exhausted("This file could not be looked at within the memory and time that are allowed.") from error
    finally:
        ours.close()
        theirs.close()
        look.end()
    if "error" in answer:
        raise _told(answer["error"])
    return dict(answer)


def _told(error: dict[str, Any]) -> CountenanceError:
    kind: Callable[..., CountenanceError] = InputError if error.get("http_status") == 422 else CountenanceError
    return kind(str(error["message"]), str(error["remedy"]), code=str(error["code"]))


def _child(order: str, answer: Connection) -> None:
    wanted = json.loads(order)
    _limit(ResourceLimits(**wanted["allowance"]))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["TMPDIR"] = tempfile.tempdir = str(Path(wanted["path"]).parent)
    try:
        found = import_module(wanted["performer"]).perform(wanted)
    except CountenanceError as error:
        found = {"error": {**error.as_dict(), "http_status": error.http_status}}
    except MemoryError:
        found = {"error": {**Exhausted("This file needs more memory than is allowed.").as_dict(), "http_status": 422}}
    with contextlib.suppress(OSError):
        answer.send_bytes(json.dumps(found).encode())
        answer.close()


def _end_with_parent() -> None:
    """A killed service leaves nobody behind who looks on."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit(allowance: ResourceLimits) -> None:
    if sys.platform == "win32":
        return
    import resource

    seconds = int(allowance.seconds + GRACE)
    for kind, limit in (
        (resource.RLIMIT_CPU, 2 * seconds),
        (resource.RLIMIT_AS, allowance.memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MAX_WRITTEN),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit is in force already
            resource.setrlimit(kind, (limit, limit))
