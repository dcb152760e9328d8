"""What a refiner sees, its two sizes, and how it is wired: one description that torch trains and ONNX is written from.

Knows numbers only, so that training runs where nothing else of the package is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from countenance.errors import BadOption

Size = Literal["small", "large"]
SIZES: tuple[Size, ...] = get_args(Size)

FORMAT = "countenance-refiner-1"
FULL = 256  # pixels a side of the square that everything is drawn on first
# Brows, lids, cheeks, wings of the nose, corners and middles of the lips, chin and jaw: what says an expression.
KEYS = np.array([55, 52, 46, 285, 282, 276, 159, 145, 386, 374, 50, 280, 205, 425, 129, 358, 61, 291, 0, 17, 13, 14,
                 152, 172, 397])  # fmt: skip
MOTION = 2 * len(KEYS) + 2
CHANNELS = 7  # red, green, blue, u, v, facing, mask

EMBEDDED = 48  # numbers that the motion becomes before it scales features
HEAD = 12  # channels at full resolution
SLOPE = 0.1  # of the leaky rectifier below 0
REACH = 0.5  # of full scale: as much as the network may add or take away
CLIPPED = 2.5  # standard deviations of motion seen in training that a double's may be away


@dataclass(frozen=True)
class RefinerConfig:
    """A U-Net.

    Attributes:
        size: its name.
        side: of the square, pixels.
        widths: channels of each level, from half resolution down.
        modulated: levels whose features the motion scales, from the deepest up.
    """

    size: Size
    side: int
    widths: tuple[int, ...]
    modulated: int = 3


PLANS: dict[Size, RefinerConfig] = {
    "small": RefinerConfig("small", 128, (32, 48, 64, 96)),
    "large": RefinerConfig("large", 256, (32, 48, 72, 96, 128)),
}


def plan_of(size: str) -> RefinerConfig:
    """The plan of a size. Raises BadOption."""
    for plan in PLANS.values():
        if plan.size == size:
            return plan
    raise BadOption(f"There is no network of size {size}.", f"Use {' or '.join(SIZES)}.")
