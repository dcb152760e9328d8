"""What a visitor takes home: the ledger's entries of what was deleted, under a signed root. Hashes only.

    {"schema": "countenance.deletion-receipt/1", "root": "<compact JWS>", "entries": [<inclusion proof>, …]}

Whoever holds it can check it without the ledger, and show later whether the ledger still says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countenance.errors import BadDocument, EmptyFile, FileMissing, ProvenanceError
from countenance.permission import Keyring, Ledger, SignedRoot, body_text, proof_holds, proof_of, read_root, sign_root
from countenance.settings import Settings

SCHEMA = "countenance.deletion-receipt/1"
LARGEST = 1 << 20


@dataclass(frozen=True)
class Deletion:
    """One line of a receipt: what, its SHA-256, why, when (ISO 8601, UTC), the ledger's place."""

    what: str
    sha256: str
    why: str
    at: str
    seq: int


@dataclass(frozen=True)
class DeletionReceipt:
    """A receipt that holds.

    Attributes:
        deletions: in the ledger's order.
        signer: the kiosk's did:key.
        root: under which they stand.
    """

    deletions: tuple[Deletion, ...]
    signer: str
    root: SignedRoot


def issue_receipt(seqs: Sequence[int], settings: Settings, identity: str | None = None) -> dict[str, Any]:
    """Sign a root over the ledger and prove these entries under it.

    Args:
        seqs: places of deletions.
        settings: whose ledger and keys.
        identity: who signs, by name or did; the default identity otherwise.

    Raises:
        FileMissing: permission.no_identity. ProvenanceError: mark.passphrase. BadDocument.
    """
    signer = Keyring.at_home(settings).signer(identity)
    with Ledger.open(settings) as ledger:
        root = sign_root(ledger, signer)
        proofs = [proof_of(ledger, seq, root.statement.size) for seq in seqs]
    return {"schema": SCHEMA, "root": root.document.text, "entries": proofs}


def read_receipt(path: Path, signer: str | None = None) -> DeletionReceipt:
    """Check a receipt: the signature, and that each deletion stands under the root.

    Args:
        path: the file.
        signer: whose it must be (did:key); None for anybody's, which the caller shows.

    Raises:
        FileMissing, EmptyFile; BadDocument: kiosk.receipt, it is none; ProvenanceError: kiosk.receipt_forged,
        kiosk.receipt_signer; PermissionRefused: the signature does not hold.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no receipt {path}.")
    if path.stat().st_size == 0:
        raise EmptyFile(f"{path} is empty.")
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError
        said = json.loads(path.read_bytes())
        text, entries = said["root"], list(said["entries"])
        if said["schema"] != SCHEMA or not entries or not isinstance(text, str):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadDocument(
            f"{path.name} is no receipt of a deletion.",
            "Give the file that `countenance kiosk show --receipt` wrote.",
            code="kiosk.receipt",
        ) from error
    root = read_root(text)
    if signer is not None and root.document.issuer != signer:
        raise ProvenanceError(
            f"{path.name} was signed by {root.document.issuer}, not by {signer}.",
            "Ask the kiosk for its did:key.",
            code="kiosk.receipt_signer",
        )
    found = []
    for proof in entries:
        if (
            not isinstance(proof, dict)
            or not proof_holds(proof, root.statement)
            or proof["entry"]["kind"] != "deletion"
        ):
            raise ProvenanceError(
                f"{path.name} names a deletion that does not stand under its signed root.",
                "It was changed. Ask the kiosk for the receipt again.",
                code="kiosk.receipt_forged",
            )
        entry = proof["entry"]
        body = json.loads(body_text("deletion", entry["body"]))
        found.append(Deletion(body["what"], body["sha256"], body["why"], entry["at"], entry["seq"]))
    return DeletionReceipt(tuple(found), root.document.issuer, root)
