"""Taking a grant back: lists as signed, as published, as fetched, and what is not accepted."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from countenance.errors import CountenanceError, OutputExists, PermissionRefused
from countenance.permission.jws import sign_document
from countenance.permission.revocation import RevocationLists, publish_list
from countenance.permission.revocation_list import TYPE, RevokedGrant, next_list, read_list
from countenance.permission.revocation_source import NotFetched, fetch_list
from tests.permission.people import ADA, MALLORY

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ONE, TWO = "1" * 32, "2" * 32
URL = "https://ada.example/revoked.jwt"
HOUR = timedelta(hours=1)
VALID = timedelta(days=90)


def revoked(grant: str = ONE, ends: datetime = NOW + timedelta(days=365), reason: str = "") -> RevokedGrant:
    return RevokedGrant(grant=grant, since=int(NOW.timestamp()), ends=int(ends.timestamp()), reason=reason)


class Server:
    """What lies at an address; None where nobody answers."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self.asked = 0

    def __call__(self, address: str) -> bytes:
        assert address == URL
        self.asked += 1
        if self.data is None:
            raise NotFetched("no network")
        return self.data


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def lists(tmp_path: Path, server: Server) -> RevocationLists:
    """The operator's."""
    return RevocationLists(tmp_path / "operator", fetch=server)


@pytest.fixture
def publish(tmp_path: Path, server: Server) -> Callable[..., bytes]:
    """Ada publishes her next list."""
    own = RevocationLists(tmp_path / "ada")

    def go(*grants: RevokedGrant, now: datetime = NOW) -> bytes:
        publish_list(ADA, tmp_path / "revoked.jwt", grants, lists=own, now=now)
        server.data = (tmp_path / "revoked.jwt").read_bytes()
        return server.data

    return go


def state(lists: RevocationLists, now: datetime = NOW, grant: str = ONE, url: str = URL) -> str:
    return lists.status(grant, url, now, issuer=ADA.identity.did).state


def test_a_grant_stands_until_it_is_revoked(lists: RevocationLists, publish: Callable[..., bytes]) -> None:
    publish()
    status = lists.status(ONE, URL, NOW, issuer=ADA.identity.did)
    assert status.state == "good" and status.checked_at == NOW
    publish(revoked(reason="I changed my mind."), now=NOW + HOUR)
    status = lists.status(ONE, URL, NOW + HOUR, issuer=ADA.identity.did)
    assert (status.state, status.reason, status.revoked_at) == ("revoked", "I changed my mind.", NOW)
    assert state(lists, NOW + HOUR, TWO) == "good"


def test_nothing_published_is_unknown(lists: RevocationLists) -> None:
    assert state(lists) == "unknown"
    assert "no network" in lists.status(ONE, URL, NOW, issuer=ADA.identity.did).reason


def test_a_list_is_kept_and_asked_for_again(
    lists: RevocationLists, publish: Callable[..., bytes], server: Server
) -> None:
    publish()
    for minutes, asked in ((0, 1), (4, 1), (6, 2), (10, 2)):
        assert state(lists, NOW + timedelta(minutes=minutes)) == "good"
        assert server.asked == asked


def test_offline_it_is_relied_on_for_a_day_and_no_longer(
    lists: RevocationLists, publish: Callable[..., bytes], server: Server
) -> None:
    publish()
    assert state(lists) == "good"
    server.data = None
    assert state(lists, NOW + 23 * HOUR) == "good"
    assert state(lists, NOW + 25 * HOUR) == "unknown"
    assert state(lists, NOW - HOUR) == "unknown"  # a clock set back makes nothing fresh


def test_a_revocation_once_seen_holds_without_network_for_ever(
    lists: RevocationLists, publish: Callable[..., bytes], server: Server
) -> None:
    publish(revoked())
    assert state(lists) == "revoked"
    server.data = None
    assert state(lists, NOW + 1000 * HOUR) == state(lists, NOW - 1000 * HOUR) == "revoked"
    assert state(lists, url="") == "revoked"


