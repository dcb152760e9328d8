"""Links that would lead the service into its own network, hold it, or make it stumble. Servers of this process only."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from countenance.errors import TooLarge
from countenance.verify.addresses import host_in_ascii, is_public
from countenance.verify.fetching import Fetching, LinkRefused, fetched, name_of
from countenance.verify.live import is_live

ANYWHERE = Fetching(private=True, ports=None, max_bytes=1 << 20, max_seconds=2)

INWARD = (
    "fec0::1",  # site-local, deprecated and still routed in places
    "fe80::1%1",
    "fd00::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:a00:1::f7f7:f7f7",  # Teredo: a public client behind a private server
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "4000::1",
    "ff02::1",
    "192.88.99.1",
    "192.0.0.9",
    "198.18.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "0.1.2.3",
)


@pytest.mark.parametrize("address", INWARD)
def test_no_address_but_a_public_one(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("http://0177.0.0.1/", "127.0.0.1"),
        ("http://127.1/", "127.0.0.1"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
        ("http://127。0。0。1/", "127.0.0.1"),
        ("http://localhost./", "127.0.0.1"),
        ("http://ｌｏｃａｌｈｏｓｔ/", "127.0.0.1"),
        ("http://[::ffff:7f00:1]/", "::ffff:7f00:1"),
        ("http://127.0.0.1.nip.example/", "127.0.0.1"),
    ],
)
def test_however_it_is_written(written: str, means: str, tmp_path: Path) -> None:
    with pytest.raises(LinkRefused):
        fetched(written, tmp_path, Fetching(), resolver=lambda *_: [means])


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1",
        "http://[",
        "http://[::1]x/",
        "http://a..b/",
        "http://" + "ü" * 80 + ".example/",
        "http://a\u200db.example/",
        "http://exa\tmple/%00",
        "http://x:99999/",
        "http://x:\u0663/",
        "http://x:0/",
        "http://x:-1/",
        "http://@example.org/",
        "http://a\\@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://\ud800.example/",
        "http://example.org/\udcff",
        "http://xn--a.example/" + "y" * 3000,
        "http://-.example/",
        "gopher://example.org/",
        "http:example.org",
        "//example.org/",
        "http:///etc/passwd",
        "\x00",
    ],
)
def test_what_is_no_address_is_told_so(address: str, tmp_path: Path) -> None:
    """Never another error, and the message can be written down."""
    with pytest.raises(LinkRefused) as met:
        fetched(address, tmp_path, Fetching(), resolver=lambda *_: ["127.0.0.1"])
    assert met.value.message.encode() and met.value.code == "verify.link"
    assert not is_live(address) and name_of(address)


def test_hosts_with_letters_of_all_kinds() -> None:
    assert host_in_ascii("Bücher.example") == "xn--bcher-kva.example"
    assert host_in_ascii("straße.example") == "xn--strae-oqa.example"
    assert host_in_ascii("my_files.example") == "my_files.example"
    assert host_in_ascii("[::1]".strip("[]")) == "::1"


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    taken, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(taken,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://bücher.example:{listening.getsockname()[1]}/x"


def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def test_a_host_with_an_umlaut_and_a_port_is_asked_by_its_ascii_name(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def answer(taken: socket.socket) -> None:
        with taken:
            heard.append(taken.recv(4096))
            taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")

    with server(answer) as address:
        assert fetched(address, tmp_path, ANYWHERE, resolver=here).size == 3
    assert b"Host: xn--bcher-kva.example:" in heard[0]


def drip(before: bytes, each: bytes) -> Callable[[socket.socket], None]:
    def answer(taken: socket.socket) -> None:
        with taken:
            try:
                taken.sendall(before)
                for _ in range(400):
                    taken.sendall(each)
                    time.sleep(0.05)
            except OSError:
                return

    return answer


@pytest.mark.parametrize(
    ("before", "each"),
    [(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"), (b"", b"H"), (b"HTTP/1.1 200 OK\r\n\r\n", b"x")],
    ids=["headers", "status", "body"],
)
def test_a_server_that_never_comes_to_an_end_is_left_in_time(tmp_path: Path, before: bytes, each: bytes) -> None:
    begun = time.monotonic()
    with server(drip(before, each)) as address, pytest.raises((LinkRefused, TooLarge)):
        fetched(address, tmp_path, ANYWHERE, resolver=here)
    assert time.monotonic() - begun < 15  # the limit is 2 s; without one it would be 20


def test_a_name_server_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    done = threading.Event()

    def never(_host: str, _port: int) -> list[str]:
        done.wait(60)
        return ["127.0.0.1"]

    with pytest.raises(LinkRefused, match="in time"):
        fetched("http://slow.example/", tmp_path, ANYWHERE, resolver=never)
    done.set()


def test_a_name_that_is_public_once_and_private_the_second_time(tmp_path: Path) -> None:
    """Each connection asks anew, and checks what it was told: a redirect to the same name is caught."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    def answer(taken: socket.socket) -> None:
        with taken:
            taken.recv(4096)
            where = f"http://rebind.example:{taken.getsockname()[1]}/2".encode()
            head = b"HTTP/1.1 302 Found\r\nLocation: " + where + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            taken.sendall(head)

    mixed = Fetching(private=True, ports=None, max_seconds=5)
    with server(answer) as address, pytest.raises(LinkRefused):
        fetched(address.replace("bücher", "rebind"), tmp_path, mixed, resolver=rebinding)
    assert len(asked) == 2
    with pytest.raises(LinkRefused, match="public internet"):
        fetched("http://rebind.example/", tmp_path, Fetching(), resolver=lambda *_: ["8.8.8.8", "10.0.0.1"])
