"""Random jobs, with one invariant: every pixel that differs from its plate belongs to a subject of the permit."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countenance.errors import CountenanceError
from countenance.face.identity import FaceTemplate
from countenance.face.subject import PictureSubject
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.render.animation import Animate
from countenance.render.dubbing import Dub
from countenance.render.job import Recipe, RenderJob
from countenance.render.options import AnimateOptions
from countenance.render.speech_source import SpeechOptions
from tests.attacks.conftest import Kept, frames_of, square
from tests.attacks.test_changed_files import STEPS, exchanging, in_place, renamed
from tests.attacks.test_other_faces import alike, of_grace
from tests.likeness.material import BEN, Studio, clip_of, picture_of
from tests.permission.people import ADA

CHOICES = ("largest", "left", "right", "1", "2")


@dataclass(frozen=True)
class Plan:
    """A job: who is where, who is asked about, and what its owner does meanwhile."""

    clip: bool
    script: str  # of a clip: g or e in each half second; of a picture: who stands where
    whose: str
    choice: str
    uses: tuple[str, ...]
    exchange: str | None
    rename: bool


PLANS = st.builds(
    Plan,
    clip=st.booleans(),
    script=st.text("ge", min_size=2, max_size=3),
    whose=st.sampled_from("ge"),
    choice=st.sampled_from(CHOICES),
    uses=st.sampled_from([("animate", "dub"), ("animate", "dub"), ("animate", "dub"), ("double",), ("speak",)]),
    exchange=st.none() | st.none() | st.sampled_from(STEPS),
    rename=st.booleans(),
)


def frames(script: str, beat: int = 6) -> list[Pixels]:
    hers, others = of_grace(beat * len(script)), alike(beat * len(script))
    return [hers[k] if script[k // beat] == "g" else others[k] for k in range(beat * len(script))]


def beside(script: str) -> Pixels:
    return np.hstack([square("grace" if who == "g" else "eileen", 256, 0.55) for who in script[:2]])


SOAKED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.mark.parametrize(
    "plan",
    [
        Plan(True, "ge", "g", "largest", ("animate", "dub"), None, False),
        Plan(False, "eg", "g", "left", ("animate", "dub"), None, False),
        Plan(False, "ge", "g", "left", ("animate", "dub"), "after open", True),
    ],
)
def test_some_jobs(plan: Plan, studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, kept: type[Kept]) -> None:
    holds(plan, studio, grace, eileen, kept)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=200, deadline=None, suppress_health_check=SOAKED, derandomize=True)
@given(plan=PLANS)
def test_whatever_is_asked(
    plan: Plan, studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, kept: type[Kept]
) -> None:
    holds(plan, studio, grace, eileen, kept)


def holds(plan: Plan, studio: Studio, grace: FaceTemplate, eileen: FaceTemplate, kept: type[Kept]) -> None:
    """Make the job, and hold the invariant."""
    kept.frames = []
    folder = Path(tempfile.mkdtemp(dir=studio.folder))
    template, signer = (grace, ADA) if plan.whose == "g" else (eileen, BEN)
    right = studio.grant(signer, template, *plan.uses)
    other = "".join("e" if who == "g" else "g" for who in plan.script)
    options = AnimateOptions(face=plan.choice, duration=Fraction(1, 10) if not plan.clip else None, smooth=0)
    out = folder / "out.mp4"
    if plan.clip:
        path = clip_of(folder / "plate.mp4", frames(plan.script), 12)
        swapped = clip_of(folder / "other.mp4", frames(other), 12).read_bytes()
        recipe: Recipe = Dub(path, "My baby.", out, right, SpeechOptions(), options)
    else:
        path = picture_of(folder / "plate.png", beside(plan.script))
        swapped = picture_of(folder / "other.png", beside(other)).read_bytes()
        recipe = Animate(path, "authored:smile", out, right, options)
    seen = list(frames_of(path)) if plan.clip else [beside(plan.script)]
    boxes = [] if plan.clip else [_box(path, side) for side in ("left", "right")]
    if plan.exchange is not None:
        exchange = renamed if plan.rename else in_place
        recipe = exchanging(recipe, plan.exchange, lambda: exchange(path, swapped))
    try:
        RenderJob(recipe, studio.settings).run()
    except CountenanceError as error:
        assert error.remedy and "unforeseen" not in error.message
    if plan.exchange == "before open" and kept.frames:
        # The exchanged file is the one that was looked at: it is held to the same rule.
        seen = frames_again(swapped, folder, clip=plan.clip)
        boxes = [] if plan.clip else [_box(folder / "again.png", side) for side in ("left", "right")]
    script = other if plan.exchange == "before open" else plan.script
    if kept.frames:
        assert "dub" in plan.uses, "a use that was not granted"
    for k, frame in enumerate(kept.frames):
        if plan.clip:
            stranger = script[min(k // 6, len(script) - 1)] != plan.whose
            assert not stranger or np.array_equal(frame, seen[k]), (plan, k)
            continue
        for who, (x0, y0, x1, y1) in zip(script[:2], boxes, strict=True):
            if who != plan.whose:
                assert np.array_equal(frame[y0:y1, x0:x1], seen[0][y0:y1, x0:x1]), plan
    shutil.rmtree(folder)


def _box(path: Path, side: str) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = (round(v) for v in PictureSubject(Source.pin(path), side, least_eyes=1).face.box)
    return x0, y0, x1, y1


def frames_again(data: bytes, folder: Path, *, clip: bool) -> list[Pixels]:
    from countenance.media.picture import read_picture

    path = folder / ("again.mp4" if clip else "again.png")
    path.write_bytes(data)
    return list(frames_of(path)) if clip else [read_picture(path).flattened()]
