"""The rate that progress tells is the rate of the work: what was waited for before it began does not count."""

from __future__ import annotations

import pytest

from countenance.cli.progress import Pace


def test_warming_up_counts_for_nothing() -> None:
    pace = Pace()
    for frame in range(1, 101):
        pace.see(frame, 60.0 + frame / 25)  # a minute of compiling before the first frame
    assert pace.rate == pytest.approx(25)
    assert pace.left(100, 350) == pytest.approx(10)


def test_a_halt_is_forgotten() -> None:
    pace = Pace()
    pace.see(1, 0.0)
    for frame in range(2, 302):
        pace.see(frame, 30.0 + frame / 25)  # the second frame compiled something
    assert pace.rate == pytest.approx(25, rel=0.01)


def test_nothing_is_told_before_it_is_known() -> None:
    pace = Pace()
    assert pace.rate is None and pace.left(0, 100) is None
    pace.see(1, 5.0)
    pace.see(2, 5.1)
    assert pace.rate is None
    for frame in range(3, 20):
        pace.see(frame, 5.0 + frame / 10)
    assert pace.rate is not None and pace.left(20, None) is None


def test_a_slow_machine_is_told_as_slow() -> None:
    pace = Pace()
    for frame in range(1, 20):
        pace.see(frame, frame * 4.0)
    assert pace.rate == pytest.approx(0.25)


def test_the_first_frames_that_each_compile_something_are_not_taken_for_the_rate() -> None:
    pace, now = Pace(), 0.0
    for frame in range(1, 120):
        now += 20.0 if frame < 7 else 0.04
        pace.see(frame, now)
    assert pace.rate == pytest.approx(25)
