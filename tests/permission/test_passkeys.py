"""A passkey's assertion signs one document, at one page, by one key; all else is refused by the same front door."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countenance.errors import PermissionRefused
from countenance.permission.did import did_of
from countenance.permission.jws import open_document
from countenance.permission.passkeys import check_signer, passkey_did, passkey_of, relying_party
from countenance.permission.signed_grant import TYPE
from tests.permission.authenticator import ORIGIN, Authenticator

SAID = {"schema": "countenance.grant/1", "jti": "0" * 32}


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def phone() -> Authenticator:
    return Authenticator()


def document(phone: Authenticator, **changes: Any) -> str:
    return phone.sign(TYPE, json.dumps(SAID), **changes)


def refused(text: str, typ: str = TYPE, *, passkeys: bool = True) -> str:
    with pytest.raises(PermissionRefused) as met:
        open_document(text, typ, passkeys=passkeys)
    return met.value.code


def test_a_document_is_opened_offline(phone: Authenticator) -> None:
    found = open_document(document(phone), TYPE, passkeys=True)
    assert (found.issuer, found.origin, found.said) == (phone.did, ORIGIN, SAID)


def test_nothing_else_may_be_signed_by_a_passkey(phone: Authenticator) -> None:
    assert refused(document(phone), passkeys=False) == "permission.algorithm"


def replaced(text: str, part: int, change: Callable[[dict[str, Any]], None]) -> str:
    from base64 import urlsafe_b64decode

    parts = text.split(".")
    said = json.loads(urlsafe_b64decode(parts[part] + "=="))
    change(said)
    parts[part] = encoded(json.dumps(said, separators=(",", ":")).encode())
    return ".".join(parts)


def test_an_assertion_is_of_one_document(phone: Authenticator) -> None:
    """Not of another grant, not of another type, not of another key's, not at another page."""
    good = document(phone)
    other = phone.sign(TYPE, json.dumps(SAID | {"jti": "1" * 32}))
    swapped = ".".join([*other.split(".")[:2], good.split(".")[2]])
    assert refused(swapped) == "permission.tampered"
    assert refused(replaced(good, 0, lambda head: head.update(typ="countenance-revocations+jwt")),
                   "countenance-revocations+jwt") == "permission.tampered"  # fmt: skip
    for kid in (Authenticator().did, did_of(Ed25519PrivateKey.generate().public_key()), 7):
        code = refused(replaced(good, 0, lambda head, kid=kid: head.update(kid=kid)))  # type: ignore[misc]
        assert code in ("permission.tampered", "permission.identity", "permission.malformed")
    for origin in ("https://evil.example", "https://evil.studio.example", "http://studio.example", None):
        assert refused(replaced(good, 0, lambda head, o=origin: head.update(origin=o))) == "permission.tampered"  # type: ignore[misc]


@pytest.mark.parametrize(
    "changes",
    [
        {"asked": b"\x00" * 32},
        {"client": {"type": "webauthn.create"}},
        {"client": {"origin": "https://evil.example"}},
        {"client": {"crossOrigin": True}},
        {"client": {"crossOrigin": "false"}},
        {"client": {"topOrigin": "https://evil.example"}},
        {"host": "evil.example"},
        {"host": "example"},
        {"flags": 0x01},
        {"flags": 0x04},
        {"flags": 0x45},
        {"flags": 0x85, "more": b"\xa0"},
        {"more": b"\x00"},
        {"high": True},
        {"key": ec.generate_private_key(ec.SECP256R1())},
    ],
    ids=lambda changes: "-".join(f"{name}={value}"[:40] for name, value in changes.items()),
)
def test_what_the_browser_or_the_authenticator_says_otherwise(phone: Authenticator, changes: dict[str, Any]) -> None:
    assert refused(document(phone, **changes)) == "permission.tampered"


def test_one_document_has_one_spelling(phone: Authenticator) -> None:
    good = document(phone)
    assert refused(replaced(good, 2, lambda said: said.update(more=""))) == "permission.tampered"
    assert refused(replaced(good, 2, lambda said: said.update(signature=said["signature"] + "A"))) != ""
    assert refused(replaced(good, 2, lambda said: said.update(authenticatorData=7))) == "permission.tampered"
    head, payload, _ = good.split(".")
    for third in (b"[]", b"{}", b"{", b'{"signature":"","signature":""}'):
        assert refused(f"{head}.{payload}.{encoded(third)}") in ("permission.tampered", "permission.malformed")
    assert refused(replaced(good, 0, lambda said: said.pop("origin"))) == "permission.malformed"
    assert refused(replaced(good, 0, lambda said: said.update(jwk={}))) == "permission.malformed"


