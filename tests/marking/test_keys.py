"""Keys at rest: encrypted, the owner's alone, one set though many processes ask, renewed in time."""

from __future__ import annotations

import datetime as dt
import stat
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from countenance.errors import OutputFolder, ProvenanceError
from countenance.marking.certificates import issue_signer
from countenance.marking.signing_keys import KeyStore, now_utc
from countenance.permission.vault import PASSPHRASE_VARIABLE
from tests.marking.chains import Authority, key_pem


def refused(code: str) -> pytest.RaisesExc[ProvenanceError]:
    return pytest.raises(ProvenanceError, check=lambda error: error.code == code)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of Unix")
def test_private_keys_are_the_owners_alone(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    store.create()
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    for name in ("root.key", "intermediate.key", "signer.key", "lock.json", "unlock"):
        assert stat.S_IMODE((store.folder / name).stat().st_mode) == 0o600, name


@pytest.mark.parametrize("passphrase", ["", "korrekt 马 battery"])
def test_private_keys_are_encrypted(tmp_path: Path, passphrase: str) -> None:
    store = KeyStore(tmp_path / "keys", passphrase)
    made = store.create()
    assert store.asks_passphrase == bool(passphrase) == (not (store.folder / "unlock").exists())
    for name in ("root", "intermediate", "signer"):
        stored = (store.folder / f"{name}.key").read_bytes()
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in stored
        with pytest.raises((TypeError, ValueError)):
            load_pem_private_key(stored, None)
    read, fresh = KeyStore(tmp_path / "keys", passphrase).load()
    assert not fresh and read.chain == made.chain


def test_the_passphrase_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "open")
    KeyStore(tmp_path / "keys").create()
    KeyStore(tmp_path / "keys").load()
    for wrong in ("", "opem"):
        monkeypatch.setenv(PASSPHRASE_VARIABLE, wrong)
        with refused("mark.passphrase"):
            KeyStore(tmp_path / "keys").load()


def test_keys_are_not_made_twice(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    first = store.create("One")
    with refused("mark.keys_exist"):
        store.create("Two")
    assert store.load()[0].chain == first.chain
    second = store.create("Two", replace=True)
    assert store.load()[0].chain == second.chain != first.chain
    assert [first.anchors[0] == second.anchors[0], len(list((store.folder / "retired").iterdir()))] == [False, 1]


def test_replacing_takes_the_passphrase_of_today(tmp_path: Path) -> None:
    authority = Authority()
    key, leaf = authority.signer()
    KeyStore(tmp_path / "keys", "").create()
    KeyStore(tmp_path / "keys", "").adopt(authority.chain(leaf).encode(), key_pem(key))
    KeyStore(tmp_path / "keys", "new").create(replace=True)
    assert KeyStore(tmp_path / "keys", "new").load()[0].imported
    for wrong in ("", "old"):
        with refused("mark.passphrase"):
            KeyStore(tmp_path / "keys", wrong).load()


def test_many_at_once_get_one_set(tmp_path: Path) -> None:
    seen: list[tuple[bytes, bool]] = []
    start = threading.Barrier(4)

    def asks() -> None:
        start.wait()
        identity, made = KeyStore(tmp_path / "keys").load()
        seen.append((identity.anchors[0].signature, made))

    threads = [threading.Thread(target=asks) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4 and len({root for root, _ in seen}) == 1
    assert sum(made for _, made in seen) == 1


def test_a_signer_near_its_end_is_renewed_under_the_same_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = now_utc() - dt.timedelta(days=375)
    with monkeypatch.context() as then:
        then.setattr(
            "countenance.marking.signing_keys.issue_signer",
            lambda above, name, _now: issue_signer(above, name, long_ago),
        )
        old = KeyStore(tmp_path / "keys").create()
    new, made = KeyStore(tmp_path / "keys").load()
    assert not made and new.anchors == old.anchors and new.chain[1] == old.chain[1]
    assert (new.chain[0].not_valid_after_utc - now_utc()).days > 390
    assert new.key.public_key() == new.chain[0].public_key() != old.chain[0].public_key()


@pytest.mark.parametrize("lost", ["root.pem", "intermediate.pem", "signer.pem", "lock.json", "unlock"])
def test_lost_files_are_told(tmp_path: Path, lost: str) -> None:
    store = KeyStore(tmp_path / "keys")
    store.create()
    (store.folder / lost).unlink()
    with refused("mark.key_damaged"):
        store.load()
    assert not (store.folder / lost).exists()


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputFolder):
        KeyStore(tmp_path / "file" / "keys").create()
