"""Resolvers with bad manners, on a port of this computer."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Asked:
    """What a resolver was asked.

    Attributes:
        address: of the resolver.
        paths: with their queries, in order; bodies: what was sent along.
    """

    address: str = ""
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


Manners = Callable[[BaseHTTPRequestHandler], None]


@contextlib.contextmanager
def resolving(manners: Manners) -> Iterator[Asked]:
    """A resolver that answers as `manners` does."""
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.paths.append(self.path)
            asked.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            with contextlib.suppress(OSError):
                manners(self)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    asked.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield asked
    finally:
        server.shutdown()
        server.server_close()


def answering(answers: dict[str, bytes]) -> Manners:
    """Answers by the beginning of the path; 404 for the rest."""

    def manners(request: BaseHTTPRequestHandler) -> None:
        body = next((answers[path] for path in answers if request.path.startswith(path)), None)
        request.send_response(404 if body is None else 200)
        request.send_header("Content-Length", str(len(body or b"")))
        request.end_headers()
        request.wfile.write(body or b"")

    return manners


def hanging(request: BaseHTTPRequestHandler) -> None:
    """Sends a head, and then a byte now and then."""
    request.send_response(200)
    request.end_headers()
    for _ in range(600):
        request.wfile.write(b" ")
        request.wfile.flush()
        time.sleep(0.1)


def flooding(request: BaseHTTPRequestHandler) -> None:
    """Sends without end."""
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"[" * 65536)


def leading_to(address: str) -> Manners:
    """Redirects."""

    def manners(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", address)
        request.end_headers()

    return manners
