"""Counting uses, reserving them, listing files; and what an entry may hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import BadDocument, OutputFolder, PermissionRefused
from countenance.permission.ledger import Ledger, Witness, identity_hash
from countenance.permission.ledger.usage import Usage, period_start

GRANT, OTHER = "1" * 32, "2" * 32
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


# Where the database makes no difference, the quicker one will do.
ON_SQLITE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture
def ledger(address: str, tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(address, Witness(tmp_path / "w.sqlite")) as ledger:
        yield ledger


def permit(number: int, grant: str | None = GRANT, **changed: Any) -> dict[str, Any]:
    said = {
        "permit": f"{number:032x}",
        "grant_sha256": "ab" * 32,
        "kind": "subject",
        "use": "animate",
        "inputs": {"source": "cd" * 32},
        "expires": 2_000_000_000,
    }
    return said | ({"grant": grant} if grant else {}) | changed


def render(number: int, outcome: str = "done", grant: str | None = GRANT) -> dict[str, Any]:
    said = {"permit": f"{number:032x}", "grant_sha256": "ab" * 32, "use": "animate", "outcome": outcome}
    if outcome == "done":
        said |= {"file_sha256": f"{number:064x}", "media_type": "video/mp4", "payload": f"{number:016x}"}
    return said | ({"grant": grant} if grant else {})


def test_permits_are_uses_and_failed_renders_give_them_back(ledger: Ledger) -> None:
    usage = Usage(ledger)
    for number in range(4):
        usage.reserve(permit(number), times=4, since=None)
    usage.reserve(permit(10, OTHER), times=4, since=None)
    usage.reserve(permit(11, None), times=None, since=None)
    assert (usage.uses(GRANT), usage.uses(OTHER)) == (4, 1)
    with pytest.raises(PermissionRefused) as refused:
        usage.reserve(permit(5), times=4, since=None)
    assert refused.value.code == "permission.count"
    ledger.append("render", render(1, "failed"))
    ledger.append("render", render(2))
    assert usage.uses(GRANT) == 3
    usage.reserve(permit(5), times=4, since=None)
    ledger.append("render", render(2, "failed"))  # it left a file: it stays used
    assert usage.uses(GRANT) == 4
    assert ledger.verify().good


def test_only_uses_since_then_count(ledger: Ledger) -> None:
    usage = Usage(ledger)
    usage.reserve(permit(1), times=1, since=None)
    later = datetime.now(UTC) + timedelta(seconds=1)
    assert usage.uses(GRANT, later) == 0
    usage.reserve(permit(2), times=1, since=later)
    assert usage.uses(GRANT) == 2


def test_a_permit_is_entered_once(ledger: Ledger) -> None:
    usage = Usage(ledger)
    usage.reserve(permit(1), times=None, since=None)
    with pytest.raises(PermissionRefused) as refused:
        usage.reserve(permit(1, OTHER), times=None, since=None)
    assert refused.value.code == "permission.used"


@ON_SQLITE
def test_a_limit_without_a_grant_is_no_limit_to_slip_under(ledger: Ledger) -> None:
    with pytest.raises(PermissionRefused):
        Usage(ledger).reserve(permit(1, None), times=5, since=None)


def test_files_made_under_a_grant_are_listed(ledger: Ledger) -> None:
    for number, grant, outcome in ((1, GRANT, "done"), (2, OTHER, "done"), (3, GRANT, "failed"), (4, GRANT, "done")):
        ledger.append("render", render(number, outcome, grant))
    files = Usage(ledger).files(GRANT)
    assert [file.file_sha256 for file in files] == [f"{1:064x}", f"{4:064x}"]
    assert files[0].media_type == "video/mp4" and files[0].seq == 1 and files[0].made_at.tzinfo is not None


@pytest.mark.parametrize(
    ("period", "start"),
    [("ever", None), ("day", (2026, 11, 23)), ("month", (2026, 11, 1)), ("year", (2026, 1, 1))],
)
def test_periods_begin_at_midnight_utc(period: Any, start: tuple[int, int, int] | None) -> None:
    assert period_start(period, NOW) == (None if start is None else datetime(*start, tzinfo=UTC))


@ON_SQLITE
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("permit", permit(1, name="Ada Lovelace")),
        ("permit", permit(1, inputs={"source": "/home/ada/face.png"})),
        ("permit", permit(1, inputs={"face": "cd" * 32})),
        ("permit", permit(1, permit="1" * 32 + "\n")),
        ("permit", permit(1, expires="2000000000")),
        ("render", render(1) | {"media_type": "video/Ada Lovelace"}),
        ("render", render(1) | {"manifest": "urn:c2pa:Ada Lovelace"}),
        ("render", render(1, "failed") | {"reason": "Ada.lovelace"}),
        ("review", {"reviewer": "Ada"}),
        ("note", {"text": "Ada"}),
    ],
)
def test_nothing_personal_gets_in(ledger: Ledger, kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(BadDocument) as refused:
        ledger.append(kind, body)
    assert refused.value.code == "ledger.body"
    assert "Ada" not in str(refused.value.message)
    assert ledger.last() is None


def test_all_or_none_are_added(ledger: Ledger) -> None:
    with pytest.raises(BadDocument):
        ledger.append_all([("permit", permit(1)), ("permit", permit(2, name="x"))])
    assert ledger.last() is None
    assert [entry.seq for entry in ledger.append_all([("permit", permit(1)), ("permit", permit(2))])] == [1, 2]


def test_entries_are_found_by_kind_grant_permit_and_place(ledger: Ledger) -> None:
    ledger.append_all([("permit", permit(n, OTHER if n % 2 else GRANT)) for n in range(4500)])
    ledger.append("render", render(7, grant=OTHER))
    assert sum(1 for _ in ledger.entries()) == 4501
    assert [entry.kind for entry in ledger.entries(permit=f"{7:032x}")] == ["permit", "render"]
    assert sum(1 for _ in ledger.entries("permit", grant=GRANT)) == 2250
    assert [entry.seq for entry in ledger.entries(after=4499)] == [4500, 4501]
    assert ledger.entry(9999) is None and ledger.entry(1) == next(ledger.entries())


@ON_SQLITE
def test_identities_are_hashes(ledger: Ledger) -> None:
    body = {"grant_sha256": "a" * 64, "picture": "b" * 64, "template": "c" * 64, "distance": 4123, "same_person": True}
    entry = ledger.append("review", body | {"reviewer_sha256": identity_hash("did:key:z6Mk")})
    assert "did:key" not in entry.body


def test_a_ledger_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for address in (f"sqlite:///{tmp_path / 'folder'}", "postgresql://nobody@127.0.0.1:1/none"):
        with pytest.raises(OutputFolder) as refused:
            Ledger(address, Witness(tmp_path / "w.sqlite"))
        assert refused.value.code == "ledger.closed"
