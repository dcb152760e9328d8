"""Which of several people says which line: by whose lips move while it is heard. Whoever is not seen speaks off screen.

A person who is seen and still while words are heard does not say them; where nobody's lips move, the speaker is not in
the picture. Names that a person wrote into the transcript go before all this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from countenance.face.subject import ClipSubject
from countenance.face.together import follow_together
from countenance.face.topology import OUTER_EYE_CORNERS
from countenance.face.types import Face
from countenance.render.people import UNSEEN, Person
from countenance.speech import Cue

OFF = "OFF SCREEN"
"""What a speaker is called who is not seen."""
LIPS = (13, 14)  # the inner lips' middles
MOVES = 0.012
"""Standard deviation, over the eye distance, of the gap between the lips of somebody who speaks. Two drawn portraits
had 0.037 and 0.029 speaking, 0.001 with a head that moves and lips that do not; real faces were not measured."""
SEEN = 0.5  # of a line's frames in which somebody must be seen to have said it


@dataclass(frozen=True)
class Lips:
    """How far one person's lips are apart over a clip.

    Attributes:
        times: seconds of the frames in which they are surely seen.
        gaps: the lips' distance in each, over that of the outer eye corners.
    """

    times: tuple[float, ...]
    gaps: tuple[float, ...]


def named(people: Sequence[Person]) -> tuple[Person, ...]:
    """The people, each with a name to stand in a script; whoever has none is PERSON 1, PERSON 2, …"""
    return tuple(
        one if one.speaker else replace(one, speaker=OFF if one.face == UNSEEN else f"PERSON {k}")
        for k, one in enumerate(people, 1)
    )


def with_unseen(people: Sequence[Person], lines: Sequence[Cue]) -> list[Person]:
    """The people, and one more who is not seen, where somebody of that kind says a line."""
    known = {one.speaker.casefold() for one in people}
    unseen = any(line.speaker == OFF for line in lines) and OFF.casefold() not in known
    return [*people, Person(UNSEEN, speaker=OFF)] if unseen else list(people)


def lips_of(subjects: Mapping[str, ClipSubject]) -> dict[str, Lips]:
    """How the lips of a clip's people move, by the names that they are given here. Raises as `follow_together`."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in subjects}
    for there in follow_together(list(subjects.values())):
        for name, one in zip(subjects, there, strict=True):
            if one.face is not None:
                found[name].append((float(one.frame.time), _gap(one.face)))
    return {name: Lips(tuple(t for t, _ in seen), tuple(g for _, g in seen)) for name, seen in found.items()}


def _gap(face: Face) -> float:
    upper, lower = face.landmarks[list(LIPS), :2]
    left, right = face.landmarks[list(OUTER_EYE_CORNERS), :2]
    return float(np.linalg.norm(upper - lower) / max(float(np.linalg.norm(left - right)), 1e-6))


def said_by(lines: Sequence[Cue], lips: Mapping[str, Lips], rate: Fraction) -> list[Cue]:
    """The lines, each with its speaker: as it is written, else whose lips move most, else OFF.

    Args:
        lines: with times.
        lips: of each person, by name.
        rate: of the clip, frames a second.
    """
    return [line if line.speaker else replace(line, speaker=_who(line, lips, rate)) for line in lines]


def _who(line: Cue, lips: Mapping[str, Lips], rate: Fraction) -> str:
    begin, end = float(line.start or 0), float(line.end or 0)
    least = max(3.0, SEEN * (end - begin) * float(rate))
    moves: dict[str, float] = {}
    for name, its in lips.items():
        times = np.asarray(its.times)
        gaps = np.asarray(its.gaps)[(times >= begin) & (times <= end)]
        if len(gaps) >= least:
            moves[name] = float(gaps.std())
    best = max(moves, key=lambda name: moves[name], default=OFF)
    return best if moves.get(best, 0.0) >= MOVES else OFF


def speakers_kept(given: Sequence[Cue], lines: Sequence[Cue]) -> list[Cue]:
    """A translation whose lines name no speakers, with those of the original, line for line."""
    if any(one.speaker for one in given) or len(given) != len(lines):
        return list(given)
    return [replace(one, speaker=line.speaker) for one, line in zip(given, lines, strict=True)]


def written(lines: Sequence[Cue]) -> list[Cue]:
    """The lines as a script that can be read again: each with its speaker's name before it."""
    return [replace(one, text=f"{one.speaker.upper()}: {one.text}") if one.speaker else one for one in lines]
