"""Several people in one run: who they are, on what each of them rests, and what is theirs alone of what is asked.

Every recipe that takes a right takes people instead; one right is one person. The second person's inputs have the
roles source-2, plate-2, voice-2 and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countenance.errors import BadOption
from countenance.face.following import Followed
from countenance.face.subject import ClipSubject, PictureSubject, SeenSubject, Subject, open_plate
from countenance.face.together import check_apart
from countenance.face.tracker import ONE_PLACE, overlap
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.media.source import Source, pinned
from countenance.performance.take import Performance
from countenance.permission.authorisation import Right
from countenance.permission.rules import MOST_PEOPLE, numbered
from countenance.render.options import AnimateOptions
from countenance.render.reframing import AspectShape
from countenance.render.speech_source import SpeechOptions
from countenance.settings import Settings

if TYPE_CHECKING:
    from countenance.engines import PlateRig

UNSEEN = "off"
"""The place of somebody who is heard and not seen."""


@dataclass(frozen=True)
class Person:
    """One of several people who are drawn in one run.

    Attributes:
        face: which face: `largest`, `left`, `right`, `top`, `bottom` or a number; in a clip also at a time, as
            `left@12.5`; `off` for a speaker of a dub who is not seen.
        permission: why this one's likeness may be used; None for an unseen speaker whose voice is nobody's.
        driving: to animate: what moves them; None: what moves the others.
        speaker: of a script: whose cues they say.
        speech: how they speak; None: as the others.
        likeness: of a swap: whose likeness they bear.
        double_permission: of a swap: the grant of the person who is there.
    """

    face: str = "largest"
    permission: Right | None = None
    driving: str | Path | Source | Performance | None = None
    speaker: str = ""
    speech: SpeechOptions | None = None
    likeness: str | Path | Source | None = None
    double_permission: Right | None = None

    @property
    def seen(self) -> bool:
        """Whether there is a face to draw."""
        return self.face != UNSEEN


People = Right | Sequence[Person]
"""One right, or one Person for each who is drawn."""


def people_of(given: People, face: str, *allowed: str) -> tuple[Person, ...]:
    """Who is drawn, those who are seen first.

    Args:
        given: a right, of one person whose face `face` names; or people.
        face: for one.
        allowed: fields of Person that this recipe has a use for, beside face and permission.

    Raises:
        BadOption: there is nobody, there are too many, one face is named twice, or something is said that this recipe
            has no use for.
    """
    if not isinstance(given, Sequence):
        return (Person(face, given),)
    people = tuple(sorted(given, key=lambda one: not one.seen))
    if not people or not people[0].seen:
        raise BadOption("Nobody is named who is to be drawn.", "Name each person: --person left=grant.jwt.")
    if len(people) > MOST_PEOPLE:
        raise BadOption(f"{len(people)} people are more than the {MOST_PEOPLE} that one run draws.", "Make two runs.")
    for name in ("driving", "speaker", "speech", "likeness", "double_permission"):
        if name not in allowed and any(getattr(one, name) for one in people):
            raise BadOption(f"A person's {name.replace('_', ' ')} has no use here.", "Leave it away.")
    faces = [one.face for one in people if one.seen]
    if len(set(faces)) < len(faces):
        twice = next(name for name in faces if faces.count(name) > 1)
        raise BadOption(f"The face {twice} is named twice.", "Name each person once: --person left=… --person right=…")
    if any(not one.seen for one in people) and "speech" not in allowed:
        raise BadOption("Somebody who is not seen cannot be drawn.", "Name a face: --person left=grant.jwt.")
    return people


def one_only(people: Sequence[Person], what: str) -> None:
    """Raises BadOption where there are several people and this is made for one."""
    if len(people) > 1:
        raise BadOption(f"{what} is for one person, and {len(people)} are named.", "Leave it away, or name one person.")


def told_apart(subjects: Sequence[SeenSubject], people: Sequence[Person]) -> None:
    """As `face.together.check_apart`, for the people of a file in their order."""
    check_apart(subjects, [one.face for one in people if one.seen])


def strangers(others: Sequence[Face], subjects: Sequence[Face]) -> list[Face]:
    """Of the faces beside one subject those that are no other subject's: nobody was asked about them."""
    return [one for one in others if all(overlap(one, own) < ONE_PLACE for own in subjects)]


def sources_of(people: Sequence[Person]) -> dict[str, Right]:
    """The rights of a picture's people, by their roles."""
    return {numbered("source", k): one.permission for k, one in enumerate(people) if one.permission is not None}


def check_alone(people: Sequence[Person], options: AnimateOptions, shape: AspectShape | None) -> None:
    """Raises BadOption where the picture is to be cut round one person, and several are to move."""
    if options.crop != "none" or shape is not None:
        one_only(people, "--crop")


def pictured(source: str | Path | Source, people: Sequence[Person], settings: Settings) -> dict[str, Subject]:
    """The people of a picture by their roles. Raises as PictureSubject, and FaceChoice: two are one face."""
    file = pinned(source)
    found = [PictureSubject(file, one.face, least_eyes=settings.min_eye_distance) for one in people]
    told_apart(found, people)
    return {numbered("source", k): one for k, one in enumerate(found)}


def plated(
    source: str | Path | Source,
    people: Sequence[Person],
    settings: Settings,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
) -> dict[str, Subject]:
    """The people of a clip or a picture by their roles. Raises as `open_plate`, and FaceChoice."""
    file, least = pinned(source), settings.min_eye_distance
    found = [open_plate(file, one.face, start=start, end=end, least_eyes=least) for one in people]
    told_apart(found, people)
    return {numbered("plate", k): one for k, one in enumerate(found)}


def filmed(source: Source, people: Sequence[Person], settings: Settings) -> dict[str, Subject]:
    """The people of a clip by their roles. Raises as ClipSubject, and FaceChoice: two are one person."""
    seen = [one for one in people if one.seen]
    found = [ClipSubject(source, one.face, least_eyes=settings.min_eye_distance) for one in seen]
    told_apart(found, people)
    return {numbered("plate", k): one for k, one in enumerate(found)}


def redrawn(
    pixels: Pixels, seen: Sequence[Followed], rigs: Sequence[PlateRig], tally: Tally, *, counts: bool = True
) -> Pixels:
    """A frame with each of its people redrawn who are surely there; `counts`: whether the others are counted."""
    for k, (one, rig) in enumerate(zip(seen, rigs, strict=True)):
        if one.face is not None:
            pixels = rig.draw(pixels, one.face, time=one.frame.time, cut=one.cut)
        else:
            tally.passed[k] += counts
    return pixels


@dataclass
class Tally:
    """In how many frames each person of a clip was left as they were.

    Attributes:
        people: by the words that chose them.
        passed: of each.
    """

    people: Sequence[str]
    passed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.passed = [0] * len(self.people)

    def warnings(self, total: int | None) -> list[str]:
        """In plain words, how many frames were left as they were."""
        of = f" of {total}" if total else ""
        whom = ["the person"] if len(self.people) == 1 else [f"the person named by {name}" for name in self.people]
        return [
            f"{count}{of} frames do not surely show {who} and were left as they are."
            for who, count in zip(whom, self.passed, strict=True)
            if count
        ]

    def about(self) -> dict[str, Any]:
        """For `RenderResult.about`; nothing of one person, whom the result tells of itself."""
        if len(self.people) == 1:
            return {}
        return {"people": [{"face": f, "passed": n} for f, n in zip(self.people, self.passed, strict=True)]}
