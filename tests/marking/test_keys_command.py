"""`countenance keys`, as its user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography import x509

from countenance.marking.certificates import fingerprint
from countenance.marking.signing_keys import PASSPHRASE_VARIABLE
from tests.end_to_end.command import Command
from tests.marking.chains import Authority, key_pem


@pytest.fixture
def countenance(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capfd, monkeypatch)


def code(countenance: Command, *words: object) -> tuple[int, str]:
    ran = countenance("keys", *words, "--json")
    return ran.status, json.loads(ran.out)["error"]["code"]


def test_init_show_export(countenance: Command, own_home: Path, tmp_path: Path) -> None:
    assert code(countenance, "show") == (8, "mark.keys_missing")
    made = countenance("keys", "init", "--organisation", "Example Pictures")
    assert made.status == 0 and "self-issued" in made.out and PASSPHRASE_VARIABLE in made.err
    shown = json.loads(countenance("keys", "show", "--json").out)
    assert shown["organisation"] == "Example Pictures" and shown["kind"] == "self-issued"
    assert shown["days_left"] == 396 and shown["protection"] == "local file"
    assert shown["folder"] == str(own_home / "keys")
    assert countenance("keys", "export-certificate", "-o", tmp_path / "root.pem").status == 0
    root = x509.load_pem_x509_certificate((tmp_path / "root.pem").read_bytes())
    assert fingerprint(root) == shown["root_sha256"] and b"PRIVATE" not in (tmp_path / "root.pem").read_bytes()
    assert countenance("keys", "export-certificate", "-o", tmp_path / "root.pem").status == 6
    assert countenance("keys", "export-certificate", "--chain").out.count("BEGIN CERTIFICATE") == 2
    assert code(countenance, "init") == (8, "mark.keys_exist")
    again = json.loads(countenance("keys", "init", "--replace", "--json").out)
    assert again["root_sha256"] != shown["root_sha256"]


def test_a_passphrase(countenance: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "one two three")
    assert json.loads(countenance("keys", "init", "--json").out)["protection"] == "passphrase"
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "one two four")
    assert code(countenance, "show") == (8, "mark.passphrase")
    shown = countenance("keys", "show")
    assert "Traceback" not in shown.err and PASSPHRASE_VARIABLE in shown.err


def test_import_and_forget(countenance: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority()
    key, leaf = authority.signer("ES384")
    (tmp_path / "chain.pem").write_text(authority.chain(leaf))
    (tmp_path / "key.pem").write_bytes(key_pem(key, "theirs"))
    brought = ("import", "-c", tmp_path / "chain.pem", "-k", tmp_path / "key.pem")
    assert code(countenance, *brought) == (8, "mark.passphrase")
    monkeypatch.setenv("COUNTENANCE_IMPORT_PASSPHRASE", "theirs")
    taken = json.loads(countenance("keys", *brought, "--json").out)
    assert (taken["kind"], taken["algorithm"], taken["organisation"]) == ("imported", "ES384", "Studio Example")
    assert "self-issued" not in countenance("keys", "show").out
    assert countenance("keys", "forget").status == 0
    assert code(countenance, "show") == (8, "mark.keys_missing")


def test_imports_that_do_not_fit(countenance: Command, tmp_path: Path) -> None:
    authority = Authority()
    (key, leaf), (other, _) = authority.signer(), authority.signer()
    files = {
        "chain": authority.chain(leaf).encode(),
        "backwards": (
            authority.chain(leaf).split("-----END CERTIFICATE-----\n")[1] + "-----END CERTIFICATE-----\n"
        ).encode()
        + authority.chain(leaf).encode(),
        "key": key_pem(key),
        "other": key_pem(other),
        "rubbish": b"\x00\xff" * 40,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    cases = {
        ("chain", "other"): "mark.key_mismatch",
        ("backwards", "key"): "mark.certificate",
        ("rubbish", "key"): "mark.key_damaged",
        ("chain", "rubbish"): "mark.key_damaged",
        ("chain", "chain"): "mark.key_damaged",
        ("missing", "key"): "input.missing",
    }
    for (chain, private), wanted in cases.items():
        found = code(countenance, "import", "-c", tmp_path / chain, "-k", tmp_path / private)
        assert found[1] == wanted, (chain, private)
    assert code(countenance, "show") == (8, "mark.keys_missing")
