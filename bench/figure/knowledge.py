"""How long knowledge of 10,000 entries takes to read, to make ready and to ask."""

from __future__ import annotations

import csv
import resource
import time
from pathlib import Path

from bench.figure.__main__ import demo
from countenance.figure import Answering, check_figure, open_figure


def run(folder: Path) -> None:
    """Print the figures."""
    figure = demo(folder / "large")
    base = list(open_figure(figure).knowledge.of("en"))
    with (figure / "knowledge.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "language", "questions", "answer", "source", "by"])
        for k in range(10_000):
            entry = base[k % len(base)]
            questions = "\n".join(f"{q.rstrip('?.')} in case {k}?" for q in entry.questions[:4])
            writer.writerow([f"{entry.name}-{k}", "en", questions, entry.answer, entry.source, "written"])
    text = (figure / "figure.yaml").read_text().splitlines()
    (figure / "figure.yaml").write_text("\n".join(line for line in text if not line.startswith("suggestions")))
    began = time.perf_counter()
    opened = open_figure(figure)
    read = time.perf_counter()
    answering = Answering(opened)
    ready = time.perf_counter()
    for k in range(50):
        reply = answering.reply(f"what is a nanosecond in case {31 + 65 * k}", "en")
        assert reply.kind in ("answer", "ask", "decline")
    asked = time.perf_counter()
    checked = check_figure(answering)
    done = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(opened.knowledge):,} entries, lexical: read {read - began:.1f} s, ready {ready - read:.1f} s, "
        f"{1000 * (asked - ready) / 50:.0f} ms a question, check {done - asked:.0f} s "
        f"({len(checked.confusions)} pairs alike), {memory:.0f} MB"
    )
