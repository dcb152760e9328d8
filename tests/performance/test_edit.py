"""Editing takes: what changes, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from countenance.engines import DrawOptions, load_engine
from countenance.errors import BadOption
from countenance.face.topology import BLENDSHAPES, LIPS, MOUTH_CORNERS, RIGHT_EYE_UPPER
from countenance.face.tracker import choose_face, find_faces
from countenance.performance.angles import head_rotation
from countenance.performance.authored import authored_performance
from countenance.performance.edit import concatenate, loop, mirror, retime, scale, smooth, trim
from countenance.performance.expression import canonical_neutral, landmark_motion
from countenance.performance.mirror import landmark_twins
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.take import Neutral, Performance, Sample, quantised, rest
from tests.performance.takes import NTSC, assert_same, random_take, short_take
from tests.portraits import eileen_collins

RATE = Fraction(25)


def curve(f, count: int = 50, rate: Fraction = RATE) -> Performance:  # type: ignore[no-untyped-def]
    """A take in which yaw (radians), and all landmarks' y (cm), follow f(seconds)."""

    def one(k: int) -> Sample:
        value = f(k / float(rate))
        return replace(
            rest(k / rate),
            rotation=np.array([0, value, 0], np.float32),
            offsets=quantised(np.full((478, 3), [0, value, 0])),
        )

    return Performance.of([one(k) for k in range(count)], rate)


def yaws(take: Performance) -> np.ndarray:
    return np.array([s.rotation[1] for s in take])


def test_trim_keeps_samples_and_counts_from_its_beginning() -> None:
    take = random_take()
    part = trim(take, 10 / NTSC, 20 / NTSC)
    samples, whole = list(part), list(take)
    assert part.duration == 20 / NTSC
    # frame 10 of this take comes a hair late: frame 9 is still on
    late = whole[10].time - 10 / NTSC
    assert 0 < late < Fraction(1, 1000)
    assert [s.time for s in samples] == [0, late, *(k / NTSC for k in range(1, 20))]
    for cut, original in zip(samples, whole[9:30], strict=True):
        assert_same(replace(cut, time=original.time), original)
    assert trim(take, 60 / NTSC, Fraction(99)).duration == 10 / NTSC
    assert len(list(trim(take, 60 / NTSC))) == 10
    (last,) = trim(take, Fraction(139, 2) / NTSC)
    assert last.time == 0 and last.zoom == whole[-1].zoom


@pytest.mark.parametrize(("start", "duration"), [(-1, None), (0, 0), (0, -2), (99, None)])
def test_trims_that_make_no_sense(start: int, duration: int | None) -> None:
    with pytest.raises(BadOption):
        trim(short_take(), Fraction(start), None if duration is None else Fraction(duration))


def test_scale_moves_face_and_head_apart() -> None:
    take = random_take(6, appearance=True)
    for a, b in zip(take, scale(take, expression=0.5, head=2), strict=True):
        np.testing.assert_allclose(b.rotation, 2 * a.rotation)
        np.testing.assert_allclose(b.translation, 2 * a.translation)
        assert b.zoom == 2 * a.zoom
        np.testing.assert_allclose(b.offsets, a.offsets / 2, atol=1e-3)
        np.testing.assert_allclose(b.blendshapes[1:], a.blendshapes[1:] / 2)
        if a.appearance and b.appearance:
            assert np.abs(b.appearance.shading - a.appearance.shading / 2).max() <= 0.5
            assert b.appearance.mouth == a.appearance.mouth
    for a, b in zip(take, scale(take), strict=True):
        assert_same(a, b)
    loud = list(scale(take, expression=4))
    assert max(s.blendshapes.max() for s in loud) <= 1


@pytest.mark.parametrize("strength", [-0.1, 4.1, float("nan"), float("inf")])
def test_strengths_out_of_range(strength: float) -> None:
    with pytest.raises(BadOption):
        scale(short_take(), expression=strength)
    with pytest.raises(BadOption):
        scale(short_take(), head=strength)


def test_smoothing_takes_jitter_and_leaves_motion_without_lag() -> None:
    noise = np.random.default_rng(3).normal(0, 0.003, 50)
    slow = curve(lambda t: 0.3 * np.sin(3 * t))
    shaky = Performance.of(
        [replace(s, rotation=s.rotation + np.array([0, n, 0], np.float32)) for s, n in zip(slow, noise, strict=True)],
        RATE,
    )
    before, after = yaws(shaky) - yaws(slow), yaws(smooth(shaky, look_ahead=4)) - yaws(slow)
    assert after[4:-4].std() < 0.6 * before[4:-4].std()
    assert np.abs(yaws(smooth(slow, look_ahead=2)) - yaws(slow)).max() < 0.002
    for a, b in zip(shaky, smooth(shaky, look_ahead=0), strict=True):
        assert_same(a, b)
    with pytest.raises(BadOption):
        smooth(slow, look_ahead=-1)


