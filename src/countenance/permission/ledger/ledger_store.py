"""The ledger in one database: append, read, nothing else. Safe for many processes and threads; loses nothing.

Every append waits for the lock of the whole ledger, reads the last entry, and adds the next in the same transaction: a
process killed at any moment has added its entries whole or not at all. Knows nothing of what entries mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, func, insert, select
from sqlalchemy.exc import DBAPIError

from countenance.errors import FileMissing, OutputError, OutputFolder, OutputFull
from countenance.files import disk_trouble
from countenance.home import WITNESS, Home, refuse_unwritable
from countenance.permission.ledger.continuity import expected, refuse_missing, refuse_other, seen_now
from countenance.permission.ledger.entry import Entry, next_entry, origin
from countenance.permission.ledger.high_water_mark import Witness
from countenance.permission.ledger.kinds import body_text
from countenance.permission.ledger.ledger_schema import (
    CHUNK,
    ENTRIES,
    connected,
    ledger_id,
    lock_for_writing,
    read_from,
)
from countenance.permission.ledger.merkle import root_of
from countenance.permission.ledger.verification import KnownRoot, LedgerReport, verify_ledger
from countenance.settings import Settings

T = TypeVar("T")
_FIELDS = (ENTRIES.c.seq, ENTRIES.c.kind, ENTRIES.c.at, ENTRIES.c.body, ENTRIES.c.previous, ENTRIES.c.hash)


class Ledger:
    """An append-only record.

    Args:
        address: an SQLAlchemy address (sqlite, postgresql).
        witness: where this computer notes how far the ledger reached; one that does not write is given a ledger that
            is only read.
        home: whose ledger it is; it notes the same.
        begin: whether a ledger is begun where there is none.

    Raises:
        OutputFolder: it cannot be opened or written; FileMissing, BadDocument, LibraryMissing: see `schema.connected`.
    """

    def __init__(self, address: str, witness: Witness, *, home: Home | None = None, begin: bool = True) -> None:
        self._held = ExitStack()
        try:
            if witness.writes:
                self.engine: Engine = connected(address, begin=begin)
                self._held.callback(self.engine.dispose)
            else:
                self.engine = read_from(address, self._held)
            self.id = ledger_id(self.engine)
        except DBAPIError as error:
            self._held.close()
            raise (
                _full(error, address)
                or disk_trouble(address, "The ledger")
                or OutputFolder(
                    f"The ledger cannot be opened: {_cause(error)}.",
                    "Check COUNTENANCE_LEDGER_URL and that the database runs, or restore the file from a backup.",
                    code="ledger.closed",
                )
            ) from error
        self.place = hashlib.sha256(self.engine.url.set(password=None).render_as_string().encode()).hexdigest()
        self.witness = witness
        self.home = home

    @classmethod
    def open(cls, settings: Settings) -> Ledger:
        """The ledger of the settings' home, to write in; home and ledger are begun where there are none yet.

        Raises:
            HomeWrong: setup.home, see `Home.open`; ledger.gone, ledger.replaced, ledger.rolled_back: it is not the
                ledger that was here before, or does not hold what it held.
            OutputFolder, OutputFull, BadDocument, LibraryMissing.
        """
        home = Home.open(settings)
        refuse_unwritable(home.folder)
        witness = Witness(home.folder / WITNESS)
        try:
            there = expected(home, witness)
            try:
                ledger = cls(home.address("ledger", settings), witness, home=home, begin=there.newest is None)
            except FileMissing:
                refuse_missing(home, there)
                raise
            try:
                refuse_other(ledger, there)
                if not there.whole:
                    ledger.remember()
            except BaseException:
                ledger.close()
                raise
            return ledger
        except BaseException:
            witness.close()
            raise

    @classmethod
    def reading(cls, settings: Settings) -> Ledger:
        """The ledger of the settings' home, to read alone: as it stands, whole or not, on a read-only copy as well.

        Raises:
            FileMissing: ledger.missing; HomeWrong, OutputFolder, BadDocument, LibraryMissing.
        """
        home = Home.look(settings)
        if home is None:
            address = settings.ledger_url or f"sqlite:///{settings.home / 'ledger.sqlite'}"
        else:
            address = home.address("ledger", settings)
        return cls(address, Witness(settings.home / WITNESS, writes=False), home=home)

    def remember(self) -> None:
        """Note how far the ledger reaches, in both places."""
        last = self.last()
        self._note(*((last.seq, last.hash) if last is not None else (0, origin(self.id))))

    def _note(self, seq: int, hash_: str) -> None:
        self.witness.note(self.id, self.place, seq, hash_)
        if self.home is not None and self.witness.writes:
            self.home.note(seen_now(self.id, seq, hash_))

    def close(self) -> None:
        """Let the database go."""
        self._held.close()
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
            address = str(self.engine.url)
            raise (
                _full(error, address)
                or disk_trouble(address, "The ledger")
                or OutputError(
                    f"The ledger cannot be written: {_cause(error)}.",
                    "Check space and rights of the ledger's database; nothing was added.",
                    code="ledger.write",
                )
            ) from error
        if added:
            self._note(added[-1].seq, added[-1].hash)
        return added

    def _add(self, connection: Connection, texts: Sequence[tuple[str, str]]) -> list[Entry]:
        last = connection.execute(select(*_FIELDS).order_by(ENTRIES.c.seq.desc()).limit(1)).first()
        seq, previous = (last.seq, last.hash) if last is not None else (0, origin(self.id))
        now = datetime.now(UTC)
        if last is not None:  # time does not run back in a ledger, whatever becomes of the clock
            now = max(now, datetime.fromisoformat(last.at))
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

    def extent(self) -> tuple[int, int]:
        """The place of the newest entry, and how many entries there are: the same, unless some were taken out."""
        query = select(func.coalesce(func.max(ENTRIES.c.seq), 0), func.count(ENTRIES.c.seq))
        row = self.read(lambda c: c.execute(query).one())
        return int(row[0]), int(row[1])

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


def _full(error: DBAPIError, address: str) -> OutputFull | None:
    """A disk without space, told as one; of a server it is the server's own words that say where."""
    text = str(error.orig).lower()
    if "disk is full" not in text and "no space left" not in text:
        return None
    path = address.removeprefix("sqlite:///")
    return OutputFull(
        f"There is no space left on the disk of {path}, where the ledger lies.",
        "Free some space on that disk; nothing was added.",
        code="ledger.full",
    )
