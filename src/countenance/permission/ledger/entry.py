"""One line of the ledger, and the bytes that its hash commits to. Pure.

An entry's hash is the leaf hash of RFC 6962, section 2.1, over its canonical JSON: SHA-256(0x00 || text). The text
holds the hash of the entry before, so that the same 32 bytes are a link of the chain and a leaf of the Merkle tree.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from countenance.permission.ledger.canonical import canonical

VERSION = 1
LEAF = b"\x00"


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes:
        seq: its place: 1, 2, 3, …
        kind: grant, permit, render, revocation, deletion or review.
        at: when it was written, by the writer's clock: `2026-11-23T08:00:00.000000Z`.
        body: what happened, as canonical JSON; see `kinds`.
        previous: hash of the entry before, hex; of the first, the ledger's origin.
        hash: of this entry, hex.
    """

    seq: int
    kind: str
    at: str
    body: str
    previous: str
    hash: str

    @property
    def said(self) -> dict[str, Any]:
        """The body, parsed."""
        said: dict[str, Any] = json.loads(self.body)
        return said

    @property
    def written_at(self) -> datetime:
        """When it was written, aware UTC."""
        return datetime.fromisoformat(self.at)

    def as_dict(self) -> dict[str, Any]:
        """For machines: the fields that are hashed, and the hash."""
        return {
            "v": VERSION,
            "seq": self.seq,
            "kind": self.kind,
            "at": self.at,
            "body": self.said,
            "previous": self.previous,
            "hash": self.hash,
        }


def origin(ledger_id: str) -> str:
    """What the first entry of a ledger names as the one before it: entries of two ledgers cannot be mixed."""
    return hashlib.sha256(f"countenance ledger {VERSION} {ledger_id}".encode()).hexdigest()


def line(seq: int, kind: str, at: str, body: str, previous: str) -> str:
    """The canonical JSON that is hashed; `body` is canonical already."""
    # Written by hand, since it is done for every row of a check: the names stand in RFC 8785's order.
    return (
        f'{{"at":{canonical(at)},"body":{body},"kind":{canonical(kind)},"previous":{canonical(previous)},'
        f'"seq":{seq},"v":{VERSION}}}'
    )


def leaf_hash(text: str) -> str:
    """RFC 6962's hash of a leaf, hex."""
    return hashlib.sha256(LEAF + text.encode("utf-8", "surrogatepass")).hexdigest()


def next_entry(seq: int, kind: str, at: datetime, body: str, previous: str) -> Entry:
    """An entry with its hash. `at` is aware; microseconds are kept."""
    stamp = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return Entry(seq, kind, stamp, body, previous, leaf_hash(line(seq, kind, stamp, body, previous)))
