"""The likeliest way through what was heard: of known sounds in a row, or of any. Viterbi's algorithm, in numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

WINDOW = 1500  # states each way of the likeliest one that are kept in sight: about half a minute of speech
_LOW = np.float32(-1e30)


@kernel()
def known_path(scores: FloatArray, states: IntArray, skipped: NDArray[np.bool_], entry: FloatArray) -> IntArray:
    """(n,) the state of each frame, from the first to the last; a state may be left out where `skipped` says so.

    Args:
        scores: (n, classes) log likelihoods.
        states: (m,) the class of each state.
        skipped: (m,) whether a state may be passed over.
        entry: (m,) what it costs to enter a state, added once.
    """
    count, size = len(scores), len(states)
    width = min(size, 2 * WINDOW + 1)
    back = np.zeros((count, width), np.int8)
    firsts = np.zeros(count, np.int64)
    old = np.full(size, _LOW, np.float32)
    new = np.full(size, _LOW, np.float32)
    old[0] = scores[0, states[0]] + entry[0]
    if skipped[0] and size > 1:
        old[1] = scores[0, states[1]] + entry[1]
    best = 0
    for t in range(1, count):
        # The window follows the likeliest state, but leaves room to reach the last one by the last frame.
        first = min(max(best - WINDOW, 0), max(size - width, 0))
        first = max(first, firsts[t - 1])
        firsts[t] = first
        last = min(size, first + width)
        top = _LOW
        for j in range(first, last):
            value, step = old[j], 0
            if j >= 1 and old[j - 1] + entry[j] > value:
                value, step = old[j - 1] + entry[j], 1
            if j >= 2 and skipped[j - 1] and old[j - 2] + entry[j] > value:
                value, step = old[j - 2] + entry[j], 2
            if value > _LOW / 2:
                value += scores[t, states[j]]
            new[j] = value
            back[t, j - first] = step
            if value > top:
                top, best = value, j
        for j in range(firsts[max(0, t - 2)], first):
            new[j] = _LOW
        old, new = new, old
    state = size - 1
    if skipped[size - 1] and size > 1 and old[size - 2] > old[size - 1]:
        state = size - 2
    path = np.zeros(count, np.int64)
    if old[state] < _LOW / 2:
        path[0] = -1  # it cannot be reached
        return path
    for t in range(count - 1, -1, -1):
        path[t] = state
        if t:
            state -= back[t, state - firsts[t]]
    return path


@kernel()
def free_path(scores: FloatArray, shortest: IntArray, change: float) -> IntArray:
    """(n,) the class of each frame, when any may follow any.

    Args:
        scores: (n, classes) log likelihoods.
        shortest: (classes,) frames that each lasts at least.
        change: what it costs to go from one to another; negative.
    """
    count, kinds = scores.shape
    longest = shortest.max()
    # old[k, d]: in class k for d + 1 frames so far (the last d: that many or more).
    old = np.full((kinds, longest), _LOW, np.float32)
    old[:, 0] = scores[0]
    came = np.zeros((count, kinds), np.int16)
    stays = np.zeros((count, kinds), np.int8)  # whether a ripe state came from itself rather than from a riper one
    for k in range(kinds):
        if shortest[k] == 1:
            old[k, 0] = scores[0, k]
    for t in range(1, count):
        top, source = _LOW, 0
        for k in range(kinds):
            if old[k, shortest[k] - 1] > top:
                top, source = old[k, shortest[k] - 1], k
        for k in range(kinds):
            ripe = shortest[k] - 1
            stay = old[k, ripe]
            for d in range(ripe, 0, -1):
                old[k, d] = old[k, d - 1] + scores[t, k]
            fresh = top + change
            if ripe > 0:
                stays[t, k] = stay > old[k, ripe] - scores[t, k]
                old[k, ripe] = max(old[k, ripe], stay + scores[t, k])
                old[k, 0] = fresh + scores[t, k]
            else:
                stays[t, k] = stay > fresh
                old[k, 0] = max(stay, fresh) + scores[t, k]
            came[t, k] = source
    kind = 0
    for k in range(kinds):
        if old[k, shortest[k] - 1] > old[kind, shortest[kind] - 1]:
            kind = k
    path = np.zeros(count, np.int64)
    t = count - 1
    while t >= 0:
        while t > 0 and stays[t, kind]:
            path[t] = kind
            t -= 1
        for _ in range(shortest[kind] - 1):
            path[max(t, 0)] = kind
            t -= 1
        if t < 0:
            break
        path[t] = kind
        kind = came[t, kind]
        t -= 1
    return path
