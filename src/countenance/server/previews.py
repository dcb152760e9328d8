"""Still previews, and questions to the policy, in one process that stays warm: engine, models and the last portraits
are there already.

A grant that counts its uses is not used up by looking: previews under it are refused. Knows nothing of HTTP.
"""

from __future__ import annotations

import multiprocessing
import threading
import time as clock
from concurrent.futures import CancelledError, ProcessPoolExecutor, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path
from typing import Any

from countenance.errors import CountenanceError, PermissionRefused
from countenance.server.access import Caller
from countenance.server.jobs import spec
from countenance.server.jobs.making import draw_options, file_of, motion_of, right_of
from countenance.server.places import Places
from countenance.server.refusals import OverQuota
from countenance.settings import Settings
from countenance.spool import spooled

AT_ONCE = 4
"""Previews that are drawn or wait."""
HOUR = 3600.0
SECONDS = 180.0  # the first one waits until loops are compiled


class PreviewFailed(CountenanceError):
    """The process that draws previews died, or took too long."""

    code = "preview.failed"
    http_status = 503
    default_remedy = "Try it again; the job itself may still work."


class Previews:
    """Draws previews of one studio, one after another.

    Args:
        settings: of the installation.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._guard = threading.Lock()
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._pool: ProcessPoolExecutor | None = None
        self._drawn_for: dict[str, list[float]] = {}

    def still(self, body: spec.Animate, at: float, who: Caller) -> bytes:
        """A JPEG of one moment: marked, signed, labelled.

        Raises:
            OverQuota: the key had its stills of this hour.
            PermissionRefused: permission.counted, and as a job. PreviewFailed; InputError, FaceError, SetupError.
        """
        refuse_counted(body, self._settings)
        if not self._room.acquire(blocking=False):  # each one that waits holds a thread that others need
            raise PreviewFailed("Too many previews are asked for at once.")
        try:
            self._count(who)
            return self._drawn(body, at)
        finally:
            self._room.release()

    def permission(self, body: spec.Speak | spec.Dub) -> dict[str, Any]:
        """What the policy says of a job before it is made; see `campaigns.asking.ask`. Raises PreviewFailed."""
        from countenance.server.campaigns.asking import ask

        if not self._room.acquire(timeout=SECONDS):
            raise PreviewFailed("Too much is asked for at once.")
        try:
            order = (self._settings.model_dump(mode="json"), body.model_dump(mode="json"))
            answer: dict[str, Any] = self._ready().submit(ask, *order).result(SECONDS)
            return answer
        except (BrokenProcessPool, TimeoutError, CancelledError) as error:
            self.close()
            raise PreviewFailed("Nobody could look whose face it is.") from error
        finally:
            self._room.release()

    def _count(self, who: Caller) -> None:
        most, now = who.quota.stills_an_hour, clock.monotonic()
        if not most:
            return
        with self._guard:
            self._drawn_for = {name: times for name, times in self._drawn_for.items() if now - times[-1] < HOUR}
            times = [one for one in self._drawn_for.get(who.id, []) if now - one < HOUR]
            if len(times) >= most:
                raise OverQuota(
                    f"This key may have {most} stills an hour.", "Ask again later, or make the film itself."
                )
            self._drawn_for[who.id] = [*times, now]

    def _drawn(self, body: spec.Animate, at: float) -> bytes:
        pool = self._ready()
        try:
            order = (self._settings.model_dump(mode="json"), body.model_dump(mode="json"), at)
            answer: bytes | dict[str, Any] = pool.submit(draw_still, *order).result(SECONDS)
        except (BrokenProcessPool, TimeoutError, CancelledError) as error:
            self.close()
            raise PreviewFailed("The preview could not be drawn.") from error
        if isinstance(answer, bytes):
            return answer
        raise _Told(answer["message"], answer["remedy"], code=answer["code"], status=answer["status"])

    def warm(self) -> None:
        """Have the process ready before somebody waits for it."""
        self._ready().submit(draw_nothing)

    def forget(self) -> None:
        """Let go of every portrait that is kept in memory: one of them was deleted."""
        with self._guard:
            if self._pool is not None:
                self._pool.submit(forget_portraits)

    def close(self) -> None:
        """End the process."""
        with self._guard:
            pool, self._pool = self._pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)

    def _ready(self) -> ProcessPoolExecutor:
        with self._guard:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
            return self._pool


class _Told(CountenanceError):
    """What the process met, with its own code and status."""

    def __init__(self, message: str, remedy: str, *, code: str, status: int) -> None:
        super().__init__(message, remedy, code=code)
        self.http_status = status  # type: ignore[misc]


def refuse_counted(body: spec.Animate, settings: Settings) -> None:
    """Raises PermissionRefused: permission.counted, where a preview would use the grant up."""
    from countenance.permission import load_grant

    if isinstance(body.right, spec.GrantRight):
        path = settings.home / "grants" / f"{body.right.grant}.jwt"
        if path.is_file() and load_grant(path).grant.scope.times is not None:
            raise PermissionRefused(
                "The grant counts its uses, and a preview would be one.",
                "Make the clip itself.",
                code="permission.counted",
            )


def draw_still(said: dict[str, Any], body: dict[str, Any], at: float) -> bytes | dict[str, Any]:
    """In the other process: a preview, or what was met."""
    from countenance.render.still_preview import StillPreview
    from countenance.server.jobs.making import problem_of
    from countenance.studio import Studio

    settings, wanted = Settings(**said), spec.Animate(**body)
    places = Places.at_home(settings)
    try:
        with spooled(settings) as room:
            source = file_of(wanted.source, places)
            output = room / "preview.jpg"
            options = draw_options(wanted.options, "Preview")
            subject = _subject(source, wanted.options.face, settings, source.stat().st_mtime_ns)
            motion = motion_of(wanted.motion, places)
            right = right_of(wanted.right, settings)
            Studio(settings).run(StillPreview(subject, motion, output, right, options, spec.exact(at)))
            return output.read_bytes()
    except Exception as error:
        return problem_of(error)


def draw_nothing() -> None:
    """In the other process: load what draws."""
    from countenance.server.jobs.making import warm

    warm()


def forget_portraits() -> None:
    """In the other process: keep no pixels of anybody."""
    from countenance.server.campaigns import asking

    _subject.cache_clear()
    asking.forget()


@lru_cache(maxsize=4)
def _subject(path: Path, face: str, settings: Settings, _changed: int) -> Any:
    """A portrait that was looked at a moment ago; it holds the pixels of the bytes that it was pinned from."""
    from countenance.face.subject import PictureSubject
    from countenance.media.source import Source

    return PictureSubject(Source.pin(path), face, least_eyes=settings.min_eye_distance)
