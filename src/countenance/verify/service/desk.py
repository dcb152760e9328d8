"""What the service's routes share: the registry, the limits, and how an upload is taken in. Uploads lie in a temporary
folder while they are looked at, and are gone afterwards whatever happens.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import HTTPException, Request

from countenance.errors import EmptyFile, TooLarge
from countenance.marking.registry import Registry
from countenance.settings import Settings
from countenance.verify.fetching import Fetching, Resolve, resolve
from countenance.verify.service.apart import Allowance


@dataclass(frozen=True)
class Service:
    """How the service is run.

    Attributes:
        max_bytes: of an upload or a linked file.
        upload_seconds: that sending one may take.
        at_once: files looked at at the same time; `waiting` more may wait.
        allowance: what one file may use.
        links: None refuses links; else what may be fetched.
        resolver: looks host names up.
    """

    max_bytes: int = 128 << 20
    upload_seconds: float = 60.0
    at_once: int = 2
    waiting: int = 16
    allowance: Allowance = field(default_factory=Allowance)
    links: Fetching | None = field(default_factory=Fetching)
    resolver: Resolve = resolve


class Desk:
    """One running service."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self.settings, self.service = settings, service
        self.allowance = service.allowance
        self.registry = Registry.open(settings)
        self._turns = asyncio.Semaphore(service.at_once)
        self._present = 0

    def close(self) -> None:
        """Let the registry go."""
        self.registry.close()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn to have a file looked at.

        Raises:
            HTTPException: 503, when too many wait already.
        """
        if self._present >= self.service.at_once + self.service.waiting:
            raise HTTPException(503, "Too many files are being looked at.", headers={"Retry-After": "10"})
        self._present += 1
        try:
            async with self._turns:
                yield
        finally:
            self._present -= 1

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[Path]:
        """The body of a request as a file, and a turn.

        Raises:
            TooLarge: in bytes or in time. EmptyFile. HTTPException: 503.
        """
        limit = self.service.max_bytes
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            raise _too_large(limit)
        with tempfile.TemporaryDirectory(prefix="countenance-") as folder:
            path, size = Path(folder) / "upload", 0
            try:
                async with asyncio.timeout(self.service.upload_seconds):
                    with path.open("wb") as file:
                        async for piece in request.stream():
                            size += len(piece)
                            if size > limit:
                                raise _too_large(limit)
                            file.write(piece)
            except TimeoutError as error:
                raise TooLarge(
                    "Sending the file took too long.", "Send a smaller file.", code="verify.slow_upload"
                ) from error
            if not size:
                raise EmptyFile("The file is empty.")
            async with self.turn():
                yield path


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The file is larger than {limit / 2**20:.0f} MiB.",
        "Cut a few seconds out of it, or use `countenance verify` on your own computer.",
    )
