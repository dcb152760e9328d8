"""Fetching a file from an address that a stranger gave. Private, local and reserved addresses are refused, also where a
name resolves to one, where a redirect leads to one, and where a name resolves differently the second time: the address
that was checked is the one that is connected to. Size, time, redirects and ports are bounded; nothing is unpacked.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpcore

from countenance.errors import CountenanceError
from countenance.verify.arriving import Arrived, arriving

MAX_REDIRECTS = 4
MAX_ADDRESS = 2048
_SAFE = "%/:=&?~+!$,;'@()*[]"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WEB_ERRORS = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
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
        hosts: names that alone may be fetched from; None for all.
        max_bytes, max_seconds: of the whole download.
        cut: take the beginning of what is longer, rather than refuse it.
    """

    private: bool = False
    ports: frozenset[int] | None = frozenset({80, 443})
    hosts: frozenset[str] | None = None
    max_bytes: int = 128 << 20
    max_seconds: float = 20.0
    cut: bool = False


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, whatever it is wrapped in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        for inner in (found.ipv4_mapped, found.sixtofour, found.teredo[1] if found.teredo else None):
            if inner is not None:
                return is_public(str(inner))
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class _Guarded(httpcore.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, may: Fetching, resolver: Resolve) -> None:
        self._may, self._resolver = may, resolver
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
            found = self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise LinkRefused(f"There is no host called {host[:100]}.") from error
        # One private address among public ones is refused too: which of them would be used is for nobody to choose.
        if not found or (not self._may.private and not all(is_public(one) for one in found)):
            raise LinkRefused(f"{host[:100]} is not on the public internet.")
        return self._inner.connect_tcp(found[0], port, timeout, local_address, socket_options)

    def connect_unix_socket(self, *_args: Any, **_kwargs: Any) -> httpcore.NetworkStream:
        raise LinkRefused("Sockets of this computer are not fetched from.")


@contextmanager
def fetched(address: str, may: Fetching | None = None, *, resolver: Resolve = resolve) -> Iterator[Arrived]:
    """Fetch a file into a temporary place; it is gone when the block ends.

    Raises:
        LinkRefused: not an address that may be fetched, or it could not be.
        TooLarge, EmptyFile: of what came.
    """
    may = may or Fetching()
    until = time.monotonic() + may.max_seconds
    with httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(), network_backend=_Guarded(may, resolver), max_connections=1
    ) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            target = _checked(address, may)
            with _asked(pool, target) as response:
                if response.status in _REDIRECTS:
                    address = urljoin(target, _header(response, b"location"))
                    continue
                if response.status != 200:
                    raise LinkRefused(f"The server answered {response.status} for {_short(target)}.")
                announced = _header(response, b"content-length")
                if announced.isdigit() and int(announced) > may.max_bytes and not may.cut:
                    raise LinkRefused(
                        f"The file at {_short(target)} has {int(announced) / 2**20:.0f} MiB; "
                        f"{may.max_bytes / 2**20:.0f} are allowed."
                    )
                with arriving(
                    _chunks(response, target),
                    name=_short(target),
                    max_bytes=may.max_bytes,
                    max_seconds=max(0.1, until - time.monotonic()),
                    cut=may.cut,
                ) as arrived:
                    yield arrived
                return
    raise LinkRefused(f"{_short(address)} leads from one address to the next without end.")


def name_of(address: str) -> str:
    """What to call the file at an address."""
    return unquote(PurePosixPath(urlsplit(address).path).name)[:120] or urlsplit(address).hostname or "file"


def _checked(address: str, may: Fetching) -> str:
    try:
        parts = urlsplit(address.strip())
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError) as error:
        raise LinkRefused("This is no web address.") from error
    if len(address) > MAX_ADDRESS or parts.scheme not in ("http", "https") or not host:
        raise LinkRefused(f"{_short(address)} is no http or https address.")
    if parts.username is not None or parts.password is not None:
        raise LinkRefused("Addresses with a user's name in them are not fetched.")
    if may.ports is not None and port not in may.ports:
        raise LinkRefused(f"Port {port} is not fetched from.")
    if may.hosts is not None and host not in may.hosts:
        raise LinkRefused(f"Files are not fetched from {host}.")
    written = {"path": quote(parts.path, safe=_SAFE), "query": quote(parts.query, safe=_SAFE), "fragment": ""}
    return parts._replace(**written).geturl()


@contextmanager
def _asked(pool: httpcore.ConnectionPool, target: str) -> Iterator[httpcore.Response]:
    headers = [
        (b"Host", urlsplit(target).netloc.encode("idna")),
        (b"User-Agent", b"countenance-verify"),
        (b"Accept", b"image/*, video/*, audio/*, */*;q=0.1"),
        (b"Accept-Encoding", b"identity"),
    ]
    timeout = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
    with ExitStack() as open_ones:
        try:
            stream = pool.stream("GET", target, headers=headers, extensions={"timeout": timeout})
            response = open_ones.enter_context(stream)
        except (*_WEB_ERRORS, OSError, ValueError) as error:
            raise LinkRefused(f"{_short(target)} could not be fetched ({type(error).__name__}).") from error
        yield response


def _chunks(response: httpcore.Response, target: str) -> Callable[[float], bytes | None]:
    pieces = response.iter_stream()

    def chunk(_seconds: float) -> bytes:
        try:
            for piece in pieces:
                if piece:
                    return bytes(piece)
        except _WEB_ERRORS as error:
            raise LinkRefused(f"{_short(target)} broke off ({type(error).__name__}).") from error
        return b""

    return chunk


def _header(response: httpcore.Response, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1").strip()
    return ""


def _short(address: str) -> str:
    return address if len(address) <= 100 else address[:97] + "…"
