"""A stranger before the camera: another age is worn by the person whom the permit names, and by nobody else.

The kind: the double steps out, and somebody else steps in, while the session runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from countenance.errors import PermissionRefused
from countenance.face.identity import FaceTemplate
from countenance.media.frames import Pixels
from countenance.performance.live import Moment
from countenance.render import live as live_jobs
from countenance.render.face_swap import SwapOptions
from countenance.render.live import BY_CAMERA, BY_SPEECH, LiveJob, LivePortrait
from countenance.render.live_double import LiveDouble, fitted_in
from countenance.render.options import AnimateOptions
from tests.attacks.conftest import square
from tests.attacks.test_nudity import with_a_face
from tests.likeness.material import Studio, picture_of
from tests.permission.people import ADA


class Camera:
    """Gives these pictures, each once."""

    def __init__(self, pictures: list[Pixels]) -> None:
        self._left = list(pictures)

    def newest(self, timeout: float) -> Pixels | None:
        del timeout
        if not self._left:
            raise StopIteration
        return self._left.pop(0)


class Motionless:
    """Moves nothing, and is over at once."""

    def moments(self) -> Iterator[Moment]:
        return iter(())


class KeptLive:
    """Takes the live exit's place and keeps what is handed to it."""

    frames: ClassVar[list[Pixels]] = []
    receipt: Any = None

    def __init__(self, *_: object, **__: object) -> None:
        KeptLive.frames = []

    def __enter__(self) -> KeptLive:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def put(self, pixels: Pixels, time: object) -> None:
        del time
        KeptLive.frames.append(pixels.copy())


def test_who_steps_in_before_the_camera_passes_as_they_are(
    studio: Studio, grace: FaceTemplate, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_jobs, "LiveOutput", KeptLive)
    hers, strangers = square("grace", 480, face=0.5), square("eileen", 480, face=0.5)
    double = picture_of(tmp_path / "grace.png", square("grace", 480, face=0.5))
    shown = [hers] * 14 + [strangers] * 14 + [hers] * 14
    recipe = LiveDouble(
        None,
        double,
        studio.grant(ADA, grace, "re-age", "live"),
        None,
        Camera(shown),
        SwapOptions(years=30, current_age=40),
    )
    LiveJob(recipe, studio.settings).run_live()
    kept = KeptLive.frames
    assert len(kept) == len(shown) - 1, "the first picture opens the session"
    for drawn, before in zip(kept[13:27], shown[14:28], strict=True):
        assert np.array_equal(drawn, fitted_in(before)), "a stranger's face stays to the bit"
    assert recipe.redrawn >= 10 and any(
        not np.array_equal(drawn, fitted_in(before)) for drawn, before in zip(kept[:13], shown[1:14], strict=True)
    )


def test_a_face_that_speaks_live_needs_a_grant_to_speak(studio: Studio, grace: FaceTemplate, tmp_path: Any) -> None:
    portrait = picture_of(tmp_path / "grace.png", square("grace", 480, face=0.5))
    recipe = LivePortrait(portrait, studio.grant(ADA, grace, "live"), lambda: Camera([]), BY_SPEECH)  # type: ignore[arg-type]
    with pytest.raises(PermissionRefused) as refused:
        LiveJob(recipe, studio.settings).run_live()
    assert refused.value.code == "permission.use" and "speak" in refused.value.message


def test_a_face_changed_live_needs_a_grant_for_live(studio: Studio, grace: FaceTemplate, tmp_path: Any) -> None:
    double = picture_of(tmp_path / "grace.png", square("grace", 480, face=0.5))
    right, options = studio.grant(ADA, grace, "re-age"), SwapOptions(years=30, current_age=40)
    with pytest.raises(PermissionRefused) as refused:
        LiveJob(LiveDouble(None, double, right, None, Camera([]), options), studio.settings).run_live()
    assert refused.value.code == "permission.use" and "live" in refused.value.message


def test_a_picture_that_no_job_takes_is_not_taken_live(
    studio: Studio, grace: FaceTemplate, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cropped to the face, so that nothing of it would be seen in what leaves."""
    monkeypatch.setattr(live_jobs, "LiveOutput", KeptLive)
    recipe = LivePortrait(
        picture_of(tmp_path / "a.png", with_a_face()),
        studio.grant(ADA, grace, "live"),
        lambda: Motionless(),
        BY_CAMERA,
        AnimateOptions(crop="face", size=128),
    )
    with pytest.raises(PermissionRefused) as refused:
        LiveJob(recipe, studio.settings).run_live()
    assert refused.value.code == "permission.nudity"
