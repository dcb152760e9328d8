"""Attack: more uses than were granted, where the maker owns the machine that counts. A grant that names a use-receipt
service is counted by the service: a wiped home, a second one, a silenced or forged service, uses given back that were
not free, and requests by others do not add one use."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import ValidationError

from countenance.errors import CountenanceError, PermissionRefused
from countenance.permission.assurance import Assurance
from countenance.permission.grant import Grant
from countenance.permission.keyring import Keyring, Signer
from countenance.permission.ledger import Ledger
from countenance.permission.ledger_entries import Account
from countenance.permission.receipts.service import RELEASE_WITHIN, ReceiptDesk, create_app
from countenance.permission.receipts.statements import read_receipt, sign_release, sign_use
from countenance.permission.receipts.store import GIVEN_BACK_AT_MOST
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import RevokedGrant
from countenance.permission.signed_grant import SignedGrant, read_grant
from countenance.settings import Settings
from tests.permission.makers import Maker
from tests.permission.people import ADA, MALLORY, grant_said


class Agency:
    """A use-receipt service on this machine, which counts Ada's grants."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder / "agency")
        ring = Keyring.at_home(self.settings)
        ring.make("Agency West")
        self.desk = ReceiptDesk(self.settings, ring.signer(), issuers=frozenset({ADA.identity.did}))
        self.asked = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"

    @property
    def named(self) -> dict[str, Any]:
        """What a grant says that names it."""
        return {"receipts": self.address, "receipts_key": self.desk.did}


@contextmanager
def running(agency: Agency) -> Iterator[Agency]:
    port = int(agency.address.rpartition(":")[2])
    config = uvicorn.Config(create_app(agency.desk), host="127.0.0.1", port=port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield agency
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with running(Agency(tmp_path)) as found:
        yield found


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "maker")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "maker").mkdir()


def refused(act: Any) -> CountenanceError:
    with pytest.raises(CountenanceError) as caught:
        act()
    return caught.value


def request_of(by: Signer, grant: SignedGrant, permit: str | None = None, use: str = "animate") -> dict[str, str]:
    asked = sign_use(
        by, grant_sha256=grant.sha256, permit=permit or secrets.token_hex(16), use=use, now=datetime.now(UTC)
    )
    return {"grant": grant.document.text, "request": asked.text}


