"""The polar code that carries the payload: (2048, 112), decoded by successive-cancellation lists.

Arıkan, "Channel polarization", IEEE Trans. Inf. Theory 55 (2009); Tal and Vardy, "List decoding of polar codes",
61 (2015), in the log-likelihood form of Balatsoukas-Stimming et al. (2015). The information positions are chosen
by polarisation weight (He et al., "β-expansion", Globecom 2017), which needs no channel model. Knows nothing of
pictures or keys.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel

LEVELS = 11
LENGTH = 1 << LEVELS
BETA = 2.0**0.25


@lru_cache(maxsize=4)
def information_positions(count: int) -> NDArray[np.int64]:
    """(count,) int64, ascending: the `count` indices i with the greatest Σ_j bit_j(i)·β^j (ties: greater i)."""
    index = np.arange(LENGTH)
    weight = np.zeros(LENGTH)
    for level in range(LEVELS):
        weight += ((index >> level) & 1) * BETA**level
    return np.sort(np.argsort(weight, kind="stable")[LENGTH - count :]).astype(np.int64)


def encode(message: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(K,) bits → (2048,) code bits, 0 or 1.

    The transform: x[0::2] = T(first half) ⊕ T(second half), x[1::2] = T(second half).
    """
    u = np.zeros(LENGTH, np.uint8)
    u[information_positions(len(message))] = message
    return _transform(u)


def _transform(u: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if len(u) == 1:
        return u
    first, second = _transform(u[: len(u) // 2]), _transform(u[len(u) // 2 :])
    x = np.empty_like(u)
    x[0::2] = first ^ second
    x[1::2] = second
    return x


def decode(soft: NDArray[np.float32], count: int, paths: int = 16) -> NDArray[np.uint8]:
    """Messages that best explain the soft bits, likeliest first.

    Args:
        soft: (2048,) float32 log-likelihood ratios up to a common factor, positive for 0.
        count: message bits.
        paths: list size.

    Returns:
        (paths, count) uint8.
    """
    frozen = np.ones(LENGTH, np.uint8)
    positions = information_positions(count)
    frozen[positions] = 0
    metrics, bits = _list_decode(soft.astype(np.float32), frozen, paths)
    return np.ascontiguousarray(bits[np.argsort(metrics, kind="stable")][:, positions])


@kernel(nogil=True, error_model="numpy")
def _list_decode(soft, frozen, paths):  # type: ignore[no-untyped-def]
    """Layer λ of a path lies at offset 2^(n-λ) of its row in `ratio`; `partial` holds the two phases' bits."""
    size = soft.size
    levels = 0
    while (1 << levels) < size:
        levels += 1
    ratio = np.zeros((paths, 2 * size), np.float32)
    partial = np.zeros((paths, 2, 2 * size), np.uint8)
    decided = np.zeros((paths, size), np.uint8)
    metric = np.full(paths, np.inf, np.float32)
    metric[0] = 0.0
    ratio[0, size:] = soft
    active = 1
    fork = np.empty(2 * paths, np.float32)
    keep = np.zeros((paths, 2), np.uint8)
    for phase in range(size):
        zeros = 0
        if phase:
            while not (phase >> zeros) & 1:
                zeros += 1
        else:
            zeros = levels
        for path in range(active):
            for half in range(zeros, -1, -1):
                width = 1 << half
                if half == levels:
                    continue
                above = ratio[path, 2 * width : 4 * width]
                here = ratio[path, width : 2 * width]
                if half == zeros and phase:
                    known = partial[path, 0, width : 2 * width]
                    for k in range(width):
                        a = above[2 * k]
                        here[k] = above[2 * k + 1] + (a if known[k] == 0 else -a)
                else:
                    for k in range(width):
                        a, b = above[2 * k], above[2 * k + 1]
                        small = min(abs(a), abs(b))
                        here[k] = small if (a < 0) == (b < 0) else -small
        side = phase & 1
        if frozen[phase]:
            for path in range(active):
                value = ratio[path, 1]
                if value < 0:
                    metric[path] -= value
                partial[path, side, 1] = 0
        else:
            for path in range(active):
                value = ratio[path, 1]
                fork[2 * path] = metric[path] + (-value if value < 0 else 0.0)
                fork[2 * path + 1] = metric[path] + (value if value > 0 else 0.0)
            wanted = min(paths, 2 * active)
            order = np.argsort(fork[: 2 * active])
            keep[:] = 0
            for rank in range(wanted):
                keep[order[rank] >> 1, order[rank] & 1] = 1
            before = active
            free = 0
            for path in range(before):
                both = keep[path, 0] and keep[path, 1]
                if both:
                    target = -1
                    while free < before:
                        if keep[free, 0] == 0 and keep[free, 1] == 0:
                            target = free
                            free += 1
                            break
                        free += 1
                    if target < 0:
                        target = active
                        active += 1
                    ratio[target] = ratio[path]
                    partial[target] = partial[path]
                    decided[target] = decided[path]
                    metric[target] = fork[2 * path + 1]
                    partial[target, side, 1] = 1
                    decided[target, phase] = 1
                    metric[path] = fork[2 * path]
                    partial[path, side, 1] = 0
                    decided[path, phase] = 0
                elif keep[path, 0] or keep[path, 1]:
                    bit = 1 if keep[path, 1] else 0
                    metric[path] = fork[2 * path + bit]
                    partial[path, side, 1] = bit
                    decided[path, phase] = bit
        if side:
            for path in range(active):
                half = 0
                position = phase
                while position & 1:
                    width = 1 << half
                    upper = (position >> 1) & 1
                    if half + 1 > levels - 1:
                        break
                    for k in range(width):
                        second = partial[path, 1, width + k]
                        partial[path, upper, 2 * width + 2 * k] = partial[path, 0, width + k] ^ second
                        partial[path, upper, 2 * width + 2 * k + 1] = second
                    half += 1
                    position >>= 1
    return metric, decided
