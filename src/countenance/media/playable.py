"""How large a film may be for players to take it: H.264's level 5.2, the highest that hardware commonly decodes.

What is larger is encoded all the same, as level 6, and then refused by telephones, television sets and browsers.
"""

from __future__ import annotations

from fractions import Fraction

MOST_BLOCKS = 36_864  # macroblocks of 16×16 in a frame at levels 5.1 and 5.2 (ITU-T H.264, table A-1)
MOST_BLOCKS_A_SECOND = 2_073_600  # at level 5.2
LONGEST_SIDE = 8_688  # pixels: √(8 · MOST_BLOCKS) macroblocks


def is_playable(width: int, height: int, rate: Fraction) -> bool:
    """Whether players commonly take frames of that size, so many a second."""
    blocks = -(-width // 16) * -(-height // 16)
    return max(width, height) <= LONGEST_SIDE and blocks <= MOST_BLOCKS and blocks * rate <= MOST_BLOCKS_A_SECOND


def playable_size(width: int, height: int, rate: Fraction) -> tuple[int, int]:
    """The size itself, or the largest of its shape, of even sides, that players commonly take."""
    if is_playable(width, height, rate):
        return width, height
    longer = max(width, height) // 2 * 2
    while longer > 2:
        scale = Fraction(longer, max(width, height))
        smaller = (max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2))
        if is_playable(*smaller, rate):
            return smaller
        longer -= 2
    return 2, 2
