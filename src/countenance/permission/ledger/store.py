"""The ledger in one database: append, read, nothing else. Safe for many processes and threads; loses nothing.

Every append waits for the lock of the whole ledger, reads the last entry, and adds the next in the same transaction: a
process killed at any moment has added its entries whole or not at all. Knows nothing of what entries mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, insert, select
from sqlalchemy.exc import DBAPIError

from countenance.errors import OutputError, OutputFolder
from countenance.permission.ledger.entry import Entry, next_entry, origin
from countenance.permission.ledger.kinds import body_text
from countenance.permission.ledger.merkle import root_of
from countenance.permission.ledger.schema import CHUNK, ENTRIES, connected, ledger_id, lock_for_writing
from countenance.permission.ledger.verification import KnownRoot, LedgerReport, verify_ledger
from countenance.permission.ledger.witness import Witness
from countenance.permission.vault import make_private_folder
from countenance.settings import Settings, default_settings

T = TypeVar("T")
_FIELDS = (ENTRIES.c.seq, ENTRIES.c.kind, ENTRIES.c.at, ENTRIES.c.body, ENTRIES.c.previous, ENTRIES.c.hash)


def ledger_address(settings: Settings) -> str:
    """The SQLAlchemy address of the settings' ledger; SQLite in the home folder by default."""
    return settings.ledger_url or f"sqlite:///{settings.home / 'ledger.sqlite'}"


class Ledger:
    """An append-only record.

    Args:
        address: an SQLAlchemy address (sqlite, postgresql).
        witness: where this computer notes how far the ledger reached.

    Raises:
        OutputFolder: it cannot be opened or written; BadDocument, LibraryMissing: see `schema.connected`.
    """

    def __init__(self, address: str, witness: Witness) -> None:
        try:
            self.engine: Engine = connected(address)
            self.id = ledger_id(self.engine)
        except DBAPIError as error:
            raise OutputFolder(
                f"The ledger cannot be opened: {_cause(error)}.",
                "Check COUNTENANCE_LEDGER_URL and that the database runs, or restore the file from a backup.",
                code="ledger.closed",
            ) from error
        self.place = hashlib.sha256(self.engine.url.set(password=None).render_as_string().encode()).hexdigest()
        self.witness = witness

    @classmethod
    def open(cls, settings: Settings | None = None) -> Ledger:
        """The settings' ledger; the home folder is made where it is missing."""
        settings = settings or default_settings()
        make_private_folder(settings.home)
        return cls(ledger_address(settings), Witness(settings.home / "witness.sqlite"))

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()
        self.witness.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, kind: str, body: Mapping[str, Any]) -> Entry:
        """Add one entry; it is on disk when this returns.

        Args:
            kind: see `kinds.KINDS`.
            body: as the kind's schema says.

        Raises:
            BadDocument: ledger.body, when it holds anything else.
            OutputError: ledger.write, when the database cannot be written; nothing was added.
        """
        return self.append_all([(kind, body)])[0]

    def append_all(self, bodies: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Entry]:
        """Add several entries, all or none, next to each other."""
        texts = [(kind, body_text(kind, body)) for kind, body in bodies]
        return self.transact(lambda _: texts)

    def transact(self, decide: Callable[[Connection], Sequence[tuple[str, str]]]) -> list[Entry]:
        """Decide what to add while nobody else can write, and add it.

        Args:
            decide: given the connection inside the lock, returns (kind, canonical body) pairs, or raises to add none.
        """
        try:
            with self.engine.connect() as connection:
                lock_for_writing(connection)
                added = self._add(connection, decide(connection))
                connection.commit()
        except DBAPIError as error:
            raise OutputError(
                f"The ledger cannot be written: {_cause(error)}.",
                "Check space and rights of the ledger's database; nothing was added.",
                code="ledger.write",
            ) from error
        if added:
            self.witness.note(self.id, self.place, added[-1].seq, added[-1].hash)
        return added

    def _add(self, connection: Connection, texts: Sequence[tuple[str, str]]) -> list[Entry]:
        last = connection.execute(select(*_FIELDS).order_by(ENTRIES.c.seq.desc()).limit(1)).first()
        seq, previous = (last.seq, last.hash) if last is not None else (0, origin(self.id))
        now = datetime.now(UTC)
        added = []
        for kind, text in texts:
            entry = next_entry(seq + 1, kind, now, text, previous)
            added.append(entry)
            seq, previous = entry.seq, entry.hash
        if added:
            connection.execute(insert(ENTRIES), [row_of(entry) for entry in added])
        return added

    def entries(
        self, kind: str | None = None, *, grant: str | None = None, permit: str | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """Entries in their order, read in chunks: memory does not grow with the ledger.

        Args:
            kind: only of this kind.
            grant, permit: only about this one.
            after: only those beyond this place.
        """
        query = select(*_FIELDS).order_by(ENTRIES.c.seq).limit(CHUNK)
        for column, value in ((ENTRIES.c.kind, kind), (ENTRIES.c.grant_id, grant), (ENTRIES.c.permit_id, permit)):
            if value is not None:
                query = query.where(column == value)
        while True:
            chunk = self._chunk(query.where(ENTRIES.c.seq > after))
            yield from chunk
            if len(chunk) < CHUNK:
                return
            after = chunk[-1].seq

    def _chunk(self, query: Select[Any]) -> list[Entry]:
        return self.read(lambda connection: [Entry(*row) for row in connection.execute(query)])

    def entry(self, seq: int) -> Entry | None:
        """The entry at a place."""
        row = self.read(lambda c: c.execute(select(*_FIELDS).where(ENTRIES.c.seq == seq)).first())
        return None if row is None else Entry(*row)

    def last(self) -> Entry | None:
        """The newest entry."""
        row = self.read(lambda c: c.execute(select(*_FIELDS).order_by(ENTRIES.c.seq.desc()).limit(1)).first())
        return None if row is None else Entry(*row)

    def leaves(self, size: int | None = None) -> list[bytes]:
        """The hashes of the first `size` entries (default: all), 32 bytes each, as they stand in the database."""
        query = select(ENTRIES.c.hash).order_by(ENTRIES.c.seq).limit(size)
        return [bytes.fromhex(row) for row in self.read(lambda c: c.execute(query).scalars().all())]

    def root(self, size: int | None = None) -> KnownRoot:
        """The Merkle root over the first `size` entries (default: all), as their hashes stand in the database."""
        leaves = self.leaves(size)
        return KnownRoot(len(leaves), root_of(leaves).hex())

    def verify(self, against: Iterable[KnownRoot] = ()) -> LedgerReport:
        """Check every entry; see `verification.verify_ledger`."""
        return verify_ledger(self, against)

    def read(self, ask: Callable[[Connection], T]) -> T:
        """Ask the database something, changing nothing.

        Raises:
            OutputError: ledger.read.
        """
        try:
            with self.engine.connect() as connection:
                return ask(connection)
        except DBAPIError as error:
            raise OutputError(
                f"The ledger cannot be read: {_cause(error)}.",
                "Restore it from a backup, and verify that against the last exported root.",
                code="ledger.read",
            ) from error


def row_of(entry: Entry) -> dict[str, Any]:
    """The columns of an entry."""
    said = entry.said
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "at": entry.at,
        "body": entry.body,
        "previous": entry.previous,
        "hash": entry.hash,
        "grant_id": said.get("grant"),
        "permit_id": said.get("permit"),
    }


def _cause(error: DBAPIError) -> str:
    return str(error.orig).strip().rstrip(".").splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
