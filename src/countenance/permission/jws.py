"""Signed documents: compact JWS (RFC 7515) by Ed25519 (RFC 8037), made and opened in exactly one form.

The signer's key is in the header's `kid` as a did:key, so a document proves who signed it, not that the signer may:
that is for the policy. One document has one spelling: unpadded canonical base64url, three header fields, JSON without
repeated names. Refused: every other `alg` (none and HMAC with the public key among them), `crit`, keys or links in the
header, anything oversized. Grants and their revocations may also be signed by a passkey, whose assertion is the third
part then and whose origin stands in the header; see `passkeys`. Knows nothing of what a document says.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import OKPKey

from countenance.errors import PermissionRefused
from countenance.permission.did import public_jwk
from countenance.permission.passkeys import ALGORITHM as PASSKEY
from countenance.permission.passkeys import check_assertion

if TYPE_CHECKING:
    from countenance.permission.keyring import Signer

ALGORITHM = "EdDSA"
LONGEST = 24 * 1024
_REMEDY = "Ask the signer to send the file again; do not edit it, since every change breaks the signature."


@dataclass(frozen=True)
class SignedDocument:
    """A document whose signature holds.

    Attributes:
        text: the compact JWS.
        issuer: did:key of the key that signed it.
        payload: its bytes, UTF-8 JSON.
        said: the same, parsed.
        origin: the page at which a passkey signed it; empty for other keys.
    """

    text: str
    issuer: str
    payload: bytes
    said: dict[str, Any]
    origin: str = ""

    @property
    def sha256(self) -> str:
        """SHA-256 hex of the compact JWS."""
        return hashlib.sha256(self.text.encode("ascii")).hexdigest()


class _EdDSAOnly(jws.JWSRegistry):
    """Knows one algorithm. joserfc warns of its name (RFC 9864 says Ed25519); peers with did:key use EdDSA."""

    def get_alg(self, name: str) -> Any:
        if name != ALGORITHM:
            raise UnsupportedAlgorithmError(f"{name!r} is not {ALGORITHM}")
        return jws.JWSRegistry.algorithms[ALGORITHM]


def _registry(longest: int) -> _EdDSAOnly:
    """joserfc takes 128,000 bytes by itself."""
    registry = _EdDSAOnly()
    registry.max_payload_length = max(longest, registry.max_payload_length)
    return registry


def sign_document(said: dict[str, Any], signer: Signer, typ: str, *, longest: int = LONGEST) -> SignedDocument:
    """Sign a document.

    Args:
        said: JSON-serialisable.
        signer: whose key.
        typ: media type of the whole, as `countenance-grant+jwt`.
        longest: bytes that it may have.

    Raises:
        PermissionRefused: permission.size.
    """
    payload = payload_of(said)
    did = signer.identity.did
    private = urlsafe_b64encode(signer.key.private_bytes_raw()).rstrip(b"=").decode()
    key = OKPKey.import_key({**public_jwk(did), "d": private})
    text = jws.serialize_compact({"alg": ALGORITHM, "kid": did, "typ": typ}, payload, key, registry=_registry(longest))
    return open_document(text, typ, longest=longest)


def payload_of(said: dict[str, Any]) -> bytes:
    """The bytes of a document that are signed."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def open_document(text: str | bytes, typ: str, *, longest: int = LONGEST, passkeys: bool = False) -> SignedDocument:
    """Check form and signature of a document.

    Args:
        text: compact JWS; white space round it is ignored.
        typ: what it must be.
        longest: bytes that it may have.
        passkeys: whether a passkey may have signed it.

    Raises:
        PermissionRefused: permission.size, permission.malformed, permission.algorithm, permission.type,
            permission.identity, permission.tampered.
    """
    if len(text) > longest:
        raise PermissionRefused(
            f"The document has {len(text):,} bytes; {longest:,} are taken.",
            "Shorten the texts in it and sign again.",
            code="permission.size",
        )
    text = _ascii(text)
    parts = text.split(".")
    if len(parts) != 3 or not all(parts):
        _malformed("it is no compact JWS of three parts")
    head, payload, signature = (_decoded(part) for part in parts)
    header = _object(head, "header")
    by_passkey = passkeys and header.get("alg") == PASSKEY
    if header.get("alg") != ALGORITHM and not by_passkey:
        raise PermissionRefused(
            f"The document is signed by {str(header.get('alg'))[:40]!r}; only {ALGORITHM} (Ed25519) is taken.",
            "Ask the signer to sign it with `countenance permission sign`.",
            code="permission.algorithm",
        )
    if set(header) != {"alg", "kid", "typ", *(("origin",) if by_passkey else ())}:
        _malformed("its header holds other fields than alg, kid and typ")
    if header["typ"] != typ:
        raise PermissionRefused(
            f"The document is a {str(header['typ'])[:60]!r}, not a {typ!r}.",
            "Check that it is the file you mean.",
            code="permission.type",
        )
    did = header["kid"]
    if not isinstance(did, str):
        _malformed("its kid is no text")
    if by_passkey:
        check_assertion(f"{parts[0]}.{parts[1]}".encode(), signature, did, header["origin"], _object)
        return SignedDocument(text, did, payload, _object(payload, "content"), header["origin"])
    if len(signature) != 64:
        _malformed("its signature has not 64 bytes")
    _check_signature(text, did, longest)
    return SignedDocument(text, did, payload, _object(payload, "content"))


@lru_cache(maxsize=64)
def _check_signature(text: str, did: str, longest: int) -> None:
    """Whether a key signed exactly this; remembered by the text, since a job reads its grant more than once."""
    try:
        key = OKPKey.import_key(public_jwk(did))  # type: ignore[arg-type]
        jws.deserialize_compact(text, key, registry=_registry(longest))
    except (JoseError, ValueError) as error:
        raise PermissionRefused(
            "The signature does not hold: the document was changed, or somebody else signed it.",
            _REMEDY,
            code="permission.tampered",
        ) from error


def _ascii(text: str | bytes) -> str:
    try:
        # Plain text of it: a subclass could read one way to be checked and another way to be used.
        plain = str.encode(text, "ascii").decode() if isinstance(text, str) else bytes.decode(text, "ascii")
    except (UnicodeDecodeError, UnicodeEncodeError):
        _malformed("it holds letters outside ASCII")
    return plain.strip(" \t\r\n")


def _decoded(part: str) -> bytes:
    """Base64url without padding, in its one canonical spelling."""
    try:
        data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        _malformed("a part of it is not base64url")
    if urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        _malformed("a part of it is not canonical base64url")
    return data


def _object(data: bytes, what: str) -> dict[str, Any]:
    """JSON object without repeated names, non-finite numbers or broken Unicode."""
    try:
        said = json.loads(data.decode("utf-8"), object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        _malformed(f"its {what} is not plain JSON ({str(error)[:80]})")
    if not isinstance(said, dict):
        _malformed(f"its {what} is no JSON object")
    return said


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    said = dict(pairs)
    if len(said) != len(pairs):
        raise ValueError("a name stands twice")
    return said


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _malformed(why: str) -> NoReturn:
    raise PermissionRefused(f"The document cannot be read: {why}.", _REMEDY, code="permission.malformed")
