"""Directories of issuers: what is taken, what is refused, and what is told once they are old or gone."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from countenance.errors import CountenanceError, PermissionRefused, ProvenanceError
from countenance.verify.issuers import DirectoryStore, read_directory, read_draft
from countenance.verify.issuers.directory import LONGEST_VALID, IssuerKey
from countenance.verify.issuers.publishers import PACKAGED
from tests.exit_material import settings_in
from tests.verify.issuers.material import LAST_YEAR, Asker, asker, identity, issuer

NOW = datetime.now(UTC)
NUMBER, OTHER = 0x0A1B2C, 0x0A1B2D


@pytest.fixture
def anna(tmp_path: Path) -> Asker:
    return asker(tmp_path / "anna")


def refusal(anna: Asker, data: bytes) -> str:
    with pytest.raises(ProvenanceError) as refused:
        anna.store.accept(anna.publisher, data, NOW)
    assert refused.value.remedy
    return refused.value.code


def test_the_packages_own_is_signed_and_lists_nobody(tmp_path: Path) -> None:
    [only] = DirectoryStore(settings_in(tmp_path)).all(NOW)
    assert only.publisher == PACKAGED and only.directory is not None and only.directory.issuers == ()
    assert not (tmp_path / "home").exists(), "looking leaves nothing behind"


def test_who_is_listed_is_found_without_a_network(anna: Asker) -> None:
    anna.told(issuer(NUMBER, "A Museum", None, None), issuer(OTHER, "An Agency", anna.signer, "https://a.example/v1"))
    found = anna.store.find(NUMBER, NOW)
    assert found is not None and found.issuer.name == "A Museum" and found.issuer.resolver is None
    assert found.publisher == "The Directory" and not found.expired and anna.store.find(NUMBER + 9, NOW) is None


def test_signed_by_nobody_or_by_somebody_else(anna: Asker, tmp_path: Path) -> None:
    entry = issuer(NUMBER, "A Museum", None, None)
    data = anna.signed(entry)
    assert refusal(anna, b'{"version":1,"issuers":[]}') == "issuers.signature"
    head, body, signature = data.split(b".")
    said = json.loads(urlsafe_b64decode(body + b"=="))
    said["issuers"][0]["name"] = "Another Museum"
    forged = urlsafe_b64encode(json.dumps(said, separators=(",", ":")).encode()).rstrip(b"=")
    assert refusal(anna, b".".join((head, forged, signature))) == "issuers.signature"
    stranger = Asker(anna.settings, identity(settings_in(tmp_path / "x"), "X"), anna.publisher)
    assert refusal(anna, stranger.signed(entry)) == "issuers.signature"
    assert anna.store.find(NUMBER, NOW) is None


def test_older_than_the_last_one_seen(anna: Asker) -> None:
    revoked = IssuerKey(did=anna.signer.identity.did, not_before=LAST_YEAR, revoked=NOW - timedelta(days=1))
    before = issuer(NUMBER, "A Museum", anna.signer, "https://a.example")
    old = anna.signed(before, sequence=4)
    anna.told(before.model_copy(update={"keys": (revoked,)}), sequence=5)
    assert refusal(anna, old) == "issuers.rollback"
    assert refusal(anna, anna.signed(before, sequence=5, days=31)) == "issuers.rollback", "another one of the sequence"
    [place] = (anna.settings.home / "directories").iterdir()
    for kept in place.glob("*.jwt"):
        kept.unlink()
    (place / f"{4:020d}.jwt").write_bytes(old)
    [_, followed] = anna.store.all(NOW)
    assert followed.directory is None and "gone" in followed.problem, "put back by hand it does not count either"
    assert anna.store.find(NUMBER, NOW) is None


def test_expired_is_told_and_not_relied_on(anna: Asker) -> None:
    anna.told(issuer(NUMBER, "A Museum", anna.signer, "https://a.example"))
    found = anna.store.find(NUMBER, NOW + timedelta(days=31))
    assert found is not None and found.expired
    past = anna.signed(issuer(NUMBER, "A Museum", None, None), sequence=9, now=NOW - timedelta(days=40))
    assert refusal(anna, past) == "issuers.expired"
    future = anna.signed(issuer(NUMBER, "A Museum", None, None), sequence=9, now=NOW + timedelta(days=2))
    assert refusal(anna, future) == "issuers.date"
    with pytest.raises(ProvenanceError):
        anna.signed(days=LONGEST_VALID.days + 1)


def test_mirrors_that_are_gone_leave_what_was_had(anna: Asker, tmp_path: Path) -> None:
    anna.told(issuer(NUMBER, "A Museum", None, None), sequence=2)
    mirrors = tuple(str(tmp_path / name) for name in ("gone.jwt", "old.jwt"))
    (tmp_path / "old.jwt").write_bytes(anna.signed(sequence=1))
    publisher = type(anna.publisher)(anna.publisher.did, anna.publisher.name, mirrors)
    with pytest.raises(ProvenanceError) as refused:
        anna.store.update(publisher, NOW)
    assert refused.value.code == "issuers.unreachable" and "sequence 1" in refused.value.message
    assert anna.store.find(NUMBER, NOW) is not None
    (tmp_path / "gone.jwt").write_bytes(anna.signed(sequence=3))
    assert anna.store.update(publisher, NOW).sequence == 3, "one good mirror will do"
    assert anna.store.find(NUMBER, NOW) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "00ffff"}, "issuers.malformed"),
        ({"number": "0a1b2"}, "issuers.malformed"),
        ({"resolver": "http://a.example"}, "issuers.malformed"),
        ({"resolver": "https://user@a.example"}, "issuers.malformed"),
        ({"resolver": "https://a.example", "keys": []}, "issuers.malformed"),
        ({"contact": "a\u202eb"}, "issuers.malformed"),
        ({"keys": [{"did": "did:key:z6Mk", "not_before": "2026-01-01T00:00:00Z"}]}, "issuers.malformed"),
        ({"keys": [{"did": "x", "not_before": "2026-01-01T00:00:00"}]}, "issuers.malformed"),
        ({"website": "https://a.example"}, "issuers.malformed"),
        ({"number": "0a1b2d"}, "issuers.duplicate"),
        ({"name": "An Аgency"}, "issuers.malformed"),
        ({"name": "an agency"}, "issuers.duplicate"),
    ],
)
def test_entries_that_cannot_be(change: dict[str, object], code: str) -> None:
    entries = [
        issuer(NUMBER, "A Museum", None, None).model_dump(mode="json") | change,
        issuer(OTHER, "An Agency", None, None).model_dump(mode="json"),
    ]
    with pytest.raises(ProvenanceError) as refused:
        read_draft({"issuers": entries})
    assert refused.value.code == code


def test_two_issuers_with_one_key(anna: Asker) -> None:
    with pytest.raises(ValueError, match="both have the key"):
        anna.signed(issuer(NUMBER, "A", anna.signer, None), issuer(OTHER, "B", anna.signer, None))


def test_two_directories_that_disagree(anna: Asker, tmp_path: Path) -> None:
    anna.told(issuer(NUMBER, "A Museum", anna.signer, "https://a.example"))
    bob = identity(settings_in(tmp_path / "bob"), "Bob")
    second = Asker(
        anna.settings,
        bob,
        anna.store.publishers.add(bob.identity.did, "Bobs", mirrors=(), compared="by letter", by=_me(anna)),
    )
    second.told(issuer(NUMBER, "A Thief", bob, "https://b.example"))
    found = anna.store.find(NUMBER, NOW)
    assert found is not None and found.disputed
    # What one of them revoked of a key that both list is revoked.
    gone = NOW - timedelta(days=1)
    second.told(issuer(NUMBER, "A Museum", anna.signer, "https://a.example", revoked=gone), sequence=2)
    found = anna.store.find(NUMBER, NOW)
    assert found is not None and not found.disputed and not found.issuer.keys[0].valid_at(NOW)


def test_a_key_listed_beside_ones_own_speaks_for_nobody(anna: Asker, tmp_path: Path) -> None:
    bob = identity(settings_in(tmp_path / "bob"), "Bob")
    bobs = anna.store.publishers.add(bob.identity.did, "Bobs", mirrors=(), compared="by letter", by=_me(anna))
    second = Asker(anna.settings, bob, bobs)
    for sequence, (name, signer) in enumerate((("A Museum", anna.signer), ("Laptop of Ida", None)), 1):
        honest = issuer(NUMBER, name, signer, "https://a.example" if signer else None)
        thiefs = issuer(NUMBER, name, bob, "https://b.example")
        thiefs = thiefs.model_copy(update={"keys": (*thiefs.keys, *honest.keys)})
        anna.told(honest, sequence=sequence)
        second.told(thiefs, sequence=sequence)
        found = anna.store.find(NUMBER, NOW)
        assert found is not None and found.disputed


def test_names_that_look_alike_in_two_directories_are_disputed(anna: Asker, tmp_path: Path) -> None:
    anna.told(issuer(NUMBER, "ACME", anna.signer, "https://a.example"))
    bob = identity(settings_in(tmp_path / "bob"), "Bob")
    bobs = anna.store.publishers.add(bob.identity.did, "Bobs", mirrors=(), compared="by letter", by=_me(anna))
    second = Asker(anna.settings, bob, bobs)
    for sequence, name in enumerate(("ACME", "acme", "АСМЕ", "ᎪᏟᎷᎬ", "ꓮꓚꓟꓰ"), 1):  # Cyrillic, Cherokee, Lisu
        second.told(issuer(OTHER, name, bob, "https://b.example"), sequence=sequence)
        for number in (NUMBER, OTHER):
            found = anna.store.find(number, NOW)
            assert found is not None and found.disputed, name
    second.told(issuer(OTHER, "Acme Archive", bob, "https://b.example"), sequence=6)
    assert not anna.store.find(NUMBER, NOW).disputed  # type: ignore[union-attr]
    # One house with two numbers has its key in both.
    second.told(issuer(OTHER, "ACME", anna.signer, "https://a.example"), sequence=7)
    assert not anna.store.find(NUMBER, NOW).disputed  # type: ignore[union-attr]


def test_a_clock_set_back_revives_no_directory(anna: Asker, tmp_path: Path) -> None:
    anna.told(issuer(NUMBER, "A Museum", anna.signer, "https://a.example"))
    bob = identity(settings_in(tmp_path / "bob"), "Bob")
    bobs = anna.store.publishers.add(bob.identity.did, "Bobs", mirrors=(), compared="by letter", by=_me(anna))
    later = NOW + timedelta(days=40)
    newer = Asker(anna.settings, bob, bobs).signed(issuer(OTHER, "Bob", None, None), now=later)
    anna.store.accept(bobs, newer, later)
    found = anna.store.find(NUMBER, NOW + timedelta(days=2))
    assert found is not None and found.expired, "what was seen in forty days is known"
    again = anna.signed(issuer(NUMBER, "A Museum", anna.signer, "https://a.example"), sequence=2)
    assert refusal(anna, again) == "issuers.expired"


def test_a_damaged_note_of_what_was_seen_lets_nothing_older_in(anna: Asker) -> None:
    anna.told(issuer(NUMBER, "A Museum", anna.signer, "https://a.example"), sequence=5)
    place = next((anna.settings.home / "directories").iterdir())
    (place / "seen.json").write_text("{")
    for name in ("99999999999999999998.jwt", "junk.jwt", "zz.jwt", "zzz.jwt"):
        (place / name).write_bytes(b"no directory")
    for sequence in (2, 5):
        with pytest.raises(ProvenanceError) as refused:
            anna.told(issuer(NUMBER, "A Thief", anna.signer, "https://b.example"), sequence=sequence)
        assert refused.value.code == "issuers.rollback"
    anna.told(issuer(NUMBER, "The Museum", anna.signer, "https://a.example"), sequence=6)
    found = anna.store.find(NUMBER, NOW)
    assert found is not None and found.issuer.name == "The Museum"


def test_publishers_chosen_by_hand_in_the_file(anna: Asker) -> None:
    path = anna.settings.home / "directory-publishers.json"
    said = json.loads(path.read_text())
    said["decisions"][0] = said["decisions"][0][:-8] + "AAAAAAAA"
    path.write_text(json.dumps(said))
    with pytest.raises(PermissionRefused) as refused:
        anna.store.all(NOW)
    assert refused.value.code == "permission.trust_altered"


def test_what_is_no_directory(anna: Asker) -> None:
    for data in (b"", b"...", b"\xff\xfe", b"a.b.c", b"x" * 100_000):
        with pytest.raises(CountenanceError):
            read_directory(data, anna.publisher.did, NOW)


def _me(anna: Asker):  # type: ignore[no-untyped-def]
    from countenance.permission.keyring import Keyring

    return Keyring.at_home(anna.settings).signer("me")


def test_a_thousand_issuers(anna: Asker) -> None:
    entries = [issuer((1 << 16) + n, f"Issuer {n}", None, None) for n in range(1000)]
    anna.told(*entries)
    found = anna.store.find((1 << 16) + 999, NOW)
    assert found is not None and found.issuer.name == "Issuer 999"


def test_a_pipe_as_a_mirror_is_not_waited_for(anna: Asker, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ProvenanceError) as refused:
        anna.store.update(replace(anna.publisher, mirrors=(str(tmp_path / "pipe"),)), NOW)
    assert refused.value.code == "issuers.unreachable" and "is no file" in refused.value.message
