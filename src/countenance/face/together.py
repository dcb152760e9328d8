"""Several people of one file at once: told apart, and followed together. Knows nothing of permission or of drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from countenance.errors import FaceChoice
from countenance.face.following import Followed, follow_several
from countenance.face.identity import ACCEPT
from countenance.face.subject import ClipSubject, PictureSubject, SeenSubject
from countenance.face.tracker import ONE_PLACE, overlap
from countenance.media.video import open_video


def follow_together(
    subjects: Sequence[ClipSubject], *, start: Fraction = Fraction(0), end: Fraction | None = None
) -> Iterator[tuple[Followed, ...]]:
    """All frames of the clip that these are of, each with every one of them where they surely are, in their order.

    Arguments and errors as for `ClipSubject.follow`.
    """
    with open_video(subjects[0].source) as video:
        yield from follow_several(
            video.frames(),
            [one.template for one in subjects],
            meant=lambda frame: start <= frame.time and (end is None or frame.time < end),
        )


def check_apart(subjects: Sequence[SeenSubject], choices: Sequence[str]) -> None:
    """Whether several people of one file are as many people.

    Args:
        subjects: of one file.
        choices: the words by which they were chosen, for the error.

    Raises:
        FaceChoice: two are one face, or are so alike that nobody could be sure who is who.
    """
    for (one, called), (other, other_called) in combinations(zip(subjects, choices, strict=True), 2):
        if isinstance(one, PictureSubject) and isinstance(other, PictureSubject):
            same = overlap(one.face, other.face) > ONE_PLACE
        else:
            same = one.template.distance(other.template) < ACCEPT
        if same:
            raise FaceChoice(
                f"In {one.source.name} {called} and {other_called} are one person, or cannot be told apart.",
                "Name each person once. Where a clip cuts from one to another, say when: left@12.5.",
            )
