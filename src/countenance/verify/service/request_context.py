"""What the service's routes share: the registry, the limits, and who may come in. A place is taken before a byte of a
file is read, and room for it in the spool; who only half sends a file keeps neither when somebody else comes. Uploads
lie in the spool while they are looked at, and are gone afterwards, whatever happens.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from countenance.errors import EmptyFile, InputError, TooLarge
from countenance.marking.render_registry import Registry
from countenance.permission.keyring import Signer
from countenance.settings import Settings
from countenance.spool import wipe
from countenance.verify.fetching import Fetching, Resolve, resolve
from countenance.verify.service.sandbox import Look, ResourceLimits

T = TypeVar("T")
AGAIN_AFTER = "10"
"""Seconds after which somebody who was sent away may ask again."""
COUNT_SECONDS = 2.0
"""For counting what the registry has."""


class SlowUpload(InputError):
    """A file that did not come in time."""

    code = "verify.slow_upload"
    http_status = 408
    default_remedy = "Send a smaller file, or over a faster connection."


@dataclass(frozen=True)
class Service:
    """How the service is run.

    Attributes:
        max_bytes: of an upload or a linked file.
        upload_seconds: that sending one may take.
        idle_seconds: that may go by without any of it.
        pace: bytes a second below which, after `patience` seconds, an upload gives way to who comes next; so does one
            that at its pace will not be here in time.
        at_once: files looked at at the same time; `waiting` more may be on their way in or wait.
        spool_bytes: of all files together.
        free_bytes: that stay free on the spool's disk.
        allowance: what one file may use.
        signer: with whose key the issuer's records are stated to strangers; None states none.
        links: None refuses links; else what may be fetched.
        resolver: looks host names up.
    """

    max_bytes: int = 128 << 20
    upload_seconds: float = 60.0
    idle_seconds: float = 10.0
    pace: float = 32 << 10
    patience: float = 3.0
    at_once: int = 2
    waiting: int = 16
    spool_bytes: int = 1 << 30
    free_bytes: int = 512 << 20
    allowance: ResourceLimits = field(default_factory=ResourceLimits)
    signer: Signer | None = None
    links: Fetching | None = field(default_factory=Fetching)
    resolver: Resolve = resolve

    @property
    def places(self) -> int:
        """How many may be here."""
        return self.at_once + self.waiting


class Place:
    """Somebody's place: a folder in the spool, room for a file, and, while it is being sent, a clock."""

    def __init__(self, folder: Path, room: int) -> None:
        self.folder, self.room = folder, room
        self.size = 0
        self.begun = time.monotonic()
        self.gone = asyncio.Event()
        self.clock: asyncio.Timeout | None = None
        self.displaced = False
        self.linked = False

    def pace(self, service: Service) -> float:
        """Bytes a second, once patience is over; before, and when all is there, nobody can complain; 0 where at this
        pace what was announced will not be here in time."""
        age = time.monotonic() - self.begun
        if self.clock is None or self.displaced or age < service.patience:
            return float("inf")
        pace = self.size / age
        return pace if self.room - self.size <= pace * (service.upload_seconds - age) else 0.0

    def give_way(self) -> None:
        """End the sending."""
        if self.clock is not None and not self.clock.expired():
            self.displaced = True
            self.clock.reschedule(asyncio.get_running_loop().time())


