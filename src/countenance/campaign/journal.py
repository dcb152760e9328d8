"""What a campaign has done so far: one line of JSON an event, appended and synced before anything else goes on.

Only one process writes; a lock keeps a second run of the same campaign out. A line that a crash cut short is dropped.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from countenance.errors import OutputError, OutputFolder, OutputFull
from countenance.files import sha256_file

NAME = "campaign.jsonl"

Event = Literal["started", "made", "failed"]


@dataclass(frozen=True)
class JournalEntry:
    """One event.

    Attributes:
        event: started, made or failed.
        version: its name.
        fingerprint: of what was to be made, see Version.
        at: ISO 8601, UTC.
        facts: made: output, sha256, seconds, …; failed: code, message, remedy.
    """

    event: Event
    version: str
    fingerprint: str
    at: str
    facts: Mapping[str, Any]


class Journal:
    """The journal in a campaign's output folder. Read it freely; write inside `writing()`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self._file: int | None = None

    def entries(self) -> Iterator[JournalEntry]:
        """All events, oldest first."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            for line in file:
                entry = _read(line)
                if entry is not None:
                    yield entry

    def last(self, *events: Event) -> dict[str, JournalEntry]:
        """By version: its last event among these."""
        return {entry.version: entry for entry in self.entries() if entry.event in (events or get_args(Event))}

    def unheard(self) -> dict[str, JournalEntry]:
        """By version: the first of the attempts whose end nobody told, where the last of its events is such a one."""
        open_: dict[str, JournalEntry] = {}
        for entry in self.entries():
            if entry.event != "started":
                open_.pop(entry.version, None)
            elif entry.version not in open_ or open_[entry.version].fingerprint != entry.fingerprint:
                open_[entry.version] = entry
        return open_

    def holds(self, entry: JournalEntry, fingerprint: str) -> bool:
        """Whether what was made then is what is wanted now, and lies there unchanged."""
        path = self.folder / str(entry.facts.get("output", ""))
        return entry.fingerprint == fingerprint and path.is_file() and sha256_file(path) == entry.facts.get("sha256")

    @contextmanager
    def writing(self) -> Iterator[Journal]:
        """Hold the journal for this process.

        Raises:
            OutputFolder: the folder cannot be written. OutputError: another run holds it (campaign.running).
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise OutputFolder(f"{self.folder} cannot be written: {error.strerror}.") from error
        try:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise OutputError(
                    f"Another run of this campaign is at work in {self.folder}.",
                    "Wait for it, or stop it; what it made is kept.",
                    code="campaign.running",
                ) from error
            self._drop_torn_line()
            _sync_folder(self.folder)
            yield self
        finally:
            os.close(self._file)
            self._file = None

    def write(self, event: Event, version: str, fingerprint: str, **facts: Any) -> JournalEntry:
        """Append an event; it is on the disk when this returns. Raises OutputFull."""
        assert self._file is not None, "inside writing()"
        entry = JournalEntry(event, version, fingerprint, datetime.now(UTC).isoformat(timespec="milliseconds"), facts)
        line = json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            before = os.fstat(self._file).st_size
            if os.write(self._file, line) != len(line):
                os.ftruncate(self._file, before)
                raise OutputFull(f"There is no space left to write {self.path.name}.")
            os.fsync(self._file)
        except OSError as error:
            raise OutputFull(f"{self.path.name} cannot be written: {error.strerror}.") from error
        return entry

    def _drop_torn_line(self) -> None:
        assert self._file is not None
        data = self.path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._file, whole)
            os.fsync(self._file)


def _read(line: bytes) -> JournalEntry | None:
    try:
        data = json.loads(line)
        known = isinstance(data, dict) and set(data) == {field.name for field in fields(JournalEntry)}
        return JournalEntry(**data) if known and isinstance(data["facts"], dict) else None
    except ValueError:
        return None


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power cut, where the file system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
