"""Letters for labels and cards: the two fonts that come along, lines and wrapped paragraphs as RGBA pictures.

Noto Sans Bold covers Latin, Greek and Cyrillic; Noto Sans Devanagari Bold its own script (SIL Open Font License,
`fonts/OFL.txt`). Devanagari needs shaping (Pillow's Raqm with FriBiDi): where that is missing, `shapes` says so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from countenance.marking.label_words import DEVANAGARI

FINE = 4
"""Letters are drawn so many times larger, then scaled down: smooth edges at any size."""
_FONTS = Path(__file__).parent / "fonts"
_PUNCTUATION = dict.fromkeys(map(ord, "‐‑‒–—―"), "-") | dict.fromkeys(map(ord, "‘’‚"), "'")
_PUNCTUATION |= dict.fromkeys(map(ord, "“”„«»"), '"')
_SMALLEST = 0.5
_NO_CHARACTER = "\U0010ffff"


def shapes() -> bool:
    """Whether scripts that need shaping come out right on this computer."""
    return bool(features.check("raqm") and features.check("fribidi"))


@lru_cache(maxsize=32)
def font(language: str, size: int) -> ImageFont.FreeTypeFont:
    """The font for a language's words, `size` pixels an em."""
    name = "NotoSansDevanagari-Bold" if language in DEVANAGARI else "NotoSans-Bold"
    return ImageFont.truetype(str(_FONTS / f"{name}.subset.ttf"), max(size, 6))


def baseline(letters: ImageFont.FreeTypeFont, middle: float, language: str = "") -> float:
    """The baseline that puts capitals (or Devanagari's letters under their bar) in the middle."""
    _, top, _, bottom = letters.getbbox("क" if language in DEVANAGARI else "H", anchor="ls")
    return middle - (top + bottom) / 2


def scaled_down(image: Image.Image) -> Image.Image:
    """From `FINE` times the size to the size."""
    size = (max(1, round(image.width / FINE)), max(1, round(image.height / FINE)))
    return image.resize(size, Image.Resampling.BOX)


def script_of(text: str) -> str:
    """The language whose font a text wants: Devanagari's, or the other one (an empty word)."""
    return "hi" if any("\u0900" <= character <= "\u097f" for character in text) else ""


def drawable(text: str) -> bool:
    """Whether every character of a text can be drawn right here."""
    text = _plain(text)
    script = script_of(text)
    if script and not shapes():
        return False
    letters = font(script, 40)
    missing = letters.getmask(_NO_CHARACTER)
    empty = (missing.size, bytes(missing))
    return all(
        c.isspace() or ((mask := letters.getmask(c)).size, bytes(mask)) != empty for c in text if c.isprintable()
    )


def paragraph(text: str, tall: float, width: int, most: int) -> Image.Image | None:
    """A centred paragraph, white on nothing, RGBA.

    Args:
        text: broken between words; a word wider than a line makes the letters smaller, and is broken in the end.
        tall: pixels an em.
        width: pixels a line may take.
        most: lines; what comes after is cut with an ellipsis.
    """
    text = _plain(text)
    if not text or width < 1:
        return None
    script = script_of(text)
    size = max(6, round(tall * FINE))
    room = width * FINE
    widest = max(font(script, size).getlength(word) for word in text.split())
    if widest > room:
        size = max(6, int(size * max(room / widest, _SMALLEST)))
    letters = font(script, size)
    lines = _broken(text, letters, room)
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut(lines[most - 1] + " ", letters, room)]
    step = round(size * 1.35)
    image = Image.new(
        "RGBA", (round(max(letters.getlength(line) for line in lines)) + 2, step * len(lines)), (255,) * 3 + (0,)
    )
    draw = ImageDraw.Draw(image)
    for index, line in enumerate(lines):
        at = (image.width / 2, baseline(letters, step * (index + 0.5), script))
        draw.text(at, line, font=letters, fill=(255, 255, 255, 255), anchor="ms")
    return scaled_down(image)


def _plain(text: str) -> str:
    """On one line, and with the punctuation that both fonts have."""
    printable = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text))
    return " ".join(printable.translate(_PUNCTUATION).split())


def _broken(text: str, letters: ImageFont.FreeTypeFont, room: float) -> list[str]:
    lines: list[str] = []
    for word in _pieces(text, letters, room):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and letters.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(text: str, letters: ImageFont.FreeTypeFont, room: float) -> Iterator[str]:
    for word in text.split():
        while letters.getlength(word) > room and len(word) > 1:
            fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or letters.getlength(word[:n]) <= room)
            yield word[:fits]
            word = word[fits:]
        yield word


def _cut(line: str, letters: ImageFont.FreeTypeFont, room: float) -> str:
    while line and letters.getlength(line.rstrip() + "…") > room:
        line = line[:-1]
    return line.rstrip() + "…"
