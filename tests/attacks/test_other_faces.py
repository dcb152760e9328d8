"""Another face in the picture: what is drawn is the person whose permission was checked, or nothing is.

The kind: the face that is looked at for permission and the face that is drawn are chosen twice, by another detector,
another place or another moment.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.errors import CountenanceError, PermissionRefused
from countenance.face.identity import REFUSE, FaceTemplate, describe
from countenance.face.subject import ClipSubject, PictureSubject
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.permission import Authorisation, GrantFile, Permitted
from countenance.render.options import AnimateOptions
from tests.attacks.conftest import Kept, frames_of, square
from tests.end_to_end.command import Command
from tests.likeness.material import Studio, clip_of, picture_of
from tests.permission.people import ADA

CHOICES = ("largest", "left", "right", "top", "bottom", "1", "2")


def beside(grace: float, eileen: float, *, first: str = "grace") -> Pixels:
    """Both in one picture, each face so much of its half."""
    sides = {"grace": square("grace", face=grace), "eileen": square("eileen", face=eileen)}
    other = "eileen" if first == "grace" else "grace"
    return np.hstack([sides[first], sides[other]])


@pytest.mark.parametrize(("sizes", "first"), [((0.75, 0.2), "grace"), ((0.2, 0.75), "eileen")])
def test_whichever_face_of_a_picture_is_chosen(
    studio: Studio, grace: FaceTemplate, tmp_path: Path, kept: type[Kept], sizes: tuple[float, float], first: str
) -> None:
    pixels = beside(*sizes, first=first)
    path = picture_of(tmp_path / "two.png", pixels)
    right = studio.grant(ADA, grace, "animate")
    stranger = PictureSubject(Source.pin(path), "right" if first == "grace" else "left", least_eyes=1)
    x0, y0, x1, y1 = (round(v) for v in stranger.face.box)
    drawn = refused = 0
    for choice in CHOICES:
        options = AnimateOptions(face=choice, duration=Fraction(1, 5), smooth=0)
        try:
            studio.job.animate(path, "authored:smile", tmp_path / "out.mp4", permission=right, options=options)
        except CountenanceError as error:
            assert error.code in ("permission.face", "permission.review", "face.choice", "face.too_small"), error
            refused += 1
            continue
        drawn += 1
        for frame in kept.frames:
            assert np.array_equal(frame[y0:y1, x0:x1], pixels[y0:y1, x0:x1]), "the other face stays to the bit"
    assert refused and (drawn or sizes[0] < 0.3), "Grace herself is drawn where she is large enough"


def test_the_command_does_not_draw_one_person_under_the_others_grant(
    studio: Studio, grace: FaceTemplate, tmp_path: Path, countenance: Command
) -> None:
    path = picture_of(tmp_path / "two.png", beside(0.75, 0.2))
    right = studio.grant(ADA, grace, "animate")
    out = tmp_path / "out.mp4"
    common = ("--permission", right.path, "--purpose", "film", "--territory", "DE", "--language", "de", "--json")
    ran = countenance("animate", "-s", path, "-d", "authored:smile", "-o", out, "--face", "right", *common)
    assert ran.status in (4, 5) and json.loads(ran.out or ran.err)["error"]["code"] in (
        "permission.face",
        "face.too_small",
    )
    assert not out.exists()


def test_no_way_to_say_the_face_twice() -> None:
    """A grant does not choose a face, and a subject takes nothing but bytes and a choice."""
    with pytest.raises(TypeError):
        GrantFile(Path("grant.jwt"), face="left")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        PictureSubject(Path("a.png"), pixels=np.zeros((9, 9, 3), np.uint8))  # type: ignore[call-arg, arg-type]
    assert "face" not in GrantFile.__dataclass_fields__


def test_what_a_subject_measured_cannot_be_written_to(tmp_path: Path) -> None:
    subject = PictureSubject(Source.pin(picture_of(tmp_path / "a.png", square("grace"))))
    for array in (subject.pixels, subject.face.landmarks):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(AttributeError):
        subject.face = subject.face  # type: ignore[misc]


def test_a_permit_admits_one_person_of_a_picture(studio: Studio, grace: FaceTemplate, tmp_path: Path) -> None:
    source = Source.pin(picture_of(tmp_path / "two.png", beside(0.6, 0.6)))
    left, right = PictureSubject(source, "left"), PictureSubject(source, "right")
    with Authorisation("animate", {"source": studio.grant(ADA, grace, "animate")}, studio.settings) as asking:
        permit = asking.permit({"source": left}, {})
        with pytest.raises(PermissionRefused) as caught:
            asking.permit({"source": right}, {})
    assert caught.value.code == "permission.face"
    assert Permitted(left, "source", permit).subject is left
    with pytest.raises(PermissionRefused) as caught:
        Permitted(right, "source", permit)
    assert caught.value.code == "permission.subject"


def of_grace(count: int) -> list[Pixels]:
    """She nods a little."""
    return [np.roll(square("grace"), round(3 * np.sin(k / 3)), 0) for k in range(count)]


def alike(count: int) -> list[Pixels]:
    """Eileen where Grace was, as large and as bright: no change of layout that a thumbnail would show."""
    grace = square("grace")
    other = square("eileen")
    ground = cv2.GaussianBlur(grace, (0, 0), 40)
    weight = np.zeros(grace.shape[:2], np.float32)
    cv2.circle(weight, (grace.shape[1] // 2, grace.shape[0] // 2), int(0.38 * grace.shape[0]), 1.0, -1)
    weight = cv2.GaussianBlur(weight, (0, 0), 12)[..., None]
    level = other.astype(np.float32) * (grace.mean() / max(other.mean(), 1))
    mixed = np.clip(level * weight + ground * (1 - weight), 0, 255).astype(np.uint8)
    return [np.roll(mixed, round(3 * np.sin(k / 3)), 0) for k in range(count)]


def dissolve(count: int) -> list[Pixels]:
    """From Grace to Eileen, so slowly that no frame differs much from the one before."""
    a, b = square("grace").astype(np.float32), alike(1)[0].astype(np.float32)
    return [np.asarray(a + (b - a) * k / (count - 1), np.uint8) for k in range(count)]


@pytest.mark.parametrize(
    "script",
    ["g" * 7 + "e" + "g" * 9 + "ee" + "g" * 30, "g" * 30 + "e" * 20,
     *(pytest.param(script, marks=pytest.mark.soak)
       for script in ("gggggggggg" + "e" * 20 + "gggggggggg" * 3, "e" * 3 + "g" * 40, "g" * 45))],
)  # fmt: skip
def test_a_stranger_cut_into_a_clip_is_never_redrawn(
    studio: Studio, grace: FaceTemplate, tmp_path: Path, kept: type[Kept], script: str
) -> None:
    """However short, and however alike in layout; and wherever the looks at the clip happen to fall."""
    hers, others = of_grace(len(script)), alike(len(script))
    frames = [hers[k] if who == "g" else others[k] for k, who in enumerate(script)]
    path = clip_of(tmp_path / "cut.mp4", frames, 25)
    right = studio.grant(ADA, grace, "dub")
    made = studio.job.dub(path, "My baby may be bumping a map.", tmp_path / "out.mp4", permission=right)
    before = list(frames_of(path))
    touched = [not np.array_equal(a, b) for a, b in zip(before, kept.frames, strict=True)]
    strangers = [k for k, who in enumerate(script) if who == "e"]
    assert not [k for k in strangers if touched[k]]
    assert sum(touched) > 0.5 * script.count("g"), "Grace herself is dubbed"
    assert made.redrawn is not None and made.redrawn <= script.count("g")
    if strangers:
        assert any("left as they are" in warning for warning in made.warnings)


def test_a_slow_dissolve_into_somebody_else_ends_the_drawing(grace: FaceTemplate, tmp_path: Path) -> None:
    path = clip_of(tmp_path / "dissolve.mp4", [*of_grace(24), *dissolve(48), *alike(24)], 25)
    subject = ClipSubject(Source.pin(path), end=Fraction(1))
    assert subject.template.distance(grace) < 0.38
    seen = [one.face is not None for one in subject.follow()]
    assert all(seen[:24]) and not any(seen[72:])
    assert not any(seen[24 + 36 : 72]), "more Eileen than Grace"


@pytest.mark.parametrize("way", [3, 6])
def test_a_morph_out_and_back_between_two_looks_is_not_redrawn(grace: FaceTemplate, tmp_path: Path, way: int) -> None:
    """None of its frames is far from the one before, and it is over before the next look."""
    out = dissolve(way)
    path = clip_of(tmp_path / "morph.mp4", [*of_grace(14), *out, *out[-2::-1], *of_grace(25)], 25)
    seen = list(ClipSubject(Source.pin(path), end=Fraction(1, 2)).follow())
    drawn = {k: one.face for k, one in enumerate(seen) if one.face is not None}
    away = {k: grace.distance(describe(seen[k].frame.pixels, face)) for k, face in drawn.items()}
    assert not {k: far for k, far in away.items() if far > REFUSE}
    assert len(drawn) > 25, "Grace herself is"


def test_a_clip_mostly_of_somebody_else_is_asked_about_them(
    studio: Studio, grace: FaceTemplate, tmp_path: Path, kept: type[Kept]
) -> None:
    frames = of_grace(60)
    frames[10:52] = alike(42)
    path = clip_of(tmp_path / "mostly.mp4", frames, 25)
    right = studio.grant(ADA, grace, "dub")
    with pytest.raises(PermissionRefused) as caught:
        studio.job.dub(path, "My baby.", tmp_path / "out.mp4", permission=right)
    assert caught.value.code in ("permission.face", "permission.review") and not kept.frames
