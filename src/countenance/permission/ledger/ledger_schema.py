"""The ledger's tables, and bringing a database up to them. Steps lie in `migrations/`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url

from countenance.errors import BadDocument, FileMissing, LibraryMissing
from countenance.permission.ledger import read_only
from countenance.sqlite import set_pragmas

HEAD = "0001"
CHUNK = 2_000  # rows read at a time
_LOCK = 4052735  # PostgreSQL's advisory lock of everything that writes a ledger
_FIRST = "It begins with the first permit."
_METADATA = MetaData()
LEDGER = Table(
    "ledger",
    _METADATA,
    Column("id", String(32), primary_key=True),
    Column("made_at", String(27), nullable=False),
)
ENTRIES = Table(
    "entries",
    _METADATA,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("at", String(27), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    # Copies out of the body, for looking up; a check holds them against it.
    Column("grant_id", String(32)),
    Column("permit_id", String(32)),
)


def connected(address: str, *, begin: bool = True) -> Engine:
    """An engine on the database at `address`, its schema brought up to date.

    Args:
        address: an SQLAlchemy address.
        begin: whether a ledger is begun where there is none.

    Raises:
        FileMissing: ledger.missing, where there is none and none is begun.
        BadDocument: the database was written by a newer release.
        LibraryMissing: the address asks for a driver that is not installed.
    """
    url = make_url(address)
    if not begin:
        _refuse_absent(url)
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", set_pragmas)
    with engine.connect() as connection:
        found = _revision(connection)
    if found is None and not begin:
        raise _absent(engine)
    if found != HEAD:
        _migrate(engine)
    return engine


def read_from(address: str, held: ExitStack) -> Engine:
    """An engine that only reads; also where nothing can be written.

    Args:
        address: an SQLAlchemy address.
        held: what must be kept open meanwhile is put here.

    Raises:
        FileMissing: ledger.missing; BadDocument, LibraryMissing: as `connected`.
    """
    url = make_url(address)
    _refuse_absent(url)
    if url.get_backend_name() == "sqlite":
        uri = read_only.reading(Path(str(url.database)), held)
        engine = create_engine(url, creator=lambda: read_only.connect(uri))
    else:
        engine = _engine(url)
    held.callback(engine.dispose)
    with engine.connect() as connection:
        found = _revision(connection)
    if found is None:
        raise _absent(engine)
    if found != HEAD:
        raise _newer(found)
    return engine


def _engine(url: URL) -> Engine:
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+pg8000")
    try:
        return create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise LibraryMissing(
            f"The ledger's database needs the Python package {error.name!r}.",
            "Install it: pip install 'countenance[postgres]'",
        ) from error


def _refuse_absent(url: URL) -> None:
    """SQLite makes a file by looking for it."""
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database))
        if not path.is_file() or not path.stat().st_size:
            raise FileMissing(f"There is no ledger {path}.", _FIRST, code="ledger.missing")


def _absent(engine: Engine) -> FileMissing:
    engine.dispose()
    where = engine.url.set(password=None).render_as_string()
    return FileMissing(f"There is no ledger in {where}.", _FIRST, code="ledger.missing")


def _newer(found: str) -> BadDocument:
    return BadDocument(
        f"The ledger has schema {found}, which this release does not know.",
        "Use the newer release of Countenance that wrote it.",
    )


def lock_for_writing(connection: Connection) -> None:
    """Begin a transaction that no other writer shares; others wait for its end."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def ledger_id(engine: Engine) -> str:
    """The number that the ledger was given when it was made (32 hex)."""
    with engine.connect() as connection:
        return str(connection.execute(select(LEDGER.c.id)).scalar_one())


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "ledger_version"):
        return None
    return connection.execute(text("SELECT version_num FROM ledger_version")).scalar()


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN EXCLUSIVE")  # another process may be at the same step
        else:
            lock_for_writing(connection)
        found = _revision(connection)
        if found == HEAD:
            connection.rollback()
            return
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise _newer(found)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
