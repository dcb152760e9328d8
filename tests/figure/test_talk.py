"""Talks: one has the floor, all are forgotten, what is asked in vain is kept only as text."""

from __future__ import annotations

import datetime as dates
from pathlib import Path

import pytest

from countenance.errors import PermissionRefused, TooLarge
from countenance.figure.asked import MOST, AskedFile
from countenance.figure.talk import (
    A_MINUTE,
    BEGUN,
    FLOOR,
    KEPT,
    MOST_KEPT,
    MOST_TAKEN,
    OF_ONE,
    RESERVED,
    SoundMeter,
    TalkDesk,
)
from countenance.figure.visitors import HERE, MOST_VIEWERS, VIEWERS, Viewers, place_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_has_the_floor_and_the_next_gets_it() -> None:
    clock = Clock()
    desk = TalkDesk(60, clock)
    one, two = desk.begin("en"), desk.begin("es")
    assert desk.has_floor(one) and not desk.has_floor(two)
    desk.end(one)
    assert desk.has_floor(two)


def test_who_goes_away_is_forgotten_and_the_floor_is_free() -> None:
    clock = Clock()
    desk = TalkDesk(60, clock)
    one, two = desk.begin("en"), desk.begin("en")
    clock.now = 50
    desk.find(two.id, two.token)
    clock.now = 70
    desk.sweep()
    assert len(desk) == 1 and desk.has_floor(two)
    with pytest.raises(PermissionRefused) as told:
        desk.find(one.id, one.token)
    assert told.value.code == "figure.talk"


def test_another_ones_token_opens_nothing() -> None:
    desk = TalkDesk(60)
    one, two = desk.begin("en"), desk.begin("en")
    for token in (two.token, "", "ä" * 20):
        with pytest.raises(PermissionRefused):
            desk.find(one.id, token)


def test_a_flood_of_questions_and_of_talks() -> None:
    clock = Clock()
    desk = TalkDesk(60, clock)
    talk = desk.begin("en")
    for _ in range(A_MINUTE):
        desk.count(talk)
    with pytest.raises(TooLarge) as told:
        desk.count(talk)
    assert told.value.code == "figure.flood"
    clock.now = 61
    desk.count(talk)
    with pytest.raises(TooLarge, match="talking already"):
        for _ in range(100):
            desk.begin("en")


def test_one_address_takes_only_so_much() -> None:
    clock = Clock()
    desk = TalkDesk(60, clock)
    talks = [desk.begin("en", "10.0.0.1") for _ in range(OF_ONE)]
    with pytest.raises(TooLarge) as told:
        desk.begin("en", "10.0.0.1")
    assert told.value.code == "figure.busy" and desk.begin("en", "10.0.0.2")
    with pytest.raises(TooLarge) as told:
        for talk in talks * BEGUN:
            desk.end(talk)
            talks = [desk.begin("en", "10.0.0.1")]
            desk.end(talks[0])
    assert told.value.code == "figure.flood"
    with pytest.raises(TooLarge, match="talking already"):
        for k in range(100):
            desk.begin("en", f"10.0.1.{k}")
    assert [desk.begin("en") for _ in range(RESERVED)]  # the kiosk has its place


def test_the_floor_is_free_where_nothing_is_asked() -> None:
    clock = Clock()
    desk = TalkDesk(600, clock)
    one, two = desk.begin("en"), desk.begin("en")
    clock.now = FLOOR + 1
    desk.count(one, question=False)  # falling silent keeps nothing
    assert desk.keeps_floor(one) and desk.has_floor(two) and not desk.has_floor(one)


def test_one_talk_throws_out_no_transcripts_of_others() -> None:
    desk = TalkDesk(60, Clock())
    kept = desk.take_along(desk.begin("en", "10.0.0.1"))
    greedy = desk.begin("en", "10.0.0.2")
    names = [desk.take_along(greedy) for _ in range(MOST_KEPT + 5)]
    assert desk.transcript(kept) is not None
    assert [name for name in names if desk.transcript(name)] == names[-MOST_TAKEN:]


def test_places_and_viewers() -> None:
    assert place_of("127.0.0.1") == place_of("::1") == place_of("::ffff:127.0.0.1") == place_of(None) == HERE
    assert place_of("2001:db8::1") == place_of("2001:db8::2") != place_of("2001:db8:0:1::1")
    viewers = Viewers()
    for k in range(VIEWERS):
        viewers.admit("10.0.0.1")
        viewers.add(str(k), "10.0.0.1")
    with pytest.raises(TooLarge):
        viewers.admit("10.0.0.1")
    for k in range(MOST_VIEWERS - VIEWERS):
        viewers.add(f"-{k}", f"10.0.1.{k}")
    with pytest.raises(TooLarge):
        viewers.admit("10.0.0.2")
    viewers.admit(HERE)
    viewers.keep(["1"])
    viewers.admit("10.0.0.1")


def test_the_sound_meter_runs_on() -> None:
    meter = SoundMeter()
    assert [meter.add(1.0, now) for now in (0.0, 0.5, 0.5, 60.0)] == [1.0, 1.5, 2.5, 1.0]


def test_what_is_taken_along_is_there_for_half_an_hour() -> None:
    clock = Clock()
    desk = TalkDesk(60, clock)
    name = desk.take_along(desk.begin("en"))
    clock.now = KEPT - 1
    assert desk.transcript(name) is not None and desk.transcript("other") is None
    clock.now = KEPT + 1
    assert desk.transcript(name) is None


def test_what_was_asked_in_vain(tmp_path: Path) -> None:
    file = AskedFile(tmp_path / "asked.csv")
    assert file.rows() == []
    day = dates.date(2026, 11, 28)
    file.add("Did you like tea?", "en", "off_topic", day)
    file.add("did you like TEA", "en", "off_topic", day + dates.timedelta(1))
    file.add('=HYPERLINK("http://x")', "en", "off_topic", day)
    rows = file.rows()
    assert [(r.question, r.times, r.first, r.last) for r in rows] == [
        ("Did you like tea?", 2, "2026-11-28", "2026-11-29"),
        ('=HYPERLINK("http://x")', 1, "2026-11-28", "2026-11-28"),
    ]
    assert "'=HYPERLINK" in file.path.read_text()  # no formula for a spreadsheet
    assert MOST >= 1000


def test_the_rarest_goes_where_too_much_was_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countenance.figure.asked.MOST", 2)
    file = AskedFile(tmp_path / "asked.csv")
    for question in ("a", "b", "b", "c"):
        file.add(question, "en", "off_topic")
    assert {row.question for row in file.rows()} == {"b", "c"}
