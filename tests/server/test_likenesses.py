"""Likenesses by API: what of them is missing is told, and deleting them leaves a receipt that can be checked."""

from __future__ import annotations

from countenance.permission import Ledger, proof_holds, read_root
from countenance.permission.keyring import Keyring
from countenance.permission.likeness_keys import LikenessKey, LikenessKeys
from tests.server.conftest import Running

NUMBER = "c" * 32


def kept(studio: Running) -> LikenessKeys:
    keys = LikenessKeys.at_home(studio.context.settings)
    made = "2026-11-01T10:00:00+00:00"
    keys.keep(LikenessKey(NUMBER, b"k" * 32, "Ada", "/nowhere/ada.likeness", made, "d" * 64, "e" * 32))
    return keys


def test_a_likeness_is_listed_with_what_is_missing(studio: Running) -> None:
    kept(studio)
    (one,) = studio.client("read").ask("GET", "/v1/likenesses").json()
    assert (one["id"], one["name"], one["state"]) == (NUMBER, "Ada", "no_file")
    assert "nowhere" not in str(one), "no place on a disk"


def test_deleted_for_good_with_a_receipt(studio: Running) -> None:
    keys = kept(studio)
    Keyring.at_home(studio.context.settings).make("studio")
    client = studio.client("read", "permission")
    gone = client.ask("DELETE", f"/v1/likenesses/{NUMBER}").json()
    assert gone["key"] and not gone["file"] and keys.numbers() == []
    receipt = gone["receipt"]
    root = read_root(receipt["root"])
    (proof,) = receipt["proofs"]
    assert proof_holds(proof, root.statement) and proof["entry"]["body"]["what"] == "likeness"
    forged = {**proof, "entry": {**proof["entry"], "body": {**proof["entry"]["body"], "file_sha256": "0" * 64}}}
    assert not proof_holds(forged, root.statement)
    with Ledger.open(studio.context.settings) as ledger:
        assert ledger.id == proof["ledger"]
    assert client._http.delete(f"/v1/likenesses/{NUMBER}").status_code == 404


def test_who_may_only_read_deletes_nothing(studio: Running) -> None:
    keys = kept(studio)
    assert studio.client("read", "jobs")._http.delete(f"/v1/likenesses/{NUMBER}").status_code == 403
    assert keys.numbers() == [NUMBER]
