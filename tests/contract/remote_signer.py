"""A small signing service on this machine, for tests: what stands behind `COUNTENANCE_SIGNER=https://…`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def served(chain: str, sign: Callable[[bytes], bytes], *, token: str = "", status: int = 200) -> Iterator[str]:
    """`GET /chain` and `POST /sign` behind an http address of this machine.

    Args:
        chain: PEM, the signer's certificate first.
        sign: gives a signature for a claim's bytes.
        token: bearer token to ask for, if any.
        status: to answer `/sign` with; anything but 200 comes without a signature.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, chain.encode()) if self.path == "/chain" else self._answer(404, b"no")

        def do_POST(self) -> None:
            claim = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(status, sign(claim) if status == 200 else b"no")

        def _answer(self, code: int, body: bytes) -> None:
            if token and self.headers.get("Authorization") != f"Bearer {token}":
                code, body = 401, b"who are you"
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
