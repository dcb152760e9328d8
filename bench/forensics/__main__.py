"""`python -m bench.forensics FOLDER [--only lips|pictures|clips] [--csv FILE]`: what each sign of a redrawn face is
worth, on our own engines' outputs.

For each sign, kind of change and coding: area under the ROC curve (0.5 is chance), and the share that is found at a
threshold that none, or one in ten, of the untouched stretches passes. Stretches of one clip are no strangers to
each other: the number of clips stands beside that of stretches. Last, the 5th, 50th, 95th and 100th percentile of the
untouched.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.forensics import dropped
from bench.forensics.material import pictures, spoken, stretches, talks
from countenance.verify.forensics import measures
from countenance.verify.forensics.signals import ENVELOPE_RATE, RESTING

Row = tuple[str, str, str, str, float]

SIGNS = {
    "grain": dropped.grain,
    "stillness": dropped.stillness,
    "flicker": dropped.flicker,
    "seam": dropped.seam,
}


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The chance that a changed stretch has the larger number."""
    if not len(positive) or not len(negative):
        return float("nan")
    greater = (positive[:, None] > negative[None]).mean() + 0.5 * (positive[:, None] == negative[None]).mean()
    return float(greater)


def found_at(positive: NDArray[np.float64], negative: NDArray[np.float64], share: float) -> float:
    """The share of changed stretches above what `share` of the untouched ones pass."""
    threshold = np.quantile(negative, 1 - share, method="higher")
    return float((positive > threshold).mean())


def write(path: Path, kept: list[Row]) -> None:
    """The numbers as they are."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(kept)


def lips_rows(folder: Path, seconds: float) -> Iterator[Row]:
    """Lips against their own sound, against it a second and more too early or late, and against others' speech."""
    people = [one for one in talks(folder) if float(np.std(one.openings)) >= RESTING]
    others = {one.name: one.envelope for one in talks(folder)} | {"a voice": spoken()}
    for one in people:
        end = float(one.times[-1])
        for start in np.arange(0, end - seconds, 0.25):
            inside = (one.times >= start) & (one.times < start + seconds)
            openings, times = one.openings[inside], one.times[inside]
            coding = f"{seconds:g} s"

            def score(envelope: NDArray[np.float32], shift: float, o: Any = openings, t: Any = times) -> float:
                return measures.lips_against_sound(o, t + np.float32(shift), envelope, ENVELOPE_RATE)

            yield one.name, "untouched", coding, "lips", score(one.envelope, 0.0)
            for shift in (-3.1, -2.3, -1.7, -1.1, 1.1, 1.7, 2.3, 3.1):
                if 0 <= start + shift <= end - seconds:
                    yield one.name, "shifted", coding, "lips", score(one.envelope, shift)
            for name, envelope in others.items():
                for begin in (0.0, 0.7, 1.3, 2.1):
                    if name != one.name and (begin + seconds) * ENVELOPE_RATE <= len(envelope) + 1:
                        yield one.name, "other speech", coding, "lips", score(envelope, begin - float(start))


def rows(folder: Path, only: str) -> Iterator[Row]:
    """Every number of every stretch."""
    if only in ("", "lips"):
        for seconds in (4, 6, 8, 10):
            yield from lips_rows(folder, seconds)
    if only in ("", "pictures"):
        for one in pictures(folder):
            yield one.clip, one.kind, one.coding, "ghost", measures.ghost(one.seen)
    for one in stretches(folder) if only in ("", "clips") else ():
        for name, sign in SIGNS.items() if len(one.seen) >= 8 else ():
            yield one.clip, one.kind, one.coding, name, sign(one.seen)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--only", choices=("", "lips", "pictures", "clips"), default="")
    given = parser.parse_args()
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    clips: dict[tuple[str, str], set[str]] = defaultdict(set)
    kept = []
    for row in rows(given.folder, given.only):
        clip, kind, coding, name, value = row
        kept.append(row)
        if np.isfinite(value):
            values[name, kind, coding].append(value)
            clips[kind, coding].add(clip)
        if given.csv and len(kept) % 20 == 0:
            write(given.csv, kept)
    if given.csv:
        write(given.csv, kept)
    table = Table(
        "sign",
        "change",
        "coding",
        "untouched",
        "changed",
        "clips",
        "AUC",
        "above all",
        "at 10 %",
        "untouched 5, 50, 95, 100 %",
    )
    for (name, kind, coding), changed in sorted(values.items()):
        if kind == "untouched":
            continue
        negative, positive = np.array(values[name, "untouched", coding]), np.array(changed)
        found = [f"{found_at(positive, negative, share):.2f}" for share in (0.0, 0.1)]
        at = " ".join(f"{one:.2f}" for one in np.percentile(negative, (5, 50, 95, 100)))
        counts = (str(len(negative)), str(len(positive)), str(len(clips["untouched", coding])))
        table.add_row(name, kind, coding, *counts, f"{auc(positive, negative):.2f}", *found, at)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
