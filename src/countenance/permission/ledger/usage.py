"""How often a grant was used, and what was made under it: counted from the ledger, reserved inside its lock.

A permit that names a grant is one use from the moment it is entered; it is given back when its render is entered as
failed, which means that nothing had been encoded. A process that dies between the two leaves the use spent, as a render
that was entered as incomplete does: whether a part of its file was kept is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from countenance.errors import OutputError, PermissionRefused
from countenance.permission.grant import Period
from countenance.permission.ledger.entry import Entry
from countenance.permission.ledger.kinds import body_text
from countenance.permission.ledger.ledger_schema import ENTRIES
from countenance.permission.ledger.ledger_store import Ledger


@dataclass(frozen=True)
class MadeFile:
    """A file that was made under a grant.

    Attributes:
        made_at: when it was entered, aware UTC.
        file_sha256: of the file as it left.
        media_type: of the file.
        use: what was done.
        permit: 32 hex.
        payload: what its invisible marks carry, 16 hex; empty where unknown.
        manifest: its manifest's label; empty where unknown.
        seq: where the ledger says so.
    """

    made_at: datetime
    file_sha256: str
    media_type: str
    use: str
    permit: str
    payload: str
    manifest: str
    seq: int


def period_start(period: Period, now: datetime) -> datetime | None:
    """When the current day, month or year began (UTC); None for `ever`."""
    now = now.astimezone(UTC)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {"ever": None, "day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[period]


class Usage:
    """Counts and reserves.

    Args:
        ledger: open.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._sound = False

    def uses(self, grant_id: str, since: datetime | None = None) -> int:
        """Permits entered under this grant since then (aware UTC; None: ever), without those whose render failed."""
        return self.ledger.read(lambda connection: _count(connection, grant_id, since))

    def taken_back(self, grant_id: str) -> datetime | None:
        """When the signer took the grant back here, without their key (aware UTC); None where they did not."""
        said = (one for one in self.ledger.entries("deletion", grant=grant_id) if one.said.get("why") == "revoked")
        return next((one.written_at for one in said if one.said.get("what") == "grant"), None)

    def lost(self, since: datetime) -> datetime | None:
        """When, since then (aware UTC), a loss of entries was entered; None where none was.

        Raises:
            OutputError: ledger.broken, where entries further back were taken out or altered.
        """
        self._refuse_unsound()
        found = [entry.written_at for entry in self.ledger.entries("loss") if entry.written_at >= since]
        return max(found, default=None)

    def _refuse_unsound(self) -> None:
        """Entries that are not what they were would be uses forgotten. Looked at once, since every row is read."""
        if self._sound:
            return
        report = self.ledger.verify()
        if not report.good:
            raise OutputError(
                f"The grant's uses cannot be counted, for the ledger is not whole: {report.findings[0].message}",
                "See what is wrong: countenance ledger verify. Restore a backup, or use a new home.",
                code="ledger.broken",
            )
        self._sound = True

    def reserve(self, permit: Mapping[str, Any], *, times: int | None, since: datetime | None) -> Entry:
        """Enter a permit as a use of its grant, unless the grant is used up. Nobody comes in between.

        Args:
            permit: an entry of the kind permit; it must name its grant where `times` is set.
            times: how often at most; None for any number.
            since: from when on uses count (aware UTC; None: ever).

        Raises:
            PermissionRefused: permission.count; permission.used where this permit was entered before.
        """
        return self.reserve_all([(permit, times, since)])[0]

    def reserve_all(self, permits: Sequence[tuple[Mapping[str, Any], int | None, datetime | None]]) -> list[Entry]:
        """As `reserve`, for one permit that rests on several grants: an entry for each, all or none."""
        texts = [body_text("permit", permit) for permit, _, _ in permits]

        def decide(connection: Connection) -> list[tuple[str, str]]:
            for permit, times, since in permits:
                if _entered(connection, str(permit["permit"])):
                    raise PermissionRefused(
                        "The permit was used already.", "Ask the policy for another one.", code="permission.used"
                    )
                grant = permit.get("grant")
                if times is not None and (grant is None or _count(connection, grant, since) >= times):
                    span = "" if since is None else " in this time"
                    raise PermissionRefused(
                        f"The grant allows {times} renders{span}, and they are used up.",
                        "Ask the signer for more.",
                        code="permission.count",
                    )
            return [("permit", text) for text in texts]

        return self.ledger.transact(decide)

    def files(self, grant_id: str) -> list[MadeFile]:
        """Every file made under a grant, oldest first."""
        made = []
        for entry in self.ledger.entries("render", grant=grant_id):
            said = entry.said
            if said["outcome"] == "done":
                made.append(
                    MadeFile(
                        made_at=entry.written_at,
                        file_sha256=said.get("file_sha256", ""),
                        media_type=said.get("media_type", ""),
                        use=said["use"],
                        permit=said["permit"],
                        payload=said.get("payload", ""),
                        manifest=said.get("manifest", ""),
                        seq=entry.seq,
                    )
                )
        return made


def _entered(connection: Connection, permit: str) -> bool:
    query = select(func.count()).where(ENTRIES.c.permit_id == permit, ENTRIES.c.kind == "permit")
    return bool(connection.execute(query).scalar_one())


def _count(connection: Connection, grant: str, since: datetime | None) -> int:
    began = select(ENTRIES.c.permit_id).where(ENTRIES.c.grant_id == grant, ENTRIES.c.kind == "permit")
    if since is not None:
        began = began.where(ENTRIES.c.at >= since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    ended = select(ENTRIES.c.permit_id, ENTRIES.c.body).where(ENTRIES.c.grant_id == grant, ENTRIES.c.kind == "render")
    permits = set(connection.execute(began).scalars())
    outcomes: dict[str, set[bool]] = {}
    for row in connection.execute(ended):
        outcomes.setdefault(row.permit_id, set()).add('"outcome":"failed"' in row.body)
    # A permit with a file stays used, whatever failed beside it.
    return len(permits - {permit for permit, failed in outcomes.items() if failed == {True}})
