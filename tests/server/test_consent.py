"""Consent by phone: what a person may do with a link, and what nobody else may. Live checks are judged in
tests/permission/liveness_check; here they are passed by whoever sends `good`, with a face that is really described."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from countenance.face.identity import describe_still, template_from
from countenance.face.subject import PictureSubject
from countenance.files import sha256_file
from countenance.media.source import Source
from countenance.permission import load_grant
from countenance.permission.keyring import Keyring
from countenance.server.places import sample
from tests.server.conftest import Running
from tests.server.device import Device, PasskeyDevice
from tests.server.test_api import refused

ASK = {"subject": "Grace Hopper", "asker": "Studio North", "uses": ["animate", "speak"], "purposes": ["film", "museum"]}
SOURCE = "sample:grace-hopper"


@cache
def face() -> str:
    subject = PictureSubject(Source.pin(sample(SOURCE)))
    return template_from(describe_still(subject.pixels, subject.face), still=True, name="x").to_bytes().hex()


def judge(clip: Path, _token: str) -> dict[str, Any]:
    alive = clip.read_bytes().startswith(b"good")
    lacks = [] if alive else [{"code": "blink", "sentence": "You never blinked.", "remedy": "Blink."}]
    report = {"alive": alive, "sha256": sha256_file(clip), "lacks": lacks}
    return {"report": report, "template": face() if alive else None}


@pytest.fixture
def judging(studio: Running) -> Running:
    studio.context.answering._look = judge
    return studio


@pytest.fixture
def grace(judging: Running) -> Iterator[Device]:
    yield device(judging)


def device(studio: Running, **more: Any) -> Device:
    made = studio.client("permission").ask("POST", "/v1/requests", json=ASK | more).json()
    assert made["qr"].startswith("<svg") and made["link"].startswith(studio.url)
    return Device(made["link"])


def code(answer: Any) -> str:
    assert answer.is_error, answer.text
    return str(answer.json()["code"])


def animate(number: str, **more: Any) -> dict[str, Any]:
    right = {"kind": "grant", "grant": number, "purpose": "film", **more}
    return {"recipe": "animate", "source": SOURCE, "right": right, "title": "5"}


def test_from_the_link_to_a_job_and_back(judging: Running, grace: Device) -> None:
    asked = grace.ask("GET").json()
    assert (asked["state"], asked["asker"], asked["uses"]) == ("open", "Studio North", ["animate", "speak"])
    assert grace.live(b"bad").json()["detail"] == "You never blinked."
    assert grace.live().status_code == 204
    signed = grace.sign(uses=["animate"], purposes=["film"], days=10, limits=["Not with cigarettes."])
    assert signed.status_code == 200, signed.text
    said = signed.json()
    assert said["state"] == "signed" and "Not with cigarettes." in str(said["grant"])

    client = judging.client("permission", "read", "jobs", "admin")
    [kept] = client.ask("GET", "/v1/grants").json()
    assert kept["state"] == "uncompared" and kept["uses"] == ["animate"] and kept["purposes"] == ["film"]
    assert kept["short_key"] == said["short_key"], "what both sides compare over the telephone"
    client.ask("POST", f"/v1/grants/{kept['id']}/compared", json={"how": "by telephone"})
    assert client.ask("GET", f"/v1/grants/{kept['id']}").json()["state"] == "good"
    assert refused(lambda: client.create(animate(kept["id"], purpose="advertising"))).code == "permission.purpose"
    job = client.create(animate(kept["id"]))
    assert job.state == "queued"

    assert grace.revoke().json()["state"] == "revoked"
    job = client.job(job.id)
    assert job.state == "cancelled" and job.problem is not None and job.problem.code == "permission.revoked"
    assert client.ask("GET", f"/v1/grants/{kept['id']}").json()["state"] == "revoked"
    assert refused(lambda: client.create(animate(kept["id"]))).code == "permission.revoked"
    kinds = [one["kind"] for one in client.ask("GET", "/v1/ledger").json()["entries"]]
    assert kinds[0] == "revocation" and "grant" in kinds


def passkey(studio: Running, origin: str = "") -> PasskeyDevice:
    made = studio.client("permission").ask("POST", "/v1/requests", json=ASK).json()
    return PasskeyDevice(made["link"], origin or f"http://localhost:{studio.context.options.port}")


def test_a_passkey_signs_and_takes_back(judging: Running) -> None:
    phone = passkey(judging)
    phone.live()
    said = phone.sign().json()
    assert said["state"] == "signed" and (said["passkey"], said["did"]) == ("AbC-_1", phone.did)
    assert "with a passkey" in str(said["grant"])
    client = judging.client("permission", "read", "jobs")
    [kept] = client.ask("GET", "/v1/grants").json()
    assert kept["state"] == "uncompared" and kept["short_key"] == said["short_key"], "compared like any other key"
    assert refused(lambda: client.create(animate(kept["id"]))).code == "permission.issuer_unknown"
    client.ask("POST", f"/v1/grants/{kept['id']}/compared", json={"how": "by telephone"})
    job = client.create(animate(kept["id"]))
    assert phone.revoke().json()["state"] == "revoked"
    assert client.job(job.id).state == "cancelled"
    assert refused(lambda: client.create(animate(kept["id"]))).code == "permission.revoked"


def test_a_passkeys_assertion_is_of_this_page_this_request_and_this_document(judging: Running) -> None:
    for origin in ("https://evil.example", "https://127.0.0.1", "http://localhost:1"):
        phone = passkey(judging, origin)
        phone.live()
        assert code(phone.sign()) in ("consent.other_page", "permission.tampered"), origin
    first, second = passkey(judging), passkey(judging)
    for one in (first, second):
        one.live()
    shown = [one.ask("POST", "/proposal", json=one.allowance()).json() for one in (first, second)]
    answers = [one.signature(said) for one, said in zip((first, second), shown, strict=True)]
    assert code(second.ask("POST", "/signature", json=answers[0])) == "consent.other", "replayed for another request"
    wider = first.document(shown[0]["type"], shown[0]["payload"].replace('"animate"', '"swap"'))
    mixed = ".".join([*wider.split(".")[:2], answers[0]["document"].split(".")[2]])
    assert code(first.ask("POST", "/signature", json={"document": mixed})) == "permission.tampered"
    assert code(first.ask("POST", "/signature", json={"document": wider})) == "consent.other"
    assert first.ask("POST", "/signature", json=answers[0]).status_code == 200
    assert code(first.ask("POST", "/signature", json=answers[0])) == "consent.other", "once"


def test_a_grant_is_no_use_before_somebody_compared_the_key(judging: Running, grace: Device) -> None:
    grace.live()
    grace.sign()
    client = judging.client()
    [kept] = client.ask("GET", "/v1/grants").json()
    assert refused(lambda: client.create(animate(kept["id"]))).code == "permission.issuer_unknown"


def test_without_a_live_check_nothing_is_signed(grace: Device) -> None:
    assert code(grace.sign()) == "consent.live_check"
    assert code(grace.ask("PUT", "/clip", content=b"good")) == "consent.phrase"
    grace.live(b"bad")
    assert code(grace.sign()) == "consent.live_check"


def test_a_phrase_is_read_once_and_the_newest_counts(grace: Device) -> None:
    grace.ask("POST", "/challenge")
    assert code(grace.ask("PUT", "/clip", content=b"bad")) == "permission.take"
    assert code(grace.ask("PUT", "/clip", content=b"good")) == "permission.phrase"
    first = grace.ask("POST", "/challenge").json()["phrase"]
    assert grace.ask("POST", "/challenge").json()["phrase"] != first


def test_nothing_beyond_what_was_asked_for(grace: Device) -> None:
    grace.live()
    for change in (
        {"uses": ["swap"]},
        {"uses": ["animate", "swap"]},
        {"purposes": ["advertising"]},
        {"territories": ["US"]},
        {"languages": ["de"]},
    ):
        assert code(grace.ask("POST", "/proposal", json=grace.allowance(**change))) == "input.option"
    said = grace.ask("POST", "/proposal", json=grace.allowance(days=3650, voice=True)).json()
    payload = json.loads(said["payload"])
    assert payload["exp"] - payload["nbf"] == 365 * 86400 and payload["likeness"]["voice"] is False


def test_what_is_signed_is_what_was_shown(grace: Device) -> None:
    grace.live()
    said = grace.ask("POST", "/proposal", json=grace.allowance()).json()
    wider = json.loads(said["payload"])
    wider["scope"]["purposes"] = ["film", "museum", "advertising"]
    text = json.dumps(wider, ensure_ascii=False, separators=(",", ":"))
    assert (
        code(grace.ask("POST", "/signature", json={"document": grace.document(said["type"], text)})) == "consent.other"
    )
    good = grace.document(said["type"], said["payload"])
    broken = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
    assert code(grace.ask("POST", "/signature", json={"document": broken})).startswith("permission.")
    other = Device("http://x/consent#y")
    other.did = grace.did  # says it is her, and is not
    assert code(grace.ask("POST", "/signature", json={"document": other.document(said["type"], said["payload"])})) in (
        "permission.tampered",
    )
    assert grace.ask("POST", "/signature", json={"document": good}).status_code == 200
    assert code(grace.ask("POST", "/signature", json={"document": good})) == "consent.other", "replayed"
    assert code(grace.sign()) == "consent.answered"


def test_the_studio_cannot_sign_for_them(judging: Running, grace: Device) -> None:
    ring = Keyring.at_home(judging.context.settings)
    own = ring.make("Grace Hopper", "puppet")
    forged = Device(f"{judging.url}/consent#{grace.http.headers['X-Consent-Link']}", ring.signer("puppet").key)
    assert forged.did == own.did
    forged.live()
    assert code(forged.sign()) == "permission.own_key"
    ring.delete("puppet")
    assert code(forged.sign()) == "permission.own_key", "that it was made here outlives it"


def test_a_browser_that_is_signed_in_to_the_studio_is_sent_away(judging: Running, grace: Device) -> None:
    grace.http.cookies.update(judging.browser().cookies)
    assert code(grace.ask("POST", "/challenge")) == "consent.own_session"
    assert grace.ask("GET").status_code == 200, "to read is allowed"


def test_another_link_another_key_no_link(judging: Running, grace: Device) -> None:
    other = device(judging, subject="Ada Lovelace")
    other.live()
    grace.live()
    said = grace.ask("POST", "/proposal", json=grace.allowance()).json()
    document = grace.document(said["type"], said["payload"])
    assert code(other.ask("POST", "/signature", json={"document": document})) == "consent.other"
    for secret in ("x" * 43, "A" * 43):
        answer = grace.ask("GET", headers={"X-Consent-Link": secret})
        assert answer.status_code == 404
    assert grace.ask("GET", headers={"X-Consent-Link": "../" * 10}).status_code == 422
    key = judging.client().ask  # a key of the studio's opens no link
    assert refused(lambda: key("GET", "/v1/consent", headers={"X-Consent-Link": "x" * 43})).status == 404


def test_another_sites_page_answers_nothing(grace: Device) -> None:
    answer = grace.ask("POST", "/decline", headers={"Origin": "https://evil.example"})
    assert code(answer) == "studio.other_site"
    del grace.http.headers["X-Countenance"]
    assert code(grace.ask("POST", "/decline")) == "studio.other_site"


def test_of_those_who_say_no_nothing_is_kept(judging: Running, grace: Device) -> None:
    grace.live()
    assert grace.ask("POST", "/decline").status_code == 204
    said = grace.ask("GET").json()
    assert said["state"] == "declined" and said["subject"] == ""
    assert code(grace.ask("POST", "/challenge")) in ("consent.answered", "consent.phrase")
    home = judging.context.settings.home
    with judging.context.database.reading() as connection:
        row = connection.exec_driver_sql("SELECT document, face, evidence, proposal FROM requests").one()
    assert tuple(row) == (None, None, None, None)
    assert not list((home / "grants").glob("*")) if (home / "grants").exists() else True
    assert not list((home / "spool").glob("room*"))


def test_a_link_that_is_too_old_or_was_withdrawn(judging: Running, grace: Device) -> None:
    client = judging.client()
    assert grace.ask("GET").json()["state"] == "open"
    assert judging.client("permission", "read").ask("GET", "/v1/requests").json() == [], "another key's are not seen"
    [request] = client.ask("GET", "/v1/requests").json()
    client.ask("DELETE", f"/v1/requests/{request['id']}")
    assert grace.ask("GET").json()["state"] == "withdrawn"
    assert code(grace.ask("POST", "/challenge")) == "consent.answered"
    late = device(judging)
    with judging.context.database.changing() as connection:
        connection.exec_driver_sql(f"UPDATE requests SET expires = {time.time() - 1}")
    assert code(late.ask("GET")) == "consent.expired"


def test_taking_it_back_without_the_key(judging: Running, grace: Device) -> None:
    grace.live()
    grace.sign()
    client = judging.client()
    [kept] = client.ask("GET", "/v1/grants").json()
    client.ask("POST", f"/v1/grants/{kept['id']}/compared", json={"how": "by telephone"})
    job = client.create(animate(kept["id"]))
    assert grace.ask("POST", "/end").json()["state"] == "revoked"
    assert client.job(job.id).state == "cancelled"
    home = judging.context.settings.home
    assert not list((home / "grants").iterdir()) and not list((home / "faces").glob("*.face"))
    assert client.ask("GET", "/v1/ledger").json()["entries"][0]["kind"] == "deletion"
    assert code(grace.ask("POST", "/revocation/proposal")) == "job.state"


def test_words_of_strangers_stay_words(judging: Running) -> None:
    client = judging.client("permission", "read")
    evil = "<script>alert(1)</script>"
    made = client.ask("POST", "/v1/requests", json=ASK | {"subject": evil, "message": evil}).json()
    answer = Device(made["link"]).ask("GET")
    assert answer.headers["content-type"] == "application/json" and answer.json()["message"] == evil
    for name in ("Ada\u202eecarG", "a\x00b", ""):
        met = refused(lambda name=name: client.ask("POST", "/v1/requests", json=ASK | {"subject": name}))  # type: ignore[misc]
        assert met.status in (422, 400), name


def test_the_assisted_way_names_the_pictures_and_says_so(judging: Running) -> None:
    client = judging.client("permission", "jobs", "read")
    assert refused(lambda: client.ask("POST", "/v1/requests", json=ASK | {"assisted": True})).code == "input.option"
    upload = client.upload(sample(SOURCE))
    made = client.ask("POST", "/v1/requests", json=ASK | {"assisted": True, "pictures": [upload.id]}).json()
    person = Device(made["link"])
    assert code(person.ask("POST", "/challenge")) == "job.state"
    assert person.sign().status_code == 200
    [path] = (judging.context.settings.home / "grants").glob("*.jwt")
    grant = load_grant(path).grant
    assert grant.likeness.pictures == (upload.sha256,) and not grant.likeness.faces
    assert "without a live check" in str(grant.scope.limits)


def test_who_asks_is_named_once(studio: Running) -> None:
    client = studio.client("permission")
    body = {name: value for name, value in ASK.items() if name != "asker"}
    assert refused(lambda: client.ask("POST", "/v1/requests", json=body)).code == "permission.no_identity"
    client.ask("POST", "/v1/requests", json=ASK)
    assert client.ask("POST", "/v1/requests", json=body).status_code == 201


def test_a_revocation_reaches_a_running_job_in_moments(making: Callable[..., Running]) -> None:
    studio = making()
    studio.context.answering._look = judge
    person = device(studio)
    person.live()
    person.sign()
    client = studio.client()
    [kept] = client.ask("GET", "/v1/grants").json()
    client.ask("POST", f"/v1/grants/{kept['id']}/compared", json={"how": "by telephone"})
    job = client.create(animate(kept["id"]) | {"title": "100000"})
    revoked = False  # events that were on their way already come after it
    for one in client.follow(job.id):
        if one.progress and one.progress.done > 2 and not revoked:
            revoked = person.revoke().status_code == 200
            assert revoked
    problem = client.job(job.id).problem
    assert problem is not None and problem.code == "permission.revoked"


def test_previews_do_not_use_a_counted_grant_up(judging: Running) -> None:
    person = device(judging, times=3)
    person.live()
    person.sign()
    client = judging.client()
    [kept] = client.ask("GET", "/v1/grants").json()
    assert kept["times"] == 3
    client.ask("POST", f"/v1/grants/{kept['id']}/compared", json={"how": "by telephone"})
    right = {"kind": "grant", "grant": kept["id"], "purpose": "film"}
    met = refused(lambda: client.ask("POST", "/v1/previews", json={"source": SOURCE, "right": right}))
    assert met.code == "permission.counted"
