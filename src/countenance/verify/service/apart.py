"""Looking at strangers' files in a process of its own, with little memory, little time and nothing to lose: decoders
are where hostile files do their harm. Only JSON comes back, so that not even a taken-over child can harm its parent.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from countenance.errors import CountenanceError, InputError
from countenance.settings import Settings

MAX_ANSWER = 64 << 20
_GRACE = 20.0


class Exhausted(InputError):
    """A file that took more time or memory than is given to one."""

    code = "verify.exhausted"
    default_remedy = "Cut a few seconds out of it, or use `countenance verify` on your own computer."


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one file may use.

    Attributes:
        seconds: of looking; the process is ended a while after.
        memory: bytes of address space.
    """

    seconds: float = 12.0
    memory: int = 6 << 30


def answer_apart(
    path: Path, settings: Settings, allowance: Allowance, *, name: str, whole: bool, language: str
) -> dict[str, Any]:
    """A verdict on a file: `verdict` as JSON, `html` to show.

    Raises:
        CountenanceError: what the child met, or Exhausted.
    """
    said = {"name": name, "whole": whole, "language": language}
    return _apart("answer", path, settings, allowance, said)


def matches_apart(
    path: Path, settings: Settings, allowance: Allowance, *, algorithm: str, limit: int
) -> list[dict[str, Any]]:
    """Manifests that a file's marks and looks lead to: `manifestId` and `similarityScore`, best first.

    Raises:
        CountenanceError: what the child met, or Exhausted.
    """
    found = _apart("matches", path, settings, allowance, {"algorithm": algorithm, "limit": limit})
    matches: list[dict[str, Any]] = found["matches"]
    return matches


def prepare() -> None:
    """Start what children are made from, so that it is warm when the first file comes."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        _processes()
        from multiprocessing.forkserver import ensure_running

        ensure_running()


def _processes() -> Any:
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["countenance.verify.service.tasks"])
        return context
    return multiprocessing.get_context("spawn")


def _apart(task: str, path: Path, settings: Settings, allowance: Allowance, said: dict[str, Any]) -> dict[str, Any]:
    context = _processes()
    ours, theirs = context.Pipe(duplex=False)
    order = json.dumps(
        {
            "task": task,
            "path": str(path),
            "settings": settings.model_dump(mode="json"),
            "allowance": asdict(allowance),
            "said": said,
        }
    )
    child = context.Process(target=_child, args=(order, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        if not ours.poll(allowance.seconds + _GRACE):
            raise Exhausted("Looking at this file took longer than is allowed.")
        answer = json.loads(ours.recv_bytes(MAX_ANSWER))
    except (EOFError, OSError, ValueError) as error:
        raise Exhausted("This file could not be looked at within the memory and time that are allowed.") from error
    finally:
        ours.close()
        child.kill()
        child.join(5)
    if "error" in answer:
        raise _told(answer["error"])
    return dict(answer)


def _told(error: dict[str, Any]) -> CountenanceError:
    kind: Callable[..., CountenanceError] = InputError if error.get("http_status") == 422 else CountenanceError
    return kind(str(error["message"]), str(error["remedy"]), code=str(error["code"]))


def _child(order: str, answer: Connection) -> None:
    from countenance.verify.service.tasks import perform

    wanted = json.loads(order)
    _limit(Allowance(**wanted["allowance"]))
    try:
        found = perform(wanted)
    except CountenanceError as error:
        found = {"error": {**error.as_dict(), "http_status": error.http_status}}
    except MemoryError:
        found = {"error": {**Exhausted("This file needs more memory than is allowed.").as_dict(), "http_status": 422}}
    with contextlib.suppress(OSError):
        answer.send_bytes(json.dumps(found).encode())
        answer.close()


def _limit(allowance: Allowance) -> None:
    if sys.platform == "win32":
        return
    import resource

    seconds = int(allowance.seconds + _GRACE)
    for kind, limit in (
        (resource.RLIMIT_CPU, 2 * seconds),
        (resource.RLIMIT_AS, allowance.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # a lower limit is in force already
            resource.setrlimit(kind, (limit, limit))
