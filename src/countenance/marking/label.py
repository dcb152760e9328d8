"""The label for people: the EU's "AI" mark with GENERATED or MODIFIED, drawn into the picture.

It is the same pixels in every frame, so it cannot flicker. Its plate keeps white letters at a contrast of 4.5 to 1 or
more (WCAG 2.2, 1.4.3) over anything, white included. Its height is 5.5 % of the frame's shorter side and at least 20
pixels; where the word would take more than nine tenths of the width the "AI" stands alone, and on the smallest frames
it shrinks to fit. As a credit it is a quiet line at the opening and a card of its own at the end.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from countenance.errors import BadOption
from countenance.marking.label_card import draw_card
from countenance.marking.label_words import DEVANAGARI, WORDS, Words, language_of
from countenance.marking.lettering import FINE, baseline, font, scaled_down, shapes
from countenance.marking.render_spec import Corner, LabelChoice, Making, Region
from countenance.media.frames import Pixels

log = logging.getLogger(__name__)

PLATE = (16, 16, 16)
SHARE, MIN_HEIGHT, MAX_WIDTH = 0.055, 20, 0.9
OPENING = Fraction(4)
CLOSING = Fraction(3)
_MARGIN = 0.025
_TILE, _WORD = 0.68, 0.66
"""The tile's share of the plate's height, and the word's font size over the tile's."""


@dataclass(frozen=True)
class Patch:
    """A drawn label: where it goes, its colour premultiplied, and how much of the picture shows through.

    Attributes:
        left, top: pixels.
        colour: (h, w, 3) float32, 0 to 255, premultiplied by coverage.
        through: (h, w, 1) float32, 0 to 1.
    """

    left: int
    top: int
    colour: NDArray[np.float32]
    through: NDArray[np.float32]

    def onto(self, pixels: Pixels) -> Pixels:
        """A copy of (h, w, 3) uint8 pixels with the label on it."""
        out = pixels.copy()
        height, width = self.through.shape[:2]
        region = out[self.top : self.top + height, self.left : self.left + width]
        region[:] = np.rint(region * self.through + self.colour).astype(np.uint8)
        return out


class Label:
    """The label of one render.

    Args:
        making: for the choice, the language, whether something was generated or modified, and where.
        width, height: of the frames, pixels.
    """

    def __init__(self, making: Making, width: int, height: int) -> None:
        self._choice = making.label
        self._language = language_of(making.language)
        if self._language in DEVANAGARI and not shapes():
            log.warning("Devanagari cannot be shaped here (FriBiDi is missing): the label is in English.")
            self._language = "en"
        self._title = making.title
        self._size = (width, height)
        self._words: Words = WORDS[self._language]
        self.word = self._words.modified if making.modifies else self._words.generated
        credit = self._choice.style == "credit"
        region = Region(0, 0, width, height) if making.region is None else making.region.within(width, height)
        text = self._words.credit if credit else self.word
        letters = 0 if making.terms is None else math.ceil(making.terms.letters * min(width, height))
        patch = draw_label(text, self._language, region.width, region.height, self._choice, letters)
        self._patch = replace(patch, left=patch.left + region.left, top=patch.top + region.top)
        self._shown, self._last = Fraction(0), (Fraction(0), False)
        self._begun = False
        self._until = {"burn": None, "first": Fraction(self._choice.seconds), "credit": OPENING}[self._choice.style]

    @property
    def text(self) -> str:
        """What it says, and when, for the manifest."""
        when = {"burn": "throughout", "first": f"for {self._choice.seconds:g} s", "credit": "at opening and end"}
        said = self._words.credit if self._choice.style == "credit" else f"AI {self.word}"
        return f"{said} ({when[self._choice.style]})"

    def draw(self, pixels: Pixels, time: Fraction, *, untouched: bool = False) -> Pixels:
        """The next frame with the label on it, or itself when the label has not begun or is over.

        A label for some seconds begins with the first frame that was drawn, and its seconds are those of drawn frames:
        it can be used up neither before the first of them nor by what passes untouched in between.

        Args:
            pixels: (h, w, 3) uint8; unchanged.
            time: of the frame, seconds; not before the last one's.
            untouched: whether it passes as it was filmed.
        """
        if self._until is None:
            return self._patch.onto(pixels)
        before, drawn = self._last
        self._shown += time - before if drawn else 0
        begun = not untouched or self._begun
        self._last, self._begun = (time, not untouched), begun
        return self._patch.onto(pixels) if begun and self._shown < self._until else pixels

    def seen_in(self, alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A copy of an alpha plane, (h, w) uint8, opaque where the label lies."""
        out = alpha.copy()
        cover = np.rint(255.0 * (1.0 - self._patch.through[..., 0])).astype(np.uint8)
        rows = slice(self._patch.top, self._patch.top + cover.shape[0])
        columns = slice(self._patch.left, self._patch.left + cover.shape[1])
        out[rows, columns] = np.maximum(out[rows, columns], cover)
        return out

    def closing(self, end: Fraction, rate: Fraction) -> Iterator[tuple[Pixels, Fraction]]:
        """The frames of the closing card from `end` on, if the label is a credit."""
        if self._choice.style != "credit":
            return
        width, height = self._size
        mark = _mark(self.word, self._language, max(min(width, height) * 0.12, MIN_HEIGHT), 1.0, plate=(0, 0, 0))
        card = draw_card(mark, self._words.credit, self._title, width, height)
        for index in range(round(CLOSING * rate)):
            yield card, end + index / rate


