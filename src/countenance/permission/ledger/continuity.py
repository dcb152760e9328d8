"""Whether the ledger that stands here is the one that stood here: its newest entry that was seen is there, unaltered.

What was seen is noted in two places, `home.seen` and the witness, with each append. One look at one entry tells a
ledger that is gone, another one, an older copy and one that was cut off; changes further back `verification` finds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from countenance.errors import HomeWrong
from countenance.home import Home, Seen
from countenance.permission.ledger.entry import origin
from countenance.permission.ledger.high_water_mark import Witness

if TYPE_CHECKING:
    from countenance.permission.ledger.ledger_store import Ledger

_LOG = logging.getLogger(__name__)
REMEDY = (
    "Restore the newest backup of it. If there is none: countenance ledger accept-loss, which enters that and how many "
    "entries were lost."
)


@dataclass(frozen=True)
class Expected:
    """What was seen of the ledger of a home.

    Attributes:
        seen: of each ledger, from each place where it is noted.
        whole: whether both places remember the same ledger; else that is mended once the ledger was found good.
    """

    seen: tuple[Seen, ...]
    whole: bool

    @property
    def newest(self) -> Seen | None:
        """The furthest that was seen; None where there was nothing."""
        return max(self.seen, key=lambda one: (one.count, one.at), default=None)


def expected(home: Home, witness: Witness) -> Expected:
    """What the home and the witness remember. Raises HomeWrong, OutputFolder."""
    own = home.seen()
    known = [Seen(one.ledger, one.seq, one.hash, one.at) for one in witness.known()]
    if own is not None:
        same = [one for one in known if one.ledger == own.ledger]
        if not same:
            _LOG.warning("%s does not know the ledger of this home any more; home.seen does.", witness.path)
        return Expected((own, *same), whole=bool(same))
    return Expected(tuple(known), whole=False)


def refuse_missing(home: Home, there: Expected) -> None:
    """For a ledger that is not there at all. Raises HomeWrong: ledger.gone, where there was one."""
    newest = there.newest
    if newest is not None:
        raise HomeWrong(
            f"The ledger of {home.folder} is gone; it had {_entries(newest.count)} on {_day(newest)}.",
            REMEDY,
            code="ledger.gone",
        )


def refuse_other(ledger: Ledger, there: Expected) -> None:
    """Refuse a ledger that does not hold what was seen.

    Raises:
        HomeWrong: ledger.replaced, where it is another; ledger.rolled_back, where it ends earlier or goes on otherwise.
    """
    its_own = [one for one in there.seen if one.ledger == ledger.id]
    newest = there.newest
    if newest is not None and not its_own:
        raise HomeWrong(
            f"Another ledger stands where one of {_entries(newest.count)} stood, last seen on {_day(newest)}.",
            REMEDY,
            code="ledger.replaced",
        )
    reached, rows = ledger.extent()
    for one in its_own:
        entry = ledger.entry(one.count) if one.count else None
        found = origin(ledger.id) if not one.count else entry.hash if entry is not None else None
        if found != one.hash:
            raise HomeWrong(
                f"The ledger ends at entry {reached}, though {_entries(one.count)} were seen on {_day(one)}: it is an "
                "older copy, or was cut off."
                if reached < one.count
                else f"Entry {one.count} of the ledger is not the one that was seen there on {_day(one)}.",
                REMEDY,
                code="ledger.rolled_back",
                details={"entries": reached, "seen": one.count},
            )
    if rows != reached:
        raise HomeWrong(
            f"The ledger reaches to entry {reached} and holds {_entries(rows)}: some were taken out.",
            REMEDY,
            code="ledger.rolled_back",
            details={"entries": rows, "seen": reached},
        )


def seen_now(ledger_id: str, seq: int, hash_: str) -> Seen:
    """For noting that an entry is there."""
    return Seen(ledger_id, seq, hash_, datetime.now(UTC).isoformat(timespec="seconds"))


def _entries(count: int) -> str:
    return "one entry" if count == 1 else f"{count:,} entries"


def _day(one: Seen) -> str:
    return one.at[:10]
