"""Holding a ledger against itself, against what this computer saw of it, and against roots kept elsewhere.

Inside: every entry's hash, its link to the one before, its place, and the columns copied out of it. From outside: the
furthest entry this computer has seen, and exported roots, without which a cut tail or a ledger written anew from some
entry on leaves no trace. Reads in chunks; memory does not grow with the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Row, select
from sqlalchemy.exc import DBAPIError

from countenance.errors import CountenanceError
from countenance.permission.ledger.entry import leaf_hash, line, origin
from countenance.permission.ledger.ledger_schema import CHUNK, ENTRIES
from countenance.permission.ledger.merkle import GrowingTree

if TYPE_CHECKING:
    from countenance.permission.ledger.ledger_store import Ledger

Problem = Literal[
    "altered", "reordered", "missing", "unlinked", "foreign", "truncated", "rewritten", "replaced", "damaged"
]
MOST = 200  # findings told one by one; more are counted
_SWAPS = 400  # altered rows among which a changed order is looked for


@dataclass(frozen=True)
class KnownRoot:
    """A root that was exported earlier: the first `size` entries had this Merkle root (hex)."""

    size: int
    root: str


@dataclass(frozen=True)
class LedgerFinding:
    """Something that is wrong.

    Attributes:
        problem: `altered` (contents are not what was hashed), `reordered` (stands at another place), `missing`,
            `unlinked` (does not follow the entry before), `foreign` (cannot belong to this ledger), `truncated` (the
            tail was cut off), `rewritten` (not what was seen or exported earlier), `replaced` (another ledger stands
            where one was), `damaged` (the database cannot be read on).
        seq: the first place concerned.
        message: one sentence.
    """

    problem: Problem
    seq: int
    message: str


@dataclass(frozen=True)
class LedgerReport:
    """What a check found.

    Attributes:
        ledger: its number.
        size: entries read.
        head: hash of the last entry, hex; the ledger's origin where there is none.
        root: Merkle root over all entries as recomputed, hex.
        findings: at most `MOST`.
        problems: how many there were in all.
        anchors: from outside: places (sizes) at which the ledger was held against what is known of it.
    """

    ledger: str
    size: int
    head: str
    root: str
    findings: tuple[LedgerFinding, ...] = ()
    problems: int = 0
    anchors: tuple[int, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return self.problems == 0

    @property
    def anchored(self) -> bool:
        """Whether a cut tail or a rewritten ledger would have been noticed up to some entry."""
        return bool(self.anchors)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "good": self.good,
            "ledger": self.ledger,
            "size": self.size,
            "head": self.head,
            "root": self.root,
            "anchors": list(self.anchors),
            "problems": self.problems,
            "findings": [{"problem": f.problem, "seq": f.seq, "message": f.message} for f in self.findings],
        }


@dataclass
class _Check:
    """The state of one reading."""

    ledger: str
    known: dict[int, list[str]]
    seen_at: int
    seen_hash: str
    findings: list[LedgerFinding] = field(default_factory=list)
    problems: int = 0
    tree: GrowingTree = field(default_factory=GrowingTree)
    next_seq: int = 1
    previous: str = ""
    doubtful: bool = False
    anchors: set[int] = field(default_factory=set)
    suspects: list[tuple[Any, ...]] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)

    def tell(self, problem: Problem, seq: int, message: str) -> None:
        self.problems += 1
        if len(self.findings) < MOST:
            self.findings.append(LedgerFinding(problem, seq, message))

    def row(self, row: Any) -> None:
        """One row, in the order of places."""
        seq, kind, at, body, previous, hash_, grant, permit = row
        place = seq if isinstance(seq, int) else 0
        if place < self.next_seq:
            self.tell("foreign", place, f"An entry stands at {seq!r}, which is no place or taken already.")
        elif place > self.next_seq:
            last = f" to {place - 1}" if place - 1 > self.next_seq else ""
            self.tell("missing", self.next_seq, f"Entry {self.next_seq}{last} is missing.")
            self.gaps += range(self.next_seq, min(place, self.next_seq + _SWAPS))
        try:
            found = leaf_hash(line(seq, kind, at, body, previous))
            said = json.loads(body)
            copied = said.get("grant"), said.get("permit")
        except (CountenanceError, ValueError, TypeError, AttributeError, RecursionError):
            found, copied = "", (grant, permit)
        if found != hash_:
            self.suspects.append((place, kind, at, body, previous, hash_))
        elif copied != (grant, permit):
            self.tell("altered", place, f"Entry {place} is filed under another grant or permit than it names.")
        elif previous != self.previous and place == self.next_seq and not self.doubtful:
            self.tell("unlinked", place, f"Entry {place} does not follow the entry before it.")
        self.doubtful = found != hash_  # what follows it is not blamed for it
        self.previous, self.next_seq = str(hash_), max(place + 1, self.next_seq)
        self.tree.add(bytes.fromhex(found) if found else b"")
        self._held_against(place, hash_)

    def _held_against(self, place: int, hash_: str) -> None:
        if place == self.seen_at:
            self.anchors.add(place)
            if hash_ != self.seen_hash:
                self.tell("rewritten", place, f"Entry {place} is not the one this computer saw there earlier.")
        for root in self.known.get(place, ()):
            self.anchors.add(place)
            if root != self.tree.root().hex():
                self.tell("rewritten", place, f"The first {place} entries are not those whose root was exported.")

    def end(self) -> None:
        """What only the whole shows."""
        self._told_of_suspects()
        size = self.next_seq - 1
        for reached, where in [
            (self.seen_at, "this computer has seen"),
            *((n, "a root was exported of") for n in self.known),
        ]:
            if reached > size:
                self.tell("truncated", size + 1, f"The ledger ends at entry {size}, but {where} {reached} entries.")

    def _told_of_suspects(self) -> None:
        places = [row[0] for row in self.suspects[:_SWAPS]] + self.gaps[:_SWAPS]
        for index, (place, kind, at, body, previous, hash_) in enumerate(self.suspects):
            came_from = None
            if index < _SWAPS:
                came_from = _original_place(places, kind, at, body, previous, hash_)
            if came_from is None:
                self.tell("altered", place, f"Entry {place} is not what was written.")
            else:
                self.tell("reordered", place, f"Entry {place} stood at {came_from}.")


def verify_ledger(ledger: Ledger, against: Iterable[KnownRoot] = ()) -> LedgerReport:
    """Check every entry.

    Args:
        ledger: to check; nothing in it is changed. Where all is well, this computer notes how far it reached.
        against: roots exported earlier.
    """
    seen = ledger.witness.recall(ledger.id)  # before reading, since others may go on writing
    furthest = (seen.seq, seen.hash) if seen else None
    stood = {
        other.ledger: (other.seq, other.at)
        for other in ledger.witness.known()
        if other.place == ledger.place and other.ledger != ledger.id and other.seq
    }
    own = ledger.home.seen() if ledger.home is not None else None
    if own is not None and own.ledger != ledger.id and own.count:
        stood[own.ledger] = (own.count, own.at)
    elif own is not None and own.ledger == ledger.id and own.count > (furthest or (0, ""))[0]:
        furthest = (own.count, own.hash)
    replaced = [
        LedgerFinding("replaced", 0, f"Another ledger stood here, of {count} entries, last seen {at}.")
        for count, at in stood.values()
    ]
    report = check_rows(ledger.id, rows_of(ledger), against, furthest, replaced)
    if report.good and report.size:
        ledger.witness.note(ledger.id, ledger.place, report.size, report.head)
    return report


def check_rows(
    ledger_id: str,
    rows: Iterable[Any],
    against: Iterable[KnownRoot] = (),
    seen: tuple[int, str] | None = None,
    findings: Sequence[LedgerFinding] = (),
) -> LedgerReport:
    """Check rows (the columns of `schema.ENTRIES`), in the order of their places, wherever they come from.

    Args:
        seen: place and hash of the furthest entry that was seen.
        findings: what is known to be wrong already.
    """
    known: dict[int, list[str]] = {}
    for one in against:
        known.setdefault(one.size, []).append(one.root)
    check = _Check(ledger_id, known, *(seen or (0, "")), previous=origin(ledger_id))
    for finding in findings:
        check.tell(finding.problem, finding.seq, finding.message)
    try:
        for row in rows:
            check.row(row)
    except DBAPIError as error:
        here = check.next_seq
        check.tell("damaged", here, f"The database cannot be read from entry {here} on: {error.orig}.")
    check.end()
    return LedgerReport(
        ledger=ledger_id,
        size=check.next_seq - 1,
        head=check.previous,
        root=check.tree.root().hex(),
        findings=tuple(sorted(check.findings, key=lambda finding: finding.seq)),
        problems=check.problems,
        anchors=tuple(sorted(check.anchors)),
    )


def rows_of(ledger: Ledger) -> Iterator[Row[Any]]:
    """All rows in the order of their places, read in chunks."""
    query = select(ENTRIES).order_by(ENTRIES.c.seq).limit(CHUNK)
    after: int | None = None
    while True:
        with ledger.engine.connect() as connection:
            rows = connection.execute(query if after is None else query.where(ENTRIES.c.seq > after)).all()
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1].seq


def _original_place(places: Iterable[int], kind: str, at: str, body: str, previous: str, hash_: str) -> int | None:
    """At which of these places the entry would have the hash it bears."""
    for place in places:
        try:
            if leaf_hash(line(place, kind, at, body, previous)) == hash_:
                return place
        except CountenanceError:
            return None
    return None