def draw_label(text: str, language: str, width: int, height: int, choice: LabelChoice, letters: int = 0) -> Patch:
    """The label for frames of this size.

    Args:
        letters: height of its capitals at least, pixels.

    Raises:
        BadOption: market.label_size, with letters of that height it does not fit.
    """
    tall = max(min(width, height) * SHARE, MIN_HEIGHT)
    tall = min(tall, height * 0.5)
    if letters:
        tall = max(tall, _tall_for(letters + 1, language))
        wide = _mark(text, language, tall, choice.opacity).width
        if tall > height * 0.5 or wide > width * MAX_WIDTH:
            raise BadOption(
                f"A label with letters {letters} pixels high, as its market asks for, does not fit a picture of "
                f"{width}×{height} pixels in the language {language}.",
                "Make the picture wider or higher, or the label's language one with shorter words.",
                code="market.label_size",
            )
    image = _mark(text, language, tall, choice.opacity)
    if image.width > width * MAX_WIDTH:
        image = _mark("", language, tall, choice.opacity)
    if image.width > width:
        image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    margin = round(min(width, height) * _MARGIN)
    left, top = _place(choice.corner, (width, height), image.size, margin)
    drawn = np.asarray(image, np.float32)
    cover = drawn[..., 3:] / 255.0
    return Patch(left, top, drawn[..., :3] * cover, 1.0 - cover)


def _tall_for(letters: int, language: str) -> float:
    """How tall the plate is whose word has capitals so many pixels high."""
    size = 1000
    top, bottom = font(language, size).getbbox("क" if language in DEVANAGARI else "H", anchor="ls")[1::2]
    return letters * size / (bottom - top) / _WORD / _TILE


def _mark(text: str, language: str, tall: float, opacity: float, plate: tuple[int, int, int] = PLATE) -> Image.Image:
    """The plate with a white "AI" tile and the word, RGBA, `tall` pixels high."""
    high = round(tall) * FINE
    pad = round(high * (1 - _TILE) / 2)
    tile = high - 2 * pad
    letters = font("", round(tile * 0.72))
    tile_wide = max(tile, round(letters.getlength("AI") + tile * 0.4))
    word = font(language, round(tile * (0.7 if language in DEVANAGARI else _WORD)))
    wide = round(word.getlength(text)) + round(pad * 2.2) if text else 0
    image = Image.new("RGBA", (2 * pad + tile_wide + wide, high), (*plate, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, image.width - 1, high - 1), high * 0.18, fill=(*plate, round(255 * opacity)))
    draw.rounded_rectangle((pad, pad, pad + tile_wide - 1, pad + tile - 1), tile * 0.14, fill=(255, 255, 255, 255))
    middle = high / 2
    draw.text((pad + tile_wide / 2, baseline(letters, middle)), "AI", font=letters, fill=(0, 0, 0, 255), anchor="ms")
    if text:
        at = (pad + tile_wide + round(pad * 1.1), baseline(word, middle, language))
        draw.text(at, text, font=word, fill=(255, 255, 255, 255), anchor="ls")
    return scaled_down(image)


def _place(corner: Corner, frame: tuple[int, int], size: tuple[int, int], margin: int) -> tuple[int, int]:
    spare_x, spare_y = max(0, frame[0] - size[0]), max(0, frame[1] - size[1])
    x = min(margin, spare_x) if corner.endswith("left") else max(0, spare_x - margin)
    y = min(margin, spare_y) if corner.startswith("top") else max(0, spare_y - margin)
    return x, y
