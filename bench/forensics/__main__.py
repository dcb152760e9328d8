"""`python -m bench.forensics FOLDER [--csv FILE]`: what each sign of a redrawn face is worth, on our own engines'
outputs.

For each sign, kind of change and coding: area under the ROC curve (0.5 is chance), and the share that is found at a
threshold that none, or one in a hundred, of the untouched stretches passes. Stretches of one clip are no strangers to
each other: the number of clips stands beside that of stretches.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.forensics.material import stretches
from countenance.verify.forensics import measures

SIGNS = {
    "grain": measures.grain,
    "stillness": measures.stillness,
    "flicker": measures.flicker,
    "seam": measures.seam,
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path)
    given = parser.parse_args()
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    clips: dict[tuple[str, str], set[str]] = defaultdict(set)
    rows = []
    for one in stretches(given.folder):
        if len(one.seen) < 8:
            continue
        clips[one.kind, one.coding].add(one.clip)
        for name, sign in SIGNS.items():
            value = sign(one.seen)
            rows.append((one.clip, one.kind, one.coding, name, value))
            if np.isfinite(value):
                values[name, one.kind, one.coding].append(value)
        if given.csv:
            with given.csv.open("w", newline="") as file:
                csv.writer(file).writerows(rows)
    table = Table("sign", "change", "coding", "untouched", "changed", "clips", "AUC", "found at 1 %", "at 10 %")
    for (name, kind, coding), changed in sorted(values.items()):
        if kind == "untouched":
            continue
        negative, positive = np.array(values[name, "untouched", coding]), np.array(changed)
        found = [f"{found_at(positive, negative, share):.2f}" for share in (0.01, 0.1)]
        counts = (str(len(negative)), str(len(positive)), str(len(clips["untouched", coding])))
        table.add_row(name, kind, coding, *counts, f"{auc(positive, negative):.2f}", *found)
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
