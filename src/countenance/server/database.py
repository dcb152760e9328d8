"""The studio's tables in one database: jobs, what was uploaded, keys, links, and messages that are due.

SQLite in the home by default; PostgreSQL where several machines share the work. Every change is one transaction that
nobody comes between, so that a process killed at any moment has made its change whole or not at all. Knows nothing of
what the rows mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from countenance.errors import BadDocument, OutputFolder
from countenance.settings import Settings
from countenance.sqlite import set_pragmas

VERSION = 1
_LOCK = 4052737  # PostgreSQL's advisory lock of everything that changes
METADATA = MetaData()

ABOUT = Table("studio", METADATA, Column("version", Integer, primary_key=True))

JOBS = Table(
    "jobs",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("owner", String(40), nullable=False),
    Column("recipe", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("spec", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),  # grows with every change, for who waits for news
    Column("created", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("worker", String(64)),
    Column("lease", Float),
    Column("stop", String(64)),  # why it is to stop: the code its problem will have
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("rate", Float),
    Column("bytes", BigInteger, nullable=False),
    Column("result", Text),
    Column("problem", Text),
    Index("jobs_queue", "state", "owner", "priority", "number"),
    Index("jobs_owner", "owner", "number"),
)

JOB_GRANTS = Table(
    "job_grants",
    METADATA,
    Column("job", String(40), primary_key=True),
    Column("grant", String(32), primary_key=True, index=True),
)

JOB_UPLOADS = Table(
    "job_uploads",
    METADATA,
    Column("job", String(40), primary_key=True),
    Column("upload", String(40), primary_key=True, index=True),
)

TURNS = Table("turns", METADATA, Column("owner", String(40), primary_key=True), Column("at", Float, nullable=False))

ONCE = Table(
    "once",
    METADATA,
    Column("owner", String(40), primary_key=True),
    Column("token", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("job", String(40), nullable=False),
    Column("at", Float, nullable=False),
)

UPLOADS = Table(
    "uploads",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(40), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("created", Float, nullable=False),
    Column("touched", Float, nullable=False),
    Column("sha256", String(64)),
    Column("kind", String(12)),
    Column("facts", Text),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),  # key, session, ticket
    Column("scopes", Text, nullable=False),
    Column("quota", Text, nullable=False),
    Column("owner", String(40), nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float),
    Column("revoked", Float),
)

HOOKS = Table(
    "hooks",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(40), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("disabled", Float),
)

MESSAGES = Table(
    "messages",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("hook", String(40), nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", Float, index=True),  # null once delivered or given up
    Column("delivered", Float),
    Column("answer", Text),
)

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(40), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("answers", Text),  # of the policy, by face and language; null before somebody asked
    Column("version", Integer, nullable=False),  # grows with every change, for who writes at the same time
    Column("created", Float, nullable=False),
)

CAMPAIGN_JOBS = Table(
    "campaign_jobs",
    METADATA,
    Column("campaign", String(40), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("job", String(40), nullable=False),
)

SHARES = Table(
    "shares",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(40), nullable=False, index=True),
    Column("job", String(40), nullable=False, index=True),
    Column("link", String(64), nullable=False, unique=True),
    Column("note", Text, nullable=False),
    Column("title", Boolean, nullable=False),  # whether viewers are told the title
    Column("download", Boolean, nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
)

PASSKEYS = Table(  # by which a request was answered: the credential's public number, so that another device finds it
    "passkeys",
    METADATA,
    Column("request", String(40), primary_key=True),
    Column("credential", Text, nullable=False),
)

REQUESTS = Table(
    "requests",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(40), nullable=False, index=True),
    Column("link", String(64), nullable=False, unique=True),
    Column("document", Text),
    Column("state", String(12), nullable=False),  # open, signed, declined, withdrawn, revoked
    Column("assisted", Boolean, nullable=False),
    Column("sample", String(40)),  # a job whose result shows what is meant
    Column("pictures", Text, nullable=False),  # SHA-256 of files that it is about
    Column("challenge", String(32)),
    Column("face", Text),  # of whoever was live before the camera: sealed for the grantee, until it is answered
    Column("evidence", String(64)),
    Column("proposal", Text),
    Column("grant", String(32), index=True),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
)


class Database:
    """The studio's database.

    Args:
        address: an SQLAlchemy address.

    Raises:
        OutputFolder: it cannot be opened or written. BadDocument: a newer release made it.
    """

    def __init__(self, address: str) -> None:
        url = make_url(address)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+pg8000")
        self.engine: Engine = create_engine(url, pool_pre_ping=True)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", set_pragmas)
        try:
            with self.changing() as connection:
                METADATA.create_all(connection)
                found = connection.execute(select(ABOUT.c.version)).scalar()
                if found is None:
                    connection.execute(insert(ABOUT).values(version=VERSION))
        except DBAPIError as error:
            raise OutputFolder(f"The studio's database cannot be opened: {error.orig}.") from error
        if found is not None and found > VERSION:
            raise BadDocument(
                f"The studio's database is of version {found}; this release knows {VERSION}.",
                "Use the release that made it, or a newer one.",
            )

    @classmethod
    def open(cls, settings: Settings, address: str | None = None) -> Database:
        """The settings' studio database; SQLite in the home unless an address is given."""
        if address is None:
            folder = studio_folder(settings)
            address = f"sqlite:///{folder / 'studio.sqlite'}"
        return cls(address)

    def close(self) -> None:
        """Let it go."""
        self.engine.dispose()

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """A transaction inside the lock of everything that changes; taken back where the block raises."""
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            yield connection
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing."""
        with self.engine.connect() as connection:
            yield connection


def studio_folder(settings: Settings) -> Path:
    """Where the studio keeps its files in the home; made, for its owner's eyes alone. Raises OutputFolder."""
    folder = settings.home / "studio"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputFolder(f"{folder} cannot be made: {error.strerror}.") from error
    return folder
