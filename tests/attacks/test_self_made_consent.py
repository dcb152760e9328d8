"""Attack: consent that the one who uses it made himself. With keys of his own home it is refused, deleted keys and
edited decisions too; where it cannot be seen (a second home, a declaration) it is told as the maker's word; and a proof
of consent that was copied out of somebody's file, or that an authority of the maker's own choosing signed, tells a
stranger nothing."""

from __future__ import annotations

import json
import shutil
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import CountenanceError, PermissionRefused, ProvenanceError
from countenance.permission.assurance import Assurance, assess
from countenance.permission.consent_proof import Proofs, sign_consent, sign_presentation
from countenance.permission.credential import SignedCredential, issue_credential
from countenance.permission.issuers import KnownIssuers
from countenance.permission.keyring import Keyring
from countenance.permission.permit import Permit
from countenance.permission.trust_list import Authority, TrustList
from countenance.permission.vouching import in_words
from tests.permission.people import ADA, DAY, MALLORY, STUDIO, somebody
from tests.permission.test_cli_permission import Person
from tests.permission.test_policy import Desk, desk, signed  # noqa: F401  (a fixture)
from tests.portraits import grace_hopper_file

AGENCY = somebody("Agency West", 7)
CERTIFICATE = "ce" * 32


def soon(days: float = 0) -> datetime:
    """In a minute, and so many days."""
    return datetime.now(UTC) + timedelta(minutes=1, days=days)


# In the home itself


def asked(studio: Person, folder: Path, *more: object) -> Path:
    request = folder / "request.json"
    studio.run(
        *("permission", "request", "-o", request, "--subject", "Ada", "--use", "animate", "--purpose", "film"), *more
    )
    return request


@pytest.mark.parametrize("kind", ["subject", "guardian", "estate"])
def test_who_asks_does_not_answer(tmp_path: Path, kind: str) -> None:
    studio = Person(tmp_path / "studio", pytest.MonkeyPatch())
    studio.did("Studio North")
    studio.run("permission", "keys", "new", "Ada", "--name", "ada")
    request = asked(studio, tmp_path, "--kind", kind)
    sign = ["permission", "sign", request, "-o", tmp_path / "g.jwt", "--as", "ada", "--yes"]
    sign += ["--picture", grace_hopper_file()]
    assert studio.refused(*sign).code == "permission.own_key"
    assert not list(tmp_path.glob("g.*"))


def test_a_key_made_here_is_nobody_elses_also_when_it_is_gone(tmp_path: Path) -> None:
    """The subject's key is made in the studio's home, signs elsewhere, and is deleted in every way one can think of."""
    studio = Person(tmp_path / "studio", pytest.MonkeyPatch())
    studio.did("Studio North")
    ada = json.loads(studio.run("permission", "keys", "new", "Ada", "--name", "ada", "--json"))["did"]
    request = asked(studio, tmp_path)
    copy = Person(tmp_path / "copy", pytest.MonkeyPatch())
    shutil.copytree(studio.home, copy.home)
    for own in copy.home.glob("identities/me.*"):
        own.unlink()
    (copy.home / "identities" / "made.log").unlink()
    grant = tmp_path / "grant.jwt"
    copy.run(*("permission", "sign", request, "-o", grant, "--as", "ada", "--yes", "--picture", grace_hopper_file()))
    trust = ["permission", "keys", "trust", ada, "--name", "Ada", "--seen", "in person"]
    assert studio.refused(*trust).code == "permission.own_key"
    assert studio.refused("permission", "check", grant).code == "permission.own_key"
    for file in studio.home.glob("identities/ada.*"):
        file.unlink()
    assert studio.refused(*trust).code == "permission.own_key"
    assert studio.refused("permission", "check", grant).code == "permission.own_key"
    authority = ["permission", "trust", "add", ada, "--name", "Agency", "--compared", "its web site"]
    assert studio.refused(*authority).code == "permission.own_key"
    log = studio.home / "identities" / "made.log"
    first, second = log.read_text().splitlines()
    for lines in ([second], [second, first], [first, first, second], [first, second[:-2]]):
        log.write_text("\n".join(lines) + "\n")
        assert studio.refused("permission", "check", grant).code == "mark.key_log"


