"""What a network learns from, and what it is judged by."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from countenance.engines.mesh.refiner_config import MOTION
from countenance.engines.mesh.refining import seat
from countenance.engines.mesh.training.background import without_room
from countenance.engines.mesh.training.clips import GAP, held_out
from countenance.engines.mesh.training.examples import Examples, together
from countenance.engines.mesh.training.masked_metrics import psnr, ssim
from tests.likeness.training.faces import examples, rest, vertices


def test_the_last_fifth_is_held_out_and_no_neighbour_is_trained_on() -> None:
    times = np.arange(250) / 25 + 3.2
    kind = held_out(times)
    held, trained = np.flatnonzero(kind == 1), np.flatnonzero(kind == 0)
    assert len(held) == pytest.approx(50, abs=1)
    assert np.array_equal(held, np.arange(held[0], 250))
    assert times[held[0]] - times[trained[-1]] >= GAP
    assert (kind == -1).sum() == 250 - len(held) - len(trained)


def test_packing_loses_next_to_nothing() -> None:
    one = examples(4)
    again = Examples.unpacked(one.packed())
    for name in ("maps", "mask", "judged", "motion", "held", "rest"):
        assert np.array_equal(getattr(one, name), getattr(again, name)), name
    assert np.abs(one.truth.astype(int) - again.truth).mean() < 2
    assert len(one.packed()) < one.drawn.nbytes / 4


def test_clips_are_put_behind_each_other() -> None:
    one, two = examples(4), examples(6, seed=5)
    both = together([one, two])
    assert len(both) == 10
    for field in fields(Examples):
        if field.name != "rest":
            assert np.array_equal(getattr(both, field.name)[4:], getattr(two, field.name))


def test_only_the_mask_is_judged() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(60, 190, (64, 64, 3)).astype(np.uint8)
    mask = np.zeros((64, 64))
    mask[16:48, 16:48] = 1
    made = truth.astype(np.float32)
    made[:10] = 0
    assert psnr(made, truth, mask) > 100
    assert ssim(made, truth, mask) == pytest.approx(1, abs=1e-4)
    made[16:48, 16:48] += 10
    assert psnr(made, truth, mask) == pytest.approx(20 * np.log10(255 / 10), abs=0.01)
    assert ssim(truth[::-1], truth, mask) < 0.3
    assert np.isnan(psnr(made, truth, np.zeros((64, 64))))


def test_shade_that_stays_is_the_rooms_and_what_comes_and_goes_is_not() -> None:
    place = seat(np.full((256, 256, 3), 120, np.uint8), vertices(), rest())
    count = 10
    drawn, maps, mask = (np.stack([one] * count) for one in (place.drawn, place.maps, place.mask))
    truth = drawn.astype(np.float32)
    lit = slice(120, 180), slice(150, 190)  # one cheek, in every frame
    truth[:, lit[0], lit[1]] *= 1.3
    fold = slice(50, 60), slice(100, 156)  # on the forehead, in one of five
    truth[::5, fold[0], fold[1]] *= 0.7
    motion = np.zeros((count, MOTION), np.float32)
    held = np.arange(count) >= 8
    given = Examples(drawn, truth.round().astype(np.uint8), maps, mask, mask.copy(), motion, held, rest())
    even = without_room(given).truth.astype(int)
    cheek, brow = (slice(140, 160), slice(162, 178)), (slice(52, 58), slice(110, 146))
    for k in (1, 9):  # trained on and held out alike
        assert abs(even[k][cheek].mean() - 120) < 6
    assert even[0][brow].mean() < 100
    assert abs(even[1][brow].mean() - 120) < 12
