"""Webhooks: signed, tried again, kept in step with jobs, and never sent inside."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("standardwebhooks")

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from countenance.server.database import Database
from countenance.server.jobs.job import NewJob
from countenance.server.jobs.queue import Queue
from countenance.server.refusals import NotThere
from countenance.server.webhooks import DELAYS, Webhooks
from countenance.verify.fetching import Fetching, LinkRefused


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers what it is told to, and keeps what came."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)  # type: ignore[attr-defined]
        self.send_header("Location", "http://169.254.169.254/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Clock:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def receiver() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.came, server.answers = [], []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'studio.sqlite'}")


def ended(queue: Queue) -> str:
    number = queue.add(NewJob("ada", "animate", "t", {}))[0].id
    taken = queue.take("w")
    assert taken is not None and queue.finish(taken, result={})
    return number


def test_what_ends_is_told_signed_and_once(database: Database, receiver: http.server.ThreadingHTTPServer) -> None:
    hooks, queue = Webhooks(database, Fetching(private=True, ports=None)), Queue(database)
    hook = hooks.add("ada", f"http://127.0.0.1:{receiver.server_port}/told?x=1", ())
    number = ended(queue)
    assert hooks.send_due() == 1 and hooks.send_due() == 0
    [(headers, body)] = receiver.came  # type: ignore[attr-defined]
    said = Webhook(hook.secret).verify(body, {key.lower(): value for key, value in headers.items()})
    assert said["type"] == "job.done" and said["data"] == {"job": number, "state": "done"}
    with pytest.raises(WebhookVerificationError):
        Webhook(hook.secret).verify(body.replace(b"done", b"gone"), {k.lower(): v for k, v in headers.items()})


def test_it_is_tried_again_for_a_day_with_the_same_number(
    database: Database, receiver: http.server.ThreadingHTTPServer
) -> None:
    clock = Clock()
    hooks = Webhooks(database, Fetching(private=True, ports=None), clock=clock)
    hooks.add("ada", f"http://127.0.0.1:{receiver.server_port}/", ())
    receiver.answers[:] = [500] * len(DELAYS) + [302]  # type: ignore[attr-defined]
    ended(Queue(database, clock))
    tried = 0
    for _ in range(60):
        tried += hooks.send_due()
        clock.now += 3600
    assert tried == len(DELAYS) + 1
    came = receiver.came  # type: ignore[attr-defined]
    assert len({headers["webhook-id"] for headers, _ in came}) == 1
    assert len(came) == len(DELAYS) + 1, "a redirect is not followed"


def test_nothing_is_sent_inside(database: Database, receiver: http.server.ThreadingHTTPServer) -> None:
    queue = Queue(database)
    hooks = Webhooks(database, Fetching(ports=None), resolver=lambda _host, _port: ["127.0.0.1"])
    hooks.add("ada", f"http://rebound.example:{receiver.server_port}/", ())
    hooks.add("ada", f"http://127.0.0.1:{receiver.server_port}/", ())
    ended(queue)
    assert hooks.send_due() == 2
    assert receiver.came == []  # type: ignore[attr-defined]
    for address in ("file:///etc/passwd", "gopher://x/", "http://user:pw@example.org/", "http://", "x" * 3000):
        with pytest.raises(LinkRefused):
            hooks.add("ada", address, ())


def test_only_what_was_asked_for_and_only_ones_own(
    database: Database, receiver: http.server.ThreadingHTTPServer
) -> None:
    hooks, queue = Webhooks(database, Fetching(private=True, ports=None)), Queue(database)
    url = f"http://127.0.0.1:{receiver.server_port}/"
    failed, others = hooks.add("ada", url, ("job.failed",)), hooks.add("bob", url, ())
    ended(queue)
    assert hooks.send_due() == 0
    queue.stop(queue.add(NewJob("bob", "animate", "t", {}))[0].id)
    assert hooks.send_due() == 1
    assert json.loads(receiver.came[0][1])["type"] == "job.cancelled"  # type: ignore[attr-defined]
    with pytest.raises(NotThere):
        hooks.remove(others.id, "ada")
    hooks.remove(failed.id, "ada")
    assert hooks.hooks("ada") == [] and hooks.hooks("bob")[0].secret == ""


def test_gone_ends_a_hook(database: Database, receiver: http.server.ThreadingHTTPServer) -> None:
    hooks, queue = Webhooks(database, Fetching(private=True, ports=None)), Queue(database)
    hooks.add("ada", f"http://127.0.0.1:{receiver.server_port}/", ())
    receiver.answers[:] = [410]  # type: ignore[attr-defined]
    ended(queue)
    assert hooks.send_due() == 1
    ended(queue)
    assert hooks.send_due() == 0
