"""What a use-receipt service has signed, in one database: counted and entered in one step that nobody comes between.

SQLite or PostgreSQL. Holds hashes, random numbers, identities of makers and the receipts themselves; no names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
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
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from countenance.errors import OutputFolder, PermissionRefused
from countenance.permission.receipts.statements import Release, SignedReceipt
from countenance.sqlite import set_pragmas

GIVEN_BACK_AT_MOST = 10
"""Of a grant, beyond as many uses as stay counted: renders fail now and then, not for ever."""
_LOCK = 4052736  # PostgreSQL's advisory lock of everything that counts
_METADATA = MetaData()
_USES = Table(
    "uses",
    _METADATA,
    Column("grant_sha256", String(64), primary_key=True),
    Column("permit", String(32), primary_key=True),
    Column("grant_key", String(200), nullable=False, index=True),  # issuer and number: a grant signed anew counts on
    Column("maker", String(80), nullable=False),
    Column("use", String(32), nullable=False),
    Column("at", Integer, nullable=False),
    Column("receipt_sha256", String(64), nullable=False, unique=True),
    Column("receipt", Text, nullable=False),
    Column("released", Text),
)


@dataclass(frozen=True)
class Asked:
    """A use that somebody wants counted.

    Attributes:
        grant_sha256: of the grant.
        grant_key: its issuer and number.
        permit, use, maker: of the request; maker is its signer's did:key.
        times: how many uses count at most; None for any number.
        since: from when on they count, aware UTC; None for ever.
    """

    grant_sha256: str
    grant_key: str
    permit: str
    use: str
    maker: str
    times: int | None
    since: datetime | None


class Uses:
    """The uses in one database.

    Args:
        address: an SQLAlchemy address.

    Raises:
        OutputFolder: it cannot be opened or written.
    """

    def __init__(self, address: str) -> None:
        url = make_url(address)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+pg8000")
        self._engine: Engine = create_engine(url, pool_pre_ping=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", set_pragmas)
        try:
            with self._engine.connect() as connection:
                _lock(connection)
                _METADATA.create_all(connection)
                connection.commit()
        except DBAPIError as error:
            raise OutputFolder(f"The record of uses cannot be opened: {error.orig}.") from error

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    def newest(self) -> datetime | None:
        """When the last use was counted, aware UTC."""
        with self._engine.connect() as connection:
            at = connection.execute(select(func.max(_USES.c.at))).scalar()
        return None if at is None else datetime.fromtimestamp(at, UTC)

    def count(self, asked: Asked, sign: Callable[[int, int | None], SignedReceipt]) -> SignedReceipt | str:
        """Count a use and sign its receipt; of a permit that was counted before, the receipt's text as it was.

        Args:
            asked: the use.
            sign: given its number and how many are left, signs.

        Raises:
            PermissionRefused: permission.count; permission.used, where the permit was given back, or was counted for
                another maker or use.
        """
        with self._engine.connect() as connection:
            _lock(connection)
            row = connection.execute(
                select(_USES).where(_USES.c.grant_sha256 == asked.grant_sha256, _USES.c.permit == asked.permit)
            ).first()
            if row is not None:
                if row.released is not None or (row.maker, row.use) != (asked.maker, asked.use):
                    raise PermissionRefused(
                        "The permit was counted already, and cannot be used again.",
                        "Ask the policy for another one.",
                        code="permission.used",
                    )
                return str(row.receipt)
            its_own = _USES.c.grant_key == asked.grant_key
            number = connection.execute(select(func.count()).where(its_own)).scalar_one() + 1
            left = None
            if asked.times is not None:
                counted = select(func.count()).where(its_own, _USES.c.released.is_(None))
                if asked.since is not None:
                    counted = counted.where(_USES.c.at >= int(asked.since.timestamp()))
                left = asked.times - connection.execute(counted).scalar_one() - 1
                if left < 0:
                    raise PermissionRefused(
                        f"The grant allows {asked.times} renders, and they are used up.",
                        "Ask the signer for more.",
                        code="permission.count",
                    )
            signed = sign(number, left)
            connection.execute(
                insert(_USES).values(
                    grant_sha256=asked.grant_sha256,
                    permit=asked.permit,
                    grant_key=asked.grant_key,
                    maker=asked.maker,
                    use=asked.use,
                    at=signed.receipt.issued,
                    receipt_sha256=signed.document.sha256,
                    receipt=signed.document.text,
                )
            )
            connection.commit()
        return signed

    def release(self, release: Release, sign: Callable[[], str], *, within: int, now: datetime) -> str:
        """Give a use back, once.

        Args:
            release: the maker's statement, its signature checked.
            sign: signs that it does not count.
            within: how long after it was counted, seconds.
            now: aware.

        Raises:
            PermissionRefused: permission.release, where there is no such use of this maker's, it was given back
                already, too much time has gone by, or too many of the grant's uses were given back.
        """
        with self._engine.connect() as connection:
            _lock(connection)
            row = connection.execute(select(_USES).where(_USES.c.receipt_sha256 == release.receipt_sha256)).first()
            if row is None or (row.maker, row.grant_sha256, row.permit) != (
                release.issuer, release.grant_sha256, release.permit,
            ):  # fmt: skip
                raise _kept("no use of this maker's has this receipt")
            if row.released is not None:
                raise _kept("it was given back before")
            if now.timestamp() - row.at > within:
                raise _kept(f"it was counted more than {within // 60} minutes ago")
            its_own = _USES.c.grant_key == row.grant_key
            kept = connection.execute(select(func.count()).where(its_own, _USES.c.released.is_(None))).scalar_one()
            back = connection.execute(select(func.count()).where(its_own, _USES.c.released.is_not(None))).scalar_one()
            if back >= kept + GIVEN_BACK_AT_MOST:
                raise _kept(f"{back} uses of the grant were given back already")
            said = sign()
            connection.execute(
                update(_USES).where(_USES.c.receipt_sha256 == release.receipt_sha256).values(released=said)
            )
            connection.commit()
        return said

    def state(self, receipt_sha256: str) -> str | None:
        """`counted` or `released`; None for a receipt that was never given."""
        with self._engine.connect() as connection:
            row = connection.execute(select(_USES.c.released).where(_USES.c.receipt_sha256 == receipt_sha256)).first()
        return None if row is None else "counted" if row.released is None else "released"


def _kept(why: str) -> PermissionRefused:
    return PermissionRefused(
        f"The use is not given back: {why}.", "It stays counted; ask the signer for more.", code="permission.release"
    )


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
