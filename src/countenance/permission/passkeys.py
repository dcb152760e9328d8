"""Passkeys as signers of documents: their names, and the one way in which an assertion of WebAuthn signs a text.

A passkey does not sign a text, but its own data and the browser's word of what was asked for and by which page (W3C Web
Authentication Level 3, 7.2). So a document that it signed keeps that assertion whole, and is checked offline:

    challenge = SHA-256(header.payload)     the very document: no other, and not the same words of another type or key
    origin    = the header's                where the person was; the relying party is its host and nothing wider
    flags     = present, and verified       by finger, face or PIN

The signature is r and s in 64 bytes with s in the lower half, since ECDSA holds for n − s as well: one document has one
spelling. That a key lies in an authenticator at all, nobody can tell from this: whoever runs the page can make one in a
program. Whose it is, is compared as with other keys. Knows nothing of grants.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from countenance.errors import PermissionRefused
from countenance.permission.did import decode_did, multibase, unbased

ALGORITHM = "WebAuthn.ES256"
_P256 = b"\x80\x24"  # multicodec p256-pub, 0x1200 as a varint
_POINT = 33  # bytes, compressed (SEC 1, 2.3.3)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PRESENT, _VERIFIED = 0x01, 0x04
_DATA = 37  # bytes: hash of the relying party, flags, counter; nothing more was asked for
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(
    rf"(?:https://(?P<host>(?:{_LABEL}\.)+(?!\d+(?::|\Z)){_LABEL})|http://(?P<local>localhost))(?::[1-9]\d{{0,4}})?"
)


def passkey_did(key: ec.EllipticCurvePublicKey) -> str:
    """The did:key of a P-256 public key: `did:key:zDn…`."""
    return multibase(_P256 + key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def passkey_of(did: str) -> ec.EllipticCurvePublicKey:
    """The key that such a name means. Raises PermissionRefused: permission.identity, for every other spelling too."""
    data = unbased(did, len(_P256) + _POINT)
    try:
        if not data.startswith(_P256):
            raise ValueError("another kind of key")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data[len(_P256) :])
    except ValueError as error:
        raise _bad_name(did) from error
    if passkey_did(key) != did:
        raise _bad_name(did)
    return key


def check_signer(did: str) -> None:
    """Whether a name is that of a key that may sign grants: Ed25519 or a passkey. Raises PermissionRefused."""
    if did.startswith("did:key:zDn"):
        passkey_of(did)
    else:
        decode_did(did)


def relying_party(origin: object) -> str:
    """The host of an origin at which passkeys are used: https, or localhost. Raises PermissionRefused."""
    found = _ORIGIN.fullmatch(origin) if isinstance(origin, str) and len(origin) <= 260 else None
    if found is None:
        raise _bad("its origin is no page at which passkeys are used")
    return found["host"] or found["local"]


def check_assertion(
    said: bytes, assertion: bytes, did: str, origin: object, parse: Callable[[bytes, str], dict[str, Any]]
) -> None:
    """Whether this passkey signed this text at this origin.

    Args:
        said: header and payload as they are signed: two parts of base64url and a dot.
        assertion: the document's third part, decoded: JSON of `authenticatorData`, `clientDataJSON`, `signature`.
        did: of the passkey.
        origin: as the header has it.
        parse: JSON without repeated names; raises PermissionRefused.

    Raises:
        PermissionRefused: permission.tampered; permission.malformed, permission.identity.
    """
    host, key = relying_party(origin), passkey_of(did)
    parts = parse(assertion, "signature")
    names = ("authenticatorData", "clientDataJSON", "signature")
    if tuple(parts) != names or not all(isinstance(parts[name], str) for name in names):
        raise _bad("its signature is no assertion of a passkey")
    if json.dumps(parts, separators=(",", ":")).encode() != assertion:
        raise _bad("its signature is not spelt as it should be")
    data, client, signature = (_decoded(parts[name]) for name in names)
    told = parse(client, "client data")
    if told.get("type") != "webauthn.get" or told.get("crossOrigin", False) is not False or "topOrigin" in told:
        raise _bad("the passkey was asked for something else, or inside of another site's page")
    if told.get("origin") != origin or data[:32] != hashlib.sha256(host.encode()).digest():
        raise _bad("the passkey was used at another page than it says")
    if told.get("challenge") != _encoded(hashlib.sha256(said).digest()):
        raise _bad("the passkey signed another document")
    if len(data) != _DATA or data[32] & 0xC0 or data[32] & (_PRESENT | _VERIFIED) != _PRESENT | _VERIFIED:
        raise _bad("the passkey does not say that the person was there and was verified")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not (0 < r < _ORDER and 0 < s <= _ORDER // 2):
        raise _bad("its signature has not the one form that is taken")
    try:
        key.verify(encode_dss_signature(r, s), data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise _bad("another key signed it, or it was changed") from error


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    from base64 import urlsafe_b64decode

    try:
        data = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise _bad("a part of its signature is not base64url") from error
    if _encoded(data) != text:
        raise _bad("a part of its signature is not canonical base64url")
    return data


def _bad(why: str) -> PermissionRefused:
    return PermissionRefused(
        f"The signature by a passkey does not hold: {why}.",
        "Ask the signer to sign it again on the page where it was asked for.",
        code="permission.tampered",
    )


def _bad_name(did: str) -> PermissionRefused:
    return PermissionRefused(
        f"{did[:80]!r} is not the did:key of a passkey (P-256).",
        "Ask the person for the key that their page shows.",
        code="permission.identity",
    )
