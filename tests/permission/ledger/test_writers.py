"""Many processes write one ledger, and some are killed: nothing that was said to be written is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from countenance.permission.ledger import Ledger, Witness
from countenance.permission.ledger.usage import Usage
from tests.permission.ledger.writers import body

GRANT = "1" * 32


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.permission.ledger.writers", *map(str, arguments)]
    root = Path(__file__).parents[3]
    env = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=env)


def test_writers_side_by_side_lose_nothing(address: str, tmp_path: Path) -> None:
    witness = tmp_path / "w.sqlite"
    writers = [start("append", address, witness, number, 30) for number in range(3)]
    said = [line.split() for writer in writers for line in writer.communicate(timeout=120)[0].splitlines()]
    assert all(writer.returncode == 0 for writer in writers)
    with Ledger(address, Witness(witness)) as ledger:
        entries = list(ledger.entries())
        assert [entry.seq for entry in entries] == list(range(1, 91))
        assert {(str(entry.seq), entry.hash) for entry in entries} == {(seq, hash_) for seq, hash_ in said}
        wanted = {body(writer, number)["sha256"] for writer in range(3) for number in range(30)}
        assert {entry.said["sha256"] for entry in entries} == wanted
        report = ledger.verify()
        assert report.good and report.anchors == (90,)


def test_a_writer_killed_while_it_writes_leaves_whole_entries(address: str, tmp_path: Path) -> None:
    witness = tmp_path / "w.sqlite"
    victim, other = start("append", address, witness, 0, 100_000), start("append", address, witness, 1, 30)
    assert victim.stdout is not None
    said = [victim.stdout.readline().split() for _ in range(25)]
    victim.send_signal(signal.SIGKILL)
    rest, _ = victim.communicate(timeout=60)
    said += [line.split() for line in rest.splitlines() if len(line.split()) == 2]
    told, _ = other.communicate(timeout=120)
    assert other.returncode == 0
    with Ledger(address, Witness(witness)) as ledger:
        assert ledger.verify().good
        hashes = {entry.hash for entry in ledger.entries()}
        assert {hash_ for _, hash_ in said if len(hash_) == 64} <= hashes
        assert {line.split()[1] for line in told.splitlines()} <= hashes
        ledger.append("deletion", body(5, 5))
        assert ledger.verify().good


def test_a_writer_killed_inside_the_lock_blocks_nobody(address: str, tmp_path: Path) -> None:
    witness = tmp_path / "w.sqlite"
    with Ledger(address, Witness(witness)) as ledger:
        ledger.append("deletion", body(1, 1))
        victim = start("hang", address, witness)
        assert victim.stdout is not None and victim.stdout.readline() == "locked\n"
        victim.send_signal(signal.SIGKILL)
        victim.wait(30)
        victim.stdout.close()
        assert ledger.append("deletion", body(1, 2)).seq == 2
        assert ledger.verify().good


def test_a_grant_is_never_used_more_often_than_it_allows(address: str, tmp_path: Path) -> None:
    witness = tmp_path / "w.sqlite"
    writers = [start("reserve", address, witness, GRANT, 7, 6) for _ in range(2)]
    got = [int(writer.communicate(timeout=120)[0]) for writer in writers]
    assert sum(got) == 7
    with Ledger(address, Witness(witness)) as ledger:
        assert Usage(ledger).uses(GRANT) == 7
