"""What a refined drawing is held against the truth by, inside a mask. No network judges: none is licensed for it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

BANDS = 3
FINE, LIKE, LIVELY = 1.5, 0.12, 0.25  # weights of the bands, of structure, and of how lively the skin is
RESTLESS = 0.4
ROUGH = 0.012  # below, differences are noise and count by their square


def loss_of(made: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Of a batch.

    Args:
        made, truth: (B, 3, h, w) in [0, 1].
        mask: (B, 1, h, w) in [0, 1].
    """
    mass = mask.sum() * 3 + 1e-3
    gap = (made - truth) * mask
    total = _rounded(gap).sum() / mass
    a, b, m = made, truth, mask
    for _ in range(BANDS):
        low_a, low_b, low_m = avg_pool2d(a, 2), avg_pool2d(b, 2), avg_pool2d(m, 2)
        high_a = a - interpolate(low_a, scale_factor=2.0, mode="bilinear", align_corners=False)
        high_b = b - interpolate(low_b, scale_factor=2.0, mode="bilinear", align_corners=False)
        total = total + FINE * (_rounded(high_a - high_b) * m).sum() / (3 * m.sum() + 1e-3)
        # The mean of all that might be is smooth; skin is not: its liveliness is held, wherever each pore lies.
        live_a, live_b = avg_pool2d(high_a.abs() * m, 8), avg_pool2d(high_b.abs() * m, 8)
        total = total + LIVELY * (live_a - live_b).abs().sum() / (3 * avg_pool2d(m, 8).sum() + 1e-3)
        a, b, m = low_a, low_b, low_m
    return total + LIKE * (1 - structure(made, truth, mask))


def restless(change: Tensor, idle: Tensor) -> Tensor:
    """How much is added where nobody knows what is right: hair before a cheek must not be learnt as cheek.

    Args:
        change: (B, 3, h, w).
        idle: (B, 1, h, w) in [0, 1], where the network may speak and the truth does not.
    """
    return RESTLESS * (change.abs() * idle).sum() / (3 * idle.sum() + 1e-3)


def structure(made: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """SSIM over 7 × 7 squares, the mean in the mask (Wang et al., IEEE TIP 13(4), 2004)."""
    x, y = made.mean(1, keepdim=True), truth.mean(1, keepdim=True)

    def mean(t: Tensor) -> Tensor:
        return avg_pool2d(t, 7, 1, 3, count_include_pad=False)

    mx, my = mean(x), mean(y)
    vx, vy = mean(x * x) - mx * mx, mean(y * y) - my * my
    both = mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    s = ((2 * mx * my + c1) * (2 * both + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return (s * mask).sum() / (mask.sum() + 1e-3)


def _rounded(gap: Tensor) -> Tensor:
    """|gap|, round at its tip (Charbonnier)."""
    return torch.sqrt(gap * gap + ROUGH * ROUGH) - ROUGH
