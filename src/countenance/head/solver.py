"""Bounded ridge regression by coordinate descent on the normal equations. Pure arithmetic."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from countenance.kernels import kernel

FloatArray = NDArray[np.float64]

SWEEPS = 300
STILL = 1e-5  # of the largest change in a sweep, below which it has settled


def bounded_ridge(
    gram: FloatArray,
    pull: FloatArray,
    ridge: FloatArray,
    prior: FloatArray,
    low: FloatArray,
    high: FloatArray,
    start: FloatArray,
) -> FloatArray:
    """The x in [low, high] that makes ½·xᵀ·gram·x − pull·x + ½·Σ ridge·(x − prior)² least.

    Args:
        gram: (K, K), symmetric and positive semidefinite.
        pull, ridge, prior, low, high, start: (K,).

    Returns:
        (K,) float64. The problem is convex: coordinate descent finds its minimum wherever it starts.
    """
    x = np.clip(start, low, high).astype(np.float64)
    _descend(np.ascontiguousarray(gram, np.float64), pull + ridge * prior, ridge, low, high, x, SWEEPS, STILL)
    return x


@kernel(nogil=True, error_model="numpy")
def _descend(gram, pull, ridge, low, high, x, sweeps, still):  # type: ignore[no-untyped-def]
    count = len(x)
    slope = gram @ x
    for _ in range(sweeps):
        most = 0.0
        for k in range(count):
            curve = gram[k, k] + ridge[k]
            if curve <= 0.0:
                continue
            wanted = x[k] + (pull[k] - slope[k] - ridge[k] * x[k]) / curve
            wanted = min(max(wanted, low[k]), high[k])
            step = wanted - x[k]
            if step != 0.0:
                x[k] = wanted
                for j in range(count):
                    slope[j] += gram[k, j] * step
                most = max(most, abs(step))
        if most < still:
            break