def test_a_list_not_renewed_is_unknown(lists: RevocationLists, publish: Callable[..., bytes]) -> None:
    publish()
    assert state(lists, NOW + VALID - HOUR) == "good"
    assert state(lists, NOW + VALID + HOUR) == "unknown"
    publish(now=NOW + VALID)
    assert state(lists, NOW + VALID + HOUR) == "good"


def test_an_older_list_is_refused(lists: RevocationLists, publish: Callable[..., bytes], server: Server) -> None:
    first = publish()
    publish(now=NOW + HOUR)
    assert state(lists, NOW + HOUR) == "good"
    server.data = first
    assert state(lists, NOW + 2 * HOUR) == "good"  # what was seen is fresh enough still
    status = lists.status(ONE, URL, NOW + 30 * HOUR, issuer=ADA.identity.did)
    assert status.state == "unknown" and "number 2 was seen before" in status.reason


def test_a_list_that_forgets_or_doubles_is_refused(lists: RevocationLists, server: Server) -> None:
    first = next_list(ADA, None, [revoked(ONE)], now=NOW, valid=VALID)
    server.data = first.document.text.encode()
    assert state(lists, grant=TWO) == "good"
    empty = next_list(ADA, next_list(ADA, None, [], now=NOW, valid=VALID), [], now=NOW, valid=VALID)
    twin = next_list(ADA, None, [revoked(TWO)], now=NOW, valid=VALID)
    later = NOW + 30 * HOUR
    for signed, why in ((empty, "leaves out 1"), (twin, "two different lists")):
        server.data = signed.document.text.encode()
        status = lists.status(TWO, URL, later, issuer=ADA.identity.did)
        assert status.state == "unknown" and why in status.reason
        assert state(lists, later) == "revoked"


def test_grants_that_ended_leave_the_list(lists: RevocationLists, publish: Callable[..., bytes]) -> None:
    publish(revoked(ONE, ends=NOW + HOUR), revoked(TWO))
    publish(now=NOW + 2 * HOUR)
    assert state(lists, NOW + 2 * HOUR, TWO) == "revoked"
    newest = lists.newest(ADA.identity.did)
    assert newest is not None and [one.grant for one in newest.list.revoked] == [TWO]


def test_only_the_signer_s_own_list_counts(lists: RevocationLists, server: Server) -> None:
    server.data = next_list(MALLORY, None, [], now=NOW, valid=VALID).document.text.encode()
    status = lists.status(ONE, URL, NOW, issuer=ADA.identity.did)
    assert status.state == "unknown" and "another key" in status.reason


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "countenance.revocations/2"},
        {"number": 0},
        {"number": "1"},
        {"next": 5},
        {"iss": MALLORY.identity.did},
        {"revoked": [{"jti": "x", "at": 1}]},
        {"revoked": [{"jti": ONE, "at": 1}, {"jti": ONE, "at": 2}]},
        {"revoked": [{"jti": ONE, "at": 1, "name": "Ada"}]},
        {"iat": int((NOW + HOUR).timestamp()), "next": int((NOW + VALID).timestamp())},
        {"extra": 1},
    ],
    ids=str,
)
def test_what_does_not_fit_the_schema_is_refused(changed: dict[str, object]) -> None:
    said = dict(next_list(ADA, None, [revoked()], now=NOW, valid=VALID).document.said)
    text = sign_document(said | changed, ADA, TYPE).text
    with pytest.raises(PermissionRefused) as refused:
        read_list(text, ADA.identity.did, NOW)
    assert refused.value.code == "permission.revocation_list"


@pytest.mark.parametrize("data", [b"", b"<html>", b"a.b.c", b"\xff" * 100, b"a" * 30_000], ids=len)
def test_rubbish_at_the_address_is_unknown(lists: RevocationLists, server: Server, data: bytes) -> None:
    server.data = data
    assert state(lists) == "unknown"


