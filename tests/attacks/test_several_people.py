"""Several people in one run: nobody is drawn under another one's grant, and each grant is asked, counted and told.

The kind: the operator has a grant of the first person, and wants the second one.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import CountenanceError
from countenance.face.identity import FaceTemplate
from countenance.face.subject import PictureSubject
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.render.options import AnimateOptions
from countenance.render.people import Person
from tests.attacks.conftest import Kept, square
from tests.likeness.material import BEN, Studio, picture_of
from tests.permission.people import ADA

SHORT = AnimateOptions(duration=Fraction(1, 5), smooth=0)


def beside(*who: str) -> Pixels:
    """Squares of so many faces, from left to right."""
    return np.hstack([square(one) for one in who])


def boxes(path: Path, *choices: str) -> list[tuple[slice, slice]]:
    """Where the faces are, rows and columns."""
    found = [PictureSubject(Source.pin(path), choice).face.box for choice in choices]
    return [(slice(round(y0), round(y1)), slice(round(x0), round(x1))) for x0, y0, x1, y1 in found]


def changed(frames: list[Pixels], before: Pixels, where: tuple[slice, slice]) -> bool:
    return any(not np.array_equal(frame[where], before[where]) for frame in frames)


def test_each_is_drawn_under_their_own_grant_and_strangers_stay(
    studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, tmp_path: Path, kept: type[Kept]
) -> None:
    pixels = np.hstack([beside("grace", "eileen"), square("grace")[:, ::-1]])
    path = picture_of(tmp_path / "three.png", pixels)
    people = [
        Person("left", studio.grant(ADA, grace, "animate")),
        Person("2", studio.grant(BEN, eileen, "animate"), driving="authored:demo"),
    ]
    left, right, stranger = boxes(path, "left", "2", "right")
    if abs(right[1].start - 320) > 200:  # numbers go by size
        people[1] = Person("3", people[1].permission, driving="authored:demo")
        right = boxes(path, "3")[0]
    made = studio.job.animate(path, "authored:smile", tmp_path / "out.mp4", permission=people, options=SHORT)
    assert changed(kept.frames, pixels, left) and changed(kept.frames, pixels, right)
    assert not changed(kept.frames, pixels, stranger), "whom nobody named stays to the bit"
    assert made.about == {"people": 2, "faces_left": 1}
    assert any("nobody named" in warning for warning in made.warnings)


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ("exchanged", "permission.face"),
        ("one grant for both", "permission.twice"),
        ("two grants of one person", "permission.twice"),
        ("none for the second", "permission.missing"),
        ("one face by two words", "face.choice"),
        ("another use", "permission.use"),
    ],
)
def test_the_second_person_is_not_had_under_the_firsts_grant(
    studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, tmp_path: Path, kept: type[Kept], which: str, code: str
) -> None:
    path = picture_of(tmp_path / "two.png", beside("grace", "eileen"))
    hers = studio.grant(ADA, grace, "animate")
    others = studio.grant(BEN, eileen, "dub" if which == "another use" else "animate")
    people = {
        "exchanged": [Person("left", others), Person("right", hers)],
        "one grant for both": [Person("left", hers), Person("right", hers)],
        "two grants of one person": [Person("left", hers), Person("right", studio.grant(ADA, grace, "animate"))],
        "none for the second": [Person("left", hers), Person("right")],
        "one face by two words": [Person("left", hers), Person("1" if _largest_is_left(path) else "2", others)],
        "another use": [Person("left", hers), Person("right", others)],
    }[which]
    with pytest.raises(CountenanceError) as caught:
        studio.job.animate(path, "authored:smile", tmp_path / "out.mp4", permission=people, options=SHORT)
    assert caught.value.code == code and not kept.frames


def _largest_is_left(path: Path) -> bool:
    left, largest = boxes(path, "left", "largest")
    return left == largest
