"""Owning up to a loss: a ledger that is gone, cut off or another one goes on with an entry that says so.

The entry says how many entries were seen and are not there, and is signed by an identity of the installation. It stays
in every export; grants that count their uses, and were given before, cannot be used here any more, since nobody knows
how often they were.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature

from countenance.errors import BadDocument, ClockWrong, HomeWrong, PermissionRefused
from countenance.home import WITNESS, Home, Seen
from countenance.permission.did import public_key
from countenance.permission.keyring import Signer
from countenance.permission.ledger.canonical import canonical
from countenance.permission.ledger.clock import SKEW
from countenance.permission.ledger.entry import Entry
from countenance.permission.ledger.high_water_mark import Witness
from countenance.permission.ledger.kinds import identity_hash
from countenance.permission.ledger.ledger_store import Ledger
from countenance.permission.ledger.verification import check_rows, rows_of
from countenance.settings import Settings


def accept_loss(settings: Settings, signer: Signer) -> Entry:
    """Go on with the ledger that is there, or with a new one where there is none.

    Args:
        settings: whose ledger.
        signer: who says so.

    Returns:
        The entry that says what was lost.

    Raises:
        BadDocument: ledger.no_loss, where nothing is missing; ledger.broken, where what is there does not hold
            together: that is moved away first, and then it is gone.
        ClockWrong: a loss cannot be dated back.
        HomeWrong: setup.home, where another ledger is named than the home's. OutputFolder, OutputFull.
    """
    home = _damaged_or_lost(settings)
    witness = Witness(home.folder / WITNESS)
    own = home.seen()
    known = [Seen(one.ledger, one.seq, one.hash, one.at) for one in witness.known()]
    newest = max((*known, *([own] if own else [])), key=lambda one: (one.count, one.at), default=None)
    if newest is not None and datetime.now(UTC) < datetime.fromisoformat(newest.at) - SKEW:
        raise ClockWrong(f"This machine's clock stands before {newest.at}, when the ledger was last seen.")
    with Ledger(home.address("ledger", settings), witness, home=home) as ledger:
        reached = len(ledger.leaves())
        if not check_rows(ledger.id, rows_of(ledger)).good:
            raise BadDocument(
                "What is there of the ledger does not hold together.",
                "Keep it as evidence somewhere else, and accept the loss of all of it then.",
                code="ledger.broken",
            )
        its_own = newest is not None and newest.ledger == ledger.id
        said: dict[str, Any] = {
            "home": home.id,
            "lost": max((newest.count if newest else 0) - (reached if its_own else 0), 0),
            "here": reached,
            "signer_sha256": identity_hash(signer.identity.did),
        }
        if newest is not None:
            said |= {"of": newest.ledger, "seen": newest.count, "seen_sha256": newest.hash}
        said["signature"] = signer.key.sign(canonical(said).encode()).hex()
        witness.forget(ledger.id, ledger.place)
        return ledger.append("loss", said)


def signed_by(entry: Entry, did: str) -> bool:
    """Whether an entry of a loss was signed by this identity."""
    said = entry.said
    signature = said.pop("signature", "")
    try:
        public_key(did).verify(bytes.fromhex(signature), canonical(said).encode())
    except (InvalidSignature, PermissionRefused, ValueError):
        return False
    return bool(said.get("signer_sha256") == identity_hash(did))


def _damaged_or_lost(settings: Settings) -> Home:
    """The home, made anew where its documents are damaged. Raises BadDocument, where jobs would not be refused."""
    try:
        Ledger.open(settings).close()
    except HomeWrong as error:
        if "recorded" in error.details:
            raise  # another address was given: nothing is lost
        try:
            home = Home.open(settings)
            home.seen()
        except HomeWrong:
            return Home.renewed(settings)
        return home
    raise BadDocument(
        "The ledger holds everything that was seen of it.", "There is no loss to accept.", code="ledger.no_loss"
    )
