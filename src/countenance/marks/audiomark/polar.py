"""The code that carries payload and tag: a polar code of 512 bits, decoded with a list and picked by its tag.

Arikan, IEEE Trans. Inf. Theory 55 (2009); reliability order by polarisation weight (Huawei, R1-1708833: β = 2^(1/4));
list decoding with log-likelihood ratios after Balatsoukas-Stimming, Parizi & Burg, IEEE Trans. Signal Process. 63
(2015). Knows only bits.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel
from countenance.marks.audiomark.lattice import CODE_BITS

PAYLOAD_BITS = 64
TAG_BITS = 48
INFORMATION_BITS = PAYLOAD_BITS + TAG_BITS
LIST_SIZE = 32
_STAGES = 9


@lru_cache(maxsize=1)
def information_places() -> NDArray[np.int64]:
    """The 112 most reliable of the 512 places, ascending."""
    index = np.arange(CODE_BITS)
    weight = sum(((index >> j) & 1) * 2 ** (j / 4) for j in range(_STAGES))
    return np.asarray(np.sort(np.argsort(weight, kind="stable")[-INFORMATION_BITS:]), dtype=np.int64)


def tag(payload: int, key: bytes) -> int:
    """The payload's 48-bit tag: the head of HMAC-SHA-256 under the key."""
    digest = hmac.new(key, b"audiomark tag" + payload.to_bytes(8, "big"), hashlib.sha256).digest()
    return int.from_bytes(digest[: TAG_BITS // 8], "big")


def _transform(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    out = bits.copy()
    for stage in range(_STAGES):
        step = 1 << stage
        view = out.reshape(-1, 2, step)
        view[:, 0] ^= view[:, 1]
    return out


def encode(payload: int, key: bytes) -> NDArray[np.uint8]:
    """The `(512,) uint8` code word of a 64-bit payload and its tag, most significant bits first."""
    word = (payload << TAG_BITS) | tag(payload, key)
    bits = np.zeros(CODE_BITS, dtype=np.uint8)
    bits[information_places()] = [(word >> (INFORMATION_BITS - 1 - i)) & 1 for i in range(INFORMATION_BITS)]
    return _transform(bits)


@kernel()
def _list_decode(llr, frozen, size):  # type: ignore[no-untyped-def]
    """Successive-cancellation list decoding: the paths' bits `(paths, n) uint8`, likeliest first.

    A stage of 2^s values lies at offset 2^s - 1, in `values` and in `sums` alike.
    """
    n = llr.shape[0]
    stages = 0
    while (1 << stages) < n:
        stages += 1
    values = np.zeros((size, 2 * n - 1), dtype=np.float32)
    sums = np.zeros((size, 2 * n - 1), dtype=np.uint8)
    bits = np.zeros((size, n), dtype=np.uint8)
    metric = np.zeros(size)
    trial = np.zeros(2 * size)
    carry = np.zeros(n, dtype=np.uint8)
    active = 1
    values[0, n - 1 :] = llr
    for i in range(n):
        # The highest stage to recompute is the lowest set bit of i; all of them for i = 0.
        top = 0
        while top < stages - 1 and not (i >> top) & 1:
            top += 1
        for p in range(active):
            for s in range(top, -1, -1):
                half = 1 << s
                at = half - 1
                above = 2 * half - 1
                for k in range(half):
                    a = values[p, above + k]
                    b = values[p, above + half + k]
                    if (i >> s) & 1:
                        values[p, at + k] = b - a if sums[p, at + k] else b + a
                    else:
                        m = min(abs(a), abs(b))
                        values[p, at + k] = -m if (a < 0) != (b < 0) else m
        if frozen[i]:
            for p in range(active):
                metric[p] += max(0.0, -values[p, 0])
        else:
            for p in range(active):
                trial[2 * p] = metric[p] + max(0.0, -values[p, 0])
                trial[2 * p + 1] = metric[p] + max(0.0, values[p, 0])
            order = np.argsort(trial[: 2 * active])[:size]
            parents = order // 2
            values[: len(order)] = values[parents]
            sums[: len(order)] = sums[parents]
            bits[: len(order)] = bits[parents]
            for q in range(len(order)):
                bits[q, i] = order[q] % 2
                metric[q] = trial[order[q]]
            active = len(order)
        # What the next right half needs: its left sibling's code bits.
        for p in range(active):
            carry[0] = bits[p, i]
            s = 0
            while s < stages and (i >> s) & 1:
                half = 1 << s
                for k in range(half):
                    carry[half + k] = carry[k]
                    carry[k] ^= sums[p, half - 1 + k]
                s += 1
            if s < stages:
                half = 1 << s
                sums[p, half - 1 : 2 * half - 1] = carry[:half]
    return bits[:active][np.argsort(metric[:active])]


def decode(llr: NDArray[np.float64], key: bytes) -> int | None:
    """The payload whose tag is right among the likeliest 32, or None.

    Args:
        llr: `(512,) float64`, log P(bit 0) / P(bit 1) of each code bit; 0 where nothing was heard.
    """
    places = information_places()
    frozen = np.ones(CODE_BITS, dtype=np.bool_)
    frozen[places] = False
    for path in _list_decode(np.asarray(llr, dtype=np.float64), frozen, LIST_SIZE):
        word = 0
        for bit in path[places]:
            word = (word << 1) | int(bit)
        payload = word >> TAG_BITS
        if word & ((1 << TAG_BITS) - 1) == tag(payload, key):
            return payload
    return None
