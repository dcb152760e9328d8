"""The whole way of an authority's word: a union signs Grace's key, she signs a grant, a studio renders, and a stranger
who trusts the union can check it in the file alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from countenance.errors import BadOption, FileMissing, PermissionRefused
from countenance.permission.assurance import Assessed, Assurance, assess
from countenance.permission.revocation import RevocationLists
from countenance.permission.trust_list import TrustList, TrustStore
from countenance.settings import Settings
from tests.permission.people import ADA, MALLORY, STUDIO
from tests.permission.test_cli_permission import Person
from tests.portraits import grace_hopper_file


def test_a_trust_list_is_added_to_read_and_shortened(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "authorities.json", {STUDIO.identity.did})
    assert store.read() == TrustList()
    store.add(ADA.identity.did, "Union of Actors", compared="its web site", by=STUDIO)
    store.add(MALLORY.identity.did, "A Museum", compared="a letter", by=STUDIO, vouches_for=("estate", "subject"))
    found = store.read().find(MALLORY.identity.did)
    assert found is not None and found.vouches_for == ("estate", "subject") and found.by == STUDIO.identity.did
    for bad in ({"vouches_for": ("self",)}, {"vouches_for": ()}, {"compared": ""}, {"name": "Un\u0456on"}):
        with pytest.raises(BadOption):
            store.add(ADA.identity.did, **{"name": "X", "compared": "x", "by": STUDIO} | bad)  # type: ignore[arg-type]
    with pytest.raises(PermissionRefused) as caught:
        store.add(STUDIO.identity.did, "Myself", compared="I know me", by=STUDIO)
    assert caught.value.code == "permission.own_key"
    with pytest.raises(PermissionRefused) as caught:
        store.add(
            "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "union of actors", compared="x", by=STUDIO
        )
    assert caught.value.code == "permission.lookalike"
    store.remove(ADA.identity.did)
    assert [one.name for one in store.read().authorities] == ["A Museum"]
    with pytest.raises(FileMissing):
        store.remove(ADA.identity.did)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A studio's file under a grant whose signer a union vouches for."""
    folder = tmp_path_factory.mktemp("trust")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTENANCE_MODELS", str(Settings().models_folder))
        union, grace, studio = (Person(folder / name, patch) for name in ("union", "grace", "studio"))
        union_did, grace_did = union.did("Union of Actors"), grace.did("Grace Hopper")
        studio.did("Studio North")
        asked, grant, word = folder / "request.json", folder / "grant.jwt", folder / "grace.credential"
        what = ["--use", "animate", "--purpose", "film", "--subject", "Grace Hopper"]
        studio.run("permission", "request", "-o", asked, *what)
        union.run("permission", "credential", "issue", grace_did, "--name", "Grace Hopper", "-o", word)
        shown = json.loads(grace.run("permission", "credential", "show", word, "--json"))
        assert shown["name"] == "Grace Hopper" and not shown["trusted"]
        sign = ["permission", "sign", asked, "-o", grant, "--picture", grace_hopper_file(), "--yes"]
        grace.run(*sign, "--credential", word)
        studio.run("permission", "keys", "trust", grace_did, "--seen", "telephone", "--name", "Grace Hopper")
        studio.run("permission", "trust", "add", union_did, "--name", "Union of Actors", "--compared", "its web site")
        assert "Union of Actors" in studio.run("permission", "credential", "show", word)
        assert union_did in studio.run("permission", "trust", "list")
        output = folder / "out.mp4"
        animate = ["animate", "-s", grace_hopper_file(), "-d", "authored:demo", "--duration", "0.1", "--size", 160]
        studio.run(*animate, "--permission", grant, "--purpose", "film", "-o", output)
        yield {
            "file": output, "union": union_did, "studio": studio, "folder": folder,
            "run_union": union.run, "word": word,
        }  # fmt: skip


def told(made: dict[str, Any], trusted: TrustList, **changed: Any) -> Assessed:
    """What a stranger reads out of the file."""
    manifest = json.loads(c2pa.Reader(str(made["file"])).json())
    active = manifest["manifests"][manifest["active_manifest"]]
    [data] = [one["data"] for one in active["assertions"] if one["label"] == "org.countenance.permission"]
    text = json.dumps(data)
    assert "Grace" not in text and "Hopper" not in text
    chain = x509.load_pem_x509_certificate((made["studio"].home / "keys" / "signer.pem").read_bytes())
    known = {
        "grants": [data["grantSha256"]], "permit": data["permit"], "use": data["use"],
        "signed_with": chain.fingerprint(SHA256()).hex(),
    } | changed  # fmt: skip
    entries = [Assurance.from_dict(one) for one in data["assurances"]]
    [found] = assess(entries, trusted, datetime.now(UTC) + timedelta(seconds=2), **known)
    return found


def test_a_stranger_who_trusts_the_union_can_check_it(made: dict[str, Any], tmp_path: Path) -> None:
    own = TrustStore(tmp_path / "authorities.json", {MALLORY.identity.did})
    own.add(made["union"], "The Actors' Union", compared="their letter", by=MALLORY)
    found = told(made, own.read())
    assert found.vouched_by == "The Actors' Union" and found.stated == "authority" and not found.why
    assert found.assurance.kind == "subject" and found.assurance.role == "shown"
    assert not told(made, own.read(), signed_with="00" * 32).vouched
    assert not told(made, own.read(), permit="00" * 16).vouched


def test_a_credential_that_was_taken_back_vouches_for_nobody(made: dict[str, Any], tmp_path: Path) -> None:
    published = tmp_path / "taken-back.jwt"
    made["run_union"]("permission", "revoke", made["word"], "-o", published, "--reason", "her key was stolen")
    own = TrustStore(tmp_path / "authorities.json", {MALLORY.identity.did})
    own.add(made["union"], "The Actors' Union", compared="their letter", by=MALLORY, revocations=str(published))
    trusted = replace(own.read(), revocation=RevocationLists(tmp_path / "lists"))
    found = told(made, trusted)
    assert not found.vouched and "taken back" in found.why
    stamped = told(made, trusted, made_at=datetime.now(UTC) - timedelta(days=3))
    assert "taken back" not in stamped.why, "what a trusted time stamp says to be older stood then"
    published.unlink()
    assert not told(made, replace(trusted, revocation=RevocationLists(tmp_path / "none"))).vouched, "no list, no word"
    assert not told(made, replace(trusted, revocation=None)).vouched


def test_a_stranger_who_does_not_hears_the_makers_word(made: dict[str, Any]) -> None:
    found = told(made, TrustList())
    assert not found.vouched and found.assurance.level == "maker" and found.why


def test_the_ledger_says_how_strong_it_was(made: dict[str, Any]) -> None:
    entries = json.loads(made["studio"].run("ledger", "show", "--json"))["entries"]
    [permit] = [entry for entry in entries if entry["kind"] == "permit"]
    body = permit.get("said") or permit.get("body") or permit
    assert {"role": "shown", "kind": "subject", "level": "authority"} in body["assurances"]
