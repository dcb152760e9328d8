"""Speech-like sound as the exit takes it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tests.marks.audiomark.sounds import speechlike


class Voice:
    """So many seconds of it."""

    def __init__(self, rate: int, seconds: float) -> None:
        self.sample_rate, self.channels = rate, 1
        self.samples: NDArray[np.float32] = speechlike(seconds, rate)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        for begin in range(0, len(self.samples), 4096):
            yield self.samples[begin : begin + 4096]
