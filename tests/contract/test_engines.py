"""What every engine must keep, whichever it is. A new engine is added to ENGINES."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from countenance.engines import DrawOptions, Engine, Portrait, Rig, engine_names, load_engine
from countenance.engines import discovery as engine_registry
from countenance.errors import EngineUnknown
from countenance.face.head import Head
from countenance.face.head_lengths import mouth_and_eyes
from countenance.face.matte import person_matte
from countenance.face.topology import LIPS_INNER_LOWER, LIPS_INNER_UPPER
from countenance.performance.take import Neutral, Sample, rest
from tests.portraits import grace_hopper


class TintEngine:
    """The smallest engine there can be: it marks where the face is. Proves that registration needs no more."""

    name = "tint"
    version = "1"

    def prepare(self, portrait: Portrait, neutral: Neutral, options: DrawOptions) -> Rig:  # noqa: ARG002
        return _TintRig(portrait)


class _TintRig:
    def __init__(self, portrait: Portrait) -> None:
        self._portrait = portrait

    def vertices(self, sample: Sample) -> np.ndarray:
        shift = sample.translation[:2] * self._portrait.face.eye_distance / 8.9
        return (self._portrait.face.landmarks[:, :2] + shift + sample.offsets[:, :2] * 10).astype(np.float32)

    def draw(self, sample: Sample) -> np.ndarray:
        out = self._portrait.pixels.copy()
        if np.abs(sample.rotation).max() + np.abs(sample.translation).max() + np.abs(sample.offsets).max() > 0:
            x0, y0 = self.vertices(sample).min(0).astype(int)
            x1, y1 = self.vertices(sample).max(0).astype(int)
            out[max(0, y0) : y1, max(0, x0) : x1, 0] ^= 64
        return out


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return grace_hopper()


@pytest.fixture(scope="module", params=["mesh", "tint"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with pytest.MonkeyPatch.context() as patch:
        points = {"tint": EntryPoint("tint", "tests.contract.test_engines:TintEngine", engine_registry.GROUP)}
        installed = engine_registry._installed
        patch.setattr(engine_registry, "_installed", lambda: installed() | points)
        assert request.param in engine_names()
        yield load_engine(request.param)


@pytest.fixture(scope="module")
def rig(engine: Engine, portrait: Portrait) -> Rig:
    own = Neutral(*mouth_and_eyes(Head.of(portrait.face.landmarks.astype(np.float64)).shape))
    return engine.prepare(portrait, own, DrawOptions())


def turned(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Sample:
    """The head turned by degrees, the face at rest."""
    return replace(rest(), rotation=np.radians([pitch, yaw, roll]).astype(np.float32))


def jaw_dropped(amount: float = 1.2) -> Sample:
    """The lower lip and chin pulled down, cm."""
    offsets = np.zeros((478, 3), np.float32)
    offsets[LIPS_INNER_LOWER[1:-1], 1] = amount
    offsets[[17, 84, 314, 181, 405, 152, 148, 377, 175, 199, 200, 18, 83, 313], 1] = amount
    return replace(rest(), offsets=offsets)


def test_rest_is_the_portrait_itself(rig: Rig, portrait: Portrait) -> None:
    drawn = rig.draw(rest())
    assert drawn.dtype == np.uint8
    assert drawn.shape == portrait.pixels.shape
    error = np.abs(drawn.astype(int) - portrait.pixels).mean()
    assert error < 1.0, f"at rest the portrait must stay as it is; mean error {error:.2f}"


def test_the_same_sample_gives_the_same_pixels_whatever_came_before(rig: Rig) -> None:
    first = rig.draw(turned(yaw=8)).copy()
    rig.draw(jaw_dropped())
    rig.draw(turned(pitch=-10))
    assert np.array_equal(rig.draw(turned(yaw=8)), first)


def test_the_portrait_is_not_written_to(rig: Rig, portrait: Portrait) -> None:
    before = portrait.pixels.copy()
    rig.draw(turned(yaw=12))
    assert np.array_equal(portrait.pixels, before)


def test_a_motion_moves_the_picture_near_the_face(rig: Rig, portrait: Portrait) -> None:
    moved = rig.draw(replace(rest(), translation=np.array([1.0, 0, 0], np.float32)))
    x0, y0, x1, y1 = (int(v) for v in portrait.face.box)
    assert np.abs(moved[y0:y1, x0:x1].astype(int) - portrait.pixels[y0:y1, x0:x1]).mean() > 1


def test_vertices_follow_offsets(rig: Rig) -> None:
    still, open_ = rig.vertices(rest()), rig.vertices(jaw_dropped())
    gap = (open_ - still)[LIPS_INNER_LOWER[5], 1] - (open_ - still)[LIPS_INNER_UPPER[5], 1]
    assert still.shape == (478, 2)
    assert gap > 3, "the lower lip must leave the upper one"


def test_an_unknown_engine_is_told_with_the_known_ones() -> None:
    with pytest.raises(EngineUnknown, match="mesh"):
        load_engine("no-such-engine")


@pytest.mark.parametrize(
    "turn", [{"yaw": 20}, {"yaw": -20}, {"pitch": 15}, {"pitch": -15}, {"roll": 20}, {"roll": -20}]
)
def test_the_mesh_engine_turns_the_head_as_asked(portrait: Portrait, turn: dict[str, float]) -> None:
    from countenance.face.pose import rotation_angle
    from countenance.face.tracker import find_faces

    own = Neutral(*mouth_and_eyes(Head.of(portrait.face.landmarks.astype(np.float64)).shape))
    rig = load_engine("mesh").prepare(portrait, own, DrawOptions())
    seen = find_faces(rig.draw(turned(**turn)))
    assert seen, "a face must still be found"

    def rotation(pose: np.ndarray) -> np.ndarray:
        r = pose[:3, :3].astype(np.float64)
        return r / np.cbrt(np.linalg.det(r))

    asked = abs(next(iter(turn.values())))
    shown = rotation_angle(rotation(seen[0].pose), rotation(portrait.face.pose))
    # MediaPipe reads a warped still's turn as smaller than it is, most so for yaw.
    assert 0.5 * asked < shown < 1.3 * asked


def test_background_away_from_the_head_never_moves(portrait: Portrait) -> None:
    matte = person_matte(portrait.pixels, portrait.face)
    assert matte is not None
    rig = load_engine("mesh").prepare(portrait, Neutral(), DrawOptions())
    corner = np.s_[:60, :60]
    frames = [rig.draw(turned(yaw=y, roll=y / 2)) for y in (-15, 0, 15)]
    for frame in frames:
        assert np.array_equal(frame[corner], frames[0][corner])


def test_times_are_left_alone() -> None:
    assert rest(Fraction(1, 3)).time == Fraction(1, 3)
