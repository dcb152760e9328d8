"""SMPTE time code, as motion-capture files write it: `hh:mm:ss:ff.fff`, exact both ways. Pure.

SMPTE ST 12-1: non-drop time code counts frames straight through, so that at 59.94 frames a second it falls behind the
clock; drop-frame time code (written with a semicolon before the frames) leaves out the first numbers of each minute
but every tenth, 4 at 59.94 and 2 at 29.97, and keeps up with the clock. The part after the point is a fraction of a
frame, in thousandths.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

LAYOUT = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})([:;])(\d{1,3})(?:\.(\d{1,6}))?")
DROPS = {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}
DAY = 24 * 3600


@dataclass(frozen=True)
class Timecode:
    """One time code.

    Attributes:
        hours, minutes, seconds, frames: as written.
        part: of a frame, from 0 to less than 1.
        drop: written with a semicolon: numbers are left out.
    """

    hours: int
    minutes: int
    seconds: int
    frames: int
    part: Fraction
    drop: bool

    def seconds_at(self, rate: Fraction) -> Fraction:
        """Seconds since midnight's time code, at `rate` frames a second.

        Drop-frame counting applies where it was written so and the rate has it; NTSC rates count 30 or 60 numbers to
        the second.
        """
        numbers = -(-rate.numerator // rate.denominator)
        minutes = 60 * self.hours + self.minutes
        count = (60 * minutes + self.seconds) * numbers + self.frames
        if self.drop:
            count -= DROPS.get(rate, 0) * (minutes - minutes // 10)
        return (count + self.part) / rate


def read_timecode(text: str) -> Timecode:
    """`11:20:33:45.123` or `11:20:33;45.123`.

    Raises:
        ValueError: with half a sentence.
    """
    found = LAYOUT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text.strip()[:40]!r} is not a time code (hh:mm:ss:ff.fff)")
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"{text.strip()!r} is no time of day")
    part = Fraction(int(found[6]), 10 ** len(found[6])) if found[6] else Fraction(0)
    return Timecode(hours, minutes, seconds, frames, part, found[4] == ";")


def written_timecode(time: Fraction, rate: Fraction) -> str:
    """Seconds as time code: drop-frame at 29.97 and 59.94, so that it keeps up with the clock.

    The fraction of a frame is cut after thousandths.
    """
    numbers = -(-rate.numerator // rate.denominator)
    place = time * rate
    count = place.numerator // place.denominator
    part = int((place - count) * 1000)
    drops = DROPS.get(rate, 0)
    if drops:
        tens, rest = divmod(count, 600 * numbers - 9 * drops)
        count += 9 * drops * tens
        if rest >= 60 * numbers:
            count += drops * (1 + (rest - 60 * numbers) // (60 * numbers - drops))
    seconds, frames = divmod(count, numbers)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{';' if drops else ':'}{frames:02d}.{part:03d}"
