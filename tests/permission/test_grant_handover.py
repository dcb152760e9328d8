"""A grant is handed on only where its subject allows it, by its grantee, and no further."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from countenance.errors import PermissionRefused
from countenance.permission.grant import Grant, Party
from countenance.permission.handover import SignedHandover, hand_over, read_handover, users_of
from countenance.permission.jws import sign_document
from countenance.permission.keyring import Signer
from countenance.permission.signed_grant import SignedGrant, sign_grant
from tests.permission.people import ADA, MALLORY, STUDIO, grant_said, somebody
from tests.permission.test_cli_permission import Person
from tests.portraits import grace_hopper_file

AGENCY = somebody("Agency South", 9)


def granted(sharing: bool, number: int = 1) -> SignedGrant:
    said = grant_said(scope__sharing=sharing, jti=f"{number:032x}")
    return sign_grant(Grant.model_validate_json(json.dumps(said)), ADA)


def party(who: Signer) -> Party:
    return Party(name=who.identity.shown_as, did=who.identity.did)


def code(signed: SignedGrant, handed: SignedHandover) -> str:
    with pytest.raises(PermissionRefused) as caught:
        users_of(signed, handed, signed.grant.issued_at)
    return caught.value.code


def test_the_grantee_hands_on_what_may_be() -> None:
    signed = granted(True)
    handed = hand_over(signed, party(AGENCY), STUDIO)
    assert users_of(signed, handed, signed.grant.begins_at.replace(year=2099)) == (
        STUDIO.identity.did,
        AGENCY.identity.did,
    )
    assert users_of(signed, None, signed.grant.issued_at) == (STUDIO.identity.did,)
    for grant, by in ((granted(False), STUDIO), (signed, MALLORY), (signed, AGENCY)):
        with pytest.raises(PermissionRefused) as caught:
            hand_over(grant, party(AGENCY), by)
        assert caught.value.code == "permission.sharing"


def test_forged_handovers() -> None:
    signed, closed = granted(True), granted(False, 2)
    handed = hand_over(signed, party(AGENCY), STUDIO)
    assert code(granted(True, 3), handed) == "permission.sharing"  # another grant
    said = dict(handed.document.said)
    own = sign_document({**said, "iss": AGENCY.identity.did}, AGENCY, "countenance-handover+jwt")
    assert code(signed, read_handover(own.text)) == "permission.sharing"  # one hop only
    forced = sign_document({**said, "grant": closed.sha256}, STUDIO, "countenance-handover+jwt")
    assert code(closed, read_handover(forced.text)) == "permission.sharing"  # the subject said no
    late = sign_document({**said, "iat": said["iat"] + 10**6}, STUDIO, "countenance-handover+jwt")
    assert code(signed, read_handover(late.text)) == "permission.sharing"
    for wrong in ({**said, "extra": 1}, {**said, "iss": AGENCY.identity.did}):
        with pytest.raises(PermissionRefused):
            read_handover(sign_document(wrong, STUDIO, "countenance-handover+jwt").text)
    with pytest.raises(PermissionRefused):
        read_handover(signed.document.text)


def test_on_the_command_line(tmp_path: Path) -> None:
    people = {name: Person(tmp_path / name, pytest.MonkeyPatch()) for name in ("grace", "studio", "agency")}
    did = {name: one.did(name.title()) for name, one in people.items()}
    asked, grant, copy = (tmp_path / name for name in ("request.json", "grant.jwt", "copy.jwt"))
    what = ["--subject", "Grace", "--use", "animate", "--purpose", "film", "--sharing"]
    people["studio"].run("permission", "request", "-o", asked, *what)
    people["grace"].run("permission", "sign", asked, "-o", grant, "--picture", grace_hopper_file(), "--yes")
    share = ["permission", "share", grant, "--to", did["agency"], "--name", "Agency", "-o", copy]
    assert people["agency"].refused(*share).code == "permission.no_identity"
    people["studio"].run(*share)
    agency = people["agency"]
    agency.run("permission", "keys", "trust", did["grace"], "--name", "Grace", "--seen", "contract 12")
    check = ["permission", "check", copy, "-s", grace_hopper_file()]
    assert json.loads(agency.run(*check, "--json"))["allowed"]
    copy.with_suffix(".handover").unlink()
    assert agency.refused(*check).code == "permission.grantee"