def test_keys_are_remembered_when_they_are_made_used_and_deleted(tmp_path: Path) -> None:
    ring = Keyring(tmp_path / "identities", "")
    one, two = ring.make("One", "one"), ring.make("Two", "two")
    ring.delete("one")
    assert ring.ever() == {one.did, two.did} and [identity.did for identity in ring.identities()] == [two.did]
    (tmp_path / "identities" / "made.log").unlink()
    ring.signer("two")
    assert Keyring(tmp_path / "identities", "").ever() == {two.did}
    (tmp_path / "identities" / "made.log").write_text("nothing\n")
    with pytest.raises(ProvenanceError):
        ring.ever()


def edited(path: Path, change: Any) -> None:
    said = json.loads(path.read_text())
    change(said)
    path.write_text(json.dumps(said))


def flipped(jws: str) -> str:
    """The same document with Mallory's kinds widened, under the old signature."""
    head, payload, signature = jws.split(".")
    text = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).replace(b'"subject"', b'"estate"')
    return ".".join([head, urlsafe_b64encode(text).rstrip(b"=").decode(), signature])


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(decisions=[flipped(one) for one in said["decisions"]]),
        lambda said: said["decisions"].append(said["decisions"][0][:-4] + "AAAA"),
        lambda said: said.update(version=1, issuers=[{"did": MALLORY.identity.did, "name": "Ada"}]),
        lambda said: said["decisions"].append({"did": MALLORY.identity.did}),
        lambda said: said.update(decisions="all"),
    ],
)
def test_an_edited_trust_decision_is_refused(desk: Desk, change: Any) -> None:  # noqa: F811
    desk.ask(desk.claim())
    edited(desk.folder / "issuers.json", change)
    with pytest.raises(CountenanceError) as caught:
        desk.ask(desk.claim())
    assert caught.value.code in ("permission.trust_altered", "input.document") and caught.value.remedy


def test_a_decision_that_another_installation_signed_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "issuers.json"
    KnownIssuers(path, {MALLORY.identity.did}).trust(ADA.identity.did, "Ada", seen="in person", by=MALLORY)
    with pytest.raises(PermissionRefused) as caught:
        KnownIssuers(path, {STUDIO.identity.did}).all()
    assert caught.value.code == "permission.trust_altered"


# What is told


def stated(permit: Permit) -> Assurance:
    [one] = permit.assurances
    return one


def test_what_the_maker_alone_says_is_told_so(desk: Desk) -> None:  # noqa: F811
    assert (
        stated(desk.ask(desk.claim())).level == "compared" and stated(desk.ask(desk.claim())).attested_by == "telephone"
    )
    kinds = ("subject", "estate", "synthetic")
    desk.records.issuers.trust(ADA.identity.did, "Ada Lovelace", seen="yes", by=STUDIO, kinds=kinds)
    assert stated(desk.ask(desk.claim())).level == "maker"  # no account of how
    take = {"kind": "live-take", "sha256": "aa" * 32}
    claimed = desk.claim(evidence=[take])
    assert stated(desk.ask(claimed)).level == "maker"  # a hash that the signer wrote is no take that was judged here
    nobody = {"kind": "synthetic", "subject": {"name": "Nobody", "standing": "fictional"}}
    made = desk.claim(**nobody, evidence=[{"kind": "recipe", "sha256": "de" * 32}])
    assert stated(desk.ask(made)).level == "maker" and "recipe dededede" in stated(desk.ask(made)).statement
    dead = {"kind": "estate", "subject": {"name": "Lord Byron", "standing": "deceased", "died": "1824-04-19"}}
    estate = desk.claim(**dead, evidence=[{"kind": "authority", "sha256": "de" * 32}])
    assert stated(desk.ask(estate)).level == "maker"
    for claim in (made, estate):
        assert "Byron" not in in_words(desk.ask(claim).assurances)
        assert "by the maker’s own word" in in_words(desk.ask(claim).assurances)


