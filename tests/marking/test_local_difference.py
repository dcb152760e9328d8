"""Where a copy shows something else than the picture it is held against."""

from __future__ import annotations

import numpy as np
import pytest

from countenance.marking.local_difference import DIFFERENT, local_difference


def grid(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 5, (48, 64)).astype(np.float32)


def held(copy: np.ndarray, about: int = 2) -> np.ndarray:
    was = grid(0)
    stands = np.abs(was) >= np.median(np.abs(was))
    return local_difference(copy, np.ones(was.shape, bool), was > 0, stands, about)


def test_the_same_differs_nowhere_also_when_it_lies_two_cells_beside() -> None:
    assert held(grid(0)).max() == 0
    assert held(np.roll(grid(0), (2, -1), (0, 1)))[8:-8, 8:-8].max() == 0
    noisy = grid(0) + np.random.default_rng(1).normal(0, 1.5, (48, 64)).astype(np.float32)
    assert held(noisy).max() < DIFFERENT / 2


@pytest.mark.parametrize("place", [(4, 4), (20, 30), (30, 46)])
def test_a_patch_of_another_is_found_where_it_is(place: tuple[int, int]) -> None:
    copy = grid(0)
    down, across = place
    here = np.s_[down : down + 16, across : across + 16]
    copy[here] = grid(7)[here]
    differs = held(copy)
    assert differs.max() > DIFFERENT
    peak = np.unravel_index(differs.argmax(), differs.shape)
    assert down - 6 <= peak[0] <= down + 22 and across - 6 <= peak[1] <= across + 22
    differs[max(0, down - 8) : down + 24, max(0, across - 8) : across + 24] = 0
    assert differs.max() == 0, "and nowhere else"


def test_something_before_a_wall_that_told_nothing() -> None:
    wall = grid(0)
    wall[:20, :20] *= 0.01
    copy = wall.copy()
    copy[4:16, 4:16] = 4 * grid(7)[4:16, 4:16]
    stands = np.abs(wall) >= np.median(np.abs(wall))
    assert local_difference(copy, np.ones(wall.shape, bool), wall > 0, stands, 2)[:20, :20].max() > DIFFERENT


def test_what_a_copy_does_not_show_is_not_held_against_it() -> None:
    copy, shown = grid(7), np.zeros((48, 64), bool)
    assert held(copy).max() > DIFFERENT
    assert local_difference(copy, shown, grid(0) > 0, np.ones((48, 64), bool), 2).max() == 0
