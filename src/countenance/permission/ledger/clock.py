"""What time it is for whoever decides: the clock's, but never before the newest entry of the ledger.

A clock set back would revive what has ended. Every decision that depends on the time asks here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from countenance.errors import ClockWrong
from countenance.permission.ledger.ledger_store import Ledger

SKEW = timedelta(minutes=5)
"""By how much clocks of honest machines that share a ledger may differ."""


def now_of(ledger: Ledger) -> datetime:
    """The time, aware UTC: the clock's or the newest entry's, whichever is later.

    Raises:
        ClockWrong: setup.clock, where the clock stands before the newest entry by more than SKEW.
    """
    newest, now = ledger.last(), datetime.now(UTC)
    if newest is None:
        return now
    if now < newest.written_at - SKEW:
        raise ClockWrong(
            f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the newest entry of the ledger was written at "
            f"{newest.written_at:%Y-%m-%d %H:%M} UTC.",
            "Set the clock right. If it was ahead when that entry was written, use a new home (COUNTENANCE_HOME): what "
            "has ended by this ledger stays ended.",
            details={"clock": now.isoformat(timespec="seconds"), "newest": newest.at},
        )
    return max(now, newest.written_at)
