"""Roots signed and given out, and proofs that one entry is under them: what others hold a ledger to. Documents only.

A root says: after so many entries the Merkle root was this. Kept by somebody else (the subject, a lawyer, a newspaper),
it shows later whether the ledger still begins with the same entries. It is a compact JWS by an Ed25519 identity.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from countenance.errors import BadDocument, EmptyFile, FileMissing
from countenance.permission.jws import LONGEST, SignedDocument, open_document, sign_document
from countenance.permission.keyring import Signer
from countenance.permission.ledger.canonical import canonical
from countenance.permission.ledger.entry import leaf_hash, line
from countenance.permission.ledger.kinds import Hex32, Sha256, Stamp
from countenance.permission.ledger.ledger_store import Ledger
from countenance.permission.ledger.merkle import consistency_proof, includes, inclusion_proof, root_of
from countenance.permission.ledger.verification import KnownRoot

TYPE = "countenance-ledger-root+jwt"
PROOF_SCHEMA = "countenance.ledger-proof/1"


class RootStatement(BaseModel):
    """What a root says. `head` is the hash of the last entry, `at` seconds since 1970, UTC."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    version: Annotated[Literal["countenance.ledger-root/1"], Field(alias="schema")]
    ledger: Hex32
    size: Annotated[int, Field(ge=1)]
    root: Sha256
    head: Sha256
    at: Stamp

    @property
    def known(self) -> KnownRoot:
        """For `Ledger.verify`."""
        return KnownRoot(self.size, self.root)


@dataclass(frozen=True)
class SignedRoot:
    """A root and who signed it.

    Attributes:
        statement: what it says.
        document: the compact JWS, its signature checked; `.issuer` is the signer's did:key.
    """

    statement: RootStatement
    document: SignedDocument


def root_statement(ledger: Ledger, size: int | None = None) -> dict[str, Any]:
    """What can be said of the first `size` entries (default: all).

    Raises:
        BadDocument: the ledger has no entries, or not so many.
    """
    leaves = ledger.leaves(size)
    if not leaves or (size is not None and len(leaves) < size):
        raise BadDocument(
            f"The ledger has {len(leaves)} entries; a root is over at least one.", "Choose fewer.", code="ledger.size"
        )
    return {
        "schema": "countenance.ledger-root/1",
        "ledger": ledger.id,
        "size": len(leaves),
        "root": root_of(leaves).hex(),
        "head": leaves[-1].hex(),
        "at": int(time.time()),
    }


def sign_root(ledger: Ledger, signer: Signer, size: int | None = None) -> SignedRoot:
    """A root to give out."""
    document = sign_document(root_statement(ledger, size), signer, TYPE)
    return SignedRoot(RootStatement.model_validate(document.said), document)


def read_root(text: str | bytes) -> SignedRoot:
    """Check form and signature of a root; whether its signer matters is for whoever asks.

    Raises:
        PermissionRefused: see `signing.open_document`; BadDocument: it says something else.
    """
    document = open_document(text, TYPE)
    try:
        return SignedRoot(RootStatement.model_validate(document.said), document)
    except ValidationError as error:
        raise BadDocument("The root does not say what a root says.", code="ledger.root") from error


def read_root_file(path: Path) -> SignedRoot:
    """Read a root from a file. Raises FileMissing, EmptyFile and as `read_root`."""
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no root {path}.")
    with path.open("rb") as file:
        data = file.read(LONGEST + 1)
    if not data.strip():
        raise EmptyFile(f"{path} is empty.")
    return read_root(data)


def proof_of(ledger: Ledger, seq: int, size: int | None = None) -> dict[str, Any]:
    """An entry, and what shows somebody without the ledger that it is under the root over the first `size` entries.

    Raises:
        BadDocument: there is no such entry.
    """
    leaves, entry = ledger.leaves(size), ledger.entry(seq)
    if entry is None or seq > len(leaves):
        raise BadDocument(f"The ledger has no entry {seq}.", "See `countenance ledger show`.", code="ledger.entry")
    return {
        "schema": PROOF_SCHEMA,
        "ledger": ledger.id,
        "entry": entry.as_dict(),
        "size": len(leaves),
        "root": root_of(leaves).hex(),
        "proof": [node.hex() for node in inclusion_proof(leaves, seq - 1)],
    }


def proof_holds(proof: Mapping[str, Any], root: RootStatement) -> bool:
    """Whether a proof of `proof_of` shows its entry to be under this root. Never raises."""
    try:
        entry = proof["entry"]
        body = canonical(entry["body"])
        leaf = leaf_hash(line(entry["seq"], entry["kind"], entry["at"], body, entry["previous"]))
        nodes = [bytes.fromhex(node) for node in proof["proof"]]
        return (
            entry["hash"] == leaf
            and proof["ledger"] == root.ledger
            and includes(bytes.fromhex(leaf), entry["seq"] - 1, root.size, nodes, bytes.fromhex(root.root))
        )
    except (KeyError, TypeError, ValueError, BadDocument):
        return False


def consistency_of(ledger: Ledger, older: int, newer: int | None = None) -> list[str]:
    """What shows, without the entries, that the ledger of `older` entries is the beginning of that of `newer`.

    Raises:
        BadDocument: it has not so many.
    """
    leaves = ledger.leaves(newer)
    if not 0 < older <= len(leaves):
        raise BadDocument(f"The ledger has {len(leaves)} entries, not {older}.", "Choose fewer.", code="ledger.size")
    return [node.hex() for node in consistency_proof(leaves, older)]
