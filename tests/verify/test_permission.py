"""How the permission of a render stands: while the grant runs, after its end, and once it was taken back."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from countenance.marking.render_receipt import Receipt
from countenance.marking.render_registry import Registry, Render
from countenance.marking.video_exit import write_picture
from countenance.permission.jws import sign_document
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.records import revocation_body
from countenance.permission.ledger_entries import note_grant
from countenance.permission.permit import seal_of
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from countenance.permission.signed_grant import SignedGrant, read_grant
from countenance.settings import Settings
from countenance.verify import Inquiry, verify_file
from countenance.verify.permission_status import LedgerPermission, RecordedPermission
from tests.exit_material import making, permit, picture, settings_in
from tests.permission.people import ADA, grant_said

TYPE = "countenance-grant+jwt"


@pytest.fixture
def house(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def grant() -> SignedGrant:
    return read_grant(sign_document(grant_said(), ADA, TYPE).text)


def made_under(grant: SignedGrant, settings: Settings) -> Receipt:
    """A picture made with Ada's leave, entered in registry and ledger as every render is."""
    with Ledger.open(settings) as ledger:
        note_grant(grant, ledger)
    plain = dataclasses.replace(
        permit(), kind="subject", basis="The person shown agreed.", grant_hash=grant.sha256, grant_id=grant.grant.id
    )
    sealed = dataclasses.replace(plain, seal=seal_of(plain))
    path = settings.home.parent / "made.png"
    return write_picture(path, picture(200, 160, seed=4), sealed, making(), settings=settings)


def recorded(settings: Settings, receipt: Receipt) -> Render:
    with Registry.open(settings) as registry:
        render = registry.by_payload(int(receipt.payload, 16))
    assert render is not None
    return render


def test_while_it_runs(house: Settings, grant: SignedGrant) -> None:
    found = verify_file(made_under(grant, house).path, house, Inquiry(seconds=1))
    assert found.permission is not None and found.permission.state == "unrevoked" and found.exit_status == 0
    assert "the maker says that the person shown agreed; nobody else vouches for that" in found.summary
    assert "no revocation is known" in found.summary and "with the consent" not in found.summary
    assert "Ada" not in str(found.as_dict()), "no names"


def test_after_its_end(house: Settings, grant: SignedGrant) -> None:
    render = recorded(house, made_under(grant, house))
    found = LedgerPermission(house).status(render, grant.grant.ends_at + timedelta(days=1))
    assert found.state == "expired" and found.since == grant.grant.ends_at


@pytest.mark.parametrize("told_by", ["ledger", "list"])
def test_taken_back(house: Settings, grant: SignedGrant, told_by: str, tmp_path: Path) -> None:
    receipt = made_under(grant, house)
    since = int(datetime.now(UTC).timestamp()) - 60
    lists = RevocationLists.at_home(house if told_by == "list" else settings_in(tmp_path / "elsewhere"))
    taken = RevokedGrant(grant=grant.grant.id, since=since, ends=grant.grant.ends)
    signed = publish_list(ADA, tmp_path / "revoked.jwt", [taken], lists=lists)
    if told_by == "ledger":
        with Ledger.open(house) as ledger:
            ledger.append("revocation", revocation_body(signed, grant.grant.id))
    found = verify_file(receipt.path, house, Inquiry(seconds=1))
    assert found.permission is not None and found.permission.state == "revoked" and found.exit_status == 11
    day = datetime.fromtimestamp(since, UTC).date().isoformat()
    assert f"the permission was revoked on {day}" in found.summary


def test_where_the_ledger_does_not_know_it(house: Settings, grant: SignedGrant) -> None:
    render = recorded(house, made_under(grant, house))
    later = datetime.now(UTC) + timedelta(days=3)
    elsewhere = settings_in(house.home.parent / "elsewhere")
    for knows_little in (LedgerPermission(elsewhere), RecordedPermission()):
        assert knows_little.status(render, datetime.now(UTC)).state == "unrevoked", "its permit still runs"
        assert knows_little.status(render, later).state == "unknown", "a permit says nothing about the day after"
    assert not elsewhere.home.exists(), "looking leaves nothing behind"


def test_a_ledger_that_cannot_be_read(house: Settings, grant: SignedGrant) -> None:
    render = recorded(house, made_under(grant, house))
    (house.home / "ledger.sqlite").write_bytes(b"rubbish" * 1000)
    assert LedgerPermission(house).status(render, datetime.now(UTC)).state == "unknown"
