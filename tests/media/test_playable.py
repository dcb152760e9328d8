"""A photograph of twelve megapixels becomes a film that telephones play."""

from __future__ import annotations

from fractions import Fraction

import pytest

from countenance.media.playable import is_playable, playable_size
from countenance.performance.authored import authored_performance
from countenance.render.animation import fitted
from countenance.render.motion_source import Driving
from countenance.render.options import AnimateOptions


@pytest.mark.parametrize(
    ("size", "rate"), [((4032, 3024), 30), ((8000, 6000), 25), ((3840, 2160), 120), ((20_000, 100), 25)]
)
def test_what_is_too_large_shrinks_in_its_shape(size: tuple[int, int], rate: int) -> None:
    assert not is_playable(*size, Fraction(rate))
    width, height = playable_size(*size, Fraction(rate))
    assert is_playable(width, height, Fraction(rate)) and width % 2 == height % 2 == 0
    assert abs(width / height - size[0] / size[1]) < 0.02 * size[0] / size[1]
    assert width * height > 0.9 * min(size[0] * size[1], 36_864 * 256) * min(1, 60 / rate) or max(size) > 8_688


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (4096, 2160), (2160, 3840)])
def test_what_players_take_stays(size: tuple[int, int]) -> None:
    assert playable_size(*size, Fraction(50)) == size


def test_a_large_photograph_is_brought_to_that_size_and_it_is_told() -> None:
    drive = Driving(authored_performance("smile"), None, "authored")
    options, (told,) = fitted(AnimateOptions(), (0, 0, 4032, 3024), drive)
    assert options.size is not None and options.size < 4032 and "4032×3024" in told
    assert fitted(AnimateOptions(size=4000), (0, 0, 4032, 3024), drive) == (AnimateOptions(size=4000), ())
    assert fitted(AnimateOptions(), (0, 0, 1920, 1080), drive)[1] == ()
