"""The label for people: legible at any size, over anything, in the viewer's language, as long as was chosen. Contrast
is measured on the drawn pixels."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from countenance.errors import BadOption
from countenance.marking.label import CLOSING, MIN_HEIGHT, OPENING, Label
from countenance.marking.label_words import EUROPEAN_UNION, WORDS, language_of
from countenance.marking.lettering import drawable, shapes
from countenance.marking.render_spec import CORNERS, MIN_OPACITY, Corner, Ingredient, LabelChoice
from countenance.media.frames import Pixels
from tests.exit_material import NOBODY, making

START = Fraction(0)
SIZES = [(64, 64), (96, 64), (320, 180), (512, 600), (180, 1280), (2000, 64), (1080, 1920), (1920, 1080), (3840, 2160)]
GROUNDS: dict[str, Callable[[int, int], Pixels]] = {
    "white": lambda w, h: np.full((h, w, 3), 255, np.uint8),
    "black": lambda w, h: np.zeros((h, w, 3), np.uint8),
    "yellow": lambda w, h: np.full((h, w, 3), (255, 255, 0), np.uint8),
    "skin": lambda w, h: np.full((h, w, 3), (224, 172, 145), np.uint8),
    "noise": lambda w, h: np.random.default_rng(0).integers(0, 256, (h, w, 3)).astype(np.uint8),
}


def luminance(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """WCAG 2.2's relative luminance, (…,)."""
    value = pixels / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: float, other: float) -> float:
    bright, dark = max(one, other), min(one, other)
    return (bright + 0.05) / (dark + 0.05)


def drawn_box(size: tuple[int, int], label: Label) -> tuple[slice, slice]:
    """Rows and columns that the label changes."""
    on = [label.draw(GROUNDS[name](*size), START) != GROUNDS[name](*size) for name in ("white", "black")]
    changed = (on[0] | on[1]).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def labelled(size: tuple[int, int], choice: LabelChoice | None = None, **more: object) -> Label:
    return Label(making(**({"label": "burn"} | more)) if choice is None else _with(choice, **more), *size)


def _with(choice: LabelChoice, **more: object) -> object:
    import dataclasses

    return dataclasses.replace(making(**more), label=choice)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("opacity", [MIN_OPACITY, 0.85, 1.0])
@pytest.mark.parametrize("size", [(64, 64), (320, 180), (512, 600)])
def test_contrast_over_anything(size: tuple[int, int], opacity: float, ground: str) -> None:
    """White letters on the plate, and black ones on the tile, at 4.5 to 1 or more (WCAG 2.2, 1.4.3)."""
    label = labelled(size, LabelChoice(opacity=opacity))
    rows, columns = drawn_box(size, label)
    on_black, on_white = (label.draw(GROUNDS[g](*size), START)[rows, columns, 0] for g in ("black", "white"))
    letters = on_black > 250  # over black only what is white itself is white
    shows = (on_white.astype(float) - on_black) / 255  # how much of what lies behind
    plate = (np.abs(shows - (1 - opacity)) < 0.01) & (on_black <= 17)
    ink = (on_white < 12) & (on_black < 12)  # the letters of the mark
    assert letters.mean() > 0.05 and plate.mean() > 0.3 and ink.mean() > 0.003
    seen = luminance(label.draw(GROUNDS[ground](*size), START)[rows, columns])
    assert contrast(float(seen[letters].min()), float(seen[plate].max())) >= 4.5
    assert contrast(float(seen[letters].min()), float(seen[ink].max())) >= 4.5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "de", "el", "bg", "mt", "hi"])
