"""Fetching a file from an address that a stranger gave. Private, local and reserved addresses are refused, also where a
name resolves to one, where a redirect leads to one, and where a name resolves differently the second time: the address
that was checked is the one that is connected to. Size, time, redirects and ports are bounded, the time of everything
together, however slowly a server goes on; nothing is unpacked.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import httpcore

from countenance.errors import CountenanceError
from countenance.verify.addresses import host_in_ascii, is_public
from countenance.verify.spool import Arrived, arriving

MAX_REDIRECTS = 4
MAX_ADDRESS = 2048
_SAFE = "%/:=&?~+!$,;'@()*[]"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WEB_ERRORS = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_LOOK_UP = 5.0  # seconds
Resolve = Callable[[str, int], list[str]]


class LinkRefused(CountenanceError):
    """An address that is not fetched, or could not be."""

    code = "verify.link"
    exit_status = 3
    http_status = 422
    default_remedy = "Give a public http or https address of a file, or download the file and drop it here."


@dataclass(frozen=True)
class Fetching:
    """What may be fetched.

    Attributes:
        private: also from private and local addresses; only for a person at their own computer.
        ports: that may be connected to; None for all.
        hosts: names that alone may be fetched from, as `host_in_ascii` writes them; None for all.
        secure: https alone, also where a redirect leads.
        max_bytes, max_seconds: of the whole download.
        cut: take the beginning of what is longer, rather than refuse it.
    """

    private: bool = False
    ports: frozenset[int] | None = frozenset({80, 443})
    hosts: frozenset[str] | None = None
    secure: bool = False
    max_bytes: int = 128 << 20
    max_seconds: float = 20.0
    cut: bool = False


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


@dataclass(frozen=True)
class _Deadline:
    """When everything has to be over, in `time.monotonic()`'s seconds."""

    at: float

    def left(self, most: float | None) -> float:
        """Seconds for the next step. Raises httpcore.ReadTimeout: none are left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is over")
        return left if most is None else min(left, most)


class _Timed(httpcore.NetworkStream):
    """A connection that ends in time, however slowly its other end goes on and on."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, may: Fetching, resolver: Resolve, deadline: _Deadline) -> None:
        self._may, self._resolver, self._deadline = may, resolver, deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = self._resolved(host, port)
        except (OSError, UnicodeError) as error:
            raise LinkRefused(f"There is no host called {host[:100]}.") from error
        # One private address among public ones is refused too: which of them would be used is for nobody to choose.
        if not found or (not self._may.private and not all(is_public(one) for one in found)):
            raise LinkRefused(f"{host[:100]} is not on the public internet.")
        stream = self._inner.connect_tcp(found[0], port, self._deadline.left(timeout), local_address, socket_options)
        return _Timed(stream, self._deadline)

    def connect_unix_socket(self, *_args: Any, **_kwargs: Any) -> httpcore.NetworkStream:
        raise LinkRefused("Sockets of this computer are not fetched from.")

    def _resolved(self, host: str, port: int) -> list[str]:
        """Looked up in time: the system's own look-up cannot be told to hurry, so it is left behind when it is late."""
        answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def look_up() -> None:
            try:
                answers.put(self._resolver(host, port))
            except Exception as error:  # told to whoever waits
                answers.put(error)

        threading.Thread(target=look_up, daemon=True).start()
        try:
            found = answers.get(timeout=self._deadline.left(_LOOK_UP))
        except queue.Empty as error:
            raise LinkRefused(f"Nobody says in time where {host[:100]} is.") from error
        if isinstance(found, Exception):
            raise found
        return found


def fetched(address: str, folder: Path, may: Fetching | None = None, *, resolver: Resolve = resolve) -> Arrived:
    """Fetch a file into a folder.

    Raises:
        LinkRefused: not an address that may be fetched, or it could not be.
        TooLarge, EmptyFile: of what came.
    """
    may = may or Fetching()
    deadline = _Deadline(time.monotonic() + may.max_seconds)
    guarded = _Guarded(may, resolver, deadline)
    with httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(), network_backend=guarded, max_connections=1
    ) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            target = checked_link(address, may)
            with _asked(pool, target) as response:
                if response.status in _REDIRECTS:
                    address = _next(target, _header(response, b"location"))
                    continue
                if response.status != 200:
                    raise LinkRefused(f"The server answered {response.status} for {_short(target)}.")
                announced = _header(response, b"content-length")
                if announced.isdecimal() and int(announced) > may.max_bytes and not may.cut:
                    raise LinkRefused(
                        f"The file at {_short(target)} has {int(announced) / 2**20:.0f} MiB; "
                        f"{may.max_bytes / 2**20:.0f} are allowed."
                    )
                return arriving(
                    _chunks(response, target, deadline),
                    folder,
                    name=_short(target),
                    max_bytes=may.max_bytes,
                    max_seconds=max(0.1, deadline.at - time.monotonic()),
                    cut=may.cut,
                )
    raise LinkRefused(f"{_short(address)} leads from one address to the next without end.")


