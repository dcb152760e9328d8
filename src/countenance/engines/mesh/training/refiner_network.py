"""The refiner in torch: a U-Net whose deep features the motion scales (Perez et al., "FiLM", AAAI 2018)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu, pixel_shuffle

from countenance.engines.mesh.refiner_config import (
    CHANNELS,
    CLIPPED,
    EMBEDDED,
    HEAD,
    MOTION,
    REACH,
    SLOPE,
    RefinerConfig,
)


class RefinerNet(nn.Module):
    """(B, CHANNELS, side, side) in [0, 1] and (B, MOTION) → (B, 3, side, side): what to add, of full scale.

    Args:
        plan: how it is wired.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, plan: RefinerConfig) -> None:
        super().__init__()
        self.plan = plan
        self.register_buffer("mean", torch.zeros(MOTION))
        self.register_buffer("spread", torch.ones(MOTION))
        widths = plan.widths
        above = (CHANNELS, *widths[:-1])
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(above, widths, strict=True))
        self.deep = nn.ModuleList(nn.Conv2d(w, w, 3, 1, 1) for w in widths)
        self.up = nn.ModuleList(nn.Conv2d(a + b, a, 3, 1, 1) for a, b in pairwise(widths))
        self.embed = nn.Linear(MOTION, EMBEDDED)
        self.scale = nn.ModuleList(nn.Linear(EMBEDDED, 2 * widths[-1 - k]) for k in range(plan.modulated))
        self.wide = nn.Conv2d(widths[0], 4 * HEAD, 3, 1, 1)
        self.fine = nn.Conv2d(HEAD + CHANNELS, HEAD, 3, 1, 1)
        self.last = nn.Conv2d(HEAD, 3, 3, 1, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, SLOPE)
                nn.init.zeros_(module.bias)
        for linear in self.scale:
            nn.init.zeros_(linear.weight)
            nn.init.zeros_(linear.bias)
        nn.init.normal_(self.last.weight, 0, 1e-3)

    def forward(self, picture: Tensor, motion: Tensor) -> Tensor:
        """See the class."""
        clipped = ((motion - self.mean) / self.spread).clamp(-CLIPPED, CLIPPED)
        said = leaky_relu(self.embed(clipped), SLOPE)
        levels, x = [], picture - 0.5
        for down, deep in zip(self.down, self.deep, strict=True):
            x = leaky_relu(deep(leaky_relu(down(x), SLOPE)), SLOPE)
            levels.append(x)
        x = self._scaled(levels[-1], said, 0)
        for k in range(len(self.up) - 1, -1, -1):
            joined = torch.cat([levels[k], interpolate(x, scale_factor=2.0, mode="nearest")], 1)
            x = leaky_relu(self.up[k](joined), SLOPE)
            x = self._scaled(x, said, len(self.up) - k)
        x = pixel_shuffle(leaky_relu(self.wide(x), SLOPE), 2)
        x = leaky_relu(self.fine(torch.cat([x, picture - 0.5], 1)), SLOPE)
        return torch.tanh(self.last(x)) * REACH * picture[:, -1:]

    def _scaled(self, x: Tensor, said: Tensor, depth: int) -> Tensor:
        """Features scaled and shifted by the motion; `depth` counts from the deepest level."""
        if depth >= len(self.scale):
            return x
        by, to = self.scale[depth](said)[:, :, None, None].chunk(2, 1)
        return x * (1 + by) + to
