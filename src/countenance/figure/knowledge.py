"""What a figure knows: questions in variants, an answer, and the source that it rests on. Pure values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

By = Literal["said", "written"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the figure can say, in one language.

    Attributes:
        name: the same for an entry and its translations.
        language: BCP 47, of questions and answer.
        questions: variants of the question, the one that people are shown first.
        answer: what is spoken, word for word.
        source: where it stands, as people are shown.
        by: `said`, where the words are the person's own; `written`, where the museum wrote them.
        line: of the file it was read from, counted from 1.
        file: that file's name.
    """

    name: str
    language: str
    questions: tuple[str, ...]
    answer: str
    source: str
    by: By
    line: int = 0
    file: str = ""

    @property
    def title(self) -> str:
        """The question as it is shown and offered."""
        return self.questions[0]

    @property
    def place(self) -> str:
        """`knowledge.csv, line 12` for people."""
        return f"{self.file}, line {self.line}" if self.file else self.name


@dataclass(frozen=True)
class Knowledge:
    """All entries of a figure."""

    entries: tuple[Entry, ...]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def of(self, language: str) -> tuple[Entry, ...]:
        """The entries in one language."""
        return tuple(entry for entry in self.entries if entry.language == language)

    def find(self, name: str, language: str) -> Entry | None:
        """One entry in a language, or None."""
        return next((e for e in self.entries if e.name == name and e.language == language), None)


def plain(text: str) -> str:
    """A text as it is compared: lower case, without accents and punctuation, single spaces."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(" " if not (c.isalnum() or c == "'") else c for c in folded if not unicodedata.combining(c))
    return " ".join(kept.replace("'", "").split())


def words(text: str) -> list[str]:
    """The words of a text, plain."""
    return plain(text).split()


_END = re.compile(r"(?<=[.!?…。！？])[\"'”’»)]*\s+")
_SHORT = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Lt|Cmdr|Adm|Sr|Sra|No|vs|c|p|pp|vol|ed|approx)\.$")


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order; initials and common short forms do not end one."""
    out: list[str] = []
    for part in _split(text):
        if out and _SHORT.search(out[-1]):
            out[-1] = f"{out[-1]} {part}"
        else:
            out.append(part)
    return out


def _split(text: str) -> Iterable[str]:
    at = 0
    for match in _END.finditer(text):
        end = match.end()
        part = text[at:end].strip()
        if part:
            yield part
        at = end
    if text[at:].strip():
        yield text[at:].strip()
