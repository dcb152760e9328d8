"""Trials that are done, kept as lines of JSON, and spread over processes. Knows nothing of what a trial is.

A folder may hold several files of one name, `NAME.jsonl` and `NAME.ANYTHING.jsonl`, such as another machine's: they
are read as one. Only the process that began writes, so that a run can be cut at any moment and gone on with.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2

Row = dict[str, Any]
Work = Callable[[Any, float], Iterable[Row]]

KEPT = Path("bench/out/watermark")


class Kept:
    """Results so far, a line of JSON each."""

    def __init__(self, name: str, folder: Path = KEPT) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.jsonl"
        self.rows: list[Row] = []
        for path in sorted({self.path, *folder.glob(f"{name}.*.jsonl")}):
            if path.exists():
                self.rows += [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]

    def add(self, row: Row) -> None:
        self.rows.append(row)
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def spread(work: Work, tasks: list[Any], workers: int, until: float) -> Iterator[Row]:
    """The rows of every task, as they come; none is begun after `until` (of `time.monotonic`).

    Args:
        work: (task, until) → rows.
        tasks: in the order in which they are begun; small, for they travel between processes.
        workers: processes; 1 works in this one.
        until: when to stop.
    """
    if workers <= 1:
        for task in tasks:
            if time.monotonic() > until:
                return
            yield from work(task, until)
        return
    # Forked: `work` and what it holds are there already, and so is what numba has compiled. One clock for all.
    with multiprocessing.get_context("fork").Pool(workers, initializer=_begin, initargs=(work, until)) as pool:
        for rows in pool.imap_unordered(_one, tasks):
            yield from rows


_held: list[tuple[Work, float]] = []


def _begin(work: Work, until: float) -> None:
    cv2.setNumThreads(1)
    _held.append((work, until))


def _one(task: Any) -> list[Row]:
    work, until = _held[-1]
    return [] if time.monotonic() > until else list(work(task, until))