def test_a_damaged_copy_is_fetched_again(lists: RevocationLists, publish: Callable[..., bytes], tmp_path: Path) -> None:
    publish()
    assert state(lists) == "good"
    for path in (tmp_path / "operator").rglob("*.jwt"):
        path.write_text("nonsense")
    assert state(lists) == "good"


def test_publishing_goes_on_from_the_file_that_is_served(tmp_path: Path) -> None:
    file = tmp_path / "revoked.jwt"
    publish_list(ADA, file, [revoked(ONE)], lists=RevocationLists(tmp_path / "old computer"), now=NOW)
    new = RevocationLists(tmp_path / "new computer")
    made = publish_list(ADA, file, [revoked(TWO)], lists=new, now=NOW - HOUR)
    assert (made.list.number, len(made.list.revoked)) == (2, 2)
    assert made.list.issued_at == NOW  # the clock of the new computer is slow
    assert state(new, url="") == "revoked"  # kept at once where it was made


def test_another_file_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ada")
    with pytest.raises(OutputExists):
        publish_list(ADA, file, lists=RevocationLists(tmp_path / "ada"), now=NOW)
    assert file.read_text() == "Dear Ada"


def test_a_grant_keeps_its_first_revocation() -> None:
    first = next_list(ADA, None, [revoked(reason="first")], now=NOW, valid=VALID)
    again = next_list(ADA, first, [revoked(reason="second")], now=NOW + HOUR, valid=VALID)
    assert [one.reason for one in again.list.revoked] == ["first"]


def test_too_many_for_one_list_is_told() -> None:
    with pytest.raises(CountenanceError) as refused:
        next_list(ADA, None, [revoked(f"{n:032x}", reason="x" * 100) for n in range(300)], now=NOW, valid=VALID)
    assert refused.value.code == "permission.size"


def test_files_are_read_by_path_and_by_address(tmp_path: Path) -> None:
    file = tmp_path / "a list.jwt"
    file.write_bytes(b"data")
    assert fetch_list(str(file)) == fetch_list(file.as_uri()) == b"data"
    for address in (
        str(tmp_path / "none"),
        "file://elsewhere/x",
        "http://ada.example/x",
        "ftp://ada.example/x",
        "https://",
    ):
        with pytest.raises(NotFetched):
            fetch_list(address)


@pytest.fixture
def https(tmp_path: Path) -> Iterator[tuple[str, ssl.SSLContext, dict[str, tuple[int, bytes]]]]:
    """A server of one's own: its address, whom to trust, and what it answers."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(dt.datetime(2020, 1, 1)).not_valid_after(dt.datetime(2100, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    answers: dict[str, tuple[int, bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, data = answers.get(self.path, (404, b""))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", data.decode())
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listening.server_port}", ssl.create_default_context(cafile=str(pem)), answers
    finally:
        listening.shutdown()
        listening.server_close()


def test_lists_are_fetched_over_https(
    https: tuple[str, ssl.SSLContext, dict[str, tuple[int, bytes]]], tmp_path: Path
) -> None:
    address, trust, answers = https
    answers["/list"] = (200, next_list(ADA, None, [revoked()], now=NOW, valid=VALID).document.text.encode())
    answers["/moved"] = (302, b"/list")
    lists = RevocationLists(tmp_path / "operator", fetch=partial(fetch_list, trust=trust))
    assert state(lists, url=f"{address}/moved") == "revoked"


def test_what_goes_wrong_on_the_way_is_not_fetched(
    https: tuple[str, ssl.SSLContext, dict[str, tuple[int, bytes]]],
) -> None:
    address, trust, answers = https
    answers |= {"/large": (200, b"x" * 40_000), "/round": (302, b"/round"), "/plain": (302, b"http://127.0.0.1/x")}
    for path, why in (("/none", "404"), ("/large", "large"), ("/round", "leads"), ("/plain", "away from https")):
        with pytest.raises(NotFetched, match=why):
            fetch_list(address + path, trust)
    with pytest.raises(NotFetched):
        fetch_list(f"{address}/large")  # its certificate is nobody's whom this computer trusts
