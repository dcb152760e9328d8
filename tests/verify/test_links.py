"""Links that strangers give: what is fetched, and what is refused. Against servers of this process only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from countenance.errors import EmptyFile, TooLarge
from countenance.verify import fetching
from countenance.verify.fetching import Fetching, LinkRefused, fetched, is_public, name_of

HERE = Fetching(private=True, ports=None, max_bytes=1000, max_seconds=60)


class Answers(BaseHTTPRequestHandler):
    """A small web server with bad manners."""

    def do_GET(self) -> None:
        path, port = self.path, self.server.server_port  # type: ignore[attr-defined]
        if path == "/loop":
            self._to("/loop")
        elif path.startswith("/to?"):
            self._to(path[4:])
        elif path == "/file":
            self._send(b"content", {"Content-Length": "7"})
        elif path == "/large":
            self._send(b"x" * 2000, {})
        elif path == "/announced":
            self._send(b"", {"Content-Length": "5000000"})
        elif path == "/zipped":
            self._send(b"\x1f\x8b" + b"z" * 50, {"Content-Encoding": "gzip"})
        elif path == "/nothing":
            self._send(b"", {"Content-Length": "0"})
        else:
            self.send_error(404, str(port))

    def _to(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        return None


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_file_is_fetched_into_the_folder(site: str, tmp_path: Path) -> None:
    arrived = fetched(f"{site}/to?/file", tmp_path, HERE)
    assert arrived.path.read_bytes() == b"content" and arrived.whole and arrived.path.parent == tmp_path


def test_no_more_than_is_allowed(site: str, tmp_path: Path) -> None:
    for path in ("/large", "/announced"):
        with pytest.raises((LinkRefused, TooLarge), match=r"allowed|larger"):
            fetched(f"{site}{path}", tmp_path, HERE)
    arrived = fetched(f"{site}/large", tmp_path, Fetching(private=True, ports=None, max_bytes=1000, cut=True))
    assert arrived.size == 1000 and not arrived.whole


def test_what_is_packed_stays_packed(site: str, tmp_path: Path) -> None:
    assert fetched(f"{site}/zipped", tmp_path, HERE).size == 52


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/loop", "without end"),
        ("/missing", "404"),
        ("/to?file:///etc/passwd", "no http"),
        ("/to?http://[::1", "no web address"),
    ],
)
def test_what_leads_nowhere(site: str, path: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(LinkRefused, match=words):
        fetched(f"{site}{path}", tmp_path, HERE)


def test_nothing_came(site: str, tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        fetched(f"{site}/nothing", tmp_path, HERE)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://user:secret@example.org/",
        "http://example.org:22/",
        "ftp://example.org/",
        "javascript:alert(1)",
        "http://",
        "http://[",
        "",
        "http://exa mple.org\n/",
        "http://example.org/" + "x" * 3000,
    ],
)
def test_refused(address: str, tmp_path: Path) -> None:
    def resolver(host: str, _port: int) -> list[str]:
        known = {"2130706433": "127.0.0.1", "0x7f.1": "127.0.0.1", "example.org": "10.1.2.3"}
        return [known.get(host, host)]

    with pytest.raises(LinkRefused):
        fetched(address, tmp_path, Fetching(), resolver=resolver)


def test_a_name_that_changes_its_mind(site: str, tmp_path: Path) -> None:
    """The address that was checked is the one that is connected to: a second look-up does not take place."""
    asked: list[str] = []

    def resolver(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = int(site.rpartition(":")[2])
    assert fetched(f"http://files.example:{port}/file", tmp_path, HERE, resolver=resolver).size == 7
    assert asked == ["files.example"]


def test_a_redirect_to_a_private_place(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first host is public, as far as is known; where it sends us is not."""
    port = int(site.rpartition(":")[2])
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1" or is_public(address))

    def resolver(host: str, _port: int) -> list[str]:
        return ["10.0.0.7"] if host == "inside.example" else ["127.0.0.1"]

    may = Fetching(ports=None)
    assert fetched(f"http://outside.example:{port}/file", tmp_path, may, resolver=resolver).size == 7
    leads_in = f"http://outside.example:{port}/to?http://inside.example/"
    with pytest.raises(LinkRefused, match=r"inside\.example is not on the public internet"):
        fetched(leads_in, tmp_path, may, resolver=resolver)


def test_one_private_address_among_public_ones_is_enough(tmp_path: Path) -> None:
    def resolver(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    with pytest.raises(LinkRefused, match="public internet"):
        fetched("http://both.example/", tmp_path, resolver=resolver)


def test_only_from_hosts_that_are_named(tmp_path: Path) -> None:
    may = Fetching(hosts=frozenset({"files.example"}))
    with pytest.raises(LinkRefused, match="not fetched from other"):
        fetched("https://other.example/x", tmp_path, may)


def test_public_addresses() -> None:
    assert is_public("93.184.216.34") and is_public("2606:2800:220:1::1")
    for private in (
        "127.0.0.1",
        "10.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "224.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
    ):
        assert not is_public(private), private
    assert not is_public("rubbish")


def test_names_of_files() -> None:
    assert name_of("https://example.org/a/b%20c.mp4?x=1") == "b c.mp4"
    assert name_of("https://example.org/") == "example.org"
