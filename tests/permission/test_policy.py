"""The policy lets through what a grant covers, and nothing beside it."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import BadOption, PermissionRefused
from countenance.files import sha256_file
from countenance.media.source import Source
from countenance.permission.grant import Grant
from countenance.permission.grant_claim import GrantClaim, Records
from countenance.permission.intended_use import Circumstances
from countenance.permission.issuers import KnownIssuers
from countenance.permission.permit import Permit, Permitted
from countenance.permission.policy import Claim, authorise
from countenance.permission.protocols import RevocationStatus
from countenance.permission.reviews import Question, Reviews
from countenance.permission.rules import LENDS
from countenance.permission.signed_grant import SignedGrant, sign_grant
from countenance.permission.works import PublicDomainClaim
from tests.permission.people import ADA, DAY, FACE, MALLORY, STUDIO, grant_said
from tests.permission.subjects import StandIn, template_named

DEED = "de" * 32


@dataclass
class Lists:
    """A revocation list that says what it is told to."""

    state: str = "good"
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def status(self, grant_id: str, revocation_url: str, now: datetime, *, issuer: str) -> RevocationStatus:
        self.asked.append((grant_id, revocation_url, issuer))
        return RevocationStatus(self.state, now, now, "no network")  # type: ignore[arg-type]


@dataclass
class Uses:
    """A ledger with so many renders in it."""

    made: int
    since: list[datetime | None] = field(default_factory=list)

    def uses(self, grant_id: str, since: datetime | None) -> int:
        assert grant_id
        self.since.append(since)
        return self.made

    def taken_back(self, grant_id: str) -> datetime | None:
        del grant_id
        return None

    def lost(self, since: datetime) -> datetime | None:
        assert since


@dataclass
class Desk:
    """A studio with its records, a portrait and a clip."""

    folder: Path
    records: Records
    source: Path
    driver: Path
    distance: float = 0.2

    def claim(self, *, by: Any = ADA, distance: float = 0.2, for_: Any = None, **changed: Any) -> GrantClaim:
        return self.claim_of(signed(by, **changed), distance, for_)

    def claim_of(self, grant: SignedGrant, distance: float = 0.2, for_: Any = None) -> GrantClaim:
        self.distance = distance
        wanted = for_ or Circumstances("film", ("DE",), ("de",))
        return GrantClaim(grant, wanted, (template_named(FACE),), frozenset({DEED}))

    def ask(self, claim: Claim, use: str = "animate", **more: Any) -> Permit:
        records = more.pop("records", self.records)
        inputs = more.pop("inputs", {"source": self.source, "driver": self.driver})
        lends = LENDS.get(use, {})
        others = {role: Source.pin(path) for role, path in inputs.items() if lends.get(role) == "motion"}
        subjects = {
            role: StandIn(path, self.distance, "voice" if lends.get(role) == "voice" else "face")
            for role, path in inputs.items()
            if role not in others
        }
        double = more.pop("double", None)
        claims = {role: double if lends.get(role) == "double" else claim for role in subjects}
        claims = {role: one for role, one in claims.items() if one is not None}
        return authorise(use=use, subjects=subjects, others=others, claims=claims, records=records, **more)

    def refusal(self, claim: Claim, use: str = "animate", **more: Any) -> str:
        with pytest.raises(PermissionRefused) as caught:
            self.ask(claim, use, **more)
        assert caught.value.remedy
        return caught.value.code.removeprefix("permission.")


def signed(by: Any = ADA, **changed: Any) -> SignedGrant:
    return sign_grant(Grant.model_validate_json(json.dumps(grant_said(by, **changed))), by)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    source, driver = tmp_path / "ada.png", tmp_path / "clip.mp4"
    source.write_bytes(b"a portrait")
    driver.write_bytes(b"a clip")
    issuers = KnownIssuers(tmp_path / "issuers.json", {STUDIO.identity.did})
    issuers.trust(ADA.identity.did, "Ada Lovelace", seen="telephone", by=STUDIO)
    records = Records(frozenset({STUDIO.identity.did}), issuers, Reviews(tmp_path / "reviews"), Lists())
    yield Desk(tmp_path, records, source, driver)


def test_a_permit_is_bound_to_inputs_use_and_grant(desk: Desk) -> None:
    grant = signed()
    permit = desk.ask(desk.claim_of(grant))
    hashes = {"source": sha256_file(desk.source), "driver": sha256_file(desk.driver)}
    assert permit.grant_hash == grant.sha256 and permit.inputs == hashes and permit.kind == "subject"
    assert permit.purposes == ("film", "personal") and "Ada" not in permit.basis
    permit.require("animate", hashes)
    for use, inputs in (("swap", hashes), ("animate", hashes | {"source": "00" * 32})):
        with pytest.raises(PermissionRefused):
            permit.require(use, inputs)
    for change in ({"use": "swap"}, {"inputs": {"source": "00" * 32}}, {"grant_hash": "00" * 32}):
        with pytest.raises(PermissionRefused) as caught:
            replace(permit, **change).require("animate", {})  # type: ignore[arg-type]
        assert caught.value.code == "permission.forged"


def test_a_permit_is_bound_to_the_person_in_the_file(desk: Desk) -> None:
    permit = desk.ask(desk.claim())
    same = StandIn(desk.source, 0.2)
    permit.admit("source", same)
    assert Permitted(same, "source", permit).subject is same
    for role, other in (("source", StandIn(desk.source, 0.21)), ("source", StandIn(desk.driver, 0.2)), ("plate", same)):
        with pytest.raises(PermissionRefused) as caught:
            Permitted(other, role, permit)
        assert caught.value.code == "permission.subject"
    with pytest.raises(PermissionRefused) as caught:
        Permitted(StandIn(desk.driver), "source", replace(permit, subjects={"source": StandIn(desk.driver).key}))
    assert caught.value.code == "permission.forged"


def test_a_permit_never_outlives_its_grant(desk: Desk) -> None:
    soon = int(time.time()) + 600
    permit = desk.ask(desk.claim(exp=soon))
    assert permit.expires_at.timestamp() == soon
    with pytest.raises(PermissionRefused):
        desk.ask(desk.claim(exp=soon), now=datetime.now(UTC) + dt.timedelta(hours=1))


NOW = int(time.time())


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"nbf": NOW + DAY}, "not_yet"),
        ({"nbf": NOW - 9 * DAY, "exp": NOW - DAY}, "expired"),
        ({"scope__uses": ["dub"]}, "use"),
        ({"scope__purposes": ["museum"]}, "purpose"),
        ({"scope__territories": ["FR", "US"]}, "territory"),
        ({"scope__languages": ["en"]}, "language"),
        ({"subject__standing": "minor"}, "minor"),
        ({"subject__born": f"{dt.date.today().year - 17}-01-01"}, "minor"),
        ({"subject__standing": "deceased"}, "kind"),
        ({"subject__did": MALLORY.identity.did}, "kind"),
        ({"subject__name": "Somebody Else"}, "kind"),
        ({"likeness__faces": []}, "face_missing"),
        ({"likeness__faces": ["ab" * 32]}, "face_unchecked"),
        ({"likeness__pictures": ["ab" * 32]}, "picture"),
        ({"likeness__depicts": "child"}, "child"),
        ({"kind": "self"}, "kind"),
        ({"kind": "guardian"}, "kind"),
        ({"kind": "estate"}, "kind"),
        ({"kind": "public-domain"}, "kind"),
        ({"kind": "synthetic"}, "kind"),
    ],
)
def test_what_a_grant_does_not_cover(desk: Desk, changed: dict[str, Any], code: str) -> None:
    assert desk.refusal(desk.claim(**changed)) == code


def test_who_signed_and_for_whom(desk: Desk) -> None:
    assert desk.refusal(desk.claim(to=ADA)) == "grantee"
    assert desk.refusal(desk.claim(by=MALLORY)) == "issuer_unknown"
    issuers = desk.records.issuers
    with pytest.raises(PermissionRefused) as caught:
        issuers.trust(MALLORY.identity.did, "Ada Lovelace", seen="mail", by=STUDIO)
    assert caught.value.code == "permission.lookalike"
    issuers.trust(MALLORY.identity.did, "Mallory", seen="mail", by=STUDIO)
    assert desk.refusal(desk.claim(by=MALLORY)) == "issuer"  # known, but under another name than "Ada Lovelace"
    issuers.forget(ADA.identity.did)
    assert desk.refusal(desk.claim()) == "issuer_unknown"
    with pytest.raises(BadOption):
        issuers.trust(ADA.identity.did, "Ada", seen="", by=STUDIO)


def test_a_grant_changed_after_reading_is_noticed(desk: Desk) -> None:
    claim = desk.claim(scope__uses=["dub"])
    wider = claim.grant.grant.model_copy(update={"scope": signed().grant.scope})
    assert desk.refusal(replace(claim, grant=replace(claim.grant, grant=wider))) == "tampered"


def test_circumstances_left_open(desk: Desk) -> None:
    assert desk.refusal(desk.claim(for_=Circumstances())) == "purpose"
    assert desk.refusal(desk.claim(for_=Circumstances("film", ("worldwide",)))) == "territory"
    desk.ask(desk.claim(for_=Circumstances("film")))  # one territory, any language
    only = {"scope__purposes": ["film"], "scope__territories": ["worldwide", "DE"], "scope__languages": ["en"]}
    desk.ask(desk.claim(for_=Circumstances(), **only))
    assert desk.refusal(desk.claim(for_=Circumstances(languages=("en", "fr")), **only)) == "language"
    for word, code in (("political", "political"), ("election-campaign", "political"), ("Erotic", "intimate")):
        with pytest.raises(PermissionRefused) as caught:
            Circumstances(word)
        assert caught.value.code == f"permission.{code}"
    for wrong in ({"purpose": "fun"}, {"territories": ("Mars",)}, {"languages": ("klingon",)}):
        with pytest.raises(BadOption):
            Circumstances(**wrong)  # type: ignore[arg-type]


def test_the_face_decides(desk: Desk) -> None:
    assert desk.refusal(desk.claim(distance=0.61)) == "face"
    claim = desk.claim()
    assert desk.refusal(replace(claim, templates=())) == "face_unchecked"
    other = template_named("ab" * 32)  # nearer, and no face that the grant names
    assert desk.refusal(replace(claim, templates=(other,))) == "face_unchecked"


def test_between_the_thresholds_a_reviewer_decides_by_name(desk: Desk) -> None:
    claim = desk.claim(distance=0.44)
    assert desk.refusal(claim) == "review"
    question = Question(claim.grant.sha256, sha256_file(desk.source), FACE)
    desk.records.reviews.record(question, 0.44, True, MALLORY)
    assert desk.refusal(claim) == "review"  # a reviewer nobody named
    desk.records.reviews.record(question, 0.44, False, STUDIO)
    assert desk.refusal(claim) == "face"
    desk.records.reviews.record(question, 0.44, True, STUDIO)
    assert STUDIO.identity.did[-12:] in desk.ask(claim).basis
    again = desk.claim(distance=0.44, jti="ff" * 16)
    assert desk.refusal(again) == "review"  # an answer under one grant is none under another
    path = next((desk.folder / "reviews").iterdir())
    path.rename(path.with_name(f"{Question(again.grant.sha256, question.picture, FACE).id}.jwt"))
    assert desk.refusal(again) == "tampered"


def test_revocation_fails_closed(desk: Desk) -> None:
    claim = desk.claim()
    lists = Lists()
    desk.ask(claim, records=replace(desk.records, revocation=lists))
    assert lists.asked == [(claim.grant.grant.id, "https://ada.example/revoked.jwt", ADA.identity.did)]
    for state, code in (("revoked", "revoked"), ("unknown", "revocation_unknown")):
        assert desk.refusal(claim, records=replace(desk.records, revocation=Lists(state))) == code
    assert desk.refusal(claim, records=replace(desk.records, revocation=None)) == "revocation_unknown"
    risky = replace(desk.records, revocation=Lists("unknown"), offline="allow")
    assert "could not be checked" in desk.ask(claim, records=risky).basis
    assert desk.refusal(claim, records=replace(risky, revocation=Lists("revoked"))) == "revoked"
    with pytest.raises(PermissionRefused):
        authorise(use="animate", subjects={"source": StandIn(desk.source)}, claims={"source": claim})


def test_how_often(desk: Desk) -> None:
    claim = desk.claim(scope__times=3, scope__period="month")
    uses = Uses(2)
    now = datetime(2027, 1, 15, 12, tzinfo=UTC)
    desk.ask(claim, records=replace(desk.records, usage=uses), now=now)
    assert uses.since == [datetime(2027, 1, 1, tzinfo=UTC)]
    assert desk.refusal(claim, records=replace(desk.records, usage=Uses(3))) == "count"
    assert desk.refusal(claim) == "count"  # nobody counts


def test_a_driver_lends_motion_and_a_plate_shows_a_double(desk: Desk) -> None:
    claim = desk.claim(scope__uses=["animate", "swap"])
    desk.ask(claim)  # the driver's face is nobody's business
    assert desk.refusal(claim, inputs={"driver": desk.driver}) == "role"
    assert desk.refusal(claim, inputs={"source": desk.source, "hat": desk.driver}) == "role"
    assert desk.refusal(claim, "juggle") == "use"
    inputs = {"source": desk.source, "plate": desk.source}
    assert desk.refusal(claim, "swap", inputs=inputs) == "double"
    assert desk.refusal(claim, "swap", inputs=inputs, double=claim) == "use"
    permit = desk.ask(claim, "swap", inputs=inputs, double=desk.claim(scope__uses=["double"], jti="ab" * 16))
    assert "double" in permit.basis
    voice = {"source": desk.source, "voice": desk.driver}
    assert desk.refusal(desk.claim(scope__uses=["speak"]), "speak", inputs=voice) == "voice"
    desk.ask(desk.claim(scope__uses=["speak"], likeness__voice=True), "speak", inputs=voice)


def test_every_kind_on_its_own_basis(desk: Desk) -> None:
    records = replace(desk.records, own=frozenset({ADA.identity.did, STUDIO.identity.did}))
    take = [{"kind": "live-take", "sha256": "aa" * 32}]
    deed = [{"kind": "authority", "sha256": DEED, "note": "letters of administration"}]
    own = {"kind": "self", "to": ADA}
    assert desk.refusal(desk.claim(**own), records=records) == "evidence"
    desk.ask(desk.claim(**own, evidence=take), records=records)
    assert desk.refusal(desk.claim(**own, evidence=take)) == "grantee"  # Ada's own grant at the studio

    dead = {"kind": "estate", "subject": {"name": "Lord Byron", "standing": "deceased", "died": "1824-04-19"}}
    assert desk.refusal(desk.claim(**dead)) == "evidence"
    assert desk.refusal(desk.claim(**dead, evidence=deed)) == "issuer"  # trusted for herself only
    desk.records.issuers.trust(
        ADA.identity.did,
        "Ada Lovelace",
        seen="probate",
        by=STUDIO,
        kinds=("subject", "estate", "guardian"),
    )
    assert desk.ask(desk.claim(**dead, evidence=deed)).kind == "estate"
    assert desk.refusal(replace(desk.claim(**dead, evidence=deed), documents=frozenset())) == "document"
    dead["subject"]["died"] = "2999-01-01"  # type: ignore[index]
    assert desk.refusal(desk.claim(**dead, evidence=deed)) == "kind"

    ward = {"kind": "guardian", "subject": {"name": "Allegra", "standing": "adult"}}
    assert desk.refusal(desk.claim(**ward)) == "evidence"
    desk.ask(desk.claim(**ward, evidence=deed))
    ward["subject"] = {"name": "Allegra", "standing": "minor"}
    assert desk.refusal(desk.claim(**ward, evidence=deed)) == "minor"

    art = {"kind": "public-domain", "by": STUDIO, "revocation": None, "likeness__faces": []}
    art["subject"] = {"name": "Lisa Gherardini", "standing": "deceased"}
    work = {"title": "Mona Lisa", "author": "Leonardo da Vinci", "year": 1503, "attestation": "I have looked it up."}
    assert desk.refusal(desk.claim(**art)) == "evidence"
    desk.ask(desk.claim(**art, work=work))
    assert desk.refusal(desk.claim(**art, work=work | {"year": 2001})) == "claim"
    assert desk.refusal(desk.claim(**art, work=work, scope__uses=["swap"]), "swap") == "use"

    nobody = {"kind": "synthetic", "by": STUDIO, "subject": {"name": "Nobody", "standing": "fictional"}}
    recipe = [{"kind": "recipe", "sha256": DEED}]
    assert desk.refusal(desk.claim(**nobody)) == "evidence"
    assert desk.refusal(desk.claim(**nobody, evidence=recipe)) == "synthetic"  # a photograph is no drawing


def test_a_child_is_animated_at_most_and_a_person_looks_first(desk: Desk) -> None:
    child = {"likeness__depicts": "child", "scope__uses": ["animate", "swap"]}
    said = grant_said(**child)
    said["likeness"]["pictures"] = [sha256_file(desk.source)]
    grant = sign_grant(Grant.model_validate_json(json.dumps(said)), ADA)
    claim = desk.claim_of(grant, distance=0.9)
    assert desk.refusal(claim, "swap", inputs={"source": desk.source}) == "child"
    assert desk.refusal(claim) == "review"
    question = Question(grant.sha256, sha256_file(desk.source), FACE)
    for who in (STUDIO, ADA):  # neither whoever uses the grant, nor whoever signed it
        desk.records.reviews.record(question, 0.9, True, who)
        assert desk.refusal(claim) == "reviewer"
    desk.records.reviews.record(question, 0.9, True, MALLORY)
    assert desk.refusal(claim) == "review"
    desk.records.issuers.trust(MALLORY.identity.did, "Mallory", seen="in person", by=STUDIO, kinds=("reviewer",))
    assert desk.ask(claim).kind == "subject"


def test_public_domain_needs_no_records(desk: Desk) -> None:
    claim = PublicDomainClaim.parse("Mona Lisa, Leonardo da Vinci, c. 1503")
    assert desk.ask(claim, records=None).kind == "public-domain"
    assert desk.refusal(claim, "dub", inputs={"plate": desk.source}) == "use"
    with pytest.raises(PermissionRefused) as caught:
        authorise(use="animate", subjects={"source": StandIn(desk.source)}, claims={})
    assert caught.value.code == "permission.missing" and "--permission" in caught.value.remedy


def test_only_the_policy_mints() -> None:
    """No other module of the package takes the seal, or makes a Permit."""
    import countenance

    root = Path(countenance.__file__).parent
    allowed = {root / "permission" / name for name in ("permit.py", "policy.py")}
    for path in root.rglob("*.py"):
        if path not in allowed:
            text = path.read_text()
            assert "seal_of" not in text and "Permit(" not in text.replace("class Permit(", ""), path
