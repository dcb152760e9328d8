"""What every engine must keep that redraws people in plates. A new engine is added to ENGINES."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from countenance.engines import Plate, PlateEngine, PlateOptions, PlateRig, load_plate_engine
from countenance.engines import discovery as engine_registry
from countenance.errors import EngineUnknown
from countenance.face.person import cut_round
from countenance.face.topology import BLENDSHAPES
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.value import Likeness
from countenance.performance.expression import landmark_motion
from tests.likeness.material import picture_of
from tests.portraits import eileen_collins, grace_hopper

ENGINES = ("mesh",)
JOBS = ("dub", "swap", "reage")


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> PlateEngine:
    return load_plate_engine(request.param)


@pytest.fixture(scope="module")
def likeness(tmp_path_factory: pytest.TempPathFactory) -> Likeness:
    photo = picture_of(tmp_path_factory.mktemp("eileen") / "eileen.png", eileen_collins().pixels)
    return made_from(gather([photo]), "Eileen", grant_sha256="ab" * 32)


@pytest.fixture(scope="module")
def rig_of(engine: PlateEngine, likeness: Likeness) -> Callable[[str], PlateRig]:
    portrait = grace_hopper()
    plate = Plate(cut_round(portrait.pixels, portrait.face))
    shapes = np.zeros(52, np.float32)
    shapes[BLENDSHAPES.index("jawOpen")] = 0.5
    opened = landmark_motion(shapes).astype(np.float32)

    def prepare(job: str) -> PlateRig:
        options = PlateOptions(seed=3)
        if job == "dub":
            return engine.prepare_dub(plate, lambda _: opened, options)
        if job == "swap":
            return engine.prepare_swap(plate, likeness, options)
        return engine.prepare_reage(plate, likeness, likeness, options)

    return prepare


@pytest.mark.parametrize("job", JOBS)
def test_a_frame_comes_back_and_the_one_handed_in_stays(rig_of: Callable[[str], PlateRig], job: str) -> None:
    portrait = grace_hopper()
    before = portrait.pixels.copy()
    drawn = rig_of(job).draw(portrait.pixels, portrait.face, time=Fraction(0), cut=True)
    assert drawn.shape == before.shape and drawn.dtype == np.uint8
    assert np.array_equal(portrait.pixels, before) and drawn is not portrait.pixels


@pytest.mark.parametrize("job", JOBS)
def test_what_is_far_from_the_face_stays_to_the_bit(rig_of: Callable[[str], PlateRig], job: str) -> None:
    portrait = grace_hopper()
    drawn = rig_of(job).draw(portrait.pixels, portrait.face, time=Fraction(0), cut=True)
    y, x = np.nonzero((drawn != portrait.pixels).any(2))
    reach = 2.2 * portrait.face.size
    if y.size:
        assert np.hypot(x - portrait.face.centre[0], y - portrait.face.centre[1]).max() < reach


@pytest.mark.parametrize("job", JOBS)
def test_the_same_frames_in_order_give_the_same_pixels(rig_of: Callable[[str], PlateRig], job: str) -> None:
    portrait = grace_hopper()
    first, second = (
        [rig.draw(portrait.pixels, portrait.face, time=Fraction(k, 25), cut=k == 0) for k in range(2)]
        for rig in (rig_of(job), rig_of(job))
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("job", ["dub", "swap"])
def test_something_is_redrawn(rig_of: Callable[[str], PlateRig], job: str) -> None:
    portrait = grace_hopper()
    drawn = rig_of(job).draw(portrait.pixels, portrait.face, time=Fraction(0), cut=True)
    x0, y0, x1, y1 = (round(v) for v in portrait.face.box)
    assert (drawn[y0:y1, x0:x1] != portrait.pixels[y0:y1, x0:x1]).any(2).mean() > 0.02


def test_an_engine_for_portraits_alone_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"tint": EntryPoint("tint", "tests.contract.test_engines:TintEngine", engine_registry.GROUP)}
    installed = engine_registry._installed
    monkeypatch.setattr(engine_registry, "_installed", lambda: installed() | points)
    with pytest.raises(EngineUnknown) as caught:
        load_plate_engine("tint")
    assert "tint" in caught.value.message and "COUNTENANCE_ENGINE" in caught.value.remedy
