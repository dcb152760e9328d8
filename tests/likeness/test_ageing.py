"""A Likeness made older or younger: what changes, by how much, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

import cv2
import numpy as np
import pytest

from countenance.engines import Portrait
from countenance.errors import BadOption
from countenance.face.identity import FaceTemplate
from countenance.likeness.ageing import aged, limits
from countenance.likeness.ageing.atlas_regions import detail, ground_of, luminance
from countenance.likeness.ageing.folds import own_folds, shading
from countenance.likeness.ageing.rates import FOLDS, SHAPE
from countenance.likeness.ageing.shape import aged_shape, asked, fields, measured
from countenance.likeness.ageing.years import ADULT, OLDEST, YOUNGEST
from countenance.likeness.value import Likeness, LikenessView
from countenance.likeness.views import shape_from, views_from
from tests.portraits import eileen_collins, grace_hopper

SIDE = 256


def made_of(portrait: Portrait, identifier: str) -> Likeness:
    face = portrait.face
    take = LikenessView(portrait.pixels, face.landmarks, face.blendshapes, face.angles, 1.0, "0" * 64)
    shape = shape_from([take])
    views, light = views_from([take], shape, SIDE)
    template = FaceTemplate(np.zeros(128, np.float32), 5, True, b"0" * 16)
    return Likeness(identifier, "Test", datetime(2026, 1, 1, tzinfo=UTC), "0" * 64, template, shape, views, light, 1)


@lru_cache(maxsize=1)
def collins() -> Likeness:
    return made_of(eileen_collins(), "1" * 32)


@lru_cache(maxsize=1)
def hopper() -> Likeness:
    return made_of(grace_hopper(), "2" * 32)


@lru_cache(maxsize=16)
def older(years: float) -> Likeness:
    return aged(collins(), years)


def same(a: Likeness, b: Likeness) -> bool:
    return np.array_equal(a.shape, b.shape) and all(
        np.array_equal(x.texture, y.texture) for x, y in zip(a.views, b.views, strict=True)
    )


def off(a: Likeness, b: Likeness) -> float:
    """Mean difference of the first views' textures, grey levels."""
    return float(np.abs(a.views[0].texture.astype(int) - b.views[0].texture.astype(int)).mean())


def worst(a: Likeness, b: Likeness) -> float:
    """What one texel in two hundred of the first views differs by at least, grey levels."""
    return float(np.percentile(np.abs(a.views[0].texture.astype(int) - b.views[0].texture.astype(int)), 99.5))


def test_no_years_change_nothing() -> None:
    assert aged(collins(), 0) is collins()


def test_the_same_years_give_the_same_face() -> None:
    again = aged(made_of(eileen_collins(), "1" * 32), 20)
    assert same(again, older(20))


def test_two_people_do_not_fold_alike() -> None:
    rates = {"forehead": FOLDS["forehead"].per_decade}
    a, b = shading(1, SIDE, 30, rates, 1.0, True), shading(2, SIDE, 30, rates, 1.0, True)
    assert a.min() < -0.03
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] < 0.9


def test_what_a_person_is_stays() -> None:
    a = older(20)
    assert (a.id, a.name, a.grant_sha256, a.takes) == (
        collins().id, collins().name, collins().grant_sha256, collins().takes,
    )  # fmt: skip
    assert a.template is collins().template
    assert a.views[0].yaw == collins().views[0].yaw
    assert np.array_equal(a.views[0].seen, collins().views[0].seen)


@pytest.mark.parametrize("person", [collins, hopper])
@pytest.mark.parametrize("years", [-12.0, 10.0, 40.0])
def test_every_measure_changes_as_asked(person: object, years: float) -> None:
    start = person().shape  # type: ignore[operator]
    before, after, want = measured(start), measured(aged_shape(start, years)), asked(start, years)
    assert set(before) == set(SHAPE) == set(want)
    for name in before:
        assert after[name] - before[name] == pytest.approx(want[name], abs=0.003), name
        assert want[name] * SHAPE[name].per_decade * years > 0


def test_shape_grows_with_years_and_stays_small() -> None:
    moved = [float(np.linalg.norm(older(y).shape - collins().shape, axis=1).max()) for y in (5, 15, 30, 50)]
    assert moved == sorted(moved)
    assert moved[0] > 0.02
    assert moved[-1] < 1.0  # cm, of a face some 18 high


def test_both_sides_move_alike() -> None:
    whole = fields().sum(0)
    for right, left in ((33, 263), (61, 291), (129, 358), (136, 365), (70, 300)):
        assert np.allclose(whole[right] * (-1, 1, 1), whole[left], atol=0.12)


def test_skin_changes_more_with_years() -> None:
    changes = [off(collins(), older(y)) for y in (5, 15, 30, 50)]
    assert changes == sorted(changes)
    assert changes[-1] < 20


def test_folds_deepen_with_years() -> None:
    rates = {name: rate.per_decade for name, rate in FOLDS.items() if rate.unit == "log"}
    darkest = [float(shading(7, SIDE, y, rates, 1.0, True).min()) for y in (0, 10, 25, 40)]
    assert darkest[0] == 0
    assert darkest == sorted(darkest, reverse=True)
    assert darkest[-1] > -0.6


