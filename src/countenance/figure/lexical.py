"""Lexical search: how alike a question is to others by BM25 over words and by character n-grams. Needs no model.

Character n-grams of 3 to 5 within words bear word endings, slips of the keyboard and of the ear, in any script.
BM25: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009; k1 1.2, b 0.6.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from countenance.figure.knowledge import words

Scores = NDArray[np.float32]
_K1, _B = 1.2, 0.6
_GROUPS = (3, 4, 5)
_WORDS_WEIGHT = 0.5


class LexicalIndex:
    """Texts, to be compared with a question.

    Args:
        texts: (n,).
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = _Bm25(texts)
        self._ngrams = _Cosine(texts)

    def scores(self, question: str) -> Scores:
        """(n,) float32 from 0 to 1: how alike each text is."""
        return np.asarray(_WORDS_WEIGHT * self.words(question) + (1 - _WORDS_WEIGHT) * self._ngrams.scores(question))

    def words(self, question: str) -> Scores:
        """(n,) float32 from 0 to 1: BM25 alone, by what the question would have with itself."""
        return self._words.scores(question)


class _Bm25:
    def __init__(self, texts: Sequence[str]) -> None:
        self._columns: dict[str, int] = {}
        counted = [Counter(words(text)) for text in texts]
        lengths = np.array([max(1, sum(one.values())) for one in counted] or [1], np.float32)
        mean = float(lengths.mean())
        seen = Counter(term for one in counted for term in one)
        self._count = len(texts)
        self._idf = {t: np.log1p((self._count - n + 0.5) / (n + 0.5)) for t, n in seen.items()}
        rows, columns, values = [], [], []
        for k, one in enumerate(counted):
            norm = _K1 * (1 - _B + _B * float(lengths[k]) / mean)
            for term, count in one.items():
                rows.append(k)
                columns.append(self._columns.setdefault(term, len(self._columns)))
                values.append(self._idf[term] * count * (_K1 + 1) / (count + norm))
        shape = (self._count, max(1, len(self._columns)))
        self._matrix = csr_matrix((np.asarray(values, np.float32), (rows, columns)), shape=shape)

    def scores(self, question: str) -> Scores:
        terms = set(words(question))
        query = np.zeros(self._matrix.shape[1], np.float32)
        own = 0.0
        for term in terms:
            if term in self._columns:
                query[self._columns[term]] = 1.0
            own += self._idf[term] if term in self._idf else float(np.log1p(self._count + 0.5))
        found = self._matrix @ query
        return np.asarray(np.clip(found / max(own * 1.1, 1e-6), 0, 1), np.float32)


class _Cosine:
    """TF-IDF over character n-grams."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._columns: dict[str, int] = {}
        counted = [Counter(_character_ngrams(text)) for text in texts]
        seen = Counter(term for one in counted for term in one)
        self._idf = {t: np.log((1 + len(texts)) / (1 + n)) + 1 for t, n in seen.items()}
        self._unknown = float(np.log(1 + len(texts)) + 1)
        rows, columns, values = [], [], []
        for k, one in enumerate(counted):
            weights = {t: (1 + np.log(n)) * self._idf[t] for t, n in one.items()}
            norm = float(np.sqrt(sum(w * w for w in weights.values()))) or 1.0
            for term, weight in weights.items():
                rows.append(k)
                columns.append(self._columns.setdefault(term, len(self._columns)))
                values.append(weight / norm)
        shape = (len(texts), max(1, len(self._columns)))
        self._matrix = csr_matrix((np.asarray(values, np.float32), (rows, columns)), shape=shape)

    def scores(self, question: str) -> Scores:
        query = np.zeros(self._matrix.shape[1], np.float32)
        square = 0.0
        for term, count in Counter(_character_ngrams(question)).items():
            weight = (1 + np.log(count)) * self._idf.get(term, self._unknown)
            square += weight * weight
            if term in self._columns:
                query[self._columns[term]] = weight
        return np.asarray((self._matrix @ query) / max(np.sqrt(square), 1e-6), np.float32)


def _character_ngrams(text: str) -> Iterable[str]:
    for word in words(text):
        edged = f"<{word}>"
        for size in _GROUPS:
            for at in range(len(edged) - size + 1):
                yield edged[at : at + size]
        if len(edged) < _GROUPS[0] + 1:
            yield edged
