"""Grants are taken in one form only, and only with the signature of the key they name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import EmptyFile, FileMissing, PermissionRefused
from countenance.permission.grant import Grant
from countenance.permission.jws import sign_document
from countenance.permission.keyring import Signer
from countenance.permission.signed_grant import TYPE, load_grant, read_grant, sign_grant
from tests.permission.people import ADA, DAY, MALLORY, STUDIO, grant_said

Said = dict[str, Any]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jws(said: Said | bytes, signer: Signer = ADA, header: Said | bytes | None = None) -> str:
    """Sign whatever is given, by hand and as it stands."""
    head = header if header is not None else {"alg": "EdDSA", "kid": signer.identity.did, "typ": TYPE}
    parts = [b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (head, said)]
    return ".".join([*parts, b64(signer.key.sign(".".join(parts).encode()))])


def refusal(text: str | bytes) -> str:
    with pytest.raises(PermissionRefused) as caught:
        read_grant(text)
    assert caught.value.remedy and len(caught.value.message) < 400
    return caught.value.code


def test_a_grant_goes_through_a_file(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = sign_grant(Grant.model_validate_json(json.dumps(grant_said())), ADA)
    (tmp_path / "grant.jwt").write_text(f"\n {made.document.text}\n")
    read = load_grant(tmp_path / "grant.jwt")
    assert read == made
    assert read.sha256 == hashlib.sha256(made.document.text.encode()).hexdigest()
    assert read.grant.scope.limits == ("No cigarettes.",)
    assert read_grant(jws(grant_said())).grant.subject.name == "Ada Lovelace"
    with pytest.raises(FileMissing):
        load_grant(tmp_path / "no.jwt")
    (tmp_path / "empty.jwt").write_text(" ")
    with pytest.raises(EmptyFile):
        load_grant(tmp_path / "empty.jwt")


def test_every_letter_counts() -> None:
    text = jws(grant_said())
    for k in range(0, len(text), 7):
        other = "A" if text[k] != "A" else "B"
        assert refusal(text[:k] + other + text[k + 1 :]).startswith("permission.")
    for k in range(0, len(text), 41):
        assert refusal(text[:k]).startswith("permission.")
        assert refusal(text[:k] + text[k + 1 :]).startswith("permission.")


def header(**changed: Any) -> Said:
    said = {"alg": "EdDSA", "kid": ADA.identity.did, "typ": TYPE} | changed
    return {name: value for name, value in said.items() if value is not None}


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (header(alg="none"), "permission.algorithm"),
        (header(alg="None"), "permission.algorithm"),
        (header(alg="HS256"), "permission.algorithm"),
        (header(alg="ES256"), "permission.algorithm"),
        (header(alg="eddsa"), "permission.algorithm"),
        (header(alg=["EdDSA"]), "permission.algorithm"),
        (header(alg=None), "permission.algorithm"),
        (header(crit=["exp"], exp=1), "permission.malformed"),
        (header(jwk={"kty": "OKP"}), "permission.malformed"),
        (header(jku="https://mallory.example/keys"), "permission.malformed"),
        (header(b64=False, crit=["b64"]), "permission.malformed"),
        (header(typ="JWT"), "permission.type"),
        (header(typ="countenance-revocation+jwt"), "permission.type"),
        (header(typ=None), "permission.malformed"),
        (header(kid=None), "permission.malformed"),
        (header(kid=7), "permission.malformed"),
        (header(kid="did:web:ada.example"), "permission.identity"),
        (header(kid=MALLORY.identity.did), "permission.tampered"),
        (b'{"alg":"EdDSA","alg":"none","kid":"x","typ":"y"}', "permission.malformed"),
        (b"[]", "permission.malformed"),
        (b"\xff\xfe", "permission.malformed"),
        (b"[" * 9000, "permission.malformed"),
    ],
)
def test_headers(head: Said | bytes, code: str) -> None:
    assert refusal(jws(grant_said(), header=head)) == code


def test_the_public_key_is_no_shared_secret() -> None:
    """The classic confusion: HMAC with the public key, which everybody has."""
    head, body = b64(json.dumps(header(alg="HS256")).encode()), b64(json.dumps(grant_said()).encode())
    for secret in (ADA.key.public_key().public_bytes_raw(), ADA.identity.did.encode()):
        tag = hmac.new(secret, f"{head}.{body}".encode(), "sha256").digest()
        assert refusal(f"{head}.{body}.{b64(tag)}") == "permission.algorithm"
    assert refusal(f"{head}.{body}.") == "permission.malformed"


def test_one_grant_has_one_spelling() -> None:
    head, body, signature = jws(grant_said()).split(".")
    assert refusal(f"{head}.{body}.{signature}==") == "permission.malformed"
    loose = signature[:-1] + chr(ord(signature[-1]) + 1)  # the same 64 bytes, other unused bits
    assert refusal(f"{head}.{body}.{loose}") == "permission.malformed"
    assert refusal(f"{head}.{body[:9]}\n{body[9:]}.{signature}") == "permission.malformed"
    raw = base64.urlsafe_b64decode(signature + "==")
    order = 2**252 + 27742317777372353535851937790883648493
    twin = raw[:32] + (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    assert refusal(f"{head}.{body}.{b64(twin)}") == "permission.tampered"


def test_mallory_signs_in_adas_name() -> None:
    assert refusal(jws(grant_said(), MALLORY)) == "permission.issuer"
    with pytest.raises(PermissionRefused):
        sign_grant(Grant.model_validate_json(json.dumps(grant_said())), MALLORY)


def test_sizes() -> None:
    assert refusal(jws(grant_said(padding="x" * 30_000))) == "permission.size"
    assert refusal("x" * 10_000_000) == "permission.size"


NOW = grant_said()["iat"] + 60


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"iat": NOW + 3600}, "permission.future"),
        ({"exp": NOW - 9999}, "permission.schema"),
        ({"exp": NOW + 40 * 366 * DAY}, "permission.schema"),
        ({"exp": str(NOW + 99)}, "permission.schema"),
        ({"exp": float(NOW + 99)}, "permission.schema"),
        ({"exp": True}, "permission.schema"),
        ({"exp": 10**30}, "permission.schema"),
        ({"schema": "countenance.grant/2"}, "permission.schema"),
        ({"jti": "0123"}, "permission.schema"),
        ({"jti": "0123456789abcdef" * 2 + "\n"}, "permission.schema"),
        ({"aud": MALLORY.identity.did}, "permission.schema"),
        ({"kind": "anybody"}, "permission.schema"),
        ({"extra": 1}, "permission.schema"),
        ({"scope__uses": ["animate", "animate"]}, "permission.schema"),
        ({"scope__uses": []}, "permission.schema"),
        ({"scope__purposes": ["politics"]}, "permission.schema"),
        ({"scope__territories": ["eu"]}, "permission.schema"),
        ({"scope__languages": ["english"]}, "permission.schema"),
        ({"scope__times": 0}, "permission.schema"),
        ({"scope__limits": ["hidden \u202e text"]}, "permission.schema"),
        ({"subject__name": "Аda Lovelace"}, "permission.schema"),
        ({"subject__name": "Zoe\u0308"}, "permission.schema"),
        ({"likeness__faces": ["FA" * 32]}, "permission.schema"),
        ({"likeness__voice": 1}, "permission.schema"),
        ({"revocation": "http://ada.example/"}, "permission.schema"),
        ({"revocation": "https://ada.example/\nx"}, "permission.schema"),
        ({"revocation": "file:///etc/passwd"}, "permission.schema"),
        ({"signer": {"name": "Studio", "did": STUDIO.identity.did}}, "permission.schema"),
    ],
)
def test_contents(changed: Said, code: str) -> None:
    assert refusal(jws(grant_said(**changed))) == code


def test_json_with_traps() -> None:
    body = json.dumps(grant_said())
    for trap in (
        body.replace('"kind": "subject"', '"kind": "subject", "kind": "self"'),
        body.replace('"voice": false', '"voice": false, "voice": true'),
        body.replace('"times": null', '"times": NaN'),
        body.replace("Ada Lovelace", "\\ud800"),
        "null",
        "[]",
        body + body,
        body[:-1],
    ):
        assert refusal(jws(trap.encode())) in ("permission.malformed", "permission.schema")
    assert refusal(jws(b"\xef\xbb\xbf" + body.encode())) == "permission.malformed"


def test_a_document_of_another_kind_is_no_grant() -> None:
    other = sign_document(grant_said(), ADA, "countenance-request+jwt")
    assert refusal(other.text) == "permission.type"