class Desk:
    """One running service.

    Attributes:
        room: where uploads lie; given by whoever opens the desk.
    """

    def __init__(self, settings: Settings, service: Service) -> None:
        self.settings, self.service = settings, service
        self.allowance = service.allowance
        self.registry = Registry.open(settings)
        self.room: Path | None = None
        self._turns = asyncio.Semaphore(service.at_once)
        self._places: set[Place] = set()
        self._looks: set[Look] = set()
        self._counter = ThreadPoolExecutor(1)
        self._counting: asyncio.Future[int] | None = None

    def close(self) -> None:
        """Break off what is being looked at, and let the registry go."""
        for look in list(self._looks):
            look.break_off()
        self._counter.shutdown(wait=False, cancel_futures=True)
        self.registry.close()

    @property
    def spooled(self) -> int:
        """Bytes in the spool, or spoken for."""
        return sum(max(place.room, place.size) for place in self._places)

    @property
    def state(self) -> dict[str, int]:
        """How busy it is."""
        return {"present": len(self._places), "places": self.service.places, "spooled": self.spooled}

    async def count(self) -> int | None:
        """Renders in the registry; None where it does not say so in a moment. On a thread that nothing else uses."""
        if self._counting is None or self._counting.done():
            self._counting = asyncio.get_running_loop().run_in_executor(self._counter, self.registry.count)
        done, _ = await asyncio.wait({self._counting}, timeout=COUNT_SECONDS)
        return self._counting.result() if done and self._counting.exception() is None else None

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[Path]:
        """The body of a request as a file.

        Raises:
            TooLarge, SlowUpload, EmptyFile. HTTPException: 503, where there is no place or no room.
        """
        limit = self.service.max_bytes
        announced = request.headers.get("content-length", "")
        room = int(announced) if announced.isdecimal() and announced.isascii() else 0
        if room > limit:
            raise _too_large(limit)
        async with self.place(room) as place:
            path = place.folder / "upload"
            await self._take_in(request, place, path)
            if not place.size:
                raise EmptyFile("The file is empty.")
            yield path

    @asynccontextmanager
    async def place(self, room: int, *, linked: bool = False) -> AsyncIterator[Place]:
        """A place, and so many bytes of room. The slowest of those who still send gives way.

        Args:
            room: bytes, as far as they are known.
            linked: a file that is fetched; of those only some may be here, since others decide how long they take.

        Raises:
            HTTPException: 503.
        """
        if linked and sum(one.linked for one in self._places) >= max(1, self.service.places // 3):
            raise _busy()
        while len(self._places) >= self.service.places or not self._fits(room):
            slow = min(self._places, key=lambda one: one.pace(self.service), default=None)
            if slow is None or slow.pace(self.service) >= self.service.pace:
                raise _busy()
            slow.give_way()
            await slow.gone.wait()
        assert self.room is not None, "the desk is not open"
        place = Place(self.room / secrets.token_hex(8), room)
        place.linked = linked
        self._places.add(place)
        try:
            place.folder.mkdir(mode=0o700)
            yield place
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _busy() from error
            raise
        finally:
            wipe(place.folder)
            self._places.discard(place)
            place.gone.set()

    async def looked(self, request: Request, ask: Callable[[Look], T]) -> T:
        """Have a file looked at when its turn comes; broken off when whoever asked is gone, or the service stops.

        Args:
            request: whose body has been read.
            ask: called on a thread; waits for the look.

        Raises:
            CountenanceError: of the look. ClientDisconnect.
        """
        look = Look()
        self._looks.add(look)
        left = asyncio.ensure_future(_left(request))
        turn = asyncio.ensure_future(self._turns.acquire())
        work: asyncio.Future[T] | None = None
        try:
            await asyncio.wait({turn, left}, return_when=asyncio.FIRST_COMPLETED)
            if not turn.done():
                raise ClientDisconnect
            work = asyncio.ensure_future(run_in_threadpool(ask, look))
            await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise ClientDisconnect
            return work.result()
        finally:
            look.break_off()
            left.cancel()
            if work is not None and not work.done():  # a thread cannot be cancelled; its look was, so it ends
                with suppress(BaseException):
                    await work
            if turn.done() and not turn.cancelled():
                self._turns.release()
            turn.cancel()
            self._looks.discard(look)

    async def _take_in(self, request: Request, place: Place, path: Path) -> None:
        loop, service = asyncio.get_running_loop(), self.service
        until = loop.time() + service.upload_seconds
        try:
            async with asyncio.timeout_at(min(until, loop.time() + service.idle_seconds)) as place.clock:
                with path.open("wb") as file:
                    async for piece in request.stream():
                        if place.size + len(piece) > service.max_bytes:
                            raise _too_large(service.max_bytes)
                        if place.size + len(piece) > place.room and not self._fits(len(piece)):
                            raise _busy()
                        file.write(piece)
                        place.size += len(piece)
                        if not place.clock.expired() and not place.displaced:
                            place.clock.reschedule(min(until, loop.time() + service.idle_seconds))
        except TimeoutError as error:
            raise SlowUpload("Sending the file took too long.") from error
        finally:
            place.clock = None

    def _fits(self, more: int) -> bool:
        """Whether there is room for more in the spool and on its disk."""
        if self.spooled + more > self.service.spool_bytes:
            return False
        assert self.room is not None
        due = sum(max(0, place.room - place.size) for place in self._places)
        return shutil.disk_usage(self.room).free - due - more >= self.service.free_bytes


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _busy() -> HTTPException:
    return HTTPException(503, "Too many files are being looked at.", headers={"Retry-After": AGAIN_AFTER})


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The file is larger than {limit / 2**20:.0f} MiB.",
        "Cut a few seconds out of it, or use `countenance verify` on your own computer.",
    )