def test_younger_draws_no_creases_and_softens_those_there() -> None:
    rates = {name: rate.per_decade for name, rate in FOLDS.items() if rate.unit == "log"}
    assert not shading(7, SIDE, -15, rates, 1.0, True).any()
    skin = ground_of(hopper().views[0].texture).skin
    had = -float(own_folds(luminance(hopper().views[0].texture), skin).sum())
    has = -float(own_folds(luminance(aged(hopper(), -15).views[0].texture), skin).sum())
    assert has < 0.95 * had


def test_going_back_comes_near_to_where_it_began() -> None:
    back = aged(older(20), -20)
    assert back.years == 0
    assert np.abs(back.shape - collins().shape).max() < 0.002
    assert off(collins(), back) < 0.4 * off(collins(), older(20))  # two roundings are a good part of it
    assert worst(collins(), back) < 0.3 * worst(collins(), older(20))


def test_years_add_up() -> None:
    twice = aged(older(10), 10)
    assert twice.years == 20
    assert np.abs(twice.shape - older(20).shape).max() < 0.02
    assert off(twice, older(20)) < 0.4 * off(collins(), older(20))
    assert worst(twice, older(20)) < 0.3 * worst(collins(), older(20))


def test_all_views_change_alike() -> None:
    view = collins().views[0]
    pair = aged(replace(collins(), views=(view, replace(view, yaw=30.0))), 20)
    assert np.array_equal(pair.views[0].texture, pair.views[1].texture)


def test_nothing_but_the_face_is_touched() -> None:
    a, b = collins().views[0].texture, older(40).views[0].texture
    edge = SIDE // 16
    assert np.array_equal(a[:edge], b[:edge])
    assert np.array_equal(a[-edge:], b[-edge:])


def test_nobody_is_given_a_beard() -> None:
    for person in (collins(), hopper()):
        assert ground_of(person.views[0].texture).beard.max() < 0.05
    texture = collins().views[0].texture.copy()
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    texture[(y > 0.58) & (y < 0.64) & (np.abs(x - 0.5) < 0.09)] //= 3
    moustache = ground_of(texture).beard
    assert moustache.max() > 0.7
    grey = aged(replace(collins(), views=(replace(collins().views[0], texture=texture),)), 40).views[0].texture
    assert grey[moustache > 0.5].mean() > 1.2 * texture[moustache > 0.5].mean()


def test_lips_lose_their_red() -> None:
    def red(likeness: Likeness) -> float:
        texture = likeness.views[0].texture
        lab = cv2.cvtColor(texture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        ground = ground_of(collins().views[0].texture)
        return float(np.average(lab[..., 1], weights=ground.lips) - np.average(lab[..., 1], weights=ground.skin))

    assert red(collins()) > red(older(20)) > red(older(40)) > 0


def test_blown_up_material_is_known_and_said() -> None:
    view = collins().views[0]
    small = cv2.resize(view.texture, (SIDE // 8, SIDE // 8), interpolation=cv2.INTER_AREA)
    soft = replace(view, texture=cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))
    sharp_ground, soft_ground = ground_of(view.texture), ground_of(soft.texture)
    assert detail(soft.texture, soft_ground.skin) < detail(view.texture, sharp_ground.skin)
    assert soft_ground.least > sharp_ground.least
    said = aged(replace(collins(), views=(soft,)), 25).warnings
    assert any("fine detail" in line for line in said)
    assert not any("fine detail" in line for line in older(20).warnings)


def test_a_warning_is_said_once() -> None:
    once = older(20)
    assert "One view" in " ".join(once.warnings)
    assert aged(once, 10).warnings == once.warnings
    assert limits(collins(), 5) == []


@pytest.mark.parametrize(
    ("years", "age", "code"),
    [
        (YOUNGEST - 0.5, None, "ageing.minor"),
        (-10.0, 27.0, "ageing.minor"),
        (-1.0, 18.0, "ageing.minor"),
        (5.0, 16.0, "ageing.age"),
        (5.0, math.nan, "ageing.age"),
        (OLDEST + 1, None, "ageing.years"),
        (math.nan, None, "ageing.years"),
        (math.inf, 40.0, "ageing.years"),
    ],
)
def test_what_is_refused(years: float, age: float | None, code: str) -> None:
    with pytest.raises(BadOption) as refused:
        aged(collins(), years, age)
    assert refused.value.code == code
    assert refused.value.remedy


def test_an_age_that_is_known_sets_the_limit() -> None:
    assert aged(collins(), -20, 60).years == -20
    assert aged(collins(), ADULT - 30, 30).years == ADULT - 30


def test_two_steps_do_not_get_round_the_limit() -> None:
    with pytest.raises(BadOption, match="younger than the material"):
        aged(aged(collins(), -10), -10)
    with pytest.raises(BadOption):
        aged(replace(collins(), years=-10.0), -3, 30)
