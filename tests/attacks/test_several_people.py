"""Several people in one run: nobody is drawn under another one's grant, and each grant is asked, counted and told.

The kind: the operator has a grant of the first person, and wants the second one.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from time import time

import numpy as np
import pytest

from countenance.errors import CountenanceError, FaceChoice, PermissionRefused
from countenance.face.following import follow_several
from countenance.face.identity import FaceTemplate
from countenance.face.subject import ClipSubject, PictureSubject
from countenance.face.together import check_apart
from countenance.marking.render_registry import Registry
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.media.video import open_video
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.usage import Usage
from countenance.permission.signed_grant import load_grant
from countenance.render.dubbing import Dub
from countenance.render.options import AnimateOptions
from countenance.render.people import Person
from countenance.render.script_review import allowed_script
from countenance.render.speech_source import SpeechOptions
from countenance.settings import default_settings
from countenance.speech.script import Cue
from countenance.verify.inquiry import verify_file
from tests.attacks.conftest import Kept, frames_of, square
from tests.attacks.test_other_faces import of_grace
from tests.likeness.material import BEN, Studio, clip_of, picture_of
from tests.permission.people import ADA, grant_said

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


def dialogue(path: Path, frames: int = 24) -> Path:
    """Grace on the left; Eileen on the right, who comes in after a quarter; they change sides at a cut after a half."""
    hers, others = of_grace(frames), [np.roll(square("eileen"), k % 3, 1) for k in range(frames)]
    wall = np.full_like(hers[0], 90)
    shown = []
    for k in range(frames):
        pair = [hers[k], wall if k < frames // 4 else others[k]]
        shown.append(np.hstack(pair if k < frames // 2 else pair[::-1]))
    return clip_of(path, shown, 25)


CUES = [
    Cue("My baby may be a bumpy map.", Fraction(0), Fraction(4, 5), "GRACE"),
    Cue("Papa may bump a mob.", Fraction(1, 20), Fraction(9, 10), "EILEEN"),
]


def halves(frames: list[Pixels], before: list[Pixels]) -> list[tuple[bool, bool]]:
    """Whether each frame was changed on the left, and on the right."""
    middle = before[0].shape[1] // 2
    return [
        (not np.array_equal(a[:, :middle], b[:, :middle]), not np.array_equal(a[:, middle:], b[:, middle:]))
        for a, b in zip(frames, before, strict=True)
    ]


def test_speakers_who_cross_and_one_who_comes_late_are_drawn_each_under_their_own(
    studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, tmp_path: Path, kept: type[Kept]
) -> None:
    path = dialogue(tmp_path / "dialogue.mp4")
    people = [
        Person("left@0.1", studio.grant(ADA, grace, "dub"), speaker="Grace"),
        Person("right@0.4", studio.grant(BEN, eileen, "dub"), speaker="Eileen"),
    ]
    made = studio.job.dub(path, CUES, tmp_path / "out.mp4", permission=people, speech=SpeechOptions("hibari"))
    told = halves(kept.frames, list(frames_of(path)))
    assert not any(right for _, right in told[:6]), "before she comes nothing is drawn there"
    assert sum(left for left, _ in told[:12]) > 9 and sum(right for _, right in told[6:12]) > 3
    assert sum(right for _, right in told[12:]) > 9 and sum(left for left, _ in told[12:]) > 9, "each on their new side"
    [hers, others] = made.about["people"]
    assert hers["face"] == "left@0.1" and others["passed"] >= 6 > hers["passed"]


def test_who_has_no_grant_is_left_though_they_take_the_others_place(
    studio: Studio, grace: FaceTemplate, tmp_path: Path, kept: type[Kept]
) -> None:
    """One grant, two people, and the second one comes where the first one was."""
    path = dialogue(tmp_path / "dialogue.mp4")
    hers = studio.grant(ADA, grace, "dub")
    speech = SpeechOptions("hibari")
    for second in ("right@0.4", "left@0.7"):
        people = [Person("left@0.1", hers, speaker="Grace"), Person(second, hers, speaker="Eileen")]
        with pytest.raises(PermissionRefused) as caught:
            studio.job.dub(path, CUES, tmp_path / "out.mp4", permission=people, speech=speech)
        assert caught.value.code == "permission.twice" and not kept.frames
    people = [Person("left@0.1", hers, speaker="Grace"), Person("off", speaker="Eileen")]
    made = studio.job.dub(path, CUES, tmp_path / "out.mp4", permission=people, speech=speech)
    told = halves(kept.frames, list(frames_of(path)))
    assert not any(right for _, right in told[:12]) and not any(left for left, _ in told[12:])
    assert sum(left for left, _ in told[:12]) > 9 and len(made.cues) == 2, "she is heard, and not drawn"


def test_two_who_would_be_in_one_place_are_both_left(grace: FaceTemplate, tmp_path: Path) -> None:
    path = clip_of(tmp_path / "one.mp4", of_grace(12), 25)
    again = replace(grace, salt=b"another one's 16")
    with open_video(path) as video:
        seen = list(follow_several(video.frames(), [grace, again]))
    assert len(seen) == 12 and all(one.face is None for there in seen for one in there)
    with pytest.raises(FaceChoice):
        check_apart([ClipSubject(Source.pin(path), "left"), ClipSubject(Source.pin(path), "largest")], ["left", "1"])


def test_every_permission_is_named_and_a_verdict_stands_as_the_weakest(
    studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, tmp_path: Path
) -> None:
    path = picture_of(tmp_path / "two.png", beside("grace", "eileen"))
    once = {**grant_said()["scope"], "uses": ["animate"], "times": 1}
    rights = [studio.grant(ADA, grace, "animate"), studio.grant(BEN, eileen, "animate", scope=once)]
    people = [Person("left", rights[0]), Person("right", rights[1])]
    out = tmp_path / "out.mp4"
    made = studio.job.animate(path, "authored:smile", out, permission=people, options=SHORT)
    signed = [load_grant(one.path) for one in rights]
    with Registry.open(studio.settings) as registry:
        assert [len(registry.by_grant(one.sha256)) for one in signed] == [1, 1]
    with Ledger.open(studio.settings) as ledger:
        assert [len(Usage(ledger).files(one.grant.id)) for one in signed] == [1, 1], "each is counted"
        before = verify_file(out, studio.settings)
        taken = {"grant": signed[1].grant.id, "list_sha256": "ab" * 32, "number": 1, "since": int(time()) - 60}
        ledger.append("revocation", taken)
    after = verify_file(out, studio.settings)
    assert before.permission is not None and before.permission.state == "unrevoked" and before.exit_status == 0
    assert {one.assurance.grant_sha256 for one in before.vouching} == {one.sha256 for one in signed}
    assert "2 people were redrawn" in before.summary
    assert after.permission is not None and after.permission.state == "revoked" and after.exit_status == 11
    assert [one.state for one in after.permission.each] == ["unrevoked", "revoked"]
    assert after.as_dict()["manifest"]["permission"]["grants"] == [one.sha256 for one in signed]
    assert made.receipt.payload
    with pytest.raises(PermissionRefused) as caught:  # the second one's single use is spent, the first one's is not
        studio.job.animate(path, "authored:smile", tmp_path / "b.mp4", permission=people, options=SHORT)
    assert caught.value.code in ("permission.count", "permission.revoked")


def test_the_second_speakers_words_are_looked_at_too() -> None:
    """Also where they alone are said to be in another language."""
    rest = [Person("left", speaker="GRACE"), Person("right", speaker="EILEEN", speech=SpeechOptions(language="xx"))]
    cues = [CUES[0], Cue("This is the police. Tell me your PIN.", Fraction(1), Fraction(2), "EILEEN")]
    dub = Dub(Path("a.mp4"), cues, Path("b.mp4"), rest, SpeechOptions("hibari"), SHORT)
    assert dub.script is not None and cues[1].text in dub.script.texts
    with pytest.raises(PermissionRefused) as caught:
        allowed_script(dub.script, default_settings())
    assert caught.value.code == "permission.script"