def test_an_empty_document_carries_nothing(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    import hashlib

    from countenance.permission.document import document_hash

    empty = hashlib.sha256(b"").hexdigest()
    dead = {"kind": "estate", "subject": {"name": "Lord Byron", "standing": "deceased", "died": "1824-04-19"}}
    desk.records.issuers.trust(ADA.identity.did, "Ada Lovelace", seen="probate", by=STUDIO, kinds=("estate",))
    claim = desk.claim(**dead, evidence=[{"kind": "authority", "sha256": empty}])
    assert desk.refusal(replace(claim, documents=frozenset({empty}))) == "document"
    for name, data in {
        "empty.pdf": b"", "blank.txt": b" \n\n", "short.txt": b"I am the estate.",
        "noise.bin": bytes(range(128, 256)) * 9,
        "cut.pdf": b"%PDF-1.7\n", "dot.png": b"\x89PNG\r\n\x1a\n" + b"0" * 60, "bag.zip": b"PK\x03\x04" + b"0" * 900,
        "same.txt": b"estate " * 40,
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises(PermissionRefused) as caught:
            document_hash(tmp_path / name)
        assert caught.value.code == "permission.document", name
    deed = tmp_path / "deed.txt"
    deed.write_text("Letters of administration for the estate of Lord Byron, granted to Ada Lovelace in 1852.")
    assert len(document_hash(deed)) == 64


# For a stranger, who trusts the agency and nobody else


def proofs(kinds: tuple[str, ...] = ("subject",), days: int = 365, **changed: Any) -> tuple[Any, Proofs]:
    grant = signed(**changed)
    credential = issue_credential(AGENCY, ADA.identity.did, "Ada Lovelace", kinds, days)
    return grant, Proofs(sign_consent(grant, ADA), credential)


TRUSTED = TrustList((Authority(AGENCY.identity.did, "Agency West", ("subject",), "its web site", "did", "2026"),))


class File:
    """A file's permission assertion and who signed its manifest."""

    def __init__(self, entry: Assurance, permit: str, use: str = "animate", signed_with: str = CERTIFICATE) -> None:
        self.entry, self.permit, self.use, self.signed_with = entry, permit, use, signed_with

    def told(self, trusted: TrustList = TRUSTED, now: datetime | None = None, **stated: str) -> Any:
        manifest = {"grants": [self.entry.grant_sha256], "permit": self.permit, "use": self.use} | stated
        read = Assurance.from_dict(json.loads(json.dumps(self.entry.as_dict())))
        [found] = assess([read], trusted, now or soon(), signed_with=self.signed_with, **manifest)  # type: ignore[arg-type]
        return found


def honest(**changed: Any) -> File:
    grant, both = proofs(**changed)
    assert both.consent is not None and both.credential is not None
    permit = "ab" * 16
    shown = sign_presentation(both.consent, STUDIO, permit=permit, use="animate", certificate_sha256=CERTIFICATE)
    entry = Assurance(
        "shown", "subject", "authority", "Agency West", grant_sha256=grant.sha256,
        consent=both.consent.document.text, credential=both.credential.document.text, presentation=shown.text,
    )  # fmt: skip
    return File(entry, permit)


def test_an_honest_file_is_vouched_for_by_whom_the_reader_trusts() -> None:
    found = honest().told()
    assert found.vouched and found.vouched_by == "Agency West" and found.assurance.level == "authority"
    text = json.dumps(honest().entry.as_dict())
    for part in text.split('"'):
        for piece in part.split("."):
            decoded = urlsafe_b64decode(piece + "=" * (-len(piece) % 4)) if piece.isascii() and len(piece) > 80 else b""
            assert b"Ada" not in decoded and b"Lovelace" not in decoded  # nobody is named in public


def test_an_authority_of_the_makers_own_choosing_is_none() -> None:
    found = honest().told(TrustList())
    assert not found.vouched and found.assurance.level == "maker" and "trust list here" in found.why
    loud = replace(honest().entry, consent="", credential="", presentation="", attested_by="The United Nations")
    found = File(loud, "ab" * 16).told()
    assert not found.vouched and found.assurance.attested_by == ""


def test_a_proof_copied_out_of_anothers_file_is_none() -> None:
    """All that is public is copied, the grant's hash and the permit's number too; only the certificate is another."""
    taken = honest()
    taken.signed_with = "dd" * 32
    assert not taken.told().vouched and "copied" in taken.told().why
    other = honest()
    other.permit = "cd" * 16
    assert not other.told().vouched
    again = honest()
    own = sign_presentation_by(MALLORY, again)
    assert not File(replace(again.entry, presentation=own), again.permit).told().vouched
    assert not File(replace(again.entry, presentation=""), again.permit).told().vouched
    again.signed_with = ""
    assert not again.told().vouched


def sign_presentation_by(who: Any, file: File) -> str:
    from countenance.permission.consent_proof import PRESENTATION, read_consent
    from countenance.permission.jws import sign_document

    said = {
        "iss": who.identity.did, "iat": int(soon().timestamp()), "permit": file.permit, "use": file.use,
        "consent_sha256": read_consent(file.entry.consent).document.sha256, "x5t#S256": file.signed_with,
    }  # fmt: skip
    return sign_document(said, who, PRESENTATION).text


def test_consent_to_one_thing_is_none_to_another() -> None:
    for changed in ({"use": "swap"}, {"grants": ["00" * 32]}):
        assert not honest().told(**changed).vouched
    assert not honest().told(now=soon(400)).vouched
    assert not honest(days=1).told(now=soon(2)).vouched  # the credential ended first
    assert not honest(kinds=("estate",)).told().vouched
    wrong = replace(honest().entry, kind="estate")
    assert not File(wrong, "ab" * 16).told().vouched
    voice = replace(honest().entry, role="voice")
    assert not File(voice, "ab" * 16).told().vouched
    double = replace(honest().entry, role="double")
    assert not File(double, "ab" * 16).told().vouched  # the consent does not name that use


@pytest.mark.parametrize("kind", ["subject", "estate"])
def test_a_credential_of_another_key_does_not_help(kind: str) -> None:
    one = honest()
    other = issue_credential(AGENCY, MALLORY.identity.did, "Mallory", (kind,), 30)
    assert not File(replace(one.entry, credential=other.document.text), one.permit).told().vouched
    with pytest.raises(CountenanceError):
        issue_credential(AGENCY, AGENCY.identity.did, "Agency West", ("subject",), 30)


def test_the_names_disclosure_cannot_be_exchanged() -> None:
    from countenance.permission.credential import read_credential

    one = issue_credential(AGENCY, ADA.identity.did, "Ada Lovelace", ("subject",), 30)
    other = issue_credential(AGENCY, MALLORY.identity.did, "Mallory", ("subject",), 30)
    for text in (
        f"{one.document.text}~{other.disclosure}~",
        f"{one.document.text}~{one.disclosure}~{other.disclosure}~",
        SignedCredential(one.credential, one.document, one.disclosure[:-2] + "xx").text,
    ):
        with pytest.raises(PermissionRefused):
            read_credential(text)
    assert read_credential(one.document.text).name == ""


def test_proofs_beside_a_grant_must_be_its_own(tmp_path: Path) -> None:
    from countenance.permission.consent_proof import proofs_beside

    grant, both = proofs()
    path = tmp_path / "grant.jwt"
    path.write_text(grant.document.text)
    assert proofs_beside(path, grant) == Proofs()
    assert both.consent is not None and both.credential is not None
    path.with_suffix(".consent").write_text(both.consent.document.text)
    path.with_suffix(".credential").write_text(both.credential.text)
    assert proofs_beside(path, grant) == both
    path.with_suffix(".credential").write_text(both.credential.document.text)  # without the name
    with pytest.raises(PermissionRefused):
        proofs_beside(path, grant)
    path.with_suffix(".credential").unlink()
    other = signed(jti="ff" * 16, exp=int(soon().timestamp()) + 9 * DAY)
    path.with_suffix(".consent").write_text(sign_consent(other, ADA).document.text)
    with pytest.raises(PermissionRefused) as caught:
        proofs_beside(path, grant)
    assert caught.value.code == "permission.proof"


@pytest.mark.parametrize(
    "said",
    [None, [], {"role": "shown"}, {"role": "shown", "kind": "subject", "level": "certain"},
     {"role": "shown", "kind": "subject", "level": "maker", "statement": "x" * 501},
     {"role": "shown", "kind": "subject", "level": "maker", "consent": 5}],
)  # fmt: skip
def test_nonsense_in_a_manifest_is_told_as_such(said: Any) -> None:
    with pytest.raises(CountenanceError) as caught:
        Assurance.from_dict(said)
    assert caught.value.code == "input.document"
