"""Those who would hold the verify service shut, or fill its disk: by many, by half, by slowness. It answers others."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from countenance.settings import Settings
from countenance.verify.fetching import Fetching
from countenance.verify.service import Service, bounds, connections
from countenance.verify.service.bounds import HEADERS
from tests.attacks.serving import Serving, answer_on, kept, serving
from tests.exit_material import settings_in

SMALL = Service(
    max_bytes=1 << 20,
    at_once=1,
    waiting=3,
    patience=0.3,
    idle_seconds=3.0,
    spool_bytes=1 << 20,
    free_bytes=0,
    links=Fetching(max_bytes=1000),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("service"))


@pytest.fixture(scope="module")
def here(settings: Settings) -> Iterator[Serving]:
    with serving(settings, SMALL) as found:
        yield found


@contextlib.contextmanager
def many(made: list[socket.socket]) -> Iterator[list[socket.socket]]:
    try:
        yield made
    finally:
        for one in made:
            one.close()


def dressed(answer: bytes) -> bool:
    head = answer.partition(b"\r\n\r\n")[0].decode().lower()
    return all(name.lower() + ":" in head for name in HEADERS)


def test_half_sent_files_give_way(here: Serving) -> None:
    """Fifty who send ten bytes of a file and wait: nobody is kept out by them for longer than patience lasts."""
    with many([here.half_sent() for _ in range(50)]) as half:
        assert here.health()["present"] <= SMALL.places
        time.sleep(2 * SMALL.patience)
        asked = httpx.post(f"{here.address}/answers", content=b"rubbish" * 100, timeout=300)
        assert asked.status_code == 200 and asked.json()["verdict"]["outcome"] == "unreadable"
        answers = [answer_on(one) for one in half]
    statuses = {answer.split()[1] for answer in answers}
    assert statuses <= {b"408", b"503"} and b"503" in statuses and all(dressed(answer) for answer in answers)
    here.until(present=0)
    assert not kept(here.settings.home / "spool")


def test_a_place_is_taken_before_a_byte_is_read(settings: Settings) -> None:
    """Whoever finds no place is told so instead of being asked to go on."""
    slow = replace(SMALL, patience=60.0)
    with serving(settings, slow) as here, many([here.half_sent() for _ in range(slow.places)]):
        here.until(present=SMALL.places)
        head = b"POST /answers HTTP/1.1\r\nHost: here\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n"
        with here.connection(head) as late:
            answer = answer_on(late)
        assert answer.startswith(b"HTTP/1.1 503") and b"\r\nretry-after: " in answer.lower() and dressed(answer)
        assert b"100 Continue" not in answer
        sent = httpx.post(f"{here.address}/answers", content=b"x" * 900_000, timeout=60)
        assert sent.status_code == 503, "also who sends without asking gets to read why"
        assert here.health()["status"] == "ok"


def test_uploads_do_not_fill_the_disk(settings: Settings) -> None:
    """What is announced is spoken for; what is not is counted as it comes. Together never more than is allowed."""
    with serving(settings, replace(SMALL, patience=60.0)) as here:
        with many([here.half_sent(700_000)]):
            here.until(present=1)
            assert httpx.post(f"{here.address}/answers", content=b"x" * 700_000, timeout=60).status_code == 503

            def unannounced() -> Iterator[bytes]:
                for _ in range(10):
                    yield b"x" * 65_536

            assert httpx.post(f"{here.address}/answers", content=unannounced(), timeout=60).status_code == 503
            assert sum(path.stat().st_size for path in kept(here.settings.home / "spool")) <= SMALL.spool_bytes
        here.until(present=0)


def test_a_disk_that_is_nearly_full_takes_no_uploads(settings: Settings) -> None:
    with serving(settings, replace(SMALL, free_bytes=1 << 60)) as here:
        assert httpx.post(f"{here.address}/answers", content=b"x", timeout=60).status_code == 503
        assert here.health()["status"] == "ok" and not kept(here.settings.home / "spool")


def test_a_file_that_will_not_be_here_in_time_gives_way(settings: Settings) -> None:
    """As fast as is asked for, but of what was announced it would take hours."""
    slow = replace(SMALL, at_once=1, waiting=0, pace=1.0, max_bytes=1 << 30, spool_bytes=2 << 30)
    with serving(settings, slow) as here, many([here.half_sent(1 << 30, b"x" * 100_000)]) as (half,):
        here.until(present=1)
        time.sleep(2 * slow.patience)
        assert httpx.post(f"{here.address}/answers", content=b"", timeout=60).status_code == 422
        assert answer_on(half).startswith(b"HTTP/1.1 408")


def test_a_file_that_stops_coming(settings: Settings) -> None:
    with serving(settings, replace(SMALL, idle_seconds=0.3, patience=60.0)) as here:
        with many([here.half_sent()]) as (half,):
            answer = answer_on(half)
        assert answer.startswith(b"HTTP/1.1 408") and b"verify.slow_upload" in answer and dressed(answer)
        assert here.health()["present"] == 0


def test_a_question_that_stops_coming_or_never_ends(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SMALL_SECONDS", 0.3)
    with serving(settings, SMALL) as here:
        for path in ("/answers/link", "/matches/byBinding"):
            with many([here.half_sent(path=path, sent=b'{"a')]) as (half,):
                answer = answer_on(half)
            assert answer.startswith(b"HTTP/1.1 408") and dressed(answer)
            large = httpx.post(f"{here.address}{path}", json={"url": "x" * 300_000}, timeout=60)
            assert large.status_code == 413 and large.headers["x-content-type-options"] == "nosniff"


def test_heads_that_never_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """More connections than may be, each with half a head: they are answered in time, and who comes then gets in."""
    monkeypatch.setattr(connections, "CONNECTIONS", 16)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1.5)
    with serving(settings, SMALL) as here:
        with many([here.connection(b"GET / HTTP/1.1\r\nX-A: b\r\n") for _ in range(60)]) as half:
            assert here.health()["status"] == "ok"
            answers = [answer_on(one) for one in half]
        late = [answer for answer in answers if answer]
        assert late and all(one.startswith(b"HTTP/1.1 408") and dressed(one) for one in late)
        with here.connection() as silent:
            assert answer_on(silent) == b""
        with here.connection(b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n") as endless:
            assert answer_on(endless).startswith(b"HTTP/1.1 400")


def test_who_does_not_read_the_answer_is_let_go(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "READER_SECONDS", 0.5)
    with serving(settings, SMALL) as here:
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(30)
        deaf.connect(("127.0.0.1", here.port))
        ended = False
        with deaf, contextlib.suppress(TimeoutError):
            try:
                for _ in range(100_000):
                    deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: here\r\n\r\n" * 100)
            except ConnectionError:
                ended = True
        assert ended and here.health()["status"] == "ok"


def test_every_answer_bears_the_headers(settings: Settings, tmp_path: Path) -> None:
    """Also those that no route gave: unknown paths, wrong methods, broken requests, a record that broke."""
    own = settings.model_copy(update={"registry_url": f"sqlite:///{tmp_path}/registry.sqlite"})
    with serving(own, SMALL) as here:
        asked = [
            (404, httpx.get(f"{here.address}/nothing")),
            (405, httpx.put(f"{here.address}/answers")),
            (200, httpx.get(f"{here.address}/")),
            (400, httpx.get(f"{here.address}/matches/byBinding")),
            (413, httpx.post(f"{here.address}/answers", content=b"x" * (SMALL.max_bytes + 1))),
            (422, httpx.post(f"{here.address}/answers", content=b"")),
            (415, httpx.post(f"{here.address}/matches/byContent", content=b"x", headers={"content-type": "text/x"})),
            (422, httpx.post(f"{here.address}/answers/link", json={"url": "http://bücher.invalid/ä"}, timeout=60)),
            (422, httpx.post(f"{here.address}/answers/link", json={"url": "http://[::1"})),
        ]
        json_head = {"content-type": "application/json"}
        lone = b'{"url": "http://\\ud800/", "alg": "\\ud800", "value": "x"}'
        for path in ("/answers/link", "/matches/byBinding"):
            asked.append((400, httpx.post(f"{here.address}{path}", content=lone, headers=json_head)))
        with contextlib.closing(sqlite3.connect(tmp_path / "registry.sqlite")) as record:
            record.execute("DROP TABLE renders")
        asked.append((500, httpx.get(f"{here.address}/manifests/urn:c2pa:00000000-0000-4000-8000-000000000000")))
        for status, answer in asked:
            assert answer.status_code == status, (status, answer.text)
            assert all(answer.headers.get_list(name) for name in HEADERS), (status, answer.headers)
            assert all(len(answer.headers.get_list(name)) == 1 for name in HEADERS), answer.headers
        for broken in (
            b"RUBBISH\r\n\r\n",
            b"GET / HTTP/1.1\r\nNo header\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        ):
            with here.connection(broken) as one:
                answer = answer_on(one)
            assert answer.startswith(b"HTTP/1.1 400") and dressed(answer), broken


def test_who_leaves_is_not_looked_for(here: Serving) -> None:
    """A file whose sender has gone takes nobody's turn: its look is broken off."""
    whole = b"\x89PNG\r\n\x1a\n" + b"x" * 1000
    for _ in range(3):
        here.half_sent(len(whole), whole).close()
    here.until(present=0)
    assert not kept(here.settings.home / "spool")
