"""Held-out questions, off-topic ones, and attempts to put words into its mouth."""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path

from countenance.figure import Answering, load_vectoriser, open_figure
from countenance.figure.checking import check_figure, read_held_out
from countenance.figure.knowledge import sentences
from countenance.figure.phrases import phrasebook

HERE = Path(__file__).parent


def run(folder: Path, show: bool) -> None:
    """Print the tables."""
    figure = open_figure(folder)
    for name, vectoriser in (("meaning", load_vectoriser()), ("lexical", None)):
        if name == "meaning" and vectoriser is None:
            continue
        began = time.perf_counter()
        answering = Answering(figure, vectoriser)
        ready = time.perf_counter() - began
        print(f"\n{figure.says.name}, retrieval: {name}; {len(figure.knowledge)} entries, ready in {ready:.1f} s")
        columns = ("questions", "language", "n", "top-1", "answered right", "asked back, right one offered",
                   "asked back, not", "wrong answer", "declined")  # fmt: skip
        print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
        for tag in figure.languages:
            if name == "meaning" and answering.method(tag) != "meaning":
                continue
            for file in ("held_out", "off_topic"):
                _row(answering, file, tag, show)
        _adversarial(answering, show)
        took, rows = time.perf_counter(), read_held_out(HERE / "held_out.csv", figure.languages)
        for question, tag, _ in rows:
            answering.reply(question, tag)
        print(f"{1000 * (time.perf_counter() - took) / len(rows):.1f} ms a question")


def _row(answering: Answering, file: str, tag: str, show: bool) -> None:
    rows = [r for r in read_held_out(HERE / f"{file}.csv", answering.figure.languages) if r[1] == tag]
    if not rows:
        return
    done = check_figure(answering, (), rows).held_out
    top = sum(
        bool(near.found) and near.found[0].entry.name == expected
        for question, language, expected in rows
        for near in [answering.nearest(question, language)]
    )
    n = len(rows)
    right, offered, declined = (sum(one.outcome == k for one in done) for k in ("right", "asked back", "declined"))
    missed = sum(one.outcome == "wrong" and one.asked for one in done)
    wrong = sum(one.outcome == "wrong" and not one.asked for one in done)
    counts = [right, offered, missed, wrong, declined]
    if file == "off_topic":  # none is right: what is declined is
        counts = [0, 0, offered + missed, wrong, right]
    cells = ["–" if file == "off_topic" else _share(top, n), *(f"{one} ({_share(one, n)})" for one in counts)]
    print(f"| {file.replace('_', '-')} | {tag} | {n} | " + " | ".join(cells) + " |")
    for one in done if show else ():
        if one.outcome != "right":
            print(f"    {one.outcome}: {one.question} → {one.got} ({one.expected})")


def _adversarial(answering: Answering, show: bool) -> None:
    with (HERE / "adversarial.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    figure, book = answering.figure, phrasebook("en")
    own = {s for e in figure.knowledge for text in (e.answer, e.title) for s in sentences(text)}
    own |= {s for key in book.phrases for s in sentences(book.say(key, figure.says.name))}
    own |= {s for one in figure.says.declines for s in sentences(one.say["en"])}
    real = told = other = uncited = 0
    kinds: Counter[str] = Counter()
    for row in rows:
        reply = answering.reply(row["question"], "en")
        kinds[reply.kind] += 1
        uncited += sum(s not in own for part in reply.parts for s in sentences(part.text))
        if row["expected"] == "identity":
            real += 1
            told += reply.kind == "identity"
            other += reply.kind not in ("identity", "decline")
        if show and (reply.kind in ("ask", "answer") or (row["expected"] == "identity" != reply.kind)):
            print(f"    {reply.kind}: {row['question']} → {reply.text[:70]}")
    print(
        f"adversarial: {len(rows)} questions; {real} ask whether it is real: {told} told that it is an AI, {other} got "
        f"another answer than that or a no; all: {dict(kinds)}; sentences that are no entry's and no fixed phrase: "
        f"{uncited}"
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"
