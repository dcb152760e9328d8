"""`python -m bench.ledger [--rows 100000] [--postgres ADDRESS]`: appends, checks, proofs, writers side by side."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from countenance.permission.ledger import Ledger, Witness
from countenance.permission.ledger.roots import proof_of
from countenance.permission.ledger.usage import Usage

GRANTS = 500


def permit(number: int) -> tuple[str, dict[str, Any]]:
    """A permit as a render of an ordinary day has one."""
    body = {
        "permit": f"{number:032x}",
        "grant": f"{number % GRANTS:032x}",
        "grant_sha256": f"{number % GRANTS:064x}",
        "kind": "subject",
        "use": "animate",
        "inputs": {"source": f"{number:064x}", "driver": f"{number + 1:064x}"},
        "expires": 2_000_000_000,
    }
    return "permit", body


def timed(work: Callable[[], object]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def writer(address: str, witness: str, first: str, count: str) -> None:
    """Append one by one; say how long each took."""
    with Ledger(address, Witness(Path(witness))) as ledger:
        times = [timed(lambda n=n: ledger.append(*permit(n)))[0] for n in range(int(first), int(first) + int(count))]
    print(json.dumps(times))


def side_by_side(address: str, witness: Path, writers: int, each: int) -> tuple[float, list[float]]:
    """Wall time and all waiting times of so many processes."""
    base = 10_000_000
    commands = [
        [sys.executable, "-m", "bench.ledger", "--writer", address, str(witness), str(base + 10_000 * n), str(each)]
        for n in range(writers)
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    times = [one for process in running for one in json.loads(process.communicate()[0])]
    return sum(times) / writers, times


def measure(address: str, rows: int, console: Console) -> None:
    """One database."""
    with tempfile.TemporaryDirectory() as folder:
        witness = Path(folder) / "witness.sqlite"
        table = Table(title=f"{address.split(':', 1)[0]}, {rows:,} rows", show_header=True)
        for name in ("what", "number", "seconds", "a second"):
            table.add_column(name, justify="left" if name == "what" else "right")

        def told(what: str, number: int, seconds: float) -> None:
            table.add_row(what, f"{number:,}", f"{seconds:.3f}", f"{number / seconds:,.0f}")

        with Ledger(address, Witness(witness)) as ledger:
            seconds, _ = timed(lambda: [ledger.append(*permit(n)) for n in range(300)])
            told("appended one by one", 300, seconds)
            usage = Usage(ledger)
            bodies = [permit(n)[1] for n in range(300, 500)]
            seconds, _ = timed(lambda: [usage.reserve(body, times=10**6, since=None) for body in bodies])
            told("uses reserved", 200, seconds)

            def fill() -> None:
                for start in range(500, rows, 5_000):
                    ledger.append_all([permit(n) for n in range(start, min(rows, start + 5_000))])

            seconds, _ = timed(fill)
            told("appended in batches of 5,000", rows - 500, seconds)
            seconds, report = timed(ledger.verify)
            assert report.good and report.size == rows
            told("rows verified", rows, seconds)
            seconds, _ = timed(ledger.root)
            told("rows under a root", rows, seconds)
            seconds, _ = timed(lambda: proof_of(ledger, rows // 2))
            told("proof of one entry", 1, seconds)
            seconds, _ = timed(lambda: [usage.uses(f"{n:032x}") for n in range(100)])
            told(f"uses counted ({rows // GRANTS} each)", 100, seconds)
            for writers in (1, 2, 4):
                seconds, times = side_by_side(address, witness, writers, 100)
                worst = sorted(times)[int(len(times) * 0.99)] * 1000
                told(f"appended by {writers} processes (99 of 100 in {worst:.0f} ms)", len(times), seconds)
                rows += len(times)
            assert ledger.verify().good
        console.print(table)


def main() -> None:
    if sys.argv[1:2] == ["--writer"]:
        writer(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--postgres", help="address of an empty database; default: a server is started")
    options = parser.parse_args()
    console = Console(width=100)
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{folder}/ledger.sqlite", options.rows, console)
    if options.postgres:
        measure(options.postgres, options.rows, console)
        return
    from tests.permission.ledger.conftest import running_postgres

    with running_postgres() as address:
        measure(address.render_as_string(hide_password=False), options.rows, console)


if __name__ == "__main__":
    main()
