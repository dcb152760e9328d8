"""Links to results: they show the file and what it is, nothing else, and end when they should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from countenance.server.client import Client
from countenance.server.database import JOB_GRANTS
from tests.server.conftest import ANIMATE, Running

Making = Callable[..., Running]


def shared(making: Making) -> tuple[Running, Client, str]:
    """A studio, a client, and a job that is done."""
    studio = making("tests.server.makers:filed")
    studio.context.looks.verdict = lambda *_: {"verdict": {"state": "made"}, "html": "<p>made</p>"}  # type: ignore[method-assign]
    client = studio.client()
    job = client.create(ANIMATE | {"title": "<b>Mona</b>"})
    client.wait(job.id)
    return studio, client, job.id


def opened(studio: Running, link: str, path: str = "") -> httpx.Response:
    secret = link.partition("/share#")[2]
    return httpx.get(f"{studio.url}/v1/shared{path}", headers={"X-Share-Link": secret}, timeout=60)


def test_a_link_shows_the_file_and_what_it_is(making: Making) -> None:
    studio, client, job = shared(making)
    body = {"note": "Look.", "title": False, "download": False}
    made = client.ask("POST", f"/v1/jobs/{job}/shares", json=body).json()
    assert made["link"].startswith(studio.url) and "<svg" in made["qr"]
    seen = opened(studio, made["link"]).json()
    assert seen["note"] == "Look." and seen["title"] == "" and not seen["download"] and seen["html"] == "<p>made</p>"
    assert not {"id", "job", "owner", "spec", "right"} & seen.keys(), "nothing of the studio"
    film = opened(studio, made["link"], "/file")
    assert film.content == b"film" and film.headers["content-type"] == "video/mp4"
    assert client.ask("GET", f"/v1/jobs/{job}/shares").json()[0]["link"] is None, "it is shown once"


def test_a_link_ends(making: Making) -> None:
    studio, client, job = shared(making)
    links = [client.ask("POST", f"/v1/jobs/{job}/shares", json={"days": 1}).json() for _ in range(3)]
    client.ask("DELETE", f"/v1/shares/{links[0]['id']}")
    assert opened(studio, links[0]["link"]).status_code == 404
    studio.context.shares._clock = lambda: links_time + 90_000
    links_time = studio.context.shares.find(links[1]["id"]).created
    assert opened(studio, links[1]["link"]).json()["code"] == "share.ended"
    studio.context.shares._clock = lambda: links_time
    client.delete(job)
    for path in ("", "/file"):
        assert opened(studio, links[2]["link"], path).status_code == 410


def test_a_permission_that_was_taken_back_closes_its_links(making: Making) -> None:
    from countenance.permission import Ledger, deletion_body

    studio, client, job = shared(making)
    with studio.context.database.changing() as connection:
        connection.execute(JOB_GRANTS.insert().values(job=job, grant="a" * 32))
    link = client.ask("POST", f"/v1/jobs/{job}/shares", json={}).json()["link"]
    assert opened(studio, link).status_code == 200
    with Ledger.open(studio.context.settings) as ledger:
        ledger.append("deletion", deletion_body("grant", "b" * 64, "revoked", "a" * 32))
    for path in ("", "/file"):
        assert opened(studio, link, path).json()["code"] == "share.taken_back"


def test_guessed_links_and_anothers_results(making: Making) -> None:
    studio, client, job = shared(making)
    assert opened(studio, "/share#" + "A" * 43).status_code == 404
    assert opened(studio, "/share#short").status_code == 422
    assert httpx.get(f"{studio.url}/v1/shared").status_code == 422
    other = studio.client("jobs", "read")
    answer: Any = other._http.post(f"/v1/jobs/{job}/shares", json={})
    assert answer.status_code == 404
    link = client.ask("POST", f"/v1/jobs/{job}/shares", json={}).json()
    assert other._http.delete(f"/v1/shares/{link['id']}").status_code == 404
    assert opened(studio, link["link"]).status_code == 200
    with studio.context.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT link FROM shares").all()
    assert link["link"].partition("#")[2] not in str(rows), "only a hash of it is kept"
