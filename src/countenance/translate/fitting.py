"""Lines made to fit the time that the original took: the wording that needs least hurry, and how much it needs.

A line may run on into the pause after it. Knows voices, and nothing of films.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from countenance.speech import Cue
from countenance.speech.script import EDGE
from countenance.speech.speakable import speakable
from countenance.speech.voice import Voice
from countenance.translate.translators import Wanted

COMFORTABLE = 1.15
"""Times its own pace at which a voice does not sound hurried."""
GAP = Fraction(12, 100)
"""Seconds kept before the next line."""
RUN_ON = Fraction(12, 10)
"""Seconds by which a line may run on into a pause."""
LETTERS_A_SECOND = 15.0
"""That voices say at their own pace, about, in languages with an alphabet."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A line as it will be said.

    Attributes:
        cue: its words, with the time it may take.
        pace: that it needs, times the voice's own; below 1 there is time left.
    """

    cue: Cue
    pace: float

    @property
    def hurried(self) -> bool:
        """Whether it will sound so."""
        return self.pace > COMFORTABLE


def rooms_of(lines: Sequence[Cue], duration: float | None = None) -> list[Cue]:
    """The lines with the time each may take.

    Args:
        lines: with times, in order.
        duration: of the clip, seconds; the last line ends with it.
    """
    out = []
    for k, line in enumerate(lines):
        start, end = line.start or Fraction(0), line.end or Fraction(0)
        limit = lines[k + 1].start if k + 1 < len(lines) else None
        if limit is None:
            until = end + RUN_ON if duration is None else min(end + RUN_ON, Fraction(duration).limit_denominator(1000))
        else:
            until = min(end + RUN_ON, limit - GAP)
        overlaps = limit is not None and start < limit < end
        out.append(replace(line, start=start, end=limit if overlaps else max(end, until)))
    return out


def wanted_of(lines: Sequence[Cue]) -> list[Wanted]:
    """What a translator is asked for: the words, and how many letters fit."""
    return [
        Wanted(line.text, max(8, round(float((line.end or 0) - (line.start or 0)) * LETTERS_A_SECOND * COMFORTABLE)))
        for line in lines
    ]


def fit(
    rooms: Sequence[Cue], alternatives: Sequence[Sequence[str]], voice: Voice, language: str, *, seed: int = 0
) -> list[Fitted]:
    """Choose for each line the first wording that is not hurried, else the one that needs least hurry.

    Args:
        rooms: as `rooms_of` gives them.
        alternatives: for each line one wording or more, the closest first.
        voice, language, seed: as `Voice.say`.
    """
    out = []
    for k, (room, some) in enumerate(zip(rooms, alternatives, strict=True)):
        tried: list[Fitted] = []
        for wording in some:
            tried.append(Fitted(replace(room, text=wording), _pace(room, wording, voice, language, seed + k)))
            if not tried[-1].hurried:
                break
        out.append(min(tried, key=lambda one: (one.hurried, one.pace if one.hurried else 0.0)))
    return out


def _pace(room: Cue, text: str, voice: Voice, language: str, seed: int) -> float:
    said = speakable(text, language).text
    if not said:
        return 0.0
    needed = voice.say(said, language=language, rate=1.0, seed=seed).trimmed(EDGE, EDGE).duration
    return float(needed / max((room.end or Fraction(0)) - (room.start or Fraction(0)), Fraction(1, 10)))
