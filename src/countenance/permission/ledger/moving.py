"""Carrying a ledger over to another database: same number, same entries, same hashes; then the home is told.

The old one stays as it is. Whatever stops this leaves the home with the old one.
"""

from __future__ import annotations

from sqlalchemy import insert, text

from countenance.addresses import lasting
from countenance.errors import BadDocument, OutputExists
from countenance.home import Home
from countenance.permission.ledger.high_water_mark import Witness
from countenance.permission.ledger.ledger_schema import CHUNK, ENTRIES
from countenance.permission.ledger.ledger_store import Ledger, row_of
from countenance.permission.ledger.verification import check_rows, rows_of
from countenance.settings import Settings


def copy_ledger(settings: Settings, address: str) -> int:
    """Carry the home's ledger over; returns how many entries it has.

    Args:
        settings: of the home.
        address: an SQLAlchemy address, of a database without a ledger.

    Raises:
        HomeWrong: setup.home, for a database that does not stay; and as `Ledger.open`.
        OutputExists: there is a ledger already. BadDocument: ledger.broken, where the old one is not whole.
        OutputFolder, OutputFull, OutputError, LibraryMissing.
    """
    home = Home.open(settings)
    lasting(address, home.folder, "ledger")
    with Ledger.open(settings) as old:
        if not old.verify().good:
            raise BadDocument(
                "The ledger is not whole, and is not moved.", "See: countenance ledger verify", code="ledger.broken"
            )
        # Its own witness is that of the home, which is told when all is there.
        with Ledger(address, Witness(home.folder / "witness.moving")) as new:
            if new.last() is not None:
                raise OutputExists("The new address holds a ledger already.", "Give the address of an empty database.")
            _take_number(new, old.id)
            chunk = []
            with new.engine.begin() as connection:
                for entry in old.entries():
                    chunk.append(row_of(entry))
                    if len(chunk) == CHUNK:
                        connection.execute(insert(ENTRIES), chunk)
                        chunk = []
                if chunk:
                    connection.execute(insert(ENTRIES), chunk)
            report = check_rows(old.id, rows_of(new), [old.root()])
            if not report.good:
                raise BadDocument("The ledger did not arrive whole.", "Try again with an empty database.")
            new.id, new.witness = old.id, Witness(old.witness.path)
            new.home = home.moved_to("ledger", address)
            new.remember()
        return report.size


def _take_number(ledger: Ledger, number: str) -> None:
    """Give a ledger that was begun a moment ago the number of the one that it continues."""
    with ledger.engine.begin() as connection:
        if ledger.engine.dialect.name == "sqlite":
            trigger = connection.execute(
                text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'ledger_no_update'")
            ).scalar_one()
            connection.execute(text("DROP TRIGGER ledger_no_update"))
            connection.execute(text("UPDATE ledger SET id = :id"), {"id": number})
            connection.exec_driver_sql(trigger)
        else:
            connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE ledger SET id = :id"), {"id": number})
            connection.execute(text("ALTER TABLE ledger ENABLE TRIGGER USER"))
