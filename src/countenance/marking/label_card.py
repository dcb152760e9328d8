"""The closing card of a credit: the mark, one sentence, the work's title, white on black."""

from __future__ import annotations

import numpy as np
from PIL import Image

from countenance.marking.lettering import drawable, paragraph
from countenance.media.frames import Pixels

_WIDTH = 0.88
_SENTENCE, _TITLE, _GAP = 0.058, 0.045, 0.04  # of the shorter side
_MIN_SENTENCE, _MIN_TITLE = 13, 11  # pixels an em


def draw_card(mark: Image.Image, sentence: str, title: str, width: int, height: int) -> Pixels:
    """The card. Returns (height, width, 3) uint8.

    Args:
        mark: the "AI" mark, RGBA; made smaller where it is too wide.
        sentence, title: one below the other; the title is left out where there is no room for it, or no letters.
    """
    short, room = min(width, height), round(width * _WIDTH)
    if mark.width > room:
        mark = mark.resize((room, max(1, round(mark.height * room / mark.width))), Image.Resampling.LANCZOS)
    parts = [mark]
    gap = round(short * _GAP)
    left = height - mark.height
    if said := paragraph(sentence, max(short * _SENTENCE, _MIN_SENTENCE), room, 3):
        left -= said.height + gap
        if left >= 0:
            parts.append(said)
    if drawable(title) and (named := paragraph(title, max(short * _TITLE, _MIN_TITLE), room, 3)):
        left -= named.height + gap
        if left >= 0:
            parts.append(named)
    card = Image.new("RGB", (width, height), (0, 0, 0))
    top = max(0, (height - sum(p.height for p in parts) - gap * (len(parts) - 1)) // 2)
    for part in parts:
        card.paste(part, ((width - part.width) // 2, top), part)
        top += part.height + gap
    return np.asarray(card, np.uint8)
