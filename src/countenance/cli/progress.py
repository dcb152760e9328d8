"""Progress on stderr: a bar with rate and time left on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

Update = Callable[[int, int | None], None]

QUIET_SECONDS = 10.0  # between two lines where stderr is not a terminal
_WINDOW = 200  # steps that the rate looks back
_SETTLED = 8  # steps before a rate is told
_HALT = 10  # times the usual step: something was loaded or compiled


class Pace:
    """How fast it goes now. Loading and compiling count for nothing: neither before the first count nor at a halt.

    Times are seconds of any steady clock.
    """

    def __init__(self) -> None:
        self._last: tuple[float, int] | None = None
        self._steps: deque[tuple[float, int]] = deque(maxlen=_WINDOW)  # seconds, counts

    def see(self, count: int, now: float) -> None:
        """So many are done by now."""
        if self._last is not None and count > self._last[1]:
            self._steps.append((now - self._last[0], count - self._last[1]))
        if self._last is None or count > self._last[1]:
            self._last = now, count

    @property
    def rate(self) -> float | None:
        """Counts a second; None before it can be told."""
        if len(self._steps) < _SETTLED:
            return None
        usual = median(seconds for seconds, _ in self._steps)
        longest = max(_HALT * usual, 0.5)
        kept = [(seconds, counts) for seconds, counts in self._steps if seconds <= longest]
        total = sum(seconds for seconds, _ in kept)
        return sum(counts for _, counts in kept) / total if total > 0 else None

    def left(self, count: int, total: int | None) -> float | None:
        """Seconds to go; None before that can be told."""
        rate = self.rate
        return (total - count) / rate if total is not None and rate else None


@contextmanager
def progress_bar(what: str, *, unit: str = "frames", quiet: bool = False) -> Iterator[Update]:
    """Give a function to call with the count so far and the total, where it is known."""
    if quiet:
        yield lambda _count, _total: None
        return
    pace = Pace()
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[told]}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None, told="")

            def update(count: int, total: int | None) -> None:
                pace.see(count, time.monotonic())
                bar.update(task, completed=count, total=total, told=_told(pace, count, total, unit))

            yield update
        return
    last = time.monotonic()

    def line(count: int, total: int | None) -> None:
        nonlocal last
        now = time.monotonic()
        pace.see(count, now)
        if now - last < QUIET_SECONDS:
            return
        last = now
        of = f" of {total}" if total else ""
        told = _told(pace, count, total, unit)
        print(f"{what}: {count}{of}{', ' if told else ''}{told}", file=sys.stderr, flush=True)

    yield line


@contextmanager
def stages_bar(*, quiet: bool = False) -> Iterator[Callable[[str, float], None]]:
    """Give a function to call with what is done now and its share, 0 to 1; a line for each stage, and some between."""
    last, stage_now = 0.0, ""

    def told(stage: str, share: float) -> None:
        nonlocal last, stage_now
        now = time.monotonic()
        if quiet or (stage == stage_now and now - last < QUIET_SECONDS):
            return
        last, stage_now = now, stage
        print(f"{stage}: {share:.0%}" if share == share else stage, file=sys.stderr, flush=True)

    yield told


def _told(pace: Pace, count: int, total: int | None, unit: str) -> str:
    """`24.1 frames/s, 1:05 left`, or as much of it as can be told."""
    rate, left = pace.rate, pace.left(count, total)
    if rate is None:
        return ""
    speed = f"{rate:.1f} {unit}/s"
    if left is None:
        return speed
    minutes, seconds = divmod(round(left), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{speed}, {clock} left"
