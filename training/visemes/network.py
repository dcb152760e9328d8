"""The listening network: about a million parameters, a second of context each way, ten milliseconds a decision."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from countenance.speech.listening.log_mel import BANDS
from countenance.speech.listening.phone_classes import NAMES

WIDTH = 160
DILATIONS = (1, 2, 4, 8, 1, 2, 4, 8)
KERNEL = 5


class Block(nn.Module):
    """A separable convolution and a mix of channels, added to what was there (as in ConvNeXt, over time alone)."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        pad = dilation * (KERNEL // 2)
        self.over_time = nn.Conv1d(WIDTH, WIDTH, KERNEL, padding=pad, dilation=dilation, groups=WIDTH)
        self.norm = nn.BatchNorm1d(WIDTH)
        self.wide = nn.Conv1d(WIDTH, 2 * WIDTH, 1)
        self.back = nn.Conv1d(2 * WIDTH, WIDTH, 1)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.drop(self.back(torch.relu(self.wide(self.norm(self.over_time(x))))))


class Listener(nn.Module):
    """(batch, 2 n, BANDS) levelled log-mel → (batch, 2 n, classes) logits; inside it works at 20 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(2 * BANDS, WIDTH, 5, padding=2)
        self.stem_norm = nn.BatchNorm1d(WIDTH)
        self.blocks = nn.Sequential(*(Block(d) for d in DILATIONS))
        self.head_norm = nn.BatchNorm1d(WIDTH)
        self.head = nn.Conv1d(WIDTH, 2 * len(NAMES), 3, padding=1)

    def forward(self, mel: Tensor) -> Tensor:
        pairs = mel.reshape(mel.shape[0], -1, 2 * BANDS).transpose(1, 2)
        x = torch.relu(self.stem_norm(self.stem(pairs)))
        logits = self.head(self.head_norm(self.blocks(x))).transpose(1, 2)
        return logits.reshape(mel.shape[0], -1, len(NAMES))