def test_smoothing_leaves_blinks_sharp() -> None:
    def shown(height: float) -> Sample:
        return list(smooth(curve(lambda t: height if abs(t - 1) < 0.03 else 0.0)))[25]

    small, large = shown(0.03), shown(1.0)
    assert small.offsets[RIGHT_EYE_UPPER[4], 1] == np.float32(np.float16(0.03))
    assert small.offsets[10, 1] < 0.025, "jitter of the forehead is smoothed"
    assert large.offsets[10, 1] == large.offsets[RIGHT_EYE_UPPER[4], 1] == 1.0, "quick motion is left"


def test_retime_to_its_own_rate_changes_nothing() -> None:
    take = short_take()
    for a, b in zip(take, retime(take, rate=take.rate), strict=True):
        assert_same(a, b)


@pytest.mark.parametrize("speed", [Fraction(1, 2), Fraction(2), Fraction(3, 7)])
def test_speed(speed: Fraction) -> None:
    take = curve(lambda t: 0.3 * np.sin(3 * t))
    fast = retime(take, speed=speed)
    assert take.duration is not None and fast.duration is not None
    assert fast.duration == take.duration / speed and fast.rate == take.rate
    samples = list(fast)
    assert [s.time for s in samples] == [k / RATE for k in range(len(samples))]
    assert abs(len(samples) - fast.duration * RATE) <= 1
    inside = [s for s in samples if s.time * speed <= Fraction(49, 25)]
    want = 0.3 * np.sin(3 * np.array([float(s.time * speed) for s in inside]))
    assert np.abs(np.array([s.rotation[1] for s in inside]) - want).max() < 0.004


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30), Fraction(60)])
def test_another_rate(rate: Fraction) -> None:
    samples = list(retime(curve(lambda t: t / 10), rate=rate))
    assert [s.time for s in samples] == [k / rate for k in range(len(samples))]
    assert len(samples) == -(-2 * rate.numerator // rate.denominator)
    inside = [s for s in samples if s.time <= Fraction(49, 25)]
    assert max(abs(s.rotation[1] - float(s.time) / 10) for s in inside) < 1e-5


def test_between_samples_nothing_overshoots() -> None:
    step = retime(curve(lambda t: float(t > 1)), rate=Fraction(240))
    assert yaws(step).min() >= 0 and yaws(step).max() <= 1
    assert (np.diff(yaws(step)) >= 0).all()


def test_a_take_with_uneven_times_lands_on_an_even_grid() -> None:
    times = [Fraction(k, 30) + Fraction(k % 3, 200) for k in range(60)]
    held = [replace(rest(t), rotation=np.array([0, float(t) / 5, 0], np.float32)) for t in times]
    even = list(retime(Performance.of(held, Fraction(30)), rate=Fraction(25)))
    assert [s.time for s in even] == [Fraction(k, 25) for k in range(len(even))]
    inside = [s for s in even if s.time <= times[-1]]
    assert max(abs(s.rotation[1] - float(s.time) / 5) for s in inside) < 0.002


@pytest.mark.parametrize(("speed", "rate"), [(0, 25), (-1, 25), (101, 25), (1, 0), (1, 1000)])
def test_speeds_and_rates_out_of_range(speed: int, rate: int) -> None:
    with pytest.raises(BadOption):
        retime(short_take(), speed=Fraction(speed), rate=Fraction(rate))


def test_a_mirrored_smile_changes_sides() -> None:
    lopsided = quantised(np.zeros((478, 3)))
    lopsided[291] = [0.5, -0.25, 0.125]  # the person's left mouth corner, out and up
    shapes = np.zeros(52, np.float32)
    shapes[BLENDSHAPES.index("mouthSmileLeft")] = 0.75
    sample = replace(rest(), offsets=lopsided, blendshapes=shapes, rotation=np.array([0.1, 0.2, 0.3], np.float32))
    take = Performance.of([sample], RATE, neutral=Neutral((0.8, 1.1), (2.9, 3.1), 5))
    turned = mirror(take)
    (shown,) = turned
    np.testing.assert_array_equal(shown.offsets[61], [-0.5, -0.25, 0.125])
    assert not shown.offsets[291].any()
    assert shown.blendshapes[BLENDSHAPES.index("mouthSmileRight")] == 0.75
    np.testing.assert_array_equal(shown.rotation, np.array([0.1, -0.2, -0.3], np.float32))
    assert turned.neutral == Neutral((1.1, 0.8), (3.1, 2.9), 5)


def test_twice_mirrored_is_as_before() -> None:
    take = Performance.of([replace(s, appearance=None) for s in random_take(5)], NTSC)
    for a, b in zip(take, mirror(mirror(take)), strict=True):
        assert_same(a, b)
    look = next(s.appearance for s in random_take(5, appearance=True) if s.appearance)
    (shown,) = mirror(mirror(Performance.of([replace(rest(), appearance=look)], NTSC)))
    assert shown.appearance is not None
    np.testing.assert_array_equal(shown.appearance.shading, look.shading)
    np.testing.assert_allclose(shown.appearance.lips, look.lips, atol=1e-4)


def test_joined_takes_follow_each_other_without_a_jump() -> None:
    a, b = curve(lambda t: t / 4), curve(lambda t: 0.1 * t, rate=Fraction(30), count=60)
    both = concatenate([a, b])
    samples = list(both)
    assert both.duration == 4 and both.rate == RATE
    assert [s.time for s in samples] == [k / RATE for k in range(100)]
    steps = np.abs(np.diff(yaws(both)))
    assert steps.max() < 0.5 / (float(Fraction(3, 10)) * 25) * 2.2, "eased over the join"
    np.testing.assert_allclose(yaws(both)[60:], 0.1 * (np.arange(60, 100) / 25 - 2), atol=1e-3)


def test_a_joined_take_is_at_the_first_ones_measures() -> None:
    big = Performance.of(list(curve(lambda _: 0.2, 3)), RATE, neutral=Neutral((2, 2), (3, 3), 10))
    small = Performance.of(list(curve(lambda _: 0.2, 3)), RATE, neutral=Neutral((1, 1), (3, 3), 5))
    shown = list(concatenate([small, big], join=Fraction(0)))
    np.testing.assert_allclose(shown[4].offsets[LIPS, 1], 0.1, atol=1e-3)
    np.testing.assert_allclose(shown[4].offsets[list(MOUTH_CORNERS), 1], 0.1, atol=1e-3)
    np.testing.assert_allclose(shown[4].offsets[10, 1], 0.2, atol=1e-3)


def test_loop() -> None:
    take = trim(authored_performance("nod"), Fraction(7, 25), Fraction(1))
    thrice = loop(take, 3)
    assert thrice.duration == 3 and len(list(thrice)) == 75
    turns = np.array([s.rotation for s in thrice])
    inside = np.abs(np.diff(turns[:25], axis=0)).max()
    assert np.abs(np.diff(turns, axis=0)).max() < 2 * inside
    for wrong in (0, -1, 10_001):
        with pytest.raises(BadOption):
            loop(take, wrong)


def test_what_cannot_be_joined() -> None:
    take = short_take()
    with pytest.raises(BadOption):
        concatenate([])
    with pytest.raises(BadOption, match="unknown length"):
        concatenate([replace(take, duration=None), take])
    assert list(concatenate([take, replace(take, duration=None)]))


def test_edits_can_be_read_again() -> None:
    take = short_take()
    edited = mirror(smooth(retime(scale(trim(take, Fraction(1, 5)), expression=1.2), speed=Fraction(3, 2))))
    for a, b in zip(list(edited), list(edited), strict=True):
        assert_same(a, b)


def test_mirrored_is_what_a_looking_glass_shows() -> None:
    """A one-sided expression, measured on a drawn face and on the same pictures flipped."""
    shapes = np.zeros(52)
    for name, value in (("mouthSmileLeft", 0.8), ("eyeBlinkRight", 0.9), ("jawOpen", 0.3), ("eyeLookOutLeft", 0.6)):
        shapes[BLENDSHAPES.index(name)] = value
    portrait = eileen_collins()
    made = replace(
        rest(), rotation=head_rotation(8, -4, 5).astype(np.float32), offsets=quantised(landmark_motion(shapes))
    )
    drawn = load_engine("mesh").prepare(portrait, canonical_neutral(), DrawOptions()).draw(made)
    shown = []
    for flip in (1, -1):
        still, moved = (np.ascontiguousarray(picture[:, ::flip]) for picture in (portrait.pixels, drawn))
        measure = RelativeMotion(choose_face(find_faces(still)), still)
        shown.append(measure.sample(choose_face(find_faces(moved)), Fraction(0), moved))
    ours, glass = next(iter(mirror(Performance.of([shown[0]], RATE)))), shown[1]
    # In the picture's plane: depth is the landmarker's guess.
    alike, unlike = (
        np.corrcoef(s.offsets[:, :2].ravel(), glass.offsets[:, :2].ravel())[0, 1] for s in (ours, shown[0])
    )
    assert np.abs(glass.offsets).max() > 0.5 and alike > 0.88 and unlike < alike - 0.15
    assert np.degrees(np.abs(ours.rotation - glass.rotation)).max() < 1.5
    assert np.abs(ours.blendshapes - glass.blendshapes).mean() < 0.05
    assert ours.appearance is not None and glass.appearance is not None
    assert np.abs(ours.appearance.lips - glass.appearance.lips).mean() < 4
    ours_folds, glass_folds = (s.appearance.shading.astype(float) for s in (ours, glass) if s.appearance is not None)
    assert np.corrcoef(ours_folds.ravel(), glass_folds.ravel())[0, 1] > 0.5


def test_each_landmark_has_its_twin() -> None:
    """The irises' rims too, whose order is not that of the mesh."""
    pixels = eileen_collins().pixels
    face, glass = choose_face(find_faces(pixels)), choose_face(find_faces(np.ascontiguousarray(pixels[:, ::-1])))
    turned = face.landmarks[landmark_twins(), :2].copy()
    turned[:, 0] = pixels.shape[1] - 1 - turned[:, 0]
    apart = np.linalg.norm(turned - glass.landmarks[:, :2], axis=1) / face.eye_distance
    assert apart.mean() < 0.015 and apart[468:].max() < 0.03
