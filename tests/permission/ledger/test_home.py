"""A home and its ledger: on PostgreSQL, begun by several at once, and after processes that were killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from countenance.errors import HomeWrong
from countenance.home import Home
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.moving import copy_ledger
from countenance.settings import Settings

SAID = {"what": "file", "sha256": "0" * 64, "why": "asked"}
WRITER = """
import sys
from pathlib import Path
from countenance.permission.ledger import Ledger
from countenance.settings import Settings
said = {"what": "file", "sha256": "0" * 64, "why": "asked"}
for _ in range(int(sys.argv[2])):
    with Ledger.open(Settings(home=Path(sys.argv[1]))) as ledger:
        for _ in range(5):
            ledger.append("deletion", said)
            print(flush=True)
"""


def writer(home: Path, times: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(home), str(times)], stdout=subprocess.PIPE)


def test_several_begin_one_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    writers = [writer(home, 2) for _ in range(3)]
    assert [one.wait() for one in writers] == [0, 0, 0]
    with Ledger.open(Settings(home=home)) as ledger:
        assert ledger.extent() == (30, 30) and ledger.verify().good


def test_what_kills_leave_is_a_home_that_opens(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for after in (0, 1, 4):
        one = writer(home, 1000)
        assert one.stdout is not None
        one.stdout.readline()
        for _ in range(after):
            one.stdout.readline()
        time.sleep(after / 1000)
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
        with Ledger.open(Settings(home=home)) as ledger:
            assert ledger.verify().good


@pytest.mark.parametrize(
    "missing", [("home.json",), ("home.json", "home.seen"), ("home.json", "home.seen", "home.key")]
)
def test_a_home_begun_half_is_begun_again(tmp_path: Path, missing: tuple[str, ...]) -> None:
    """Killed between its three files: home.json is the last one."""
    settings = Settings(home=tmp_path / "home")
    Home.open(settings)
    for name in missing:
        (settings.home / name).unlink()
    with Ledger.open(settings) as ledger:
        ledger.append("deletion", SAID)
        assert ledger.verify().good


def test_on_postgresql(postgres: URL, tmp_path: Path) -> None:
    server = create_engine(postgres.set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in ("team", "moved"):
            connection.execute(text(f"CREATE DATABASE {name}"))
    address = postgres.set(database="team", password="secret").render_as_string(hide_password=False)
    settings = Settings(home=tmp_path / "home", ledger_url=address)
    with Ledger.open(settings) as ledger:
        ledger.append("deletion", SAID)
    assert "secret" not in (settings.home / "home.json").read_text()
    unset = Settings(home=settings.home)
    with Ledger.open(unset) as ledger:  # where the home says; this server asks for no password
        ledger.append("deletion", SAID)
    with Ledger.reading(unset) as ledger:
        assert ledger.verify().anchors == (2,)
    with Ledger.open(Settings(home=tmp_path / "second", ledger_url=address)) as ledger:  # a team's
        assert ledger.extent() == (2, 2)
    other = postgres.set(database="moved").render_as_string(hide_password=False)
    with pytest.raises(HomeWrong):
        Ledger.open(Settings(home=settings.home, ledger_url=other))
    assert copy_ledger(unset, other) == 2
    with Ledger.open(Settings(home=settings.home, ledger_url=other)) as ledger:
        ledger.append("deletion", SAID)
        assert ledger.verify().good
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE moved WITH (FORCE)"))
        connection.execute(text("DROP DATABASE team WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE moved"))
    with pytest.raises(HomeWrong) as caught:
        Ledger.open(unset)
    assert caught.value.code == "ledger.gone"
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE moved WITH (FORCE)"))
    server.dispose()
