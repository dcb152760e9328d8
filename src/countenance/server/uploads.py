"""Files that callers send, in as many pieces as their connection breaks into: what tus asks of a store.

A row says how much is there; bytes are on the disk before the row says so, so that a sender who asks where to go on is
never told of bytes that are not there. Room for the whole file is taken when it is announced. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Row, delete, func, insert, or_, select, update
from starlette.concurrency import run_in_threadpool

from countenance.errors import CountenanceError, EmptyFile, OutputFull, TooLarge
from countenance.server.database import JOB_UPLOADS, JOBS, UPLOADS, Database
from countenance.server.numbers import new_id
from countenance.server.places import Places
from countenance.server.refusals import NotNow, NotThere, OverQuota

UNFINISHED_SECONDS = 24 * 3600.0
"""For how long a file that is not all here is waited for."""


class OffsetWrong(CountenanceError):
    """A piece that does not begin where the file ends so far."""

    code = "upload.offset"
    exit_status = 2
    http_status = 409
    default_remedy = "Ask with HEAD where to go on."


@dataclass(frozen=True)
class Limits:
    """What may be uploaded.

    Attributes:
        file: bytes of one.
        together: bytes of all, of everybody.
        free: bytes that stay free on the disk.
    """

    file: int = 2 << 30
    together: int = 50 << 30
    free: int = 1 << 30


@dataclass(frozen=True)
class Upload:
    """A file on its way or here.

    Attributes:
        id, owner: whose.
        name: as its sender called it; never a path.
        length, offset: bytes in all, and so far.
        created, touched: seconds since 1970.
        sha256: once it is all here.
    """

    id: str
    owner: str
    name: str
    length: int
    offset: int
    created: float
    touched: float
    sha256: str | None = None

    @property
    def whole(self) -> bool:
        """Whether it is all here."""
        return self.sha256 is not None


class Uploads:
    """The uploads of one studio.

    Args:
        database, places: where rows and bytes are.
        limits: see Limits.
        clock: seconds since 1970.
        deleted: called after an upload is gone.
    """

    def __init__(
        self,
        database: Database,
        places: Places,
        limits: Limits,
        clock: Callable[[], float] = time.time,
        deleted: Callable[[], None] = lambda: None,
    ) -> None:
        self._deleted = deleted
        self._database, self._places, self.limits, self._clock = database, places, limits, clock
        self._writing: set[str] = set()

    def create(self, owner: str, length: int, name: str, quota: int = 0, used: int = 0) -> Upload:
        """Announce a file.

        Args:
            owner: whose it is.
            length: bytes that will come.
            name: as the sender calls it.
            quota: bytes that the owner may have in all; 0 for any.
            used: bytes that they have beside uploads.

        Raises:
            EmptyFile, TooLarge, OverQuota; OutputFull: there is no room for it.
        """
        if length <= 0:
            raise EmptyFile("The file is empty.")
        if length > self.limits.file:
            raise TooLarge(
                f"The file has {length / 2**20:.0f} MiB; {self.limits.file / 2**20:.0f} MiB are taken.",
                "Cut or scale it before you send it.",
            )
        number, now = new_id("upl"), self._clock()
        with self._database.changing() as connection:
            own = select(func.coalesce(func.sum(UPLOADS.c.length), 0))
            if quota and connection.execute(own.where(UPLOADS.c.owner == owner)).scalar_one() + used + length > quota:
                raise OverQuota(f"This key may keep {quota / 2**30:.1f} GiB, and has no room for this file.")
            spoken_for = connection.execute(own).scalar_one()
            due = connection.execute(
                select(func.coalesce(func.sum(UPLOADS.c.length - UPLOADS.c.offset), 0))
            ).scalar_one()
            free = shutil.disk_usage(self._places.folder).free - due
            if spoken_for + length > self.limits.together or free - length < self.limits.free:
                raise OutputFull(
                    "There is no room for this file here.", "Delete uploads and results, or ask again later."
                )
            connection.execute(
                insert(UPLOADS).values(
                    id=number, owner=owner, name=_plain(name), length=length, offset=0, created=now, touched=now
                )
            )
        path = self._places.upload(number)
        path.parent.mkdir(mode=0o700, parents=True)
        path.touch(mode=0o600)
        return self.find(number, owner)

    def find(self, number: str, owner: str | None = None) -> Upload:
        """An upload, of this owner's. Raises NotThere."""
        with self._database.reading() as connection:
            row = connection.execute(select(UPLOADS).where(UPLOADS.c.id == number)).first()
        if row is None or owner not in (None, row.owner):
            raise NotThere(f"There is no upload {number[:60]!r} here.")
        return _upload(row)

    def path(self, number: str, owner: str | None = None) -> Path:
        """The file of an upload that is all here. Raises NotThere, NotNow."""
        upload = self.find(number, owner)
        if not upload.whole:
            raise NotNow(f"Of this file {upload.offset:,} of {upload.length:,} bytes are here.", "Send the rest first.")
        return self._places.upload(number)

    async def append(self, upload: Upload, offset: int, pieces: AsyncIterator[bytes]) -> Upload:
        """Take in what comes, as far as it comes: where a connection breaks, what was written counts.

        Raises:
            OffsetWrong. NotNow: somebody else sends the same file. TooLarge: more came than was announced.
        """
        if upload.id in self._writing:
            raise NotNow("This file is being sent by another connection.", "Wait for it to end, or break it off.")
        self._writing.add(upload.id)
        try:
            upload = await run_in_threadpool(self.find, upload.id)
            if offset != upload.offset or upload.whole:
                raise OffsetWrong(f"The file has {upload.offset:,} bytes so far, and this begins at {offset:,}.")
            at = await self._write(upload, pieces)
            return await run_in_threadpool(self._note, upload, at)
        finally:
            self._writing.discard(upload.id)

    async def _write(self, upload: Upload, pieces: AsyncIterator[bytes]) -> int:
        at = upload.offset
        with self._places.upload(upload.id).open("r+b") as file:
            file.truncate(at)  # what a killed server wrote and did not note
            file.seek(at)
            try:
                async for piece in pieces:
                    if at + len(piece) > upload.length:
                        raise TooLarge("More bytes came than were announced.", "Announce the file's true length.")
                    file.write(piece)
                    at += len(piece)
            finally:
                file.flush()
                await run_in_threadpool(os.fsync, file.fileno())
                if at < upload.length:
                    await run_in_threadpool(self._note, upload, at)
        return at

    def _note(self, upload: Upload, at: int) -> Upload:
        digest = None
        if at == upload.length:
            with self._places.upload(upload.id).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        with self._database.changing() as connection:
            connection.execute(
                update(UPLOADS).where(UPLOADS.c.id == upload.id).values(offset=at, touched=self._clock(), sha256=digest)
            )
        return self.find(upload.id)

    def delete(self, number: str, owner: str | None = None) -> None:
        """Delete an upload for good. Raises NotThere; NotNow: a job that has not ended needs it."""
        self.find(number, owner)
        with self._database.changing() as connection:
            needed = (
                select(JOBS.c.id)
                .join(JOB_UPLOADS, JOB_UPLOADS.c.job == JOBS.c.id)
                .where(JOB_UPLOADS.c.upload == number, JOBS.c.state.in_(("queued", "running")))
            )
            if connection.execute(needed).first() is not None:
                raise NotNow("A job that has not ended needs this file.", "Cancel the job first, or wait for it.")
            connection.execute(delete(UPLOADS).where(UPLOADS.c.id == number))
        self._places.wipe_upload(number)
        self._deleted()

    def bytes_of(self, owner: str) -> int:
        """Of all uploads of an owner."""
        with self._database.reading() as connection:
            query = select(func.coalesce(func.sum(UPLOADS.c.length), 0)).where(UPLOADS.c.owner == owner)
            return int(connection.execute(query).scalar_one())

    def stale(self, before: float) -> list[str]:
        """Uploads to delete: last used before a moment, or never finished; none that a job waits for."""
        unfinished = self._clock() - UNFINISHED_SECONDS
        needed = (
            select(JOB_UPLOADS.c.upload)
            .join(JOBS, JOBS.c.id == JOB_UPLOADS.c.job)
            .where(JOBS.c.state.in_(("queued", "running")))
        )
        query = select(UPLOADS.c.id).where(
            or_(UPLOADS.c.touched < before, (UPLOADS.c.sha256.is_(None)) & (UPLOADS.c.touched < unfinished)),
            UPLOADS.c.id.not_in(needed),
        )
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())


def _upload(row: Row[object]) -> Upload:
    said = row._mapping
    return Upload(**{name: said[name] for name in Upload.__dataclass_fields__})


def _plain(name: str) -> str:
    """A name to show people: no path, no control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:200] or "file"