def _next(target: str, location: str) -> str:
    try:
        return urljoin(target, location)
    except ValueError as error:
        raise LinkRefused(f"{_short(target)} leads to what is no web address.") from error


def name_of(address: str) -> str:
    """What to call the file at an address."""
    try:
        parts = urlsplit(address)
        return unquote(PurePosixPath(parts.path).name)[:120] or parts.hostname or "file"
    except ValueError:
        return "file"


def posted(address: str, body: bytes, headers: Mapping[str, str], may: Fetching, *, resolver: Resolve = resolve) -> int:
    """Send something to an address that a stranger gave, under the same rules; redirects are not followed.

    Returns:
        The status that was answered; what else was answered is not read.

    Raises:
        LinkRefused: not an address that may be sent to, or it could not be.
    """
    deadline = _Deadline(time.monotonic() + may.max_seconds)
    target = checked_link(address, may)
    said = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    said.append((b"Content-Length", str(len(body)).encode()))
    with (
        httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            network_backend=_Guarded(may, resolver, deadline),
            max_connections=1,
        ) as pool,
        _asked(pool, target, "POST", said, body) as response,
    ):
        return response.status


def checked_link(address: str, may: Fetching) -> str:
    """The address as it is asked for: host in ASCII, path and query quoted, nothing left to be read in two ways.

    Raises:
        LinkRefused: it is none, or not one that may be asked.
    """
    if len(address) > MAX_ADDRESS:
        raise LinkRefused(f"{_short(address)} is too long for a web address.")
    try:
        parts = urlsplit(address.strip())
        usual = {"http": 80, "https": 443}.get(parts.scheme, 0)
        port = usual if parts.port is None else parts.port
        if not usual or not parts.hostname:
            raise LinkRefused(f"{_short(address)} is no http or https address.")
        host = host_in_ascii(parts.hostname)
        written = {"path": quote(parts.path, safe=_SAFE) or "/", "query": quote(parts.query, safe=_SAFE)}
    except ValueError as error:  # of urllib, idna and unpaired surrogates
        raise LinkRefused(f"{_short(address)} is no web address.") from error
    if may.secure and parts.scheme != "https":
        raise LinkRefused(f"{_short(address)} is no https address.", "Only https addresses are asked here.")
    if parts.username is not None or parts.password is not None:
        raise LinkRefused("Addresses with a user's name in them are not fetched.")
    if may.ports is not None and port not in may.ports:
        raise LinkRefused(f"Port {port} is not fetched from.")
    if may.hosts is not None and host not in may.hosts:
        raise LinkRefused(f"Files are not fetched from {host}.")
    netloc = (f"[{host}]" if ":" in host else host) + ("" if port == usual else f":{port}")
    return urlunsplit((parts.scheme, netloc, written["path"], written["query"], ""))


@contextmanager
def _asked(
    pool: httpcore.ConnectionPool,
    target: str,
    method: str = "GET",
    more: Sequence[tuple[bytes, bytes]] = ((b"Accept", b"image/*, video/*, audio/*, */*;q=0.1"),),
    body: bytes | None = None,
) -> Iterator[httpcore.Response]:
    headers = [
        (b"Host", urlsplit(target).netloc.encode("ascii")),
        (b"User-Agent", b"countenance"),
        (b"Accept-Encoding", b"identity"),
        *more,
    ]
    timeout = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
    with ExitStack() as open_ones:
        try:
            stream = pool.stream(method, target, headers=headers, content=body, extensions={"timeout": timeout})
            response = open_ones.enter_context(stream)
        except (*_WEB_ERRORS, OSError, ValueError) as error:
            raise LinkRefused(f"{_short(target)} could not be fetched ({type(error).__name__}).") from error
        yield response


def _chunks(response: httpcore.Response, target: str, deadline: _Deadline) -> Callable[[float], bytes | None]:
    pieces = response.iter_stream()

    def chunk(_seconds: float) -> bytes | None:
        try:
            for piece in pieces:
                if piece:
                    return bytes(piece)
        except _WEB_ERRORS as error:
            if isinstance(error, httpcore.TimeoutException) and time.monotonic() >= deadline.at:
                return None
            raise LinkRefused(f"{_short(target)} broke off ({type(error).__name__}).") from error
        return b""

    return chunk


def _header(response: httpcore.Response, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1").strip()
    return ""


def _short(address: str) -> str:
    """For messages: no longer than a line, and nothing that a terminal would obey or that cannot be written down."""
    address = "".join(letter if letter.isprintable() else "\ufffd" for letter in address)
    address = address.encode("utf-8", "replace").decode()
    return address if len(address) <= 100 else address[:97] + "…"
