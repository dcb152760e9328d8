"""Tables as text: aligned columns, and beside each mean its aim and whether it was met."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One measure.

    Attributes:
        name: its heading.
        digits: after the point.
        aim: what is aimed at; None where there is no aim.
        least: whether the aim is a least value (else a greatest).
    """

    name: str
    digits: int = 3
    aim: float | None = None
    least: bool = False

    def met(self, value: float) -> bool | None:
        """Whether a value, as it is printed, meets the aim; None without an aim or a value."""
        if self.aim is None or math.isnan(value):
            return None
        shown = round(value, self.digits)
        return shown >= self.aim if self.least else shown <= self.aim

    def cell(self, value: float) -> str:
        """The value as it is printed."""
        return "–" if math.isnan(value) else f"{value:.{self.digits}f}"

    def aimed(self) -> str:
        """The aim as it is printed."""
        return "" if self.aim is None else f"{'≥' if self.least else '≤'} {self.aim:g}"


def table(
    title: str, columns: Sequence[Column], rows: Mapping[str, Sequence[float]], last: Sequence[float] | None = None
) -> str:
    """Rows under headings; under them the mean (or `last`), the aims, and ok or short."""
    mean = last if last is not None else [_mean([row[k] for row in rows.values()]) for k in range(len(columns))]
    name = max([len(title), 8, *(len(r) for r in rows)]) + 2
    widths = [
        max(len(c.name), len(c.aimed()), 6, *(len(c.cell(row[k])) for row in rows.values())) + 2
        for k, c in enumerate(columns)
    ]

    def line(head: str, cells: Sequence[str]) -> str:
        return head.ljust(name) + "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))

    words = {True: "ok", False: "short", None: ""}
    lines = [line(title, [c.name for c in columns])]
    lines += [line(r, [c.cell(v) for c, v in zip(columns, row, strict=True)]) for r, row in rows.items()]
    lines.append(line("mean", [c.cell(v) for c, v in zip(columns, mean, strict=True)]))
    if any(c.aim is not None for c in columns):
        lines.append(line("aim", [c.aimed() for c in columns]))
        lines.append(line("", [words[c.met(v)] for c, v in zip(columns, mean, strict=True)]))
    return "\n".join(lines)


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if not math.isnan(v)]
    return sum(known) / len(known) if known else math.nan
