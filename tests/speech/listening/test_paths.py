"""The likeliest ways are the likeliest: against trying all of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import numpy as np

from countenance.speech.listening.alignment import heard_phones, placed_phones
from countenance.speech.listening.paths import free_path, known_path
from countenance.speech.listening.phone_classes import NAMES, class_of, classes_of
from countenance.speech.utterance import SILENCE, Phone


def test_a_known_row_is_placed_as_trying_all_ways_places_it() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        scores = random.normal(0, 1, (7, 3)).astype(np.float32)
        states = np.array([0, 1, 0, 2, 0])
        skipped = np.array([True, False, True, False, True])
        entry = np.array([0, 0, -0.5, 0, 0], np.float32)
        path = known_path(scores, states, skipped, entry)
        best = -np.inf
        for way in product(range(5), repeat=7):
            steps = np.diff(way)
            fine = way[0] <= 1 and way[-1] >= 3 and steps.min() >= 0
            fine = fine and all(s <= 1 or (s == 2 and skipped[a + 1]) for a, s in zip(way, steps, strict=False))
            if fine:
                entered = [way[0], *(b for a, b in pairwise(way) if a != b)]
                best = max(best, sum(scores[t, states[j]] for t, j in enumerate(way)) + sum(entry[j] for j in entered))
        entered = [path[0], *(b for a, b in pairwise(path) if a != b)]
        assert np.isclose(sum(scores[t, states[j]] for t, j in enumerate(path)) + sum(entry[j] for j in entered), best)


def test_any_row_keeps_its_sounds_long_enough_and_is_the_likeliest() -> None:
    random = np.random.default_rng(1)
    shortest = np.array([1, 2, 3])
    for _ in range(20):
        scores = random.normal(0, 2, (8, 3)).astype(np.float32)
        path = free_path(scores, shortest, -1.0)
        best = max(_worth(way, scores, shortest) for way in product(range(3), repeat=8))
        assert np.isclose(_worth(tuple(path), scores, shortest), best, atol=1e-4)


def _worth(way: tuple[int, ...], scores: np.ndarray, shortest: np.ndarray) -> float:
    edges = [0, *(k for k in range(1, len(way)) if way[k] != way[k - 1]), len(way)]
    if any(b - a < shortest[way[a]] for a, b in pairwise(edges)):
        return -np.inf
    return float(sum(scores[t, k] for t, k in enumerate(way)) - (len(edges) - 2))


def test_phones_lie_where_they_were_heard() -> None:
    said = [(SILENCE, 20), ("m", 10), ("a", 15), ("p", 8), ("i", 12), (SILENCE, 20)]
    heard = np.full((sum(n for _, n in said), len(NAMES)), -6.0, np.float32)
    at, times = 0, {}
    for name, count in said:
        heard[at : at + count, class_of(name) or 0] = -0.1
        times[name] = (Fraction(at, 100), Fraction(at + count, 100))
        at += count
    wanted = [Phone(s, Fraction(k), Fraction(k + 1), s == "aː") for k, s in enumerate(("m", "aː", "p", "iː"))]
    placed = placed_phones(heard, wanted)
    assert placed is not None
    assert [(p.start, p.end) for p in placed[1:-1]] == [times[s] for s in "mapi"]
    assert [p.stressed for p in placed[1:-1]] == [False, True, False, False]
    assert [p.symbol for p in heard_phones(heard)] == [s for s, _ in said]
    assert placed_phones(heard[:8], wanted) is None


def test_every_way_of_writing_a_sound_has_a_class() -> None:
    names = lambda symbol: [NAMES[k] for k in classes_of(symbol)]  # noqa: E731
    assert names("t͡ʃ") == names("tʃ") == ["ʧ"]
    assert names("aɪ") == ["a", "ɪ"]
    assert names("ç") == ["ʃ"] and names("kʰ") == ["k"] and names("ɔ̃") == ["ɔ"]
    assert names(SILENCE) == [SILENCE]
    assert names("ʘ") == ["ə"]
