"""Carrying the registry over to another database, table by table; then the home is told. The old one stays as it is."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, text

from countenance.addresses import lasting
from countenance.errors import HomeWrong, OutputExists
from countenance.home import Home
from countenance.marking.registry_schema import RENDERS, connected
from countenance.marking.render_registry import registry_address
from countenance.settings import Settings

_CHUNK = 500


def copy_registry(settings: Settings, address: str) -> int:
    """Carry the home's registry over; returns how many renders it records.

    Args:
        settings: of the home.
        address: an SQLAlchemy address, of a database without renders.

    Raises:
        HomeWrong: setup.home, for a database that does not stay. OutputExists: there are renders already.
        OutputFolder, BadOption, BadDocument, LibraryMissing: as `schema.connected`.
    """
    home = Home.open(settings)
    lasting(address, home.folder, "registry")
    old, new = connected(registry_address(settings)), connected(address)
    try:
        with old.connect() as source, new.begin() as target:
            if target.execute(select(func.count()).select_from(RENDERS)).scalar_one():
                raise OutputExists("The new address holds renders already.", "Give the address of an empty database.")
            for table in RENDERS.metadata.sorted_tables:
                rows = source.execution_options(yield_per=_CHUNK).execute(select(table))
                for chunk in rows.mappings().partitions(_CHUNK):
                    target.execute(insert(table), [dict(row) for row in chunk])
                _go_on_counting(target, table.name, "id" in table.c)
            count = int(target.execute(select(func.count()).select_from(RENDERS)).scalar_one())
            if count != source.execute(select(func.count()).select_from(RENDERS)).scalar_one():
                raise HomeWrong("The registry was written to while it was moved.", "Let nothing render meanwhile.")
        home.moved_to("registry", address)
        return count
    finally:
        old.dispose()
        new.dispose()


def _go_on_counting(connection: Connection, table: str, numbered: bool) -> None:
    """PostgreSQL numbers by a counter of its own."""
    if numbered and connection.dialect.name == "postgresql":
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))")
        )
