"""Attack: the home that is checked is not the home that is used. A ledger in memory, elsewhere, deleted, replaced,
rolled back, cut or thinned out; a clock set back; notes deleted one by one: each would make a grant for one use last
for ever. All are refused, with a way out that honest owners can take and that stays visible."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from countenance.errors import ClockWrong, CountenanceError, HomeWrong, OutputFolder, OutputFull, PermissionRefused
from countenance.home import Home, Seen
from countenance.marking.render_registry import Registry
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.clock import now_of
from countenance.permission.ledger.entry import next_entry
from countenance.permission.ledger.kinds import body_text
from countenance.permission.ledger.ledger_export import export_lines
from countenance.permission.ledger.ledger_schema import ENTRIES
from countenance.permission.ledger.ledger_store import row_of
from countenance.permission.ledger.loss import accept_loss, signed_by
from countenance.permission.ledger.moving import copy_ledger
from countenance.settings import Settings
from tests.permission.makers import Maker
from tests.permission.people import DAY

ONCE = {"scope__times": 1}


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def refusal(act: Callable[[], object]) -> CountenanceError:
    with pytest.raises(CountenanceError) as caught:
        act()
    assert caught.value.remedy
    return caught.value


def used_up(maker: Maker) -> object:
    """One use of the one that a grant allows; returns what would be another one."""
    grant = maker.grant(**ONCE)
    maker.make(grant)
    assert refusal(lambda: maker.make(grant)).code == "permission.count"
    return lambda: maker.make(grant)


# Where the records lie


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:shared?mode=memory&cache=shared&uri=true",
        "sqlite:///file:anything.sqlite?uri=true",
        "sqlite+pysqlite:///other.sqlite",
        "sqlite:///other.sqlite",
        "sqlite:////dev/shm/other.sqlite",
        "postgresql://somebody@elsewhere/ledger",
    ],
)
@pytest.mark.parametrize("record", ["ledger", "registry"])
def test_no_other_records_than_the_homes_own(
    maker: Maker, address: str, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used_up(maker)
    monkeypatch.chdir(maker.folder)
    monkeypatch.setenv(f"COUNTENANCE_{record.upper()}_URL", address)
    monkeypatch.setenv("COUNTENANCE_HOME", str(maker.home))
    before = sorted(maker.folder.rglob("*"))

    def again() -> None:
        maker.settings = Settings.load()
        maker.make(maker.grant(**ONCE))

    assert refusal(again).code in ("setup.home", "setup.setting")
    monkeypatch.delenv(f"COUNTENANCE_{record.upper()}_URL")
    # A value put together by a program passes no validation.
    maker.settings = Settings(home=maker.home).model_copy(update={f"{record}_url": address})
    assert refusal(lambda: maker.make(maker.grant(**ONCE))).code == "setup.home"
    assert sorted(maker.folder.rglob("*")) == before


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite:////",
        "nonsense",
        "mysql://somebody@host/name",
        "postgresql://",
        "postgresql://host/name",
        "postgresql://somebody@host",
    ],
)
def test_no_home_begins_with_records_that_do_not_stay(tmp_path: Path, address: str) -> None:
    for record in ("ledger_url", "registry_url"):
        settings = Settings(home=tmp_path / "home").model_copy(update={record: address})
        assert refusal(lambda settings=settings: Ledger.open(settings)).code == "setup.home"
        assert not (tmp_path / "home").exists()


def test_a_relative_address_means_the_same_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "one")
    maker = Maker(tmp_path, ledger_url="sqlite:///ledger.sqlite")
    grant = maker.grant(**ONCE)
    maker.make(grant)
    monkeypatch.chdir(tmp_path / "two")
    assert refusal(lambda: maker.make(grant)).code == "setup.home"
    maker.settings = Settings(home=maker.home)  # without a word: where the home says
    assert refusal(lambda: maker.make(grant)).code == "permission.count"


def test_a_link_that_is_turned_elsewhere_is_another_place(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a.sqlite")
    maker = Maker(tmp_path, ledger_url=f"sqlite:///{tmp_path / 'link'}")
    grant = maker.grant(**ONCE)
    maker.make(grant)
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "b.sqlite")
    assert refusal(lambda: maker.make(grant)).code == "setup.home"


@pytest.mark.parametrize("name", ["home.json", "home.seen"])
def test_what_is_recorded_is_not_edited(maker: Maker, name: str) -> None:
    again = used_up(maker)
    file = maker.home / name
    said = json.loads(file.read_text())
    if name == "home.json":
        said["places"]["ledger"] = f"sqlite:///{maker.folder / 'mine.sqlite'}"
    else:
        said["seen"] = None
    file.write_text(json.dumps(said))
    assert refusal(again).code == "setup.home"  # type: ignore[arg-type]
    assert not (maker.folder / "mine.sqlite").exists()


# The ledger itself


def deleted(maker: Maker) -> None:
    for file in maker.home.glob("ledger.sqlite*"):
        file.unlink()


def emptied(maker: Maker) -> None:
    deleted(maker)
    (maker.home / "ledger.sqlite").touch()


def another(maker: Maker) -> None:
    deleted(maker)
    with Ledger.open(Settings(home=maker.folder / "other")) as ledger:
        ledger.append("deletion", {"what": "file", "sha256": "0" * 64, "why": "asked"})
    for file in (maker.folder / "other").glob("ledger.sqlite*"):
        shutil.copy(file, maker.home)


def cut(maker: Maker, where: str = "seq > 1") -> None:
    with sqlite3.connect(maker.home / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER IF EXISTS entries_no_delete")
        connection.execute(f"DELETE FROM entries WHERE {where}")


def thinned(maker: Maker) -> None:
    cut(maker, "kind = 'permit'")


def rewritten(maker: Maker) -> None:
    """The tail is made anew, to the same length."""
    with Ledger.open(Settings(home=maker.folder / "aside")) as aside:
        said = body_text("deletion", {"what": "file", "sha256": "0" * 64, "why": "asked"})
    with sqlite3.connect(maker.home / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER IF EXISTS entries_no_delete")
        count = connection.execute("SELECT max(seq) FROM entries").fetchone()[0]
        connection.execute("DELETE FROM entries WHERE seq > 1")
        (before,) = connection.execute("SELECT hash FROM entries").fetchone()
        for seq in range(2, count + 1):
            entry = next_entry(seq, "deletion", datetime.now(UTC), said, before)
            row = row_of(entry)
            names = ", ".join(row)
            connection.execute(f"INSERT INTO entries ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
            before = entry.hash
    del aside


LOSSES = [deleted, emptied, another, cut, thinned, rewritten]


@pytest.mark.parametrize("harm", LOSSES, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("forgotten", [(), ("witness.sqlite",), ("home.seen",), ("home.json",), ("home.key",)])
def test_a_ledger_that_is_not_what_it_was_makes_nothing(
    maker: Maker, harm: Callable[[Maker], None], forgotten: tuple[str, ...]
) -> None:
    again = used_up(maker)
    harm(maker)
    for name in forgotten:
        for file in maker.home.glob(f"{name}*"):
            file.unlink()
    left = {file: file.read_bytes() for file in maker.home.glob("home.*")}
    error = refusal(again)  # type: ignore[arg-type]
    assert isinstance(error, HomeWrong) and "accept-loss" in error.remedy
    assert refusal(again).code == error.code  # type: ignore[arg-type]
    assert left == {file: file.read_bytes() for file in maker.home.glob("home.*")}
    assert harm is not deleted or not (maker.home / "ledger.sqlite").exists()


def test_an_older_copy_of_the_ledger_makes_nothing(maker: Maker) -> None:
    grant = maker.grant(**ONCE)
    maker.make(maker.grant(jti="1" * 32))
    kept = maker.folder / "kept"
    shutil.copytree(maker.home, kept)
    maker.make(grant)
    deleted(maker)
    for file in kept.glob("ledger.sqlite*"):
        shutil.copy(file, maker.home)
    assert refusal(lambda: maker.make(grant)).code == "ledger.rolled_back"
    for name in ("witness.sqlite", "home.seen"):  # one of the two notes rolled back as well
        for file in kept.glob(f"{name}*"):
            shutil.copy(file, maker.home)
        if name == "witness.sqlite":
            assert refusal(lambda: maker.make(grant)).code == "ledger.rolled_back"


def test_entries_altered_further_back_count_nothing(maker: Maker) -> None:
    """Tip and number of entries stay as they were; one use is filed under another grant."""
    again = used_up(maker)
    maker.make(maker.grant(jti="2" * 32))
    with sqlite3.connect(maker.home / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET grant_id = ? WHERE seq = 2", ("9" * 32,))
    assert refusal(again).code == "ledger.broken"  # type: ignore[arg-type]


def test_a_loss_is_owned_up_to_and_stays_visible(maker: Maker) -> None:
    grant = maker.grant(**ONCE)
    maker.make(grant)
    assert refusal(lambda: accept_loss(maker.settings, maker.signer)).code == "ledger.no_loss"
    seen = Home.open(maker.settings).seen()
    assert seen is not None
    deleted(maker)
    entry = accept_loss(maker.settings, maker.signer)
    assert entry.kind == "loss" and entry.said["lost"] == seen.count and entry.said["of"] == seen.ledger
    assert signed_by(entry, maker.signer.identity.did) and not signed_by(entry, "did:key:z6Mk")
    # Nobody knows how often the old grant was used; a new one, and grants that count nothing, go on.
    assert refusal(lambda: maker.make(grant)).code == "permission.count"
    maker.make(maker.grant(jti="3" * 32))
    with Ledger.open(maker.settings) as ledger:
        assert ledger.verify().good
        assert any('"kind":"loss"' in line for line in export_lines(ledger))


def test_a_loss_is_not_dated_back(maker: Maker) -> None:
    """A loss before the grant was given would not concern it."""
    again = used_up(maker)
    home = Home.open(maker.settings)
    seen = home.seen()
    assert seen is not None
    home.note(Seen(seen.ledger, seen.count, seen.hash, (datetime.now(UTC) + timedelta(days=2)).isoformat()))
    deleted(maker)
    assert refusal(lambda: accept_loss(maker.settings, maker.signer)).code == "setup.clock"
    assert refusal(again).code == "ledger.gone"  # type: ignore[arg-type]


def test_a_period_that_began_after_the_loss_counts_again(maker: Maker) -> None:
    maker.make(maker.grant(jti="4" * 32))
    deleted(maker)
    accept_loss(maker.settings, maker.signer)
    today = maker.grant(scope__times=1, scope__period="day")
    assert refusal(lambda: maker.make(today)).code == "permission.count"


# A double's grant


def test_a_doubles_grant_is_counted_as_well(maker: Maker) -> None:
    """A permit rests on two grants: each is entered, and given back."""
    from dataclasses import replace

    from countenance.permission.ledger.usage import Usage
    from countenance.permission.permit import GrantUse, seal_of
    from tests.exit_material import permit

    two = (GrantUse("a" * 32, "1" * 64, "subject", "swap"), GrantUse("b" * 32, "2" * 64, "subject", "double", times=1))

    def once(*, fails: bool) -> None:
        from countenance.permission.ledger_entries import Account

        plain = replace(permit(use="swap"), uses=two, id=secrets.token_hex(16))
        account = Account(replace(plain, seal=seal_of(plain)), maker.settings)
        if not fails:
            account.made(file_sha256="f1" * 32, media_type="video/mp4", payload=7, manifest="urn:c2pa:1")
        account.close()

    once(fails=True)
    once(fails=False)
    with pytest.raises(PermissionRefused) as caught:
        once(fails=False)
    assert caught.value.code == "permission.count"
    with Ledger.open(maker.settings) as ledger:
        usage = Usage(ledger)
        assert usage.uses("a" * 32) == usage.uses("b" * 32) == 1
        assert len(usage.files("b" * 32)) == 1


# Time


def written_ahead(settings: Settings, ahead: timedelta) -> datetime:
    """The clock was ahead when the newest entry was written, or is set back since."""
    at = datetime.now(UTC) + ahead
    with Ledger.open(settings) as ledger:
        last = ledger.last()
        assert last is not None
        said = body_text("deletion", {"what": "file", "sha256": "0" * 64, "why": "asked"})
        with ledger.engine.begin() as connection:
            connection.execute(insert(ENTRIES), [row_of(next_entry(last.seq + 1, "deletion", at, said, last.hash))])
        ledger.remember()
    return at


def test_a_clock_set_back_revives_nothing(maker: Maker) -> None:
    grant = maker.grant(exp=int(datetime.now(UTC).timestamp()) + DAY)
    maker.make(grant)
    written_ahead(maker.settings, timedelta(days=2))
    error = refusal(lambda: maker.make(grant))
    assert isinstance(error, ClockWrong) and error.code == "setup.clock"


def test_within_the_skew_time_stands_where_the_ledger_does(maker: Maker) -> None:
    maker.make(maker.grant(jti="5" * 32))
    at = written_ahead(maker.settings, timedelta(minutes=3))
    with Ledger.open(maker.settings) as ledger:
        assert now_of(ledger) == at
    ended = maker.grant(exp=int(at.timestamp()) - 60)
    assert refusal(lambda: maker.make(ended)).code == "permission.expired"
    assert maker.make(maker.grant(jti="6" * 32)).issued_at == at


def test_time_does_not_run_back_in_a_ledger(maker: Maker) -> None:
    maker.make(maker.grant())
    at = written_ahead(maker.settings, timedelta(days=2))
    with Ledger.open(maker.settings) as ledger:  # what must be entered is entered, and lowers nothing
        entry = ledger.append("deletion", {"what": "file", "sha256": "1" * 64, "why": "asked"})
    assert entry.written_at == at


def test_a_home_whose_own_record_is_deleted_is_not_begun_again(maker: Maker) -> None:
    again = used_up(maker)
    for name in ("home.json", "home.seen"):
        (maker.home / name).unlink()
    assert refusal(again).code == "setup.home"  # type: ignore[arg-type]
    deleted(maker)
    assert refusal(again).code == "setup.home", "the witness is there"  # type: ignore[arg-type]


# Homes of older releases, moved homes, disks


def test_a_home_of_an_older_release_is_taken_over_once(maker: Maker) -> None:
    again = used_up(maker)
    for name in ("home.json", "home.seen", "home.key"):
        (maker.home / name).unlink()
    assert refusal(again).code == "permission.count"  # type: ignore[arg-type]
    assert (maker.home / "home.json").is_file()
    deleted(maker)
    assert refusal(again).code == "ledger.gone"  # type: ignore[arg-type]


def test_a_home_of_an_older_release_whose_ledger_is_elsewhere_is_not_taken_over(maker: Maker) -> None:
    used_up(maker)
    for name in ("home.json", "home.seen", "home.key"):
        (maker.home / name).unlink()
    maker.settings = Settings(home=maker.home, ledger_url=f"sqlite:///{maker.folder / 'new.sqlite'}")
    assert refusal(lambda: maker.make(maker.grant(**ONCE))).code == "ledger.gone"


def test_a_home_may_be_moved_as_a_folder(maker: Maker) -> None:
    grant = maker.grant(**ONCE)
    maker.make(grant)
    shutil.move(maker.home, maker.folder / "moved")
    maker.settings = Settings(home=maker.folder / "moved")
    assert refusal(lambda: maker.make(grant)).code == "permission.count"


def test_records_are_carried_over_and_the_count_with_them(maker: Maker) -> None:
    again = used_up(maker)
    with Registry.open(maker.settings) as registry:
        before = registry.count()
    from countenance.marking.moving import copy_registry

    address = f"sqlite:///{maker.folder / 'elsewhere.sqlite'}"
    with pytest.raises(HomeWrong):
        copy_ledger(maker.settings, "sqlite:///:memory:")
    count = copy_ledger(maker.settings, address)
    assert copy_registry(maker.settings, f"sqlite:///{maker.folder / 'registry.sqlite'}") == before
    with Ledger.open(maker.settings) as ledger:
        assert str(ledger.engine.url.database) == str(maker.folder / "elsewhere.sqlite")
        assert ledger.extent() == (count, count) and ledger.verify().good
    assert refusal(again).code == "permission.count"  # type: ignore[arg-type]
    with pytest.raises(CountenanceError) as caught:
        copy_ledger(maker.settings, address)
    assert caught.value.code == "output.exists"


@contextmanager
def powerless() -> Iterator[None]:
    """Without the rights of root, which no folder refuses."""
    if os.geteuid():
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name == "nt", reason="folders have other rights there")
def test_a_read_only_copy_is_read_and_makes_nothing(maker: Maker, public: Path) -> None:
    maker.make(maker.grant())
    copy = public / "home"
    with Ledger.open(maker.settings) as held:  # what is not folded in lies in the log beside it
        held.append("deletion", {"what": "file", "sha256": "1" * 64, "why": "asked"})
        shutil.copytree(maker.home, copy)
    for file in copy.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o444)
    copy.chmod(0o555)
    settings = Settings(home=copy)
    with powerless():
        with Ledger.reading(settings) as ledger:
            report = ledger.verify()
        assert report.good and report.size and report.anchors == (report.size,)
        error = refusal(lambda: Ledger.open(settings))
    assert isinstance(error, OutputFolder) and str(copy) in error.message
    copy.chmod(0o755)


@pytest.mark.parametrize("home", ["/proc/nowhere/home", "file/home"])
def test_a_home_that_cannot_be_is_told_before_anything(maker: Maker, home: str) -> None:
    (maker.folder / "file").touch()
    maker.settings = Settings(home=maker.folder / home)
    error = refusal(lambda: Ledger.open(maker.settings))
    assert isinstance(error, OutputFolder) and "COUNTENANCE_HOME" in error.remedy


def test_a_full_disk_is_told_with_its_name(maker: Maker) -> None:
    maker.make(maker.grant())
    with Ledger.open(maker.settings) as ledger:
        with ledger.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
        said = {"what": "file", "sha256": "1" * 64, "why": "asked"}
        error = refusal(lambda: ledger.append_all([("deletion", said)] * 400))
        assert isinstance(error, OutputFull) and str(maker.home) in error.message
        assert ledger.verify().good
