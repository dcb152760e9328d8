"""Time code: exact both ways, drop-frame included."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.performance.timecode import read_timecode, written_timecode

NTSC60 = Fraction(60000, 1001)
NTSC30 = Fraction(30000, 1001)


@given(
    st.integers(0, 5_000_000), st.sampled_from([Fraction(60), Fraction(30), Fraction(24), Fraction(25), NTSC60, NTSC30])
)
def test_every_frame_comes_back(count: int, rate: Fraction) -> None:
    count %= int(86_000 * rate)
    assert read_timecode(written_timecode(count / rate, rate)).seconds_at(rate) == count / rate


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "00:00:00;00.000"),
        (1799, "00:00:59;29.000"),
        (1800, "00:01:00;02.000"),
        (3597, "00:01:59;29.000"),
        (3598, "00:02:00;02.000"),
        (17981, "00:09:59;29.000"),
        (17982, "00:10:00;00.000"),
        (107892, "01:00:00;00.000"),
    ],
)
def test_drop_frame_as_the_standard_counts_it(count: int, text: str) -> None:
    assert written_timecode(count / NTSC30, NTSC30) == text
    assert read_timecode(text).seconds_at(NTSC30) == count / NTSC30


def test_without_drop_frame_ntsc_falls_behind_the_clock() -> None:
    assert read_timecode("01:00:00:00.000").seconds_at(NTSC60) == Fraction(36036, 10)
    assert abs(read_timecode("01:00:00;00.000").seconds_at(NTSC60) - 3600) < Fraction(1, 100)


def test_parts_of_a_frame() -> None:
    assert read_timecode("00:00:01:30.500").seconds_at(Fraction(60)) == Fraction(3) / 2 + Fraction(1, 120)
    assert written_timecode(Fraction(3, 2) + Fraction(1, 120), Fraction(60)) == "00:00:01:30.500"
    assert read_timecode("0:0:1:3").seconds_at(Fraction(60)) == Fraction(63, 60)


@pytest.mark.parametrize(
    "text", ["", "12", "1:2:3", "25:00:00:00.000", "00:61:00:00", "a:b:c:d", "00:00:00:00.", "-1:0:0:0"]
)
def test_what_is_no_time_code(text: str) -> None:
    with pytest.raises(ValueError):
        read_timecode(text)
