"""Which entries a question is nearest to, and which of the questions that are declined. Knows nothing of speaking.

By meaning (MiniLM, plus a tenth of BM25) where the model is there and knows the language; else lexically.
The two have scores of their own, and so thresholds of their own.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from countenance.errors import LibraryMissing, SetupError
from countenance.figure.knowledge import Entry, plain
from countenance.figure.lexical import LexicalIndex
from countenance.files import partial_beside

log = logging.getLogger(__name__)
Method = Literal["meaning", "lexical"]
WORDS_SHARE = 0.1
"""Of BM25 beside the meaning, as measured."""
SECOND_SHARE, ANSWER_SHARE = 0.3, 0.1
"""Of an entry's second variant beside its nearest, and of its answer beside its questions, by meaning."""
_BLOCK = 256
SAME: dict[Method, float] = {"meaning": 0.85, "lexical": 0.66}
"""From this score on two questions are nearly the same."""
_KEPT_FROM = 2000  # texts, whose vectors are kept on disk


class Vectoriser(Protocol):
    """Turns texts into vectors of length 1: `SentenceVectors`."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Found:
    """An entry, and how near a question is to it.

    Attributes:
        entry: the entry.
        score: of its nearest variant.
        variant: that variant.
    """

    entry: Entry
    score: float
    variant: str


@dataclass(frozen=True)
class Nearest:
    """What a question is near to.

    Attributes:
        found: entries, the nearest first, at most five.
        category: of the nearest declined question; empty where there are none.
        category_score: of that one.
        exact: whether the question is word for word a variant of the first.
    """

    found: tuple[Found, ...]
    category: str = ""
    category_score: float = 0.0
    exact: bool = False


@dataclass(frozen=True)
class Confusion:
    """Variants of two entries that are nearly the same question.

    Attributes:
        variant: the question.
        own: its entry.
        other: the entry that it might be taken for.
        rival: that entry's nearest variant.
        near: how near.
    """

    variant: str
    own: Entry
    other: Entry
    rival: str
    near: float


class Retrieval:
    """One language's entries and declined questions, to be asked.

    Args:
        entries: of that language; at least one.
        declined: category → questions of that kind.
        vectoriser: by meaning; None searches lexically.
        kept: a folder for vectors of large knowledge; None keeps none.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        declined: Mapping[str, Sequence[str]],
        vectoriser: Vectoriser | None = None,
        kept: Path | None = None,
    ) -> None:
        self.method: Method = "lexical" if vectoriser is None else "meaning"
        self.entries = tuple(entries)
        self._texts = [q for e in self.entries for q in e.questions]
        self._owner = np.array([k for k, e in enumerate(self.entries) for _ in e.questions], np.int64)
        self._declined = [(name, text) for name, texts in declined.items() for text in texts]
        self._exact = {plain(text): k for k, text in enumerate(self._texts)}
        texts = self._texts + [text for _, text in self._declined]
        self._index = LexicalIndex(texts)
        self._vectoriser = vectoriser
        self._vectors = self._answers = None
        if vectoriser is not None:
            made = _vectors(vectoriser, texts + [entry.answer for entry in self.entries], kept)
            self._vectors, self._answers = made[: len(texts)], made[len(texts) :]

    def nearest(self, question: str, count: int = 5) -> Nearest:
        """What a question is near to; its first words count, as far as the model reads."""
        vector = None if self._vectoriser is None else self._vectoriser.vectors([question])[0]
        scores = self._scores(question, vector)
        own, others = scores[: len(self._texts)], scores[len(self._texts) :]
        best = self._entry_scores(own, vector)
        order = np.argsort(-best, kind="stable")[:count]
        found = []
        for k in order:
            mine = np.flatnonzero(self._owner == k)
            at = int(mine[int(np.argmax(own[mine]))])
            found.append(Found(self.entries[int(k)], float(best[k]), self._texts[at]))
        exact = self._exact.get(plain(question))
        if exact is not None:
            entry = self.entries[int(self._owner[exact])]
            found = [Found(entry, 1.0, self._texts[exact]), *(f for f in found if f.entry is not entry)][:count]
        if len(others):
            at = int(np.argmax(others))
            return Nearest(tuple(found), self._declined[at][0], float(others[at]), exact is not None)
        return Nearest(tuple(found), exact=exact is not None)

    def lexical_score(self, question: str) -> float:
        """How near the nearest entry is lexically: for telling languages apart."""
        return float(self._index.scores(question)[: len(self._texts)].max(initial=0.0))

    def between_entries(self) -> list[Confusion]:
        """Variants of two entries that are nearly the same question, the nearest first, each pair of entries once."""
        out: list[Confusion] = []
        count = len(self._texts)
        for begin in range(0, count, _BLOCK):
            rows = range(begin, min(begin + _BLOCK, count))
            block = (
                np.stack([self._index.scores(self._texts[k])[:count] for k in rows])
                if self._vectors is None
                else self._vectors[rows.start : rows.stop] @ self._vectors[:count].T
            )
            for k, scores in zip(rows, block, strict=True):
                own = self._owner == self._owner[k]
                rival = int(np.argmax(np.where(own, -1.0, scores)))
                if float(scores[rival]) >= SAME[self.method]:
                    here, there = self.entries[int(self._owner[k])], self.entries[int(self._owner[rival])]
                    out.append(Confusion(self._texts[k], here, there, self._texts[rival], float(scores[rival])))
        once = {frozenset((c.own.name, c.other.name)): c for c in sorted(out, key=lambda c: c.near)}
        return sorted(once.values(), key=lambda c: -c.near)

    def _scores(self, question: str, vector: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """(n,) float32: how near each text is."""
        if vector is None or self._vectors is None:
            return self._index.scores(question)
        return np.asarray(self._vectors @ vector + WORDS_SHARE * self._index.words(question), np.float32)

    def _entry_scores(self, own: NDArray[np.float32], vector: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """(entries,) float32, of scores of their variants."""
        best = np.full(len(self.entries), -1.0, np.float32)
        np.maximum.at(best, self._owner, own)
        if vector is None or self._answers is None:
            return best
        rest = own.copy()
        rest[self._nearest_of_each(own)] = -1.0
        second = np.full(len(self.entries), -1.0, np.float32)
        np.maximum.at(second, self._owner, rest)
        second = np.where(second < 0, best, second)
        asked = (1 - SECOND_SHARE) * best + SECOND_SHARE * second
        return np.asarray((1 - ANSWER_SHARE) * asked + ANSWER_SHARE * (self._answers @ vector), np.float32)

    def _nearest_of_each(self, own: NDArray[np.float32]) -> NDArray[np.int64]:
        """Which variant of each entry is nearest."""
        order = np.lexsort((own, self._owner))  # the last of each owner has the highest score
        last = np.flatnonzero(np.diff(np.append(self._owner[order], -1)))
        return np.asarray(order[last], np.int64)


def load_vectoriser(say: logging.Logger = log) -> Vectoriser | None:
    """The model where it is there already; None, and a line that says what that means, where it is not.

    It is never fetched unasked: `countenance models fetch figure` does.
    """
    from countenance.models.model_store import find_model, model_state

    missing = [name for name in ("minilm", "minilm_tokenizer") if model_state(find_model(name))[0] == "missing"]
    if missing:
        say.warning("Questions are matched by their words alone; by meaning after: countenance models fetch figure")
        return None
    from countenance.figure.sentence_vectors import SentenceVectors

    try:
        return SentenceVectors()
    except LibraryMissing as error:
        say.warning("Questions are matched by their words alone: %s %s", error.message, error.remedy)
        return None


def _vectors(vectoriser: Vectoriser, texts: list[str], kept: Path | None) -> NDArray[np.float32]:
    """Those of all texts; of many they are kept, under the hash of the texts."""
    if kept is None or len(texts) < _KEPT_FROM:
        return vectoriser.vectors(texts)
    digest = hashlib.sha256(("1\n" + "\n".join(texts)).encode()).hexdigest()
    file = kept / f"vectors-{digest[:32]}.npy"
    try:
        there = np.load(file, allow_pickle=False)
        if there.dtype == np.float32 and len(there) == len(texts):
            return np.asarray(there)
    except (OSError, ValueError):
        pass
    made = vectoriser.vectors(texts)
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with partial_beside(file) as partial, partial.open("wb") as out:
            np.save(out, made)
    except (OSError, SetupError) as error:
        log.info("Vectors are not kept: %s", error)
    for old in sorted(kept.glob("vectors-*.npy"), key=os.path.getmtime)[:-8]:
        old.unlink(missing_ok=True)
    return made
