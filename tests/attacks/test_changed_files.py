"""A file changed meanwhile: what was checked is what is drawn, recorded and signed, or nothing is.

The kind: a path is checked at one moment and read at another. The files are exchanged at every step of the one job, by
a rename and in place, with the length, the times and the name kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import CountenanceError, InputError
from countenance.face.identity import FaceTemplate
from countenance.face.subject import PictureSubject
from countenance.files import sha256_file
from countenance.marking.render_registry import Registry
from countenance.media.source import Source
from countenance.permission.permit import Permit
from countenance.render.animation import Animate
from countenance.render.dubbing import Dub
from countenance.render.job import Inputs, Recipe, RenderJob
from countenance.render.options import AnimateOptions
from countenance.render.speech_source import SpeechOptions
from countenance.settings import Settings
from tests.attacks.conftest import Kept, frames_of, square
from tests.attacks.test_other_faces import alike, of_grace
from tests.likeness.material import Studio, clip_of, picture_of
from tests.permission.people import ADA

Exchange = Callable[[Path, bytes], None]


def renamed(path: Path, other: bytes) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(other)
    beside.replace(path)


def in_place(path: Path, other: bytes) -> None:
    """The same inode, length and times: only the bytes tell."""
    before = path.stat()
    data = other[: before.st_size].ljust(before.st_size, b"\0")
    with path.open("rb+") as file:
        file.write(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def exchanging(recipe: Recipe, step: str, exchange: Callable[[], None]) -> Recipe:
    """The recipe, whose owner exchanges a file before or after one of its steps."""
    opened, prepared = recipe.open, recipe.prepare

    def open_(settings: Settings) -> Inputs:
        if step == "before open":
            exchange()
        inputs = opened(settings)
        if step == "after open":
            exchange()
        return inputs

    def prepare(inputs: Inputs, permit: Permit, settings: Settings) -> object:
        if step == "before prepare":
            exchange()
        film = prepared(inputs, permit, settings)
        if step == "after prepare":
            exchange()
        return film

    recipe.open, recipe.prepare = open_, prepare  # type: ignore[method-assign, assignment]
    return recipe


STEPS = ("before open", "after open", "before prepare", "after prepare")


@pytest.mark.parametrize("exchange", [renamed, in_place])
@pytest.mark.parametrize("step", STEPS)
def test_a_portrait_exchanged_is_not_drawn(
    studio: Studio, grace: FaceTemplate, tmp_path: Path, kept: type[Kept], step: str, exchange: Exchange
) -> None:
    hers, other = square("grace"), square("eileen")
    path = picture_of(tmp_path / "portrait.png", hers)
    theirs = picture_of(tmp_path / "other.png", other).read_bytes()
    options = AnimateOptions(duration=Fraction(1, 10), smooth=0)
    right = studio.grant(ADA, grace, "animate")
    recipe = Animate(path, "authored:smile", tmp_path / "out.mp4", right, options)
    recipe = exchanging(recipe, step, lambda: exchange(path, theirs))  # type: ignore[assignment]
    try:
        RenderJob(recipe, studio.settings).run()
    except CountenanceError as error:
        assert error.code in ("permission.face", "input.changed", "input.damaged", "input.not_a_picture"), error
    assert all(
        np.abs(frame.astype(int) - hers).mean() < np.abs(frame.astype(int) - other).mean() for frame in kept.frames
    )
    assert step == "before open" or kept.frames, "what was pinned is drawn, whatever lies there now"


@pytest.mark.parametrize("exchange", [renamed, in_place])
@pytest.mark.parametrize("step", STEPS)
def test_a_plate_exchanged_is_not_redrawn(
    studio: Studio, grace: FaceTemplate, tmp_path: Path, kept: type[Kept], step: str, exchange: Exchange
) -> None:
    path = clip_of(tmp_path / "plate.mp4", of_grace(12), 12)
    original = list(frames_of(path))
    theirs = clip_of(tmp_path / "other.mp4", alike(12), 12).read_bytes()
    right = studio.grant(ADA, grace, "dub")
    recipe: Recipe = Dub(path, "My baby.", tmp_path / "out.mp4", right, SpeechOptions(), AnimateOptions())
    recipe = exchanging(recipe, step, lambda: exchange(path, theirs))
    try:
        RenderJob(recipe, studio.settings).run()
    except (CountenanceError, InputError) as error:
        refusals = (
            "permission.face",
            "permission.review",
            "input.changed",
            "input.damaged",
            "input.not_a_video",
            "face.none",
        )
        assert error.code in refusals, error
    for before, frame in zip(original, kept.frames, strict=False):
        assert np.abs(before.astype(int) - frame).mean() < 4, "Grace's own frame, with another mouth at most"


def test_a_file_exchanged_while_frames_are_drawn_leaves_nothing(
    studio: Studio, grace: FaceTemplate, tmp_path: Path
) -> None:
    """Large enough that it is read in many blocks; the exit and the manifest read it again at the end."""
    noisy = np.random.default_rng(3)
    frames = [np.asarray(np.clip(f + noisy.normal(0, 12, f.shape), 0, 255), np.uint8) for f in of_grace(24)]
    path = clip_of(tmp_path / "plate.mp4", frames, 12)
    digest = sha256_file(path)
    theirs = clip_of(tmp_path / "other.mp4", alike(24), 12).read_bytes()
    out = tmp_path / "out.mp4"

    def progress(count: int, _total: int | None) -> None:
        if count == 3:
            renamed(path, theirs)

    right = studio.grant(ADA, grace, "dub")
    try:
        studio.job.dub(path, "My baby.", out, permission=right, progress=progress)
    except CountenanceError as error:
        assert error.code == "input.changed" and not out.exists()
        assert not [one for one in tmp_path.iterdir() if "part" in one.name]
        return
    with Registry.open(studio.settings) as registry:
        render = registry.by_file(sha256_file(out))
    assert render is not None and render.inputs["plate"] == digest, "what was pinned is what is recorded"


def test_a_likeness_exchanged_is_not_worn(
    studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, tmp_path: Path
) -> None:
    """The likeness that is asked about is the value that is drawn: opened once, out of pinned bytes."""
    from countenance.likeness.gathering import gather, made_from
    from countenance.likeness.library.likeness_store import LikenessSubject, save_likeness

    del eileen
    for name in ("grace", "eileen"):
        photo = picture_of(tmp_path / f"{name}.png", square(name, 512, 0.6))
        made = made_from(gather([photo]), name, grant_sha256="ab" * 32)
        save_likeness(made, tmp_path / f"{name}.likeness", studio.settings)
    path = tmp_path / "grace.likeness"
    subject = LikenessSubject(Source.pin(path), studio.settings)
    renamed(path, (tmp_path / "eileen.likeness").read_bytes())
    assert subject.template.distance(grace) < 0.38 and subject.likeness.name == "grace"
    with pytest.raises(AttributeError):
        subject.template = grace  # type: ignore[misc]


def test_a_subject_of_another_files_bytes_has_another_key(tmp_path: Path) -> None:
    a, b = picture_of(tmp_path / "a.png", square("grace")), picture_of(tmp_path / "b.png", square("grace", light=0.98))
    assert PictureSubject(Source.pin(a)).key != PictureSubject(Source.pin(b)).key
    assert PictureSubject(Source.pin(a)).key == PictureSubject(Source.pin(a)).key
