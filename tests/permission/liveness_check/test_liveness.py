"""Each rule on measures made by hand: it sees what it is for, and only that."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from countenance.permission.liveness_check.liveness import blinks, flatness, lacking, turns
from countenance.permission.liveness_check.sync import agreement, loudness
from countenance.permission.liveness_check.video_measures import RIGID, TakeSeries

RATE = 25.0


def head(yaw: float) -> np.ndarray:
    """Points of a head of some depth, turned by degrees, in pixels."""
    points = np.random.default_rng(3).uniform([-60, -60, -40], [60, 60, 40], (len(RIGID), 3))
    angle = np.radians(yaw)
    x = points[:, 0] * np.cos(angle) + points[:, 2] * np.sin(angle)
    z = points[:, 2] * np.cos(angle) - points[:, 0] * np.sin(angle)
    return np.stack([x, points[:, 1]], 1) * (600 / (600 + z))[:, None] + 200


def bump(times: np.ndarray, at: float, width: float) -> np.ndarray:
    """A smooth 1 at a time."""
    return np.exp(-(((times - at) / width) ** 2))


def series(**changed: object) -> TakeSeries:
    """A good take of nine seconds: left, right, two blinks."""
    times = np.arange(225) / RATE
    yaw = 20 * bump(times, 2, 0.4) - 20 * bump(times, 7, 0.4)
    random = np.random.default_rng(5)
    lids = np.repeat((0.3 * (1 - 0.9 * bump(times, 4, 0.08) - 0.9 * bump(times, 5.2, 0.08)))[:, None], 2, axis=1)
    good = TakeSeries(
        times=times,
        frames=len(times),
        yaw=yaw + random.normal(0, 0.3, len(times)),
        pitch=random.normal(0, 0.3, len(times)),
        lids=lids + random.normal(0, 0.005, lids.shape),
        mouth=np.zeros(len(times)),
        rigid=np.stack([head(angle) + random.normal(0, 0.3, (len(RIGID), 2)) for angle in yaw]),
        eyes=np.full(len(times), 100.0),
        jumps=np.abs(random.normal(0, 0.01, len(times))),
        still=0.4,
    )
    return replace(good, **changed)  # type: ignore[arg-type]


def codes(take: TakeSeries, asked: tuple[str, ...] = ("left", "right")) -> set[str]:
    return {lack.code for lack in lacking(take, asked)}


def test_a_good_take_lacks_nothing() -> None:
    assert codes(series()) == set()
    assert len(blinks(series())) == 2 and turns(series()) == ["left", "right"]


def test_open_eyes_are_noticed() -> None:
    assert codes(series(lids=np.full((225, 2), 0.3))) == {"blink"}


def test_a_wink_and_sleep_are_no_blinks() -> None:
    good = series()
    wink = good.lids.copy()
    wink[:, 1] = 0.3
    asleep = good.lids.copy()
    asleep[100:150] = 0.05
    assert not blinks(replace(good, lids=wink))
    assert len(blinks(replace(good, lids=asleep))) < 2
    assert not blinks(replace(good, lids=np.where(np.arange(225)[:, None] > 110, 0.05, 0.3) * np.ones((1, 2))))


@pytest.mark.parametrize("yaw", ["none", "mirrored", "small", "one", "three"])
def test_turns_must_be_those_asked_for_in_order(yaw: str) -> None:
    times = np.arange(225) / RATE
    first, second, third = bump(times, 2, 0.4), bump(times, 7, 0.4), bump(times, 4.5, 0.4)
    turned = {
        "none": 0 * times,
        "mirrored": 20 * second - 20 * first,
        "small": 6 * first - 6 * second,
        "one": 20 * first,
        "three": 20 * first - 20 * third + 20 * second,
    }[yaw]
    assert "turn" in codes(series(yaw=turned))


def test_a_picture_that_is_turned_is_flat() -> None:
    good = series()
    front = head(0)
    flat = []
    for angle in np.radians(good.yaw):
        turn = np.array([[np.cos(angle), 0, 0], [0, 1, 0], [np.sin(angle) / 700, 0, 1]])
        flat.append(cv2.perspectiveTransform(front[None], turn)[0])
    noise = np.random.default_rng(2).normal(0, 0.5, (225, len(RIGID), 2))
    taken = series(rigid=np.stack(flat) + noise)
    assert codes(taken) == {"flat"}
    assert (flatness(taken) or 1) < 0.01 < 0.04 < (flatness(good) or 0)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"still": 0.99}, "still_plate"),
        ({"still": None}, "background"),
        ({"eyes": np.full(225, 30.0)}, "small"),
        ({"jumps": np.where(np.arange(225) == 100, 0.8, 0.01)}, "cut"),
        ({"frames": 400}, "lost"),
        ({"times": np.arange(225) / 6.0}, "rate"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_lacks(changed: dict[str, object], code: str) -> None:
    assert code in codes(series(**changed))


def syllables(seed: int, seconds: float = 4.0) -> np.ndarray:
    """An opening that comes and goes four times a second or so."""
    random = np.random.default_rng(seed)
    times = np.arange(int(seconds * 100)) / 100
    centres = np.cumsum(random.uniform(0.16, 0.42, 40))
    return sum((random.uniform(0.4, 1) * bump(times, at, 0.07) for at in centres), 0 * times)


def said(opening: np.ndarray, rate: int = 16_000) -> np.ndarray:
    """A voice that is as loud as the mouth is open."""
    noise = np.random.default_rng(9).normal(0, 0.2, len(opening) * rate // 100)
    return (noise * np.repeat(opening, rate // 100) + noise * 0.005).astype(np.float32)


def test_a_mouth_goes_with_its_own_sound() -> None:
    mouth = syllables(1)
    times = np.arange(len(mouth)) / 100
    own = agreement(times, mouth * 0.2, loudness(said(mouth), 16_000), 0.3, 3.7)
    assert own.together and own.near > 0.6
    late = agreement(times, mouth * 0.2, loudness(said(np.roll(mouth, 10)), 16_000), 0.3, 3.7)
    assert late.together  # a tenth of a second, as clips of telephones have


def test_another_sound_is_not_its_own() -> None:
    times = np.arange(400) / 100
    fooled = 0
    for seed in range(20):
        strange = loudness(said(syllables(100 + seed)), 16_000)
        fooled += agreement(times, syllables(seed) * 0.2, strange, 0.3, 3.7).together
    assert fooled <= 4  # without phones; they tell more


def test_a_shut_mouth_says_nothing() -> None:
    mouth = syllables(1)
    times = np.arange(len(mouth)) / 100
    assert not agreement(times, mouth * 0.005, loudness(said(mouth), 16_000), 0.3, 3.7).together
    assert not agreement(times, mouth * 0, loudness(said(mouth), 16_000), 0.3, 3.7).together
    assert not agreement(times, mouth, loudness(np.zeros(10, np.float32), 16_000), 0, 0).together
