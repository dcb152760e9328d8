"""Progress on stderr: a bar with rate and time left on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Update = Callable[[int, int | None], None]

QUIET_SECONDS = 10.0  # between two lines where stderr is not a terminal


@contextmanager
def progress_bar(what: str, *, unit: str = "frames", quiet: bool = False) -> Iterator[Update]:
    """Give a function to call with the count so far and the total, where it is known."""
    if quiet:
        yield lambda _count, _total: None
        return
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        rate = TextColumn("{task.fields[rate]}")
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None, rate="")
            begin = time.monotonic()

            def update(count: int, total: int | None) -> None:
                speed = count / max(time.monotonic() - begin, 1e-6)
                bar.update(task, completed=count, total=total, rate=f"{speed:.1f} {unit}/s")

            yield update
        return
    begin = last = time.monotonic()

    def line(count: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < QUIET_SECONDS:
            return
        last = now
        speed = count / (now - begin)
        left = f" of {total}, {(total - count) / max(speed, 1e-6):.0f} s left" if total else ""
        print(f"{what}: {count}{left}, {speed:.1f} {unit}/s", file=sys.stderr, flush=True)

    yield line
