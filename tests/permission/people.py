"""People the tests of permission are about: keys, grants, and what is written in them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countenance.permission.did import did_of
from countenance.permission.keyring import Identity, Signer

FACE = "fa" * 32
DAY = 86_400
NOW = int(time.time())


def somebody(name: str = "Ada Lovelace", seed: int = 1) -> Signer:
    """A signer, always the same for a seed."""
    key = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))
    return Signer(Identity(name.split()[0].lower(), did_of(key.public_key()), name, datetime.now(UTC)), key)


ADA = somebody("Ada Lovelace", 1)
STUDIO = somebody("Studio North", 2)
MALLORY = somebody("Mallory", 3)


def grant_said(by: Signer = ADA, to: Signer = STUDIO, **changed: Any) -> dict[str, Any]:
    """A plain grant as JSON: Ada lets the studio animate her face for films in the EU, in any language, for a year."""
    now = int(time.time())
    said: dict[str, Any] = {
        "schema": "countenance.grant/1",
        "jti": "0123456789abcdef" * 2,
        "iss": by.identity.did,
        "aud": to.identity.did,
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 365 * DAY,
        "kind": "subject",
        "subject": {"name": "Ada Lovelace", "did": by.identity.did, "standing": "adult"},
        "signer": {"name": "Ada Lovelace", "did": by.identity.did},
        "grantee": {"name": to.identity.shown_as, "did": to.identity.did},
        "likeness": {"faces": [FACE], "voice": False, "depicts": "adult", "pictures": []},
        "scope": {
            "uses": ["animate"],
            "purposes": ["film", "personal"],
            "territories": ["EU"],
            "languages": ["any"],
            "times": None,
            "period": "ever",
            "sharing": False,
            "limits": ["No cigarettes."],
        },
        "revocation": "https://ada.example/revoked.jwt",
    }
    for name, value in changed.items():
        if "__" in name:
            part, inner = name.split("__", 1)
            said[part] = {**said[part], inner: value}
        elif value is None and name in ("work", "request", "evidence", "revocation"):
            said.pop(name, None)
        else:
            said[name] = value
    return said
