"""Who says which line: by lips, unless a person wrote it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from countenance.render.people import Person
from countenance.speech import Cue, captions
from countenance.speech.script import parse_script
from countenance.translate.speakers import OFF, Lips, named, said_by, speakers_kept, with_unseen, written

RATE = Fraction(25)
TIMES = tuple(k / 25 for k in range(100))


def lips(*speaks: tuple[float, float], seen: tuple[float, float] = (0, 4)) -> Lips:
    """Of somebody whose lips move in these stretches, and who is seen in that one."""
    times = [t for t in TIMES if seen[0] <= t < seen[1]]
    moves = [any(a <= t < b for a, b in speaks) for t in times]
    return Lips(
        tuple(times),
        tuple(0.05 + (0.06 * abs(np.sin(9 * t)) if m else 0.002) for t, m in zip(times, moves, strict=True)),
    )


def lines(*spans: tuple[str, str]) -> list[Cue]:
    return [Cue("Words.", Fraction(a), Fraction(b)) for a, b in spans]


def test_whose_lips_move_says_it_and_nobody_seen_is_off_screen() -> None:
    both = {"ANNA": lips((0, 1)), "BOB": lips((1, 2), (3, 4), seen=(0, 2.2))}
    told = said_by(lines(("0", "1"), ("1", "2"), ("2", "3"), ("3", "4")), both, RATE)
    assert [one.speaker for one in told] == ["ANNA", "BOB", OFF, OFF], "Bob's lips are not seen after 2.2 s"
    written_by_hand = [Cue("Words.", Fraction(0), Fraction(1), "BOB")]
    assert said_by(written_by_hand, both, RATE)[0].speaker == "BOB"


def test_names_survive_the_file_and_the_translation() -> None:
    told = [Cue("Hello there.", Fraction(0), Fraction(1), "Person 1"), Cue("Yes.", Fraction(1), Fraction(2), OFF)]
    read = parse_script(captions(written(told), "vtt").decode(), "a.vtt", "vtt")
    assert [(one.speaker, one.text) for one in read] == [("PERSON 1", "Hello there."), (OFF, "Yes.")]
    given = [Cue("Hola.", Fraction(0), Fraction(1)), Cue("Sí.", Fraction(1), Fraction(2))]
    assert [one.speaker for one in speakers_kept(given, read)] == ["PERSON 1", OFF]


def test_everybody_has_a_name_and_the_unseen_join_where_they_speak() -> None:
    people = named([Person("left"), Person("right", speaker="BOB")])
    assert [one.speaker for one in people] == ["PERSON 1", "BOB"]
    assert len(with_unseen(people, lines(("0", "1")))) == 2
    assert [one.face for one in with_unseen(people, [Cue("x", speaker=OFF)])][-1] == "off"
