"""What a figure replies: an entry's own words, or a fixed phrase; nothing else can be said. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from countenance.figure.knowledge import Entry, sentences

ReplyKind = Literal["answer", "ask", "decline", "small_talk", "identity", "unheard"]


@dataclass(frozen=True)
class Part:
    """What is spoken without a break.

    Attributes:
        text: of it.
        key: of a fixed phrase, `entry:NAME`, `title:NAME` or `decline:NAME`, by which it was voiced in advance.
    """

    text: str
    key: str


@dataclass(frozen=True)
class Reply:
    """A reply.

    Attributes:
        kind: `answer`, `ask` (do you mean …?), `decline`, `small_talk`, `identity` (that it is an AI), `unheard`.
        language: of what is spoken.
        question: as it was understood.
        parts: what is spoken, in order.
        entry: of an answer.
        options: entries that may have been meant, of `ask`.
        category: why it is declined, or what kind of small talk it is.
        score: how near the question was, from 0 to 1.
        cites: names of the entries that it rests on, where a language model combined several.
    """

    kind: ReplyKind
    language: str
    question: str
    parts: tuple[Part, ...]
    entry: Entry | None = None
    options: tuple[Entry, ...] = ()
    category: str = ""
    score: float = 0.0
    cites: tuple[Entry, ...] = ()

    @property
    def text(self) -> str:
        """All that is spoken."""
        return " ".join(part.text for part in self.parts)

    @property
    def declined(self) -> bool:
        """Whether the visitor left without an answer of the knowledge."""
        return self.kind == "decline"

    def as_dict(self) -> dict[str, Any]:
        """For pages and programs."""
        cited = self.cites or ((self.entry,) if self.entry else ())
        return {
            "kind": self.kind,
            "language": self.language,
            "question": self.question,
            "text": self.text,
            "sentences": [s for part in self.parts for s in sentences(part.text)],
            "understood": self.entry.title if self.entry else "",
            "entry": self.entry.name if self.entry else None,
            "sources": [
                {"entry": one.name, "source": one.source, "by": one.by, "question": one.title} for one in cited
            ],
            "options": [{"entry": one.name, "question": one.title} for one in self.options],
            "category": self.category,
            "score": round(self.score, 3),
        }