def test_the_names_of_keys(phone: Authenticator) -> None:
    assert phone.did.startswith("did:key:zDn") and passkey_did(passkey_of(phone.did)) == phone.did
    for did in (phone.did[:-1], phone.did + "1", phone.did[:-1] + "0", "did:key:zDn", "did:key:zDn" + "z" * 45, ""):
        with pytest.raises(PermissionRefused):
            check_signer(did)


@pytest.mark.parametrize("origin", ["https://studio.example", "https://a.b.example:8443", "http://localhost:8620"])
def test_pages_at_which_passkeys_are_used(origin: str) -> None:
    assert relying_party(origin) in origin


@pytest.mark.parametrize(
    "origin",
    ["http://studio.example", "https://127.0.0.1", "https://STUDIO.example", "https://studio.example/", "https://example",
     "https://a@b.example", "http://localhost.evil.example", "https://studio.example:0", "https://studio.example\n", 7],
)  # fmt: skip
def test_pages_at_which_they_are_not(origin: object) -> None:
    with pytest.raises(PermissionRefused):
        relying_party(origin)


def test_the_library_of_the_field_says_the_same(phone: Authenticator) -> None:
    """`webauthn` accepts what is accepted here, and refuses what differs in challenge, page, person or signature."""
    webauthn = pytest.importorskip("webauthn")
    cbor2 = pytest.importorskip("cbor2")
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    refusal = webauthn.helpers.exceptions.InvalidAuthenticationResponse
    numbers = passkey_of(phone.did).public_numbers()
    cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})

    def theirs(text: str) -> bool:
        from base64 import urlsafe_b64decode

        said = json.loads(urlsafe_b64decode(text.split(".")[2] + "=="))
        raw = urlsafe_b64decode(said["signature"] + "==")
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        try:
            webauthn.verify_authentication_response(
                credential={"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {
                    "authenticatorData": said["authenticatorData"], "clientDataJSON": said["clientDataJSON"],
                    "signature": encoded(der)}},
                expected_challenge=hashlib.sha256(text.rpartition(".")[0].encode()).digest(),
                expected_rp_id="studio.example", expected_origin=ORIGIN, credential_public_key=cose,
                credential_current_sign_count=0, require_user_verification=True,
            )  # fmt: skip
        except refusal:
            return False
        return True

    assert theirs(document(phone))
    for changes in (
        {"asked": b"\x00" * 32}, {"client": {"type": "webauthn.create"}}, {"client": {"origin": "https://evil.example"}},
        {"host": "evil.example"}, {"flags": 0x01}, {"flags": 0x04}, {"key": ec.generate_private_key(ec.SECP256R1())},
    ):  # fmt: skip
        assert not theirs(document(phone, **changes)), changes


def test_a_grant_and_its_revocation_by_a_passkey(phone: Authenticator) -> None:
    """Through the same readers as any other, down to the plain words."""
    from countenance.permission.jws import payload_of
    from countenance.permission.plain_words import grant_lines
    from countenance.permission.revocation import VALID
    from countenance.permission.revocation_list import TYPE as LIST
    from countenance.permission.revocation_list import RevokedGrant, next_said, read_list
    from countenance.permission.signed_grant import read_grant
    from tests.permission.people import grant_said

    now = datetime.now(UTC)
    said = grant_said()
    said |= {"iss": phone.did, "signer": {**said["signer"], "did": phone.did}}
    signed = read_grant(phone.sign(TYPE, payload_of(said).decode()))
    grant = signed.grant
    assert signed.grant.issuer == phone.did
    assert ("", f"with a passkey, on the page of {ORIGIN}") in grant_lines(signed)
    said = next_said(phone.did, None, [RevokedGrant(grant=grant.id, since=int(now.timestamp()))], now=now, valid=VALID)
    text = phone.sign(LIST, payload_of(said).decode())
    assert read_list(text, phone.did, now).list.find(grant.id) is not None
    with pytest.raises(PermissionRefused):
        read_list(text, Authenticator().did, now)
