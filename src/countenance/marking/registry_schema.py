"""The registry's tables, and bringing a database up to them. Steps lie in `migrations/`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError

from countenance.errors import BadDocument, BadOption, LibraryMissing
from countenance.sqlite import set_pragmas

HEAD = "0003"
_EXAMPLES = "Write sqlite:////path/registry.sqlite or postgresql://user@host/name."
_METADATA = MetaData()
RENDERS = Table(
    "renders",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("payload", String(16), nullable=False),
    Column("manifest_id", String(128), nullable=False),
    Column("manifest", LargeBinary, nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("use", String(64), nullable=False),
    Column("permit_id", String(64), nullable=False),
    Column("permit_kind", String(32), nullable=False),
    Column("basis", Text, nullable=False),
    Column("grant_sha256", String(64), nullable=False),
    Column("permit_expires", DateTime(timezone=True), nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("parents", JSON, nullable=False),
    Column("engine", String(128), nullable=False),
    Column("versions", JSON, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("duration", String(64), nullable=False),
    Column("marks", JSON, nullable=False),
    Column("signer", String(16), nullable=False),
    Column("sound_fingerprint", LargeBinary),  # none before 0002
    Column("grants", JSON),  # none before 0003
)
FINGERPRINTS = Table(
    "fingerprints",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("render_id", Integer, ForeignKey("renders.id"), nullable=False),
    Column("bits", LargeBinary(32), nullable=False),
    Column("quality", Integer, nullable=False),
    Column("time", String(64), nullable=False),
    Column("layout", LargeBinary),  # none before 0002
)


def connected(address: str) -> Engine:
    """An engine on the database at `address`, its schema brought up to date.

    Raises:
        BadOption: this is no address of a database.
        BadDocument: the database was written by a newer release.
        LibraryMissing: the address asks for a driver that is not installed.
    """
    try:
        url = make_url(address)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+pg8000")
        engine = create_engine(url, pool_pre_ping=True)
    except ArgumentError as error:
        raise BadOption("The registry's address is none of a database.", _EXAMPLES) from error
    except ModuleNotFoundError as error:
        raise LibraryMissing(
            f"The registry's database needs the Python package {error.name!r}.",
            "Install it: pip install 'countenance[postgres]'",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", set_pragmas)
    with engine.connect() as connection:
        found = _revision(connection)
    if found != HEAD:
        _migrate(engine)
    return engine


def _revision(connection: Connection) -> str | None:
    try:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError:
        return None
    finally:
        connection.rollback()


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
        elif engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(4052734)"))
        found = _revision_inside(connection)
        if found == HEAD:
            connection.rollback()
            return
        known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise BadDocument(
                f"The registry has schema {found}, which this release does not know.",
                "Use the newer release of Countenance that wrote it.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _revision_inside(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
