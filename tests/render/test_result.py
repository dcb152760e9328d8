"""What a result tells beside its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from countenance.render.result import playable


@pytest.mark.parametrize(
    ("name", "size", "told"),
    [
        ("a.mp4", (4000, 3000), True),
        ("a.MOV", (3000, 4000), True),
        ("a.mp4", (4096, 2304), False),
        ("a.mp4", (3840, 2160), False),
        ("a.webm", (4000, 3000), False),
    ],
)
def test_a_film_that_players_refuse_is_told(name: str, size: tuple[int, int], told: bool) -> None:
    assert bool(playable(Path(name), size)) == told
