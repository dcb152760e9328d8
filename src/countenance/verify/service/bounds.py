"""What every request is bound by, before it comes to a route: how large its body may be and how slowly it may come; and
what every answer bears, errors and refusals too: headers that keep browsers from doing what the page does not need.

An ASGI layer around the whole application. Knows nothing of files.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from countenance._version import __version__

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Server": f"countenance/{__version__}",
}
_BY_DEFAULT = frozenset({b"cache-control"})
"""What a route may say otherwise."""
UPLOADS = frozenset({"/answers", "/matches/byContent"})
"""Their bodies are files; the desk takes them in, with limits of its own."""
SMALL = 128 << 10
"""Bytes of any other body."""
SMALL_SECONDS = 10.0
"""Seconds in which it has to have come."""
LINGER_BYTES, LINGER_SECONDS = 4 << 20, 2.0
"""What is still taken of a body that was refused: a client that is cut off while it sends never reads why."""


def _error(status: int, code: str, text: str, remedy: str) -> tuple[bytes, bytes]:
    """The media type and the document of an error."""
    del status
    said = {"error": {"code": code, "message": text, "remedy": remedy}}
    return b"application/json", json.dumps(said).encode()


@dataclass(frozen=True)
class Bounds:
    """What differs between services.

    Attributes:
        uploads: of a method and a path, whether the body is a file, which the route takes in with limits of its own.
        headers: that every answer bears.
        error: how an error is written down.
    """

    uploads: Callable[[str, str], bool] = lambda _method, path: path in UPLOADS
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)
    error: Callable[[int, str, str, str], tuple[bytes, bytes]] = _error


@dataclass
class _Body:
    """How much of a request's body has come."""

    receive: Receive
    limit: int | None
    until: float
    due: bool
    size: int = 0

    async def next(self) -> Message:
        """As ASGI's receive. Raises HTTPException: 413, 408."""
        if not self.due:
            return await self.receive()
        try:
            async with asyncio.timeout_at(None if self.limit is None else self.until):
                message = await self.receive()
        except TimeoutError as error:
            raise HTTPException(408, "The request took too long to come.") from error
        if message["type"] != "http.request":
            self.due = False
            return message
        self.size += len(message.get("body", b""))
        self.due = bool(message.get("more_body", False))
        if self.limit is not None and self.size > self.limit:
            raise HTTPException(413, "The request is too large.")
        return message

    async def drain(self) -> None:
        """Take what else is sent for a moment, and forget it."""
        size = 0
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while self.due and size < LINGER_BYTES:
                    message = await self.receive()
                    size += len(message.get("body", b""))
                    self.due = message["type"] == "http.request" and bool(message.get("more_body", False))
        except TimeoutError:
            return


@dataclass
class _Answer:
    """An answer on its way out."""

    send: Send
    body: _Body
    bounds: Bounds
    started: bool = False
    cut: bool = field(default=False)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.cut = self.body.due
            headers = dressed(list(message.get("headers", [])), close=self.cut, own=self.bounds.headers)
            message = {**message, "headers": headers}
        elif message["type"] == "http.response.body" and self.cut and not message.get("more_body", False):
            await self.send({**message, "more_body": True})
            await self.body.drain()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self.send(message)

    async def tell(self, status: int, code: str, text: str, remedy: str) -> None:
        """An error, where nothing was answered yet."""
        if self.started:
            return
        kind, said = self.bounds.error(status, code, text, remedy)
        headers = [(b"content-type", kind), (b"content-length", str(len(said)).encode())]
        await self({"type": "http.response.start", "status": status, "headers": headers})
        await self({"type": "http.response.body", "body": said, "more_body": False})


def dressed(
    headers: list[tuple[bytes, bytes]], *, close: bool = False, own: Mapping[str, str] = HEADERS
) -> list[tuple[bytes, bytes]]:
    """An answer's headers with those that every answer bears."""
    said = {name.lower() for name, _ in headers}
    ours = {name.lower().encode("latin-1"): value.encode("latin-1") for name, value in own.items()}
    kept = [(name, value) for name, value in headers if name.lower() not in ours or name.lower() in _BY_DEFAULT]
    added = [(name, value) for name, value in ours.items() if name not in _BY_DEFAULT or name not in said]
    return kept + added + ([(b"connection", b"close")] if close else [])


def bounded(application: Application, bounds: Bounds | None = None) -> Application:
    """The application with these bounds around it; by default those of the verify service."""
    bounds = bounds or Bounds()

    async def around(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        until = asyncio.get_running_loop().time() + SMALL_SECONDS
        limit = None if bounds.uploads(scope["method"], scope["path"]) else SMALL
        body = _Body(receive, limit, until, _has_body(scope["headers"]))
        answer = _Answer(send, body, bounds)
        try:
            await application(scope, body.next, answer)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:  # the service is being stopped
            await answer.tell(503, "verify.stopping", "The service is being stopped.", "Ask again in a minute.")
        except Exception:
            # The path alone: what is asked for may name a person's file.
            log.exception("%s %s could not be answered.", scope["method"], scope["path"])
            await answer.tell(500, "internal", "Something unforeseen happened.", "Ask again, or report when it was.")

    return around


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    said = {name.lower(): value for name, value in headers}
    return b"transfer-encoding" in said or said.get(b"content-length", b"0").strip() not in (b"", b"0")
