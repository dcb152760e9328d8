"""A software authenticator, as WebAuthn Level 3 describes one: what a phone or a security key answers, and what it may
not. It shows also what `passkeys` cannot tell: that a key lies in no program."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from countenance.permission.passkeys import ALGORITHM, passkey_did

ORIGIN = "https://studio.example"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """One passkey.

    Args:
        origin: of the page that asks.
    """

    def __init__(self, origin: str = ORIGIN) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.did = passkey_did(self.key.public_key())
        self.origin = origin

    def sign(
        self,
        typ: str,
        payload: str,
        *,
        asked: bytes | None = None,
        client: dict[str, Any] | None = None,
        host: str = "",
        flags: int = 0x05,
        more: bytes = b"",
        high: bool = False,
        key: ec.EllipticCurvePrivateKey | None = None,
    ) -> str:
        """A document as the page makes it; the arguments change what is not as it should be."""
        head = {"alg": ALGORITHM, "kid": self.did, "origin": self.origin, "typ": typ}
        said = f"{encoded(json.dumps(head, separators=(',', ':')).encode())}.{encoded(payload.encode())}"
        challenge = encoded(asked or hashlib.sha256(said.encode()).digest())
        told = {"type": "webauthn.get", "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        written = json.dumps(told | (client or {}), separators=(",", ":")).encode()
        party = host or self.origin.partition("://")[2].partition(":")[0]
        data = hashlib.sha256(party.encode()).digest() + bytes([flags]) + (7).to_bytes(4, "big") + more
        r, s = decode_dss_signature((key or self.key).sign(data + hashlib.sha256(written).digest(), ec.ECDSA(SHA256())))
        s = max(s, ORDER - s) if high else min(s, ORDER - s)
        parts = {
            "authenticatorData": encoded(data),
            "clientDataJSON": encoded(written),
            "signature": encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big")),
        }
        return f"{said}.{encoded(json.dumps(parts, separators=(',', ':')).encode())}"
