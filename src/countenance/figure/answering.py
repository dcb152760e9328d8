"""Decides what a figure replies to a question: an answer, "do you mean …?", or a graceful no.

In this order: whether it is real (always answered truthfully), who needs help, what tries to put words into its mouth,
insults and politics, an entry's question word for word, small talk, what refers to what was just said, and then what is
nearest. Everything that it can reply is an entry's own text or a fixed phrase. Knows no sound and no networks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from countenance.figure.folder import Figure
from countenance.figure.identity import asks_identity
from countenance.figure.knowledge import Entry, plain
from countenance.figure.phrases import CATEGORIES, SMALL_TALK, Phrasebook, phrasebook
from countenance.figure.reply import Part, Reply, ReplyKind
from countenance.figure.retrieval import Method, Nearest, Retrieval, Vectoriser
from countenance.figure.sentence_vectors import LANGUAGES

LONGEST = 400
"""Characters of a question that are looked at, once nothing in all of it asks whether the figure is real."""
_OTHER_LANGUAGE = 0.25  # nearer in another of the figure's languages than in the one it is asked in


_AMONG = 0.2  # how far from the nearest an entry may be that is offered too


@dataclass(frozen=True)
class Thresholds:
    """When a question is near enough. Chosen on `bench/figure/tuning.csv`, a set of its own.

    Attributes:
        answer: from this score on an entry is answered.
        ask: from this one on it is asked whether it was meant.
        lead: over the second entry; with less it is asked which.
        over_declined: by so much an entry must be nearer than what is declined.
        exactly: a declined question this near wins over patterns and entries.
    """

    answer: float
    ask: float
    lead: float
    over_declined: float
    exactly: float


THRESHOLDS: dict[Method, Thresholds] = {
    "meaning": Thresholds(answer=0.44, ask=0.40, lead=0.10, over_declined=-0.02, exactly=0.82),
    "lexical": Thresholds(answer=0.46, ask=0.26, lead=0.12, over_declined=-0.10, exactly=0.80),
}


@dataclass
class Memory:
    """What was just said, in one talk.

    Attributes:
        last: the last reply, for "say that again".
        offered: entries that were offered, for "yes" and "the second".
    """

    last: Reply | None = None
    offered: tuple[Entry, ...] = ()


class Answering:
    """A figure, to be asked in any of its languages.

    Args:
        figure: the figure.
        vectoriser: understands by meaning; None searches lexically.
        kept: a folder in which vectors of large knowledge may be kept.
    """

    def __init__(self, figure: Figure, vectoriser: Vectoriser | None = None, kept: Path | None = None) -> None:
        self.figure, self.name = figure, figure.says.name
        self._books = {tag: phrasebook(tag) for tag in figure.languages}
        self._retrieval = {}
        for tag in figure.languages:
            entries = figure.knowledge.of(tag)
            if entries:
                knows = tag.split("-")[0] in LANGUAGES
                self._retrieval[tag] = Retrieval(
                    entries, _declined(figure, tag, self._books[tag]), vectoriser if knows else None, kept
                )

    def method(self, language: str) -> Method:
        """How questions in a language are understood."""
        there = self._retrieval.get(language)
        return there.method if there is not None else "lexical"

    def greeting(self, language: str) -> tuple[Part, ...]:
        """What it says first: that it is an AI, and then the curator's greeting."""
        return (self._phrase("disclosure", language), Part(self.figure.says.greeting[language], "greeting"))

    def phrase(self, key: str, language: str, kind: ReplyKind, question: str = "", category: str = "") -> Reply:
        """A reply of one fixed phrase."""
        return Reply(kind, language, question, (self._phrase(key, language),), category=category)

    def reply(self, question: str, language: str, memory: Memory | None = None) -> Reply:
        """What it replies.

        Args:
            question: as it was typed or heard; what is longer than LONGEST is cut.
            language: one of the figure's.
            memory: of the talk, which it changes.
        """
        memory = memory if memory is not None else Memory()
        whole = " ".join(question.split())
        made = self._real(whole, language) or self._decided(whole[:LONGEST], language, memory)
        memory.offered = made.options
        memory.last = made
        return made

    def chosen(self, name: str, language: str, question: str = "") -> Reply | None:
        """The reply to an entry that was chosen on the page; None where there is none of this name."""
        entry = self.figure.knowledge.find(name, language)
        return None if entry is None else self._picked(entry, question)

    def nearest(self, question: str, language: str) -> Nearest:
        """What a question is near to."""
        there = self._retrieval.get(language)
        return there.nearest(question) if there is not None else Nearest(())

    def retrieval(self, language: str) -> Retrieval | None:
        """The entries of a language, to be looked through; None: there are none."""
        return self._retrieval.get(language)

    def _decided(self, question: str, language: str, memory: Memory) -> Reply:
        book, text = self._books[language], plain(question)
        if not text:
            return self.phrase("unheard", language, "unheard", question)
        nearest = self.nearest(question, language)
        limits = THRESHOLDS[self.method(language)]
        foremost = self._foremost(question, language, nearest)
        if foremost is not None:
            return foremost
        if nearest.exact:
            return self._answer(nearest.found[0].entry, question, 1.0)
        for name in SMALL_TALK:
            if _any(book.patterns[name], text):
                return self.phrase(name, language, "small_talk", question, name)
        return (
            self._referring(book, text, question, language, memory)
            or self._elsewhere(question, language, nearest)
            or self._by_nearness(nearest, limits, question, language)
        )

    def _real(self, question: str, language: str) -> Reply | None:
        """That it is an AI, where a text asks whether it is; in the language in which it asks, if the figure has it."""
        asked = asks_identity(question, self.name, language)
        if asked is None:
            return None
        own = language.split("-")[0] == asked
        tag = language if own else next((t for t in self._books if t.split("-")[0] == asked), language)
        return self.phrase("identity", tag, "identity", question[:LONGEST], "identity")

    def _foremost(self, question: str, language: str, nearest: Nearest) -> Reply | None:
        """What comes before every entry: that it is an AI, help, and what is declined."""
        limits = THRESHOLDS[self.method(language)]
        sure = nearest.category if nearest.category_score >= limits.exactly and not nearest.exact else ""
        real = self._real(question, language)
        if real is not None or sure == "identity":
            return real or self.phrase("identity", language, "identity", question, "identity")
        book, text = self._books[language], plain(question)
        for name in CATEGORIES:
            if (_any(book.patterns[name], text) and not nearest.exact) or sure == name:
                return self._decline(name, language, question)
        return None

    def _picked(self, entry: Entry, question: str) -> Reply:
        """An entry that was chosen or offered: not where its own title or the question is answered before entries."""
        for text in (question, entry.title) if question else (entry.title,):
            foremost = self._foremost(text, entry.language, self.nearest(text, entry.language))
            if foremost is not None:
                return foremost
        return self._answer(entry, question or entry.title, 1.0)

    def _referring(self, book: Phrasebook, text: str, question: str, language: str, memory: Memory) -> Reply | None:
        """What refers to what was just said: again, yes, the second one, none of these."""
        if _any(book.turns["repeat"], text):
            if memory.last is None:
                return self.phrase("nothing_to_repeat", language, "small_talk", question, "repeat")
            return memory.last
        offered = memory.offered
        for k, key in enumerate(("affirm", "second", "third")):
            if len(offered) > k and _any(book.turns[key], text):
                return self._picked(offered[k], question)
        if any(_any(book.turns[key], text) for key in ("affirm", "second", "third", "deny")):
            return self.phrase("none_of_these", language, "small_talk", question, "deny")
        return None

    def _elsewhere(self, question: str, language: str, nearest: Nearest) -> Reply | None:
        """The reply in another of the figure's languages, where the question is clearly in that one."""
        best = 0.0 if not nearest.found else self._retrieval[language].lexical_score(question)
        for tag in self._retrieval:
            if tag == language:
                continue
            other = self._retrieval[tag].lexical_score(question)
            if other > best + _OTHER_LANGUAGE:
                limits = THRESHOLDS[self.method(tag)]
                return self._by_nearness(self.nearest(question, tag), limits, question, tag)
        return None

    def _by_nearness(self, nearest: Nearest, limits: Thresholds, question: str, language: str) -> Reply:
        if not nearest.found:
            return self._decline("off_topic", language, question)
        first = nearest.found[0]
        over = first.score - nearest.category_score
        if first.score < limits.ask or over < limits.over_declined:
            near = nearest.category if nearest.category_score >= limits.ask else ""
            return self._decline(near or "off_topic", language, question)
        lead = first.score - nearest.found[1].score if len(nearest.found) > 1 else 1.0
        if first.score >= limits.answer and lead >= limits.lead:
            return self._answer(first.entry, question, first.score)
        least = max(limits.ask, first.score - _AMONG)
        offered = tuple(one.entry for one in nearest.found[:3] if one.score >= least)
        return self._ask(offered, language, question, first.score)

    def _answer(self, entry: Entry, question: str, score: float) -> Reply:
        return Reply(
            "answer", entry.language, question, (Part(entry.answer, f"entry:{entry.name}"),), entry,
            score=score, cites=(entry,),
        )  # fmt: skip

    def _ask(self, options: tuple[Entry, ...], language: str, question: str, score: float) -> Reply:
        parts = [self._phrase("ask", language)]
        for k, entry in enumerate(options):
            parts += [self._phrase("or", language)] if k else []
            parts.append(Part(entry.title, f"title:{entry.name}"))
        return Reply("ask", language, question, tuple(parts), options=options, score=score)

    def _decline(self, category: str, language: str, question: str) -> Reply:
        if category == "identity":
            return self.phrase("identity", language, "identity", question, "identity")
        own = next((one for one in self.figure.says.declines if one.name == category), None)
        if own is not None:
            part = Part(own.say[language], f"decline:{category}")
        else:
            part = self._phrase(category if category in CATEGORIES else "decline", language)
        return Reply("decline", language, question, (part,), category=category)

    def _phrase(self, key: str, language: str) -> Part:
        return Part(self._books[language].say(key, self.name), key)


def _declined(figure: Figure, language: str, book: Phrasebook) -> Mapping[str, Sequence[str]]:
    """The curator's own first: they win over ours where both are equally near."""
    own = {one.name: one.examples.get(language, ()) for one in figure.says.declines}
    return own | {name: texts for name, texts in book.examples.items() if name not in own}


def _any(patterns: Sequence[re.Pattern[str]], text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns)
