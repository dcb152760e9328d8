"""The ledger: what was granted, permitted, made, taken back, deleted and reviewed, in a chain that shows every change.

Knows nothing of pictures and marks; holds hashes and random numbers, never a name, a path or a face.
"""

from countenance.permission.ledger.entry import Entry
from countenance.permission.ledger.high_water_mark import Witness
from countenance.permission.ledger.kinds import KINDS, identity_hash
from countenance.permission.ledger.ledger_store import Ledger
from countenance.permission.ledger.verification import KnownRoot, LedgerFinding, LedgerReport

__all__ = [
    "KINDS",
    "Entry",
    "KnownRoot",
    "Ledger",
    "LedgerFinding",
    "LedgerReport",
    "Witness",
    "identity_hash",
]
