"""Receipts of what was deleted for good: the ledger's own entries, each with the proof that a signed root covers it.

Whoever keeps one can hold the studio to it later: `countenance ledger` checks proof and root without the ledger.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from countenance.permission import Ledger, proof_of, sign_root
from countenance.permission.keyring import Keyring
from countenance.settings import Settings


class Receipt(BaseModel):
    """What was deleted.

    Attributes:
        at: when.
        deleted: what, as the ledger has it: kinds and hashes, no name.
        proofs: each entry with its path to the root.
        root: over the whole ledger, signed by the studio's identity (compact JWS); empty where it has none.
    """

    at: datetime
    deleted: list[dict[str, Any]]
    proofs: list[dict[str, Any]]
    root: str


def receipt_of(entries: list[int], settings: Settings) -> Receipt:
    """The receipt of entries that were just written."""
    ring = Keyring.at_home(settings)
    with Ledger.open(settings) as ledger:
        size, _ = ledger.extent()
        root = ""
        if ring.identities():
            signed = sign_root(ledger, ring.signer(ring.find().name), size)
            root = signed.document.text
        proofs = [proof_of(ledger, seq, size) for seq in entries]
    return Receipt(at=datetime.now(UTC), deleted=[proof["entry"]["body"] for proof in proofs], proofs=proofs, root=root)
