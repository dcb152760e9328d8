"""A face that is like nobody it was compared with: the first of a seed, or another of its draws.

Draws of one seed are cheap to number and dear to draw. So what each of them would come to is estimated first, and those
that are farthest from everybody are drawn small, measured, and taken if they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from countenance.face.identity import FaceTemplate, describe
from countenance.face.tracker import find_faces
from countenance.persona.library.comparison import LEAST, Comparison, compare
from countenance.persona.library.estimate import farthest_first
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import DRAWS, Recipe

POOL = 2048  # draws of a seed that are estimated, about 3 ms each
TRIES = 40  # of them, those that are drawn small
GLANCE = 256  # pixels a side: about half a second
NEARLY = 0.03  # by which a first look may err
Told = Callable[[int, Comparison | None], None]
"""Told of each draw: its number, and what it came to; None where no face was found."""


def candidates(
    recipe: Recipe, here: Sequence[FaceTemplate], listed: Sequence[FaceTemplate], told: Told | None = None
) -> Iterator[Recipe]:
    """Recipes of the same seed and attributes that look unlike everybody at first sight, the likeliest first.

    Args:
        recipe: its `draw` is the first that is looked at, and where the pool begins.
        here, listed: whom it must not be like.
        told: of those that were too near.
    """
    for tried in _ordered(recipe, [*here, *listed]):
        seen = glance(tried, here, listed)
        if seen is not None and (seen.nearest is None or seen.nearest >= LEAST - NEARLY):
            yield tried
        elif told is not None:
            told(tried.draw, seen)


def glance(recipe: Recipe, here: Sequence[FaceTemplate], listed: Sequence[FaceTemplate]) -> Comparison | None:
    """A small drawing held against the others, to save the large one; None where no face is found in it."""
    pixels = draw_portrait(recipe, GLANCE)
    faces = find_faces(pixels)
    return compare(FaceTemplate(describe(pixels, faces[0]), 1, True), here, listed) if faces else None


def _ordered(recipe: Recipe, others: list[FaceTemplate]) -> Iterator[Recipe]:
    yield recipe
    pool = [replace(recipe, draw=draw) for draw in range(recipe.draw + 1, min(recipe.draw + POOL, DRAWS))]
    yield from farthest_first(pool, others)[: TRIES - 1]
