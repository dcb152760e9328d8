"""What can be told of lines without a film: numbers, foreign matter, times, XLIFF, glossaries, edits that are kept."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import BadDocument, BadOption, FileMissing
from countenance.speech import Cue
from countenance.speech.hearing import RATE, HeardWord
from countenance.translate import read_glossary
from countenance.translate.bed import bed_of
from countenance.translate.checks import numbers_of, remarks_on, remarks_on_film, usable_alternatives
from countenance.translate.fitting import fit, rooms_of, wanted_of
from countenance.translate.project import Project
from countenance.translate.transcript import Stretch, _closed_up, _lines, _placed, pieces_of
from countenance.translate.xliff import read_xliff, xliff_of

LINES = [
    Cue("It costs 49 euros.", Fraction(1), Fraction(3)),
    Cue("Buy it <today> & tomorrow.", Fraction(4), Fraction(5)),
]


@pytest.mark.parametrize(
    ("original", "text", "kind", "stops"),
    [
        ("It costs 1,299.50 euros.", "Cuesta 1.299,50 euros.", None, False),
        ("It costs 49 euros.", "Cuesta 94 euros.", "number", False),
        ("Good morning to you all.", "Buenos días a todos.", None, False),
        ("Good morning to you all.", "Good morning to you all.", "untranslated", False),
        ("Good morning to you all.", "<script>alert(1)</script>", "markup", True),
        ("Good morning to you all.", "Visite www.evil.example ahora mismo.", "address", True),
        ("Good morning to you all.", "Доброе утро всем вам.", "script", True),
        ("Good morning to you all.", "a " * 200, "length", True),
        ("Good morning to you all.", "Buenos días\x07 a todos.", "control", True),
        ("Ada", "Ada", None, False),
    ],
)
def test_what_is_said_of_a_translation(original: str, text: str, kind: str | None, stops: bool) -> None:
    found = remarks_on([original], [text], "es")
    assert {one.kind for one in found} >= ({kind} if kind else set()), found
    assert any(one.stops for one in found) == stops and (kind is not None or not found)


def test_answers_that_are_no_translation_are_neither_written_nor_spoken() -> None:
    line = [Cue("Good morning to you all.", Fraction(0), Fraction(2))]
    kept = usable_alternatives(
        line, [["(risas)", "ANA: hola a todos", "a --> b para todos", "Buenos días a todos."]], "es"
    )
    assert kept == [["Buenos días a todos."]]
    for bad in (["B"], ["Envie dinero a www.evil.example ahora"], ["a@" * 20_000]):
        with pytest.raises(BadOption) as caught:
            usable_alternatives(line, [bad], "es")
        assert caught.value.code == "translate.nonsense"


def test_a_line_that_is_lost_does_not_switch_the_checks_off() -> None:
    lines = [Cue("Good morning to you all.", Fraction(0), Fraction(2)), Cue("Goodbye.", Fraction(3), Fraction(4))]
    said = [Cue("Envie dinero a www.evil.example ahora.", Fraction(0), Fraction(2))]
    assert any(one.stops and one.kind == "address" for one in remarks_on_film(lines, said, "es", {}, ()))


def test_fixed_and_forbidden_words(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text("# ours\nes,garden lamp,lámpara de jardín\nes,barato,\n\nfr,x,y\n", "utf-8-sig")
    words = read_glossary(path)
    assert words.fixed["es"] == {"garden lamp": "lámpara de jardín"} and words.forbidden == {"es": ["barato"]}
    line, said = ["The garden lamp is here."], ["El farol barato está aquí."]
    found = remarks_on(line, said, "es", glossary=words.fixed["es"], forbidden=words.forbidden["es"])
    assert [(one.kind, one.stops) for one in found] == [("glossary", False), ("forbidden", True)]
    path.write_text("es\n")
    with pytest.raises(BadDocument, match="line 1"):
        read_glossary(path)
    with pytest.raises(FileMissing):
        read_glossary(tmp_path / "none.csv")


def test_numbers_are_one_number_however_they_are_written() -> None:
    assert numbers_of("1,299.50 and ٤٩") == numbers_of("49 y 1.299,50") != numbers_of("49 y 1.299,05")


def test_a_line_may_run_on_into_a_pause_and_never_into_the_next_one() -> None:
    rooms = rooms_of(LINES, 5.5)
    assert [float(one.end or 0) for one in rooms] == [3.88, 5.5]
    near = rooms_of([Cue("a", Fraction(0), Fraction(2)), Cue("b", Fraction(1), Fraction(3))])
    assert near[0].end == 1, "as it stands in the file"
    assert wanted_of(rooms)[0].longest == round(2.88 * 15 * 1.15)


class Slow:
    """A voice that takes a tenth of a second a letter."""

    name, licence, quality = "slow", "none", "none"
    languages: tuple[str, ...] = ("es",)

    def say(self, text: str, *, language: str, rate: float = 1.0, seed: int = 0):  # type: ignore[no-untyped-def]
        from countenance.speech.utterance import Phone, Utterance

        del language, seed
        seconds = Fraction(len(text), 10) / Fraction(rate)
        sound = np.zeros(int(seconds * 100), np.float32)
        return Utterance(sound, 100, (Phone("a", Fraction(0), Fraction(len(sound), 100)),))


def test_the_wording_that_needs_no_hurry_is_taken() -> None:
    room = [Cue("", Fraction(0), Fraction(2))]
    long, fits, short = "a" * 30, "b" * 20, "c" * 10
    [found] = fit(room, [[long, fits, short]], Slow(), "es")
    assert found.cue.text == fits and 0.9 < found.pace <= 1.0 and not found.hurried
    [found] = fit(room, [[long, "d" * 26]], Slow(), "es")
    assert found.cue.text == "d" * 26 and found.hurried


def test_xliff_there_and_back() -> None:
    translated = [Cue("Cuesta 49 €.", *_times(0)), Cue("Cómprelo <hoy> & mañana.", *_times(1))]
    data = xliff_of(LINES, translated, "en", "es", "a.mp4")
    assert [one.text for one in read_xliff(data, LINES, "a")] == [one.text for one in translated]
    for bad, why in (
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + data, "entities"),
        (b"no xml", "no XML"),
        (data.replace(b'id="2"', b'id="7"'), "line 2"),
    ):
        with pytest.raises(BadDocument, match=why):
            read_xliff(bad, LINES, "a")


def _times(k: int) -> tuple[Fraction | None, Fraction | None]:
    return LINES[k].start, LINES[k].end


def test_what_nobody_touched_is_made_anew_and_what_was_edited_is_kept(tmp_path: Path) -> None:
    project = Project(tmp_path / "p", "aa")
    made = project.product("es.vtt", "one", lambda: b"first")
    assert made.made_now and (tmp_path / "p").stat().st_mode & 0o77 == 0
    again = Project(tmp_path / "p", "aa")
    assert not again.product("es.vtt", "one", lambda: b"never").made_now
    assert again.product("es.vtt", "two", lambda: b"second").path.read_bytes() == b"second"
    made.path.write_bytes(b"mine")
    kept = again.product("es.vtt", "two", lambda: b"never")
    assert kept.edited and kept.path.read_bytes() == b"mine"
    with pytest.raises(BadDocument) as caught:
        again.product("es.vtt", "three", lambda: b"never")
    assert caught.value.code == "translate.edited" and made.path.read_bytes() == b"mine"
    copy = again.write("es.xliff", b"copy")
    again.write("es.xliff", b"newer")
    copy.write_bytes(b"a translator's work")
    with pytest.raises(BadDocument):
        again.write("es.xliff", b"newest")
    assert copy.read_bytes() == b"a translator's work"
    again.keep("es.vtt", "three")
    assert again.product("es.vtt", "three", lambda: b"never").edited
    with pytest.raises(BadDocument, match="another film"):
        Project(tmp_path / "p", "bb")
    (tmp_path / "p" / "project.json").unlink()
    begun = Project(tmp_path / "p", "aa")
    with pytest.raises(BadDocument, match="not made by this project"):
        begun.product("es.vtt", "three", lambda: b"never")
    begun.keep("es.vtt", "three")
    assert begun.product("es.vtt", "three", lambda: b"never").edited
    (tmp_path / "p" / "project.json").write_text("{}")
    with pytest.raises(BadDocument, match="damaged"):
        Project(tmp_path / "p", "aa")


def test_words_keep_their_times_where_silences_were_closed_up() -> None:
    speech = [Stretch(1.0, 2.0), Stretch(4.0, 5.0)]
    samples = np.zeros(6 * RATE, np.float32)
    [piece] = pieces_of(speech, samples)
    sound, places = _closed_up(samples, piece)
    assert abs(len(sound) / RATE - (1.3 + 0.3 + 1.3)) < 0.01
    second = places[1][0]
    words = [HeardWord("One.", 0.2, second, 1.0), HeardWord("Two", second - 0.1, second + 0.9, 1.0)]
    words += [HeardWord("three.", second + 0.9, None, 1.0)]
    first, then = _lines(_placed(words, places))
    assert (first.text, then.text) == ("One.", "Two three.")
    assert float(first.start or 0) >= 1.0 and float(first.end or 0) <= 2.2
    assert 3.8 <= float(then.start or 0) <= 4.0 and float(then.end or 0) <= 5.2
    long = pieces_of([Stretch(0, 70)], np.random.default_rng(0).normal(0, 1, 70 * RATE).astype(np.float32))
    assert all(sum(one.end - one.start for one in some) <= 20.01 for some in long)
    assert sum(one.end - one.start for some in long for one in some) == pytest.approx(70)


def test_music_is_left_and_what_is_only_over_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countenance.translate.bed.speech_in", lambda _: [])  # the network is not here
    rate, rng = 16_000, np.random.default_rng(0)
    times = np.arange(8 * rate) / rate
    music = sum(np.sin(2 * np.pi * f * times) for f in (220, 277, 330)) * (0.5 + 0.5 * np.cos(2 * np.pi * times))
    other = np.zeros_like(times)
    other[3 * rate : 5 * rate] = rng.normal(0, 1, 2 * rate) * 0.7 + 2 * np.sin(2 * np.pi * 700 * times[: 2 * rate])
    mixed = (0.1 * music + 0.2 * other).astype(np.float32)[:, None]
    bed = bed_of(mixed, rate, [Stretch(3, 5)])
    assert bed is not None and bed.usable
    part = slice(3 * rate, 5 * rate)
    left = bed.samples[part, 0] - 0.1 * music[part]
    assert np.mean(left**2) < 0.05 * np.mean((0.2 * other[part]) ** 2)
    assert np.allclose(bed.samples[: 2 * rate], mixed[: 2 * rate], atol=2e-3)
    assert bed_of(mixed, rate, [Stretch(0, 8)]) is None
