"""`did:key` identities of Ed25519 keys: one text for one key, and nothing else accepted.

did:key method v0.9 (W3C CCG): `did:key:` + multibase base58btc (`z`) of the multicodec prefix 0xed 0x01 and the 32-byte
public key of RFC 8032. Knows nothing of files or grants.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from countenance.errors import PermissionRefused

PREFIX = "did:key:z"
_MULTICODEC = b"\xed\x01"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_FIELD = 2**255 - 19
_LONGEST = 64

# y coordinates of the eight points whose order divides the cofactor: anyone can sign for such a key.
_TORSION = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER = {0, 1, _FIELD - 1, _TORSION, _FIELD - _TORSION}


def encode_did(public: bytes) -> str:
    """The did:key of a raw Ed25519 public key (32 bytes)."""
    return multibase(_MULTICODEC + public)


def multibase(data: bytes) -> str:
    """The did:key of a multicodec prefix and a key, in base58btc; the first byte is not zero."""
    value = int.from_bytes(data, "big")
    text = ""
    while value:
        value, digit = divmod(value, 58)
        text = _ALPHABET[digit] + text
    return PREFIX + text


def decode_did(did: str) -> bytes:
    """The raw public key (32 bytes) that a did:key names.

    Raises:
        PermissionRefused: permission.identity; also for keys of small order and spellings other than the one of
            `encode_did`.
    """
    data = unbased(did, 34)
    public = data[2:]
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if not data.startswith(_MULTICODEC) or encode_did(public) != did or y >= _FIELD or y in _SMALL_ORDER:
        raise _bad(did)
    return public


def unbased(did: str, size: int) -> bytes:
    """The bytes of a did:key, so many. Raises PermissionRefused: permission.identity."""
    if not did.startswith(PREFIX) or len(did) > _LONGEST:
        raise _bad(did)
    value = 0
    for letter in did[len(PREFIX) :]:
        digit = _ALPHABET.find(letter)
        if digit < 0:
            raise _bad(did)
        value = value * 58 + digit
    if value.bit_length() > 8 * size:
        raise _bad(did)
    return value.to_bytes(size, "big")


def public_key(did: str) -> Ed25519PublicKey:
    """The key itself. Raises PermissionRefused: permission.identity."""
    return Ed25519PublicKey.from_public_bytes(decode_did(did))


def did_of(key: Ed25519PublicKey) -> str:
    """The identity of a public key."""
    return encode_did(key.public_bytes_raw())


def public_jwk(did: str) -> dict[str, str]:
    """The public key as a JWK (RFC 8037)."""
    x = urlsafe_b64encode(decode_did(did)).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


def short_form(did: str) -> str:
    """Its last twelve letters in groups of four, for comparing over the telephone: `Xk2q 9ZbR tW4e`.

    Long enough (70 bits) that nobody finds another key with the same ones.
    """
    tail = did[-12:]
    return " ".join(tail[k : k + 4] for k in (0, 4, 8))


def _bad(did: str) -> PermissionRefused:
    return PermissionRefused(
        f"{did[:80]!r} is not an Ed25519 did:key identity.",
        "Ask the person for what `countenance permission keys show` prints at their end.",
        code="permission.identity",
    )
