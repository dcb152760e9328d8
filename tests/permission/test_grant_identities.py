"""did:key identities, the vault and the keyring."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countenance.errors import BadOption, FileMissing, PermissionRefused, ProvenanceError
from countenance.permission.did import decode_did, did_of, encode_did, public_jwk, public_key
from countenance.permission.keyring import Keyring
from countenance.permission.vault import Vault

# did:key method, W3C CCG, test vectors for Ed25519.
KNOWN = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
KNOWN_KEY = "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"


def test_a_published_vector() -> None:
    assert decode_did(KNOWN).hex() == KNOWN_KEY
    assert encode_did(bytes.fromhex(KNOWN_KEY)) == KNOWN
    assert public_jwk(KNOWN)["crv"] == "Ed25519"
    assert public_key(KNOWN).public_bytes_raw().hex() == KNOWN_KEY


P = 2**255 - 19
SMALL_ORDER = [0, 1, P - 1, 2707385501144840649318225287225658788936804267575313519463743609750303402022]


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:key:z",
        KNOWN[:-1],
        KNOWN + "1",
        KNOWN.replace("z6Mk", "z16Mk"),
        KNOWN.replace("z6Mk", "z6Mk0"),
        " " + KNOWN,
        KNOWN + "\n",
        KNOWN + "#" + KNOWN[8:],
        "did:web:example.org",
        KNOWN.replace("M", "М"),  # Cyrillic
        "did:key:z" + "1" * 5000,
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",  # secp256k1
        encode_did((P + 3).to_bytes(32, "little")),
        *[encode_did(y.to_bytes(32, "little")) for y in SMALL_ORDER],
        *[encode_did((y | 1 << 255).to_bytes(32, "little")) for y in SMALL_ORDER],
    ],
)
def test_anything_else_is_refused(did: str) -> None:
    with pytest.raises(PermissionRefused) as caught:
        decode_did(did)
    assert caught.value.code == "permission.identity"


def test_every_key_has_one_text() -> None:
    for _ in range(200):
        did = did_of(Ed25519PrivateKey.generate().public_key())
        assert encode_did(decode_did(did)) == did


def test_a_keyring_keeps_private_keys_sealed(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "identities", "open sesame")
    made = ring.make("Ada Lovelace")
    signer = Keyring(tmp_path / "identities", "open sesame").signer()
    assert did_of(signer.key.public_key()) == made.did == signer.identity.did
    raw = signer.key.private_bytes_raw()
    for path in ring.folder.iterdir():
        assert raw not in path.read_bytes()
    assert stat.S_IMODE((ring.folder / "me.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(ring.folder.stat().st_mode) == 0o700
    assert "PrivateKey" not in repr(signer)
    for wrong in ("", "open"):
        with pytest.raises(ProvenanceError) as caught:
            Keyring(tmp_path / "identities", wrong).signer()
        assert caught.value.code == "mark.passphrase"


def test_a_key_file_in_anothers_place_does_not_open(tmp_path: Path) -> None:
    ring = Keyring(tmp_path, "")
    ring.make("One", "one")
    ring.make("Two", "two")
    (tmp_path / "one.key").write_bytes((tmp_path / "two.key").read_bytes())
    with pytest.raises(ProvenanceError):
        ring.signer("one")
    assert ring.signer("two").identity.shown_as == "Two"


def test_names_of_identities(tmp_path: Path) -> None:
    ring = Keyring(tmp_path, "")
    with pytest.raises(FileMissing):
        ring.find()
    ring.make("Studio", "studio")
    assert ring.find().name == "studio"
    with pytest.raises(ProvenanceError):
        ring.make("Again", "studio")
    for bad in ("../up", "", "A b", "x" * 41):
        with pytest.raises(BadOption):
            ring.make("x", bad)
    ring.make("Me")
    assert ring.find().name == "me"
    assert ring.find(ring.find("studio").did).name == "studio"
    ring.delete("studio")
    assert [i.name for i in ring.identities()] == ["me"]


def test_sealed_bytes_are_bound_to_their_label(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "")
    sealed = vault.seal(b"secret", "a")
    assert Vault(tmp_path, "").open(sealed, "a") == b"secret"
    for bad, label in (
        (sealed, "b"),
        (sealed[:-1], "a"),
        (b"", "a"),
        (sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:], "a"),
    ):
        with pytest.raises(ProvenanceError):
            vault.open(bad, label)
