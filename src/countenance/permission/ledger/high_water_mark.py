"""What this computer has seen of each ledger: the furthest entry and its hash, kept apart from the ledger itself.

    <home>/witness.sqlite

A chain shows what was altered inside it, but not that its tail was cut off or that all of it was written anew. Every
append and every good check notes the furthest entry here; a later check must find that entry again, unaltered. Knows
nothing of what entries say.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from countenance.errors import OutputFolder, OutputFull
from countenance.permission.ledger import read_only
from countenance.permission.vault import make_private_folder
from countenance.sqlite import set_pragmas

_TABLE = """CREATE TABLE IF NOT EXISTS seen (
    ledger TEXT PRIMARY KEY, place TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, at TEXT NOT NULL)"""
_NOTE = """INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT (ledger) DO UPDATE
    SET place = excluded.place, seq = excluded.seq, hash = excluded.hash, at = excluded.at
    WHERE excluded.seq > seen.seq"""


@dataclass(frozen=True)
class HighWaterMark:
    """The furthest entry seen of a ledger.

    Attributes:
        ledger: its number, 32 hex.
        place: SHA-256 hex of the database's address.
        seq, hash: of the entry.
        at: when it was seen, ISO 8601, UTC.
    """

    ledger: str
    place: str
    seq: int
    hash: str
    at: str


class Witness:
    """Notes and recalls. Safe for many processes; never goes back.

    Args:
        path: of its file; made when first written to.
        writes: whether anything is noted; else it is only read, also where nothing can be written.
    """

    def __init__(self, path: Path, *, writes: bool = True) -> None:
        self.path = Path(path)
        self.writes = writes
        self._held = contextlib.ExitStack()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def close(self) -> None:
        """Let the file go; it is opened again when needed."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None
            self._held.close()

    def note(self, ledger: str, place: str, seq: int, hash_: str) -> None:
        """This entry is there.

        Raises:
            OutputFolder: the note cannot be kept.
        """
        if not self.writes:
            return
        make_private_folder(self.path.parent)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with self._open() as connection:
            connection.execute(_NOTE, (ledger, place, seq, hash_, at))

    def forget(self, ledger: str, place: str) -> None:
        """Of this place, every other ledger than this; and of this, how far it reached: a loss was owned up to."""
        if not self.path.is_file():
            return
        with self._open() as connection:
            connection.execute("DELETE FROM seen WHERE place = ? OR ledger = ?", (place, ledger))

    def recall(self, ledger: str) -> HighWaterMark | None:
        """The furthest that was seen of a ledger; None where this computer never saw it.

        Raises:
            OutputFolder: the file is there and cannot be read.
        """
        if not self.path.is_file():
            return None
        with self._open() as connection:
            row = connection.execute("SELECT * FROM seen WHERE ledger = ?", (ledger,)).fetchone()
        return None if row is None else HighWaterMark(*row)

    def known(self) -> list[HighWaterMark]:
        """All ledgers that were seen here."""
        if not self.path.is_file():
            return []
        with self._open() as connection:
            return [HighWaterMark(*row) for row in connection.execute("SELECT * FROM seen ORDER BY at")]

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The connection, in a transaction. It is kept: opening and closing would cost more than the note."""
        try:
            with self._lock:
                if self._connection is None or self._process != os.getpid():  # never used across a fork
                    self._connection = self._connected()
                    self._process = os.getpid()
                with self._connection as connection:
                    yield connection
        except sqlite3.Error as error:
            if "disk is full" in str(error):
                raise OutputFull(f"There is no space left on the disk of {self.path.parent}.") from error
            raise OutputFolder(
                f"The ledger's witness {self.path.name} cannot be used: {error}.",
                "Check the folder's rights; if the file is damaged, verify against an exported root, then delete it.",
                code="ledger.witness",
            ) from error

    def _connected(self) -> sqlite3.Connection:
        if not self.writes:
            return read_only.connect(read_only.reading(self.path, self._held))
        connection = sqlite3.connect(self.path, timeout=60, check_same_thread=False)
        # A note lost in a power cut only makes the next check know a little less.
        set_pragmas(connection, synchronous="NORMAL")
        connection.execute(_TABLE)
        return connection