def test_it_lies_whole_inside_and_is_tall_enough(size: tuple[int, int], language: str) -> None:
    label = labelled(size, language=language)
    rows, columns = drawn_box(size, label)
    tall, wide = rows.stop - rows.start, columns.stop - columns.start
    short = min(size)
    assert tall >= min(MIN_HEIGHT, size[1] // 2) - 1 and tall >= 0.05 * short
    assert wide <= size[0] and tall <= 0.5 * size[1]
    assert wide * tall <= 0.36 * size[0] * size[1]
    edge = round(short * 0.025)
    assert abs(size[1] - rows.stop - edge) <= 1 and abs(size[0] - columns.stop - edge) <= 1


def test_the_word_is_there_when_there_is_room() -> None:
    """The word makes the label wider than the mark alone, and every word is drawn differently."""
    size = (640, 360)
    seen = {
        word: labelled(size, language=language, ingredients=ingredients).draw(GROUNDS["skin"](*size), START).tobytes()
        for language in ("en", "de", "fr", "es", "hi")
        for word, ingredients in (
            (WORDS[language].generated, (Ingredient("source", None, NOBODY),)),
            (WORDS[language].modified, (Ingredient("plate", None, NOBODY),)),
        )
    }
    assert len(set(seen.values())) == len(seen) == 10
    rows, columns = drawn_box(size, labelled(size))
    assert columns.stop - columns.start > 3 * (rows.stop - rows.start)


def test_languages() -> None:
    assert set(EUROPEAN_UNION) <= set(WORDS) and len(EUROPEAN_UNION) == 24 and "hi" in WORDS
    assert [language_of(tag) for tag in ("de-AT", "pt_BR", "HI", "tlh", "")] == ["de", "pt", "hi", "en", "en"]
    for language, words in WORDS.items():
        for text in (words.generated, words.modified, words.credit):
            assert drawable(text), (language, text)
    assert drawable("Œuvre – “Ő”") and not drawable("漢字") and drawable("अभिनव — चित्र") == shapes()


def test_without_shaping_devanagari_is_not_garbled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countenance.marking.label.shapes", lambda: False)
    assert labelled((320, 180), language="hi").text == labelled((320, 180), language="en").text


@pytest.mark.parametrize("corner", CORNERS)
def test_corners(corner: Corner) -> None:
    size = (400, 300)
    rows, columns = drawn_box(size, labelled(size, LabelChoice(corner=corner)))
    assert (rows.start < 150) == corner.startswith("top") and (columns.start < 200) == corner.endswith("left")
    assert rows.start > 4 and rows.stop < 296 and columns.start > 4 and columns.stop < 396


def test_opacity_is_of_the_plate_alone() -> None:
    size, white = (400, 300), GROUNDS["white"](400, 300)
    shown = {o: labelled(size, LabelChoice(opacity=o)).draw(white, START) for o in (0.6, 0.8, 1.0)}
    levels = [_plate_level(pixels) for pixels in shown.values()]
    assert levels[0] > levels[1] > levels[2] == 16
    assert all((pixels == 0).all(axis=2).any() for pixels in shown.values()), "the letters of the mark stay black"


def _plate_level(pixels: Pixels) -> int:
    values, counts = np.unique(pixels[..., 0][pixels[..., 0] < 200], return_counts=True)
    return int(values[counts.argmax()])


def test_when_it_is_shown() -> None:
    size, ground = (320, 180), GROUNDS["skin"](320, 180)

    def shown(how: str, time: Fraction) -> bool:
        label = labelled(size, label=how)
        label.draw(ground, START)
        return not np.array_equal(label.draw(ground, time), ground)

    assert shown("burn", START) and shown("burn", Fraction(86400))
    assert shown("first:3", Fraction(299, 100)) and not shown("first:3", Fraction(3))
    assert shown("credit", OPENING - Fraction(1, 90000)) and not shown("credit", OPENING)
    assert "throughout" in labelled(size).text and "for 3 s" in labelled(size, label="first:3").text


def test_it_does_not_flicker_and_leaves_the_rest_alone() -> None:
    size, ground = (320, 180), GROUNDS["noise"](320, 180)
    before, label = ground.copy(), labelled((320, 180))
    one, other = label.draw(ground, START), label.draw(ground, Fraction(7))
    assert np.array_equal(one, other) and np.array_equal(ground, before)
    rows, columns = drawn_box(size, label)
    one[rows, columns] = ground[rows, columns]
    assert np.array_equal(one, ground)


@pytest.mark.parametrize("size", [(64, 64), (320, 180), (1080, 1920)])
@pytest.mark.parametrize(
    "title", ["", "A long title that goes on and on " * 6, "漢字の題", "Línea\nnueva\x00", "x" * 400]
)
def test_a_credit_ends_with_a_card(size: tuple[int, int], title: str) -> None:
    cards = list(labelled(size, label="credit", title=title).closing(Fraction(5), Fraction(10)))
    assert [time for _, time in cards] == [Fraction(5) + Fraction(i, 10) for i in range(int(CLOSING * 10))]
    card = cards[0][0]
    assert card.shape == (size[1], size[0], 3) and (card.max(axis=2) > 250).mean() > 0.002
    assert (card[:, 0] == 0).all() and (card[:, -1] == 0).all() and (card[0] == 0).all() and (card[-1] == 0).all()
    assert not list(labelled(size).closing(Fraction(5), Fraction(10)))


def test_choices_that_would_tell_nobody() -> None:
    for text in ("none", "", "off", "first:1", "first:x", "first:inf", "first:nan", "burn:3", "credit:0"):
        with pytest.raises(BadOption):
            LabelChoice.parse(text)
    for bad in ({"opacity": 0.1}, {"opacity": 1.5}, {"opacity": float("nan")}, {"corner": "middle"}, {"style": "no"}):
        with pytest.raises(BadOption):
            LabelChoice(**bad)  # type: ignore[arg-type]
    assert LabelChoice.parse(" First:4 ", "top-left", 0.7) == LabelChoice("first", 4.0, "top-left", 0.7)


def test_transparency_ends_where_the_label_lies() -> None:
    label = labelled((320, 180))
    rows, columns = drawn_box((320, 180), label)
    seen = label.seen_in(np.zeros((180, 320), np.uint8))
    assert seen[rows, columns][4:-4, 8:-8].min() >= round(255 * 0.85) - 1 and seen[:100].max() == 0
