"""The people of the benchmark, what Ada honestly allows, and a pen that signs anything as it stands."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countenance.permission.did import did_of
from countenance.permission.keyring import Identity, Signer
from countenance.permission.signed_grant import TYPE

Said = dict[str, Any]
DAY = 86_400
FACE = "fa" * 32


def someone(name: str, seed: int) -> Signer:
    """A signer, the same for a seed."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"bench {seed}".encode()).digest())
    return Signer(Identity(name.split()[0].lower(), did_of(key.public_key()), name, datetime.now(UTC)), key)


ADA = someone("Ada Lovelace", 1)
STUDIO = someone("Studio North", 2)
MALLORY = someone("Mallory", 3)
PUBLISHED = someone("Eve Holt", 4)
"""Believed for her own grants: a forger who is honestly known under another name."""


def honest(now: int, number: int = 0) -> Said:
    """What Ada allows the studio."""
    return {
        "schema": "countenance.grant/1",
        "jti": f"{number:032x}",
        "iss": ADA.identity.did,
        "aud": STUDIO.identity.did,
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 365 * DAY,
        "kind": "subject",
        "subject": {"name": "Ada Lovelace", "did": ADA.identity.did, "standing": "adult"},
        "signer": {"name": "Ada Lovelace", "did": ADA.identity.did},
        "grantee": {"name": "Studio North", "did": STUDIO.identity.did},
        "likeness": {"faces": [FACE], "voice": False, "depicts": "adult", "pictures": []},
        "scope": {"uses": ["animate"], "purposes": ["film"], "territories": ["DE"], "languages": ["en"]},
    }


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(said: Said | bytes, by: Signer, header: Said | bytes | None = None) -> str:
    """Sign anything, as it stands."""
    head = header if header is not None else {"alg": "EdDSA", "kid": by.identity.did, "typ": TYPE}
    parts = [b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (head, said)]
    return ".".join([*parts, b64(by.key.sign(".".join(parts).encode()))])