def post(agency: Agency, what: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = httpx.post(f"{agency.address}/v1/{what}", json=body, trust_env=False)
    return answer.status_code, answer.json()


def code(answer: tuple[int, dict[str, Any]]) -> str:
    return str(answer[1]["error"]["code"])


# The maker


def test_a_wiped_home_does_not_help(maker: Maker, agency: Agency) -> None:
    grant = maker.grant(scope__times=1, **agency.named)
    maker.make(grant)
    assert refused(lambda: maker.make(grant)).code == "permission.count"
    for file in [*maker.home.glob("*.sqlite*"), *maker.home.glob("home.*")]:
        file.unlink()
    error = refused(lambda: maker.make(grant))
    assert error.code == "permission.count" and agency.address in error.message
    with Ledger.open(maker.settings) as ledger:  # what was entered of the attempt is given back
        assert [entry.said["outcome"] for entry in ledger.entries("render")] == ["failed"]


def test_a_second_installation_does_not_help(maker: Maker, agency: Agency, tmp_path: Path) -> None:
    grant = maker.grant(scope__times=2, **agency.named)
    (tmp_path / "second").mkdir()
    second = Maker(tmp_path / "second", maker)
    maker.make(grant)
    second.make(grant)
    assert refused(lambda: maker.make(grant)).code == "permission.count"
    assert refused(lambda: second.make(grant)).code == "permission.count"


def test_without_the_service_nothing_is_made(maker: Maker, tmp_path: Path) -> None:
    silent = Agency(tmp_path)
    grant = maker.grant(**silent.named)  # it need not be counted: each use is signed
    error = refused(lambda: maker.make(grant))
    assert error.code == "permission.receipt" and "offline" in error.remedy


def test_another_service_at_that_address_does_not_help(maker: Maker, agency: Agency) -> None:
    other = Keyring.at_home(agency.settings)
    other.make("Mine", "mine")
    grant = maker.grant(scope__times=1, receipts=agency.address, receipts_key=other.find("mine").did)
    assert refused(lambda: maker.make(grant)).code == "permission.receipt"
    # … nor one that signs with its own key what it is asked.
    agency.desk._signer = other.signer("mine")
    named = maker.grant(
        scope__times=1, receipts=agency.address, receipts_key=Keyring.at_home(agency.settings).find("me").did
    )
    assert refused(lambda: maker.make(named)).code == "permission.receipt"


def test_no_grant_names_its_grantee_or_an_open_line(maker: Maker) -> None:
    own = maker.signer.identity.did
    for named in (
        {"receipts": "http://agency.example", "receipts_key": ADA.identity.did},
        {"receipts": "http://127.0.0.1.agency.example/", "receipts_key": ADA.identity.did},
        {"receipts": "http://127.0.0.1@agency.example/", "receipts_key": ADA.identity.did},
        {"receipts": "file:///etc/passwd", "receipts_key": ADA.identity.did},
        {"receipts": "https://agency.example"},
        {"receipts_key": ADA.identity.did},
        {"receipts": "https://agency.example", "receipts_key": own},
    ):
        said = grant_said(ADA, maker.signer, **named)
        with pytest.raises(ValidationError):
            Grant.model_validate_json(json.dumps(said))


def test_grants_without_a_service_are_written_as_ever(maker: Maker) -> None:
    assert "receipts" not in maker.grant().document.said


def test_a_failed_render_is_given_back_once(maker: Maker, agency: Agency) -> None:
    grant = maker.grant(scope__times=1, **agency.named)
    maker.make(grant, fails=True)
    permit = maker.permit(grant)
    account = Account(permit, maker.settings)
    one = Assurance("shown", "subject", counted_by="maker", grant_sha256=grant.sha256)
    (told,) = account.counted([one])
    receipt = read_receipt(told.receipt).receipt
    assert told.counted_by == "receipt-service" and (receipt.permit, receipt.n, receipt.times_left) == (permit.id, 2, 0)
    assert account.counted([Assurance("shown", "subject", grant_sha256="0" * 64)])[0].receipt == ""
    account.made(file_sha256="f1" * 32, media_type="video/mp4", payload=7, manifest="urn:c2pa:1")
    account.close()
    with Ledger.open(maker.settings) as ledger:
        (done,) = [entry.said for entry in ledger.entries("render") if entry.said["outcome"] == "done"]
    assert done["receipts"] == [read_receipt(told.receipt).document.sha256]
    assert refused(lambda: maker.make(grant)).code == "permission.count"


# The service


def test_one_permit_is_one_use(maker: Maker, agency: Agency) -> None:
    grant = maker.grant(scope__times=1, **agency.named)
    body = request_of(maker.signer, grant, "a" * 32)
    first = post(agency, "uses", body)
    assert first[0] == 200 and first == post(agency, "uses", body)
    assert code(post(agency, "uses", request_of(maker.signer, grant))) == "permission.count"
    other = maker.grant(scope__times=1, jti="7" * 32, scope__uses=["animate", "dub"], **agency.named)
    assert post(agency, "uses", request_of(maker.signer, other, "b" * 32))[0] == 200
    assert code(post(agency, "uses", request_of(maker.signer, other, "b" * 32, "dub"))) == "permission.used"


def test_a_grant_signed_anew_counts_on(maker: Maker, agency: Agency) -> None:
    grant = maker.grant(scope__times=1, **agency.named)
    again = maker.grant(scope__times=1, scope__limits=["Anew."], **agency.named)
    assert again.sha256 != grant.sha256 and again.grant.id == grant.grant.id
    assert post(agency, "uses", request_of(maker.signer, grant))[0] == 200
    assert code(post(agency, "uses", request_of(maker.signer, again))) == "permission.count"


def test_the_last_use_goes_to_one_of_many(maker: Maker, agency: Agency) -> None:
    grant = maker.grant(scope__times=3, **agency.named)
    answers: list[int] = []
    asking = [
        threading.Thread(target=lambda: answers.append(post(agency, "uses", request_of(maker.signer, grant))[0]))
        for _ in range(8)
    ]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert sorted(answers) == [200] * 3 + [403] * 5


def test_what_the_service_does_not_sign(maker: Maker, agency: Agency) -> None:
    grant = maker.grant(**agency.named)
    now = int(datetime.now(UTC).timestamp())
    for wrong, why in (
        (request_of(MALLORY, grant), "permission.grantee"),
        (request_of(maker.signer, grant, use="swap"), "permission.use"),
        (request_of(maker.signer, maker.grant()), "permission.receipt"),
        (request_of(maker.signer, maker.grant(MALLORY, **agency.named)), "permission.issuer_unknown"),
        (request_of(maker.signer, maker.grant(nbf=now - 90, exp=now - 30, **agency.named)), "permission.expired"),
        (request_of(maker.signer, grant) | {"grant": maker.grant(jti="8" * 32, **agency.named).document.text},
         "permission.input"),
        ({"grant": grant.document.text, "request": grant.document.text}, "permission.type"),
        ({"grant": grant.document.text}, "input.document"),
        ({"grant": 1, "request": []}, "input.document"),
        ([], "input.document"),
        ({"grant": "x" * 200_000, "request": ""}, "input.too_large"),
    ):  # fmt: skip
        assert code(post(agency, "uses", wrong)) == why
    assert agency.desk.uses.newest() is None
    taken = RevokedGrant(jti=grant.grant.id, since=now, reason="")
    lists = RevocationLists.at_home(agency.settings)
    publish_list(ADA, agency.settings.home / "revoked.jwt", [taken], lists=lists)
    assert code(post(agency, "uses", request_of(maker.signer, grant))) == "permission.revoked"


def test_a_use_is_given_back_once_soon_and_by_who_had_it(maker: Maker, agency: Agency) -> None:
    grant = maker.grant(scope__times=1, **agency.named)
    body = request_of(maker.signer, grant, "c" * 32)
    receipt = read_receipt(post(agency, "uses", body)[1]["receipt"])
    now = datetime.now(UTC)
    theirs = sign_release(MALLORY, receipt, now).text
    assert code(post(agency, "releases", {"release": theirs})) == "permission.release"
    state = f"{agency.address}/v1/receipts/{receipt.document.sha256}"
    assert httpx.get(state, trust_env=False).json() == {"state": "counted"}
    own = {"release": sign_release(maker.signer, receipt, now).text}
    assert post(agency, "releases", own)[0] == 200
    assert code(post(agency, "releases", own)) == "permission.release"
    assert httpx.get(state, trust_env=False).json() == {"state": "released"}
    # The permit is spent; whoever goes on needs another one, and a receipt of it.
    assert code(post(agency, "uses", body)) == "permission.used"
    late = read_receipt(post(agency, "uses", request_of(maker.signer, grant, "d" * 32))[1]["receipt"])
    from countenance.permission.receipts.statements import read_release

    release = read_release(sign_release(maker.signer, late, now).text)
    with pytest.raises(PermissionRefused):
        agency.desk.uses.release(
            release, lambda: "", within=RELEASE_WITHIN, now=now + timedelta(seconds=RELEASE_WITHIN + 60)
        )
    assert agency.desk.uses.state(late.document.sha256) == "counted"


def test_uses_are_not_given_back_for_ever(maker: Maker, agency: Agency) -> None:
    """Whoever keeps each file and swears that there is none gets so many, and no more."""
    grant = maker.grant(scope__times=1, **agency.named)
    back = 0

    def once() -> None:
        nonlocal back
        asked = request_of(maker.signer, grant)
        receipt = read_receipt(agency.desk.use(asked["grant"], asked["request"], None))
        agency.desk.release(sign_release(maker.signer, receipt, datetime.now(UTC)).text)
        back += 1

    for _ in range(GIVEN_BACK_AT_MOST + 1):
        once()
    assert refused(once).code == "permission.release"
    assert refused(once).code == "permission.count"
    assert back == GIVEN_BACK_AT_MOST + 1


def test_the_service_says_who_it_is_and_keeps_browsers_out(agency: Agency) -> None:
    answer = httpx.get(f"{agency.address}/v1/service", trust_env=False)
    assert (
        answer.json()["did"] == agency.desk.did
        and "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    )
    assert httpx.get(f"{agency.address}/v1/health", trust_env=False).json() == {"status": "ok"}


def test_a_handed_on_grant_is_asked_for_with_its_handover(maker: Maker, agency: Agency) -> None:
    from countenance.permission.grant import Party
    from countenance.permission.handover import hand_over

    grant = maker.grant(scope__sharing=True, **agency.named)
    handed = hand_over(grant, Party(name="Mallory", did=MALLORY.identity.did), maker.signer)
    body = request_of(MALLORY, grant) | {"handover": handed.document.text}
    assert post(agency, "uses", body)[0] == 200
    assert read_grant(grant.document.text).grant.receipts == agency.address
    shutil.rmtree(maker.home)
