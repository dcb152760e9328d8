"""The API as callers meet it: who may do what, jobs, uploads, problems. Over real connections."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from countenance.server.access import Quota
from countenance.server.client import StudioAnswered
from tests.server.conftest import ANIMATE, RIGHT, Running


def refused(act: Callable[[], object]) -> StudioAnswered:
    with pytest.raises(StudioAnswered) as met:
        act()
    return met.value


# Who may come in


def test_nobody_comes_in_without_a_key(studio: Running) -> None:
    for method, path in (("GET", "/v1/jobs"), ("POST", "/v1/jobs"), ("GET", "/metrics"), ("GET", "/v1/keys")):
        answer = httpx.request(method, studio.url + path)
        assert answer.status_code == 401 and answer.json()["code"] == "studio.sign_in"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
    wrong = httpx.get(f"{studio.url}/v1/jobs", headers={"Authorization": "Bearer cnt_" + "x" * 40})
    assert wrong.status_code == 401


def test_a_key_does_what_its_scopes_say_and_ends_when_revoked(studio: Running) -> None:
    reader = studio.client("read")
    assert list(reader.jobs()) == []
    assert refused(lambda: reader.create(ANIMATE)).code == "studio.scope"
    assert refused(lambda: reader.ask("GET", "/v1/keys")).status == 403
    key = studio.context.access.all_keys()[-1]
    admin = studio.client("admin")
    admin.ask("DELETE", f"/v1/keys/{key.id}")
    assert refused(lambda: list(reader.jobs())).status == 401
    listed = admin.ask("GET", "/v1/keys").text
    assert 'secret":null' in listed and "cnt_" not in listed


def test_secrets_are_kept_as_hashes_alone(studio: Running) -> None:
    secret = studio.context.access.make_key("k", ["read"]).secret
    ticket = studio.context.access.ticket()
    raw = b"".join(path.read_bytes() for path in (studio.context.settings.home / "studio").glob("studio.sqlite*"))
    assert secret.encode() not in raw and secret[4:].encode() not in raw and ticket.encode() not in raw


def test_a_ticket_signs_one_browser_in_once(studio: Running) -> None:
    ticket = studio.context.access.ticket()
    http = httpx.Client(base_url=studio.url, headers={"X-Countenance": "page"})
    answer = http.post("/v1/session", json={"ticket": ticket})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 204 and "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert http.get("/v1/session").json()["kind"] == "session"
    assert (
        httpx.post(f"{studio.url}/v1/session", json={"ticket": ticket}, headers={"X-Countenance": "p"}).status_code
        == 401
    )
    assert http.delete("/v1/session").status_code == 204
    assert http.get("/v1/session", cookies=dict(answer.cookies)).status_code == 401


def test_another_sites_page_changes_nothing(studio: Running) -> None:
    http = studio.browser()
    for headers in (
        {"X-Countenance": "page", "Origin": "https://evil.example"},
        {"X-Countenance": "page", "Origin": "null"},
    ):
        assert http.post("/v1/jobs", json=ANIMATE, headers=headers).json()["code"] == "studio.other_site"
    del http.headers["X-Countenance"]
    assert http.post("/v1/jobs", json=ANIMATE).json()["code"] == "studio.other_site"  # as a form would be sent
    assert http.post("/v1/jobs", json=ANIMATE, headers={"X-Countenance": "p", "Origin": studio.url}).status_code == 201
    answer = http.options(
        "/v1/jobs", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert "access-control-allow-origin" not in answer.headers


def test_a_name_that_was_made_to_lead_here_is_not_answered(studio: Running) -> None:
    answer = httpx.get(f"{studio.url}/health", headers={"Host": "evil.example"})
    assert answer.status_code == 421 and answer.json()["code"] == "studio.host"


# Jobs


def test_a_job_from_beginning_to_end(making: Callable[..., Running]) -> None:
    client = making().client("jobs", "read")
    job = client.create(ANIMATE | {"title": "30"})
    seen = list(client.follow(job.id))
    assert seen[-1].state == "done" and seen[-1].result == {"frames": 30}
    versions = [one.version for one in seen]
    assert versions == sorted(set(versions))
    assert client.job(job.id).finished is not None


def test_the_same_request_twice_makes_one_job(studio: Running) -> None:
    client = studio.client("jobs", "read")
    first, second = client.create(ANIMATE, once="a"), client.create(ANIMATE, once="a")
    assert first.id == second.id and len(list(client.jobs())) == 1
    assert refused(lambda: client.create(ANIMATE | {"title": "other"}, once="a")).code == "job.idempotency"


def test_what_can_be_refused_at_once_is(studio: Running) -> None:
    client = studio.client("jobs", "read")
    for change, code in (
        ({"right": RIGHT | {"purpose": "election campaign"}}, "permission.political"),
        ({"right": RIGHT | {"purpose": "nude"}}, "permission.intimate"),
        ({"right": {"kind": "grant", "grant": "0" * 32}}, "permission.no_grant"),
        ({"right": {"kind": "public-domain", "work": "somebody I found"}}, "permission.claim"),
        ({"source": "upl_" + "0" * 32}, "studio.not_found"),
        ({"source": "/etc/passwd"}, "input.request"),
        ({"source": "sample:../../x"}, "input.request"),
        ({"motion": "authored:../x"}, "input.request"),
        ({"options": {"expression": 3}}, "input.request"),
        ({"options": {"label": {"style": "none"}}}, "input.request"),
        ({"overwrite": True}, "input.request"),
        ({"recipe": "undress"}, "input.request"),
    ):
        met = refused(lambda change=change: client.create(ANIMATE | change))  # type: ignore[misc]
        assert met.code == code, (change, met.code, met.message)
        assert met.remedy
    assert list(client.jobs()) == []


def test_subtitles_are_read_before_a_job_waits(studio: Running) -> None:
    client = studio.client("jobs", "read")
    speak = {name: ANIMATE[name] for name in ("source", "right")} | {"recipe": "speak"}
    words = "1\n00:00:00,200 --> 00:00:02,600\nGood morning, everybody.\n"
    for text, code in (("Good morning.", "input.empty"), (words.replace("00:00:02,600", "00:00:0x"), "input.document")):
        said = {"text": text, "format": "srt"}
        met = refused(lambda said=said: client.create(speak | {"speech": said}))  # type: ignore[misc]
        assert met.code == code, (text, met.code, met.message)
    assert client.create(speak | {"speech": {"text": words, "format": "srt"}}).state == "queued"


def test_cancel_retry_delete(studio: Running) -> None:
    client = studio.client("jobs", "read")
    job = client.create(ANIMATE)
    assert refused(lambda: client.ask("GET", f"/v1/jobs/{job.id}/result")).code == "job.state"
    assert client.act(job.id, "cancel").state == "cancelled"
    assert client.act(job.id, "retry").state == "queued"
    client.delete(job.id)
    assert refused(lambda: client.job(job.id)).status == 404


def test_one_key_sees_nothing_of_anothers(studio: Running) -> None:
    ada, bob = studio.client("jobs", "read"), studio.client("jobs", "read")
    job = ada.create(ANIMATE)
    for act in (
        lambda: bob.job(job.id),
        lambda: bob.act(job.id, "cancel"),
        lambda: bob.delete(job.id),
        lambda: list(bob.follow(job.id)),
        lambda: bob.ask("GET", f"/v1/jobs/{job.id}/result"),
    ):
        assert refused(act).code == "studio.not_found"
    assert list(bob.jobs()) == []
    assert [one.id for one in studio.client("admin").jobs()] == [job.id]


def test_stills_are_counted(studio: Running) -> None:
    client = studio.client("jobs", "read", quota=Quota(stills_an_hour=2))
    still = {name: ANIMATE[name] for name in ("source", "right")}
    studio.context.previews._drawn = lambda _body, _at: b"\xff\xd8"  # type: ignore[method-assign]
    for _ in range(2):
        assert client.ask("POST", "/v1/previews", json=still).content == b"\xff\xd8"
    assert refused(lambda: client.ask("POST", "/v1/previews", json=still)).code == "studio.quota"


def test_quotas(studio: Running) -> None:
    client = studio.client("jobs", "read", quota=Quota(waiting=2, jobs_a_day=3))
    jobs = [client.create(ANIMATE) for _ in range(2)]
    assert refused(lambda: client.create(ANIMATE)).code == "studio.quota"
    client.act(jobs[0].id, "cancel")
    client.create(ANIMATE)
    client.act(jobs[1].id, "cancel")
    met = refused(lambda: client.create(ANIMATE))
    assert met.status == 429 and "within a day" in met.message


def test_cancelling_while_it_is_drawn(making: Callable[..., Running]) -> None:
    client = making().client("jobs", "read")
    job = client.create(ANIMATE | {"title": "100000"})
    asked = False  # events that were on their way already come after it
    for one in client.follow(job.id):
        if one.progress and one.progress.done > 2 and not asked:
            asked = client.act(job.id, "cancel").stopping
            assert asked
    assert client.job(job.id).state == "cancelled"


# Uploads


def announce(client: object, length: int, name: str = "ZmFjZS5qcGc=") -> str:
    answer = client.ask(  # type: ignore[attr-defined]
        "POST", "/v1/uploads", headers={"Upload-Length": str(length), "Upload-Metadata": f"filename {name}"}
    )
    return str(answer.headers["Location"])


def send(client: object, place: str, offset: int, data: bytes) -> httpx.Response:
    headers = {
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
        "Tus-Resumable": "1.0.0",
    }
    return client.ask("PATCH", place, content=data, headers=headers)  # type: ignore[attr-defined, no-any-return]


def test_an_upload_in_pieces(studio: Running) -> None:
    client = studio.client("jobs", "read")
    place = announce(client, 10)
    assert send(client, place, 0, b"01234").headers["Upload-Offset"] == "5"
    assert client.ask("HEAD", place).headers["Upload-Offset"] == "5"
    assert refused(lambda: send(client, place, 3, b"xx")).code == "upload.offset"
    assert refused(lambda: client.create(ANIMATE | {"source": place.rpartition("/")[2]})).code == "job.state"
    assert refused(lambda: send(client, place, 5, b"5678901234")).status == 413
    assert send(client, place, 5, b"56789").headers["Upload-Offset"] == "10"
    assert client.ask("GET", f"{place}/content").content == b"0123456789"
    said = client.ask("GET", place).json()
    assert said["complete"] and said["name"] == "face.jpg"
    client.ask("DELETE", place)
    assert refused(lambda: client.ask("HEAD", place)).status == 404


def test_an_upload_that_breaks_off_goes_on_where_it_broke(studio: Running) -> None:
    import socket

    client = studio.client("jobs", "read")
    place = announce(client, 1 << 20)
    key = client._http.headers["Authorization"]
    host, port = studio.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as raw:
        head = (
            f"PATCH {place} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {key}\r\nUpload-Offset: 0\r\n"
            "Content-Type: application/offset+octet-stream\r\nTus-Resumable: 1.0.0\r\n"
            f"Content-Length: {1 << 20}\r\n\r\n"
        )
        raw.sendall(head.encode() + b"a" * 300_000)
        time.sleep(0.5)
    for _ in range(1200):
        offset = int(client.ask("HEAD", place).headers["Upload-Offset"])
        if offset == 300_000:
            break
        time.sleep(0.1)
    assert offset == 300_000
    assert send(client, place, offset, b"b" * ((1 << 20) - offset)).headers["Upload-Offset"] == str(1 << 20)
    data = client.ask("GET", f"{place}/content").content
    assert data == b"a" * 300_000 + b"b" * ((1 << 20) - 300_000)


def test_uploads_of_another_and_too_large_and_odd_names(studio: Running) -> None:
    ada, bob = studio.client("jobs", "read"), studio.client("jobs", "read", quota=Quota(bytes=100))
    place = announce(ada, 4)
    for act in (lambda: send(bob, place, 0, b"evil"), lambda: bob.ask("DELETE", place), lambda: bob.ask("HEAD", place)):
        assert refused(act).status == 404
    assert refused(lambda: announce(ada, 1 << 40)).code == "input.too_large"
    assert refused(lambda: announce(ada, 0)).code == "input.empty"
    assert refused(lambda: announce(bob, 101)).code == "studio.quota"
    from base64 import b64encode

    odd = announce(ada, 1, b64encode("../../etc/<script>alert(1)</script>\x00\u202e".encode()).decode())
    send(ada, odd, 0, b"x")
    name = ada.ask("GET", odd).json()["name"]
    assert "/" not in name and "\x00" not in name and "\u202e" not in name
    assert "attachment" in ada.ask("GET", f"{odd}/content").headers["content-disposition"]


def test_an_upload_that_a_job_waits_for_stays(studio: Running, tmp_path: Path) -> None:
    client = studio.client("jobs", "read")
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x" * 1000)
    upload = client.upload(path)
    job = client.create(ANIMATE | {"source": upload.id})
    assert refused(lambda: client.ask("DELETE", f"/v1/uploads/{upload.id}")).code == "job.state"
    client.act(job.id, "cancel")
    client.ask("DELETE", f"/v1/uploads/{upload.id}")
    assert not studio.context.places.upload(upload.id).exists()


# The rest


def test_health_ready_metrics(studio: Running) -> None:
    assert httpx.get(f"{studio.url}/health").json()["status"] == "ok"
    assert httpx.get(f"{studio.url}/ready").status_code == 200
    client = studio.client("metrics", "jobs")
    client.create(ANIMATE)
    text = client.ask("GET", "/metrics").text
    assert 'countenance_jobs{state="queued"} 1.0' in text
    assert 'route="/v1/jobs"' in text


def test_every_answer_bears_the_headers_that_bound_browsers(studio: Running) -> None:
    for path in ("/health", "/v1/jobs", "/nothing"):
        headers = httpx.get(studio.url + path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_problems_tell_nothing_of_the_inside(studio: Running) -> None:
    client = studio.client()
    answers = [
        client._http.post("/v1/jobs", content=b"{" * 50, headers={"Content-Type": "application/json"}),
        client._http.post("/v1/jobs", content=b"x" * (200 << 10), headers={"Content-Type": "application/json"}),
        client._http.get("/v1/jobs/../../etc/passwd"),
        client._http.get("/v1/jobs?cursor=!!!"),
        client._http.put("/v1/jobs"),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500, answer.text
        said = json.loads(answer.text)
        assert set(said) == {"type", "title", "status", "detail", "code", "remedy"}
        assert "Traceback" not in answer.text and "/work" not in answer.text


def test_the_description_is_openapi_3_1(studio: Running) -> None:
    said = httpx.get(f"{studio.url}/openapi.json").json()
    assert said["openapi"].startswith("3.1")
    assert {"/v1/jobs", "/v1/uploads", "/v1/webhooks"} <= set(said["paths"])
    assert said["components"]["schemas"]["Problem"]
