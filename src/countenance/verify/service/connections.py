"""Connections that do not hold the service shut: whoever is slow to ask, or to read what was answered, is let go, and
whoever comes while every connection is taken gets the place of the slowest. Serves an application until it is stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from countenance.verify.service.bounds import Application, dressed

HEAD_SECONDS = 10.0
"""For the head of a request."""
READER_SECONDS = 20.0
"""For taking an answer."""
STOP_SECONDS = 15.0
"""For finishing what is under way, once the service is told to stop."""
CONNECTIONS = 512
_SPARE_FILES = 128


class Bounded(H11Protocol):
    """uvicorn's protocol on h11, which bounds the size of heads, with bounds in time and in number."""

    most = CONNECTIONS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._since, self._received = time.monotonic(), 0
        self._clock: asyncio.TimerHandle | None = None
        self._reader: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._arm()
        if len(self.connections) > self.most:
            self._displace()

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if self.waiting:
            self._arm()
        elif self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._clock, self._reader):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._let_go_in(READER_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reader is not None and not self.transport.is_closing():
            self._reader.cancel()
            self._reader = None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._since, self._received = time.monotonic(), 0
        if self.transport.is_closing():
            self._let_go_in(READER_SECONDS)

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._let_go_in(READER_SECONDS)

    def send_400_response(self, msg: str) -> None:
        self.refuse(400, msg)

    @property
    def waiting(self) -> bool:
        """No request is being answered on it."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def pace(self) -> float:
        """Bytes a second that came of a request which is not all here; those that ask for nothing are the slowest."""
        if self.waiting:
            return -1.0 / (1.0 + time.monotonic() - self._since)
        if not self.cycle.more_body or self.cycle.response_started:
            return float("inf")
        return self._received / (0.01 + time.monotonic() - self._since)

    def refuse(self, status: int, text: str) -> None:
        """Answer outside of the application, and let go."""
        if self.transport.is_closing():
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers.append((b"retry-after", b"10"))
        lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
        lines += [name + b": " + value for name, value in dressed(headers, close=True)]
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + text.encode("ascii"))
        self.transport.close()
        self._let_go_in(READER_SECONDS)

    def _arm(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(HEAD_SECONDS, self._late)

    def _late(self) -> None:
        self._clock = None
        if not self.waiting or self.transport.is_closing():
            return
        if self._received:
            self.refuse(408, "The request took too long to come.")
        else:
            self.transport.abort()

    def _let_go_in(self, seconds: float) -> None:
        if self._reader is None:
            self._reader = self.loop.call_later(seconds, self.transport.abort)

    def _displace(self) -> None:
        """The slowest goes; where all are being answered, this one."""
        others = [one for one in self.connections if one is not self and isinstance(one, Bounded)]
        slowest = min(others, key=lambda one: one.pace)
        if slowest.pace == float("inf"):
            self.refuse(503, "Too many connections.")
        else:
            slowest.transport.abort()


class _PathAlone(logging.Filter):
    """What is asked for may name a person's file: it does not go into the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and len(record.args) > 2:
            head, tail = record.args[:2], record.args[3:]
            record.args = (*head, str(record.args[2]).partition("?")[0], *tail)
        return True


def configured(application: Application, **options: Any) -> uvicorn.Config:
    """uvicorn's configuration for an application of strangers' requests; `options` are uvicorn's own."""
    Bounded.most = min(CONNECTIONS, max(16, _files() - _SPARE_FILES))
    settled: dict[str, Any] = {
        "http": Bounded,
        "ws": "none",
        "server_header": False,
        "timeout_keep_alive": 5,
        "timeout_graceful_shutdown": int(STOP_SECONDS),
    }
    config = uvicorn.Config(application, **(settled | options))
    logging.getLogger("uvicorn.access").addFilter(_PathAlone())
    return config


def serve(application: Application, **options: Any) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    uvicorn.Server(configured(application, **options)).run()


def _files() -> int:
    """How many files this process may hold open."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return CONNECTIONS + _SPARE_FILES
