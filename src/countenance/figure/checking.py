"""What a curator should look at: confusions, thin entries, what contradicts, and how held-out questions fare."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from countenance.errors import BadDocument, FileMissing
from countenance.figure.answering import Answering
from countenance.figure.knowledge import Entry, words
from countenance.figure.knowledge_file import Problem
from countenance.figure.lexical import LexicalIndex
from countenance.figure.phrases import phrasebook
from countenance.figure.retrieval import Confusion

FEW = 4
"""Variants that an entry should have; entries that have more draw the others' questions to them."""
LONG = 70
"""Words of an answer; a longer one is tiring to hear."""
_ALIKE = 0.6  # answers this near say the same of the same
DECLINED = "-"
"""In a file of held-out questions: nothing of the knowledge answers this."""
Outcome = Literal["right", "asked back", "wrong", "declined"]


@dataclass(frozen=True)
class HeldOut:
    """A question that was not written beside the entries, and what became of it.

    Attributes:
        question, language: as asked.
        expected: the entry's name; DECLINED where none answers it.
        got: name of the entry that was answered; names that were offered; a category.
        outcome: `asked back` only where the right one was among those offered.
        asked: whether it asked back.
    """

    question: str
    language: str
    expected: str
    got: str
    outcome: Outcome
    asked: bool = False


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        problems: what must be mended before the figure can be served.
        warnings: what should be.
        confusions: entries with nearly the same question.
        held_out: how held-out questions fared.
    """

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    confusions: tuple[Confusion, ...]
    held_out: tuple[HeldOut, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """For machines."""

        def told(one: Problem) -> dict[str, str]:
            return {"place": one.place, "text": one.text, "code": one.code}

        return {
            "problems": [told(one) for one in self.problems],
            "warnings": [told(one) for one in self.warnings],
            "confusions": [
                {
                    "variant": c.variant,
                    "entry": c.own.name,
                    "place": c.own.place,
                    "nearer": c.other.name,
                    "rival": c.rival,
                    "near": round(c.near, 3),
                }
                for c in self.confusions
            ],
            "held_out": [vars(one) for one in self.held_out],
        }


def check_figure(
    answering: Answering, problems: Sequence[Problem] = (), held_out: Sequence[tuple[str, str, str]] = ()
) -> Checked:
    """Look a figure through.

    Args:
        answering: the figure as far as it is right.
        problems: what was wrong with it when it was read.
        held_out: question, language, expected entry.
    """
    figure = answering.figure
    confusions: list[Confusion] = []
    warnings = [*_thin(answering), *_untranslated(answering)]
    for tag in figure.languages:
        there = answering.retrieval(tag)
        if there is None:
            warnings.append(Problem(figure.says.name, f"there is no entry in {tag!r}", "language"))
            continue
        confusions += there.between_entries()
        warnings += _contradictions(figure.knowledge.of(tag))
    asked = [_tried(answering, *one) for one in held_out]
    return Checked(tuple(problems), tuple(warnings), tuple(confusions), tuple(asked))


def read_held_out(path: Path, languages: Sequence[str]) -> list[tuple[str, str, str]]:
    """Held-out questions: a CSV with the columns `question`, `entry` (its name, or `-` for none) and `language`.

    Raises:
        FileMissing; BadDocument: figure.held_out.
    """
    path = Path(path)
    if not path.is_file():
        raise FileMissing(f"There is no file {path}.")
    try:
        rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
        out = []
        for row in rows:
            question, entry = (row.get("question") or "").strip(), (row.get("entry") or "").strip()
            language = (row.get("language") or languages[0]).strip()
            if not question or not entry or language not in languages:
                raise BadDocument(
                    f"{path.name}, line {rows.line_num}: a question, the name of its entry (or -) and one of the "
                    f"languages {', '.join(languages)} are needed.",
                    "The columns are question, entry, language.",
                    code="figure.held_out",
                )
            out.append((question, language, entry))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDocument(f"{path.name} is no CSV in UTF-8.", code="figure.held_out") from error
    return out


def _tried(answering: Answering, question: str, language: str, expected: str) -> HeldOut:
    reply = answering.reply(question, language)
    if reply.kind == "answer" and reply.entry is not None:
        got, outcome = reply.entry.name, "right" if reply.entry.name == expected else "wrong"
    elif reply.kind == "ask":
        names = [one.name for one in reply.options]
        got, outcome = " / ".join(names), "asked back" if expected in names or expected == DECLINED else "wrong"
    else:
        got, outcome = reply.category, "right" if expected == DECLINED else "declined"
    return HeldOut(question, language, expected, got, outcome, reply.kind == "ask")  # type: ignore[arg-type]


def _thin(answering: Answering) -> list[Problem]:
    out = []
    for entry in answering.figure.knowledge:
        count = len(entry.questions)
        if count < FEW:
            out.append(
                Problem(entry.place, f"{entry.name} has {count} variant{'s' * (count > 1)}; give it {FEW}", "variants")
            )
        if len(words(entry.answer)) > LONG:
            text = f"the answer of {entry.name} has {len(words(entry.answer))} words; {LONG} are easy to listen to"
            out.append(Problem(entry.place, text, "long"))
        shadowed = [q for q in entry.questions if answering.reply(q, entry.language).entry is not entry]
        for question in shadowed:
            text = f"{question!r} of {entry.name} does not lead to it: it reads like what is always declined or told"
            out.append(Problem(entry.place, text, "shadowed"))
    return out


def _untranslated(answering: Answering) -> list[Problem]:
    figure = answering.figure
    there: dict[str, set[str]] = {}
    for entry in figure.knowledge:
        there.setdefault(entry.name, set()).add(entry.language)
    return [
        Problem(name, f"{name} has no text in {', '.join(t for t in figure.languages if t not in tags)}", "language")
        for name, tags in there.items()
        if len(tags) < len(figure.languages)
    ]


def _contradictions(entries: Sequence[Entry]) -> list[Problem]:
    """Answers that are nearly the same, but for a number or a denial."""
    index = LexicalIndex([entry.answer for entry in entries])
    claims = [_claims(entry) for entry in entries]
    out = []
    for k, entry in enumerate(entries):
        scores = index.scores(entry.answer)
        for other in (int(n) for n in (scores >= _ALIKE).nonzero()[0] if n > k):
            if claims[k] != claims[other]:
                text = (
                    f"the answers of {entry.name} and {entries[other].name} ({entries[other].place}) differ in little "
                    "but a number or a denial: do they contradict each other?"
                )
                out.append(Problem(entry.place, text, "contradiction"))
    return out


def _claims(entry: Entry) -> tuple[frozenset[str], bool]:
    denies = any(word in phrasebook(entry.language).negations for word in words(entry.answer))
    return frozenset(re.findall(r"\d+", entry.answer)), denies
