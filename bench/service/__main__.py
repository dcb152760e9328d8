"""What the verify service does under load: `python -m bench.service [--uploads 200] [--half 50] [--requests 300]`.

Starts `countenance serve verify` on a port of this computer and asks it, and nobody else. For each kind of load: how
many asked, what they were answered, seconds to the answer, the longest that `/health` took meanwhile, the server's
resident memory and the bytes in its spool at their most. The memory of the last requests is held against that of the
first.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table
from tests.attacks.serving import Serving, kept, served

FLAT = 20.0  # MB between the first and the last of many requests


@dataclass
class Seen:
    """What was measured of one kind of load."""

    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    spool: list[float] = field(default_factory=list)

    def asked(self, ask: Callable[[], httpx.Response]) -> None:
        begun = time.monotonic()
        try:
            status = str(ask().status_code)
        except httpx.TransportError as error:
            status = type(error).__name__
        self.statuses[status] += 1
        self.seconds.append(time.monotonic() - begun)


def picture() -> bytes:
    """A small PNG that is quickly looked at, with half a megabyte behind it that is nothing."""
    saved = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 48, 3), dtype=np.uint8)).save(saved, "PNG")
    return saved.getvalue() + bytes(500_000)


def resident(pid: int) -> float:
    """MB of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def watched(here: Serving, pid: int) -> Iterator[Seen]:
    """Look at the server while it is asked."""
    seen, done = Seen(), threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            begun = time.monotonic()
            here.health()
            seen.health.append(time.monotonic() - begun)
            seen.memory.append(resident(pid))
            sizes = []
            for path in kept(here.settings.home / "spool"):
                try:
                    sizes.append(path.stat().st_size)
                except FileNotFoundError:
                    continue
            seen.spool.append(sum(sizes) / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--uploads", type=int, default=200, help="sent at the same time")
    parser.add_argument("--half", type=int, default=50, help="half-sent requests")
    parser.add_argument("--requests", type=int, default=300, help="one after the other")
    asked = parser.parse_args()
    table = Table("load", "asked", "answers", "p50 s", "p95 s", "health s", "memory MB", "spool MB")
    file = picture()

    def row(name: str, seen: Seen) -> None:
        answers = ", ".join(f"{status} {count}" for status, count in sorted(seen.statuses.items()))
        at = sorted(seen.seconds) or [0.0]
        table.add_row(
            name,
            str(len(seen.seconds)),
            answers,
            f"{at[len(at) // 2]:.2f}",
            f"{at[int(len(at) * 0.95) - (len(at) == 1)]:.2f}",
            f"{max(seen.health, default=0):.2f}",
            f"{max(seen.memory, default=0):.0f}",
            f"{max(seen.spool, default=0):.1f}",
        )

    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder) / "home", Path(folder), "--links", "none") as (
            here,
            run,
        ),
    ):

        def upload() -> httpx.Response:
            return httpx.post(f"{here.address}/answers", content=file, timeout=300, verify=False)

        upload()  # the first waits for what it is looked at with
        with watched(here, run.pid) as seen, ThreadPoolExecutor(asked.uploads) as pool:
            list(pool.map(seen.asked, [upload] * asked.uploads))
        row(f"{asked.uploads} uploads at once", seen)

        with watched(here, run.pid) as seen:
            half = [here.half_sent(10 << 20) for _ in range(asked.half)]
            time.sleep(4)
            for _ in range(3):
                seen.asked(upload)
            for one in half:
                one.close()
        row(f"uploads beside {asked.half} half-sent ones", seen)

        with watched(here, run.pid) as seen:
            deaf = [here.connection(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 50) for _ in range(asked.half)]
            for _ in range(3):
                seen.asked(upload)
            for one in deaf:
                one.close()
        row(f"uploads beside {asked.half} who do not read", seen)

        with watched(here, run.pid) as seen:
            for _ in range(asked.requests):
                seen.asked(upload)
        row(f"{asked.requests} uploads, one after the other", seen)
        tenth = max(1, len(seen.memory) // 10)
        more = float(np.median(seen.memory[-tenth:]) - np.median(seen.memory[:tenth]))
        here.until(present=0)
        left = kept(here.settings.home / "spool")
    Console(width=140).print(table)
    print(f"memory, last tenth less first tenth: {more:+.1f} MB   < {FLAT:g}  {'ok' if more < FLAT else 'short'}")
    print(f"files left in the spool: {len(left)}   0  {'ok' if not left else 'short'}")


if __name__ == "__main__":
    main()
