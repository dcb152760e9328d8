"""Whatever is done to the ledger's rows behind its back is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from countenance.permission.ledger import Entry, KnownRoot, Ledger, Witness
from countenance.permission.ledger.entry import next_entry, origin
from countenance.permission.ledger.ledger_schema import ENTRIES
from countenance.permission.ledger.ledger_store import row_of

SIZE = 40


def body(number: int) -> dict[str, str]:
    return {"what": "take", "sha256": f"{number:064x}", "why": "asked", "grant": f"{number % 5:032x}"}


# Where the database makes no difference, the quicker one will do.
ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture
def ledger(address: str, tmp_path: Path) -> Iterator[Ledger]:
    """Forty entries."""
    with Ledger(address, Witness(tmp_path / "witness.sqlite")) as ledger:
        ledger.append_all([("deletion", body(number)) for number in range(SIZE)])
        yield ledger


def attack(ledger: Ledger, how: Callable[[Connection], object]) -> None:
    """Change rows as somebody with the database's own password can."""
    with ledger.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("entries_no_update", "entries_no_delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        else:
            connection.execute(text("ALTER TABLE entries DISABLE TRIGGER ALL"))
        how(connection)


def problems(ledger: Ledger, *against: KnownRoot) -> list[tuple[str, int]]:
    report = ledger.verify(against)
    assert report.good == (not report.findings)
    return [(finding.problem, finding.seq) for finding in report.findings]


def at(seq: int) -> object:
    return ENTRIES.c.seq == seq


def test_an_untouched_ledger_is_good(ledger: Ledger) -> None:
    report = ledger.verify()
    assert report.good and report.size == SIZE and report.anchors == (SIZE,)
    assert report.root == ledger.root().root
    assert report.head == ledger.last().hash  # type: ignore[union-attr]
    assert not ledger.verify([ledger.root(), ledger.root(7)]).findings


def test_an_empty_ledger_is_good(address: str, tmp_path: Path) -> None:
    with Ledger(address, Witness(tmp_path / "other.sqlite")) as ledger:
        report = ledger.verify()
        assert report.good and report.size == 0 and not report.anchored and report.head == origin(ledger.id)


@ON_SQLITE
@pytest.mark.parametrize(
    "change",
    [
        {"body": f'{{"grant":"00000000000000000000000000000001","sha256":"{10:064x}","what":"file","why":"asked"}}'},
        {"kind": "grant"},
        {"at": "2020-01-01T00:00:00.000000Z"},
        {"previous": "0" * 64},
        {"hash": "0" * 64},
        {"body": "no json"},
        {"body": '{"a":' * 3000},
        {"grant_id": "0" * 31 + "3"},
        {"grant_id": None},
        {"permit_id": "0" * 32},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_row_is_found(ledger: Ledger, change: dict[str, str]) -> None:
    attack(ledger, lambda c: c.execute(update(ENTRIES).where(at(11)).values(change)))
    found = problems(ledger)
    assert ("altered", 11) in found
    assert {seq for _, seq in found} <= {11, 12}


@ON_SQLITE
@pytest.mark.parametrize("seq", [1, 2, 17, SIZE - 1])
def test_a_missing_row_is_found(ledger: Ledger, seq: int) -> None:
    attack(ledger, lambda c: c.execute(delete(ENTRIES).where(at(seq))))
    assert problems(ledger) == [("missing", seq)]


@ON_SQLITE
def test_missing_rows_are_told_as_one_stretch(ledger: Ledger) -> None:
    attack(ledger, lambda c: c.execute(delete(ENTRIES).where(ENTRIES.c.seq.between(5, 9))))
    (finding,) = ledger.verify().findings
    assert finding.message == "Entry 5 to 9 is missing."


def test_swapped_rows_are_found(ledger: Ledger) -> None:
    def swap(connection: Connection) -> None:
        for old, new in ((8, 1000), (20, 8), (1000, 20)):
            connection.execute(update(ENTRIES).where(at(old)).values(seq=new))

    attack(ledger, swap)
    assert problems(ledger) == [("reordered", 8), ("reordered", 20)]


@ON_SQLITE
def test_a_row_taken_out_and_the_rest_moved_up_is_found(ledger: Ledger) -> None:
    def close_up(connection: Connection) -> None:
        connection.execute(delete(ENTRIES).where(at(30)))
        for seq in range(31, SIZE + 1):
            connection.execute(update(ENTRIES).where(at(seq)).values(seq=seq - 1))

    attack(ledger, close_up)
    found = problems(ledger)
    assert ("reordered", 30) in found and ("truncated", SIZE) in found


def test_a_cut_tail_is_found_by_what_this_computer_saw(ledger: Ledger) -> None:
    attack(ledger, lambda c: c.execute(delete(ENTRIES).where(ENTRIES.c.seq > 33)))
    assert problems(ledger) == [("truncated", 34)]
    assert not ledger.verify().anchored


@ON_SQLITE
def test_a_cut_tail_is_found_by_an_exported_root(ledger: Ledger) -> None:
    root = ledger.root()
    attack(ledger, lambda c: c.execute(delete(ENTRIES).where(ENTRIES.c.seq > 33)))
    ledger.witness.close()
    ledger.witness.path.unlink()
    assert problems(ledger) == []  # the chain alone cannot know, and the report says so
    assert problems(ledger, root) == [("truncated", 34)]


def rewritten_from(ledger: Ledger, seq: int) -> Callable[[Connection], None]:
    """All of the tail made anew, hashes and links in order."""

    def rewrite(connection: Connection) -> None:
        rows = connection.execute(select(ENTRIES).where(ENTRIES.c.seq >= seq).order_by(ENTRIES.c.seq)).all()
        before = connection.execute(select(ENTRIES.c.hash).where(at(seq - 1))).scalar() or origin(ledger.id)
        for row in rows:
            old = Entry(*row[:6])
            entry = next_entry(old.seq, "deletion", old.written_at, old.body.replace("asked", "expired"), before)
            connection.execute(update(ENTRIES).where(at(entry.seq)).values(row_of(entry)))
            before = entry.hash

    return rewrite


@pytest.mark.parametrize("seq", [1, 25, SIZE])
def test_a_tail_written_anew_is_found(ledger: Ledger, seq: int) -> None:
    root = ledger.root(30)
    attack(ledger, rewritten_from(ledger, seq))
    assert ("rewritten", SIZE) in problems(ledger)
    assert (("rewritten", 30) in problems(ledger, root)) == (seq <= 30)


def test_a_row_put_in_is_found(ledger: Ledger) -> None:
    forged = next_entry(SIZE + 1, "deletion", ledger.last().written_at, ledger.last().body, "0" * 64)  # type: ignore[union-attr]
    attack(ledger, lambda c: c.execute(insert(ENTRIES).values(row_of(forged))))
    assert problems(ledger) == [("unlinked", SIZE + 1)]


@ON_SQLITE
def test_an_entry_of_place_zero_is_foreign(ledger: Ledger) -> None:
    forged = next_entry(0, "deletion", ledger.last().written_at, ledger.last().body, "0" * 64)  # type: ignore[union-attr]
    attack(ledger, lambda c: c.execute(insert(ENTRIES).values(row_of(forged))))
    assert ("foreign", 0) in problems(ledger)


def test_the_database_itself_refuses_change(ledger: Ledger) -> None:
    for statement in ("UPDATE entries SET kind = 'x'", "DELETE FROM entries WHERE seq = 40", "DELETE FROM ledger"):
        with pytest.raises(DBAPIError, match="append-only"), ledger.engine.begin() as connection:
            connection.execute(text(statement))
    assert ledger.verify().good


def test_another_ledger_in_its_place_is_told(tmp_path: Path) -> None:
    file, witness = tmp_path / "l.sqlite", tmp_path / "w.sqlite"
    with Ledger(f"sqlite:///{file}", Witness(witness)) as ledger:
        ledger.append("deletion", body(1))
    for path in tmp_path.glob("l.sqlite*"):
        path.unlink()
    with Ledger(f"sqlite:///{file}", Witness(witness)) as ledger:
        assert problems(ledger) == [("replaced", 0)]


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "l.sqlite"
    with Ledger(f"sqlite:///{file}", Witness(tmp_path / "w.sqlite")) as ledger:
        ledger.append_all([("deletion", body(number)) for number in range(3000)])
    data = bytearray(file.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 20_000] = b"\xff" * 20_000
    file.write_bytes(data)
    with Ledger(f"sqlite:///{file}", Witness(tmp_path / "w.sqlite")) as ledger:
        assert not ledger.verify().good
