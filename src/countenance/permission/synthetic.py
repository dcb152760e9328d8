"""A person who is nobody, by one's own word: believed where the recipe is at hand and the picture is what it draws.

Anybody can sign that a photograph shows nobody. So the recipe is drawn again, and the chosen face must be that drawing,
place by place; the marks of this program in it are as little as they are, and pass. Somebody else's `synthetic` grant
rests on their issuer's being trusted, as before.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import CountenanceError, PermissionRefused
from countenance.face.subject import PictureSubject, Subject
from countenance.persona.recipe import LONGEST, Recipe

BESIDE = "recipe.json"
CELL = 8  # pixels a side: what is compared are means of so many squared
MOST, MEAN = 14.0, 4.0
"""Levels of 255 by which a cell, and the mean of all cells of a face, may differ. On a portrait the marks came to 3.0
and 0.6; another mood of the same persona to 34, another persona to 199, a photograph to 220."""
AROUND = 0.25  # of the face's size: what of its surroundings must be the drawing too


def recipe_beside(grant: Path) -> bytes | None:
    """The persona's recipe that lies beside a grant, if one does."""
    path = Path(grant).parent / BESIDE
    if not path.is_file() or path.stat().st_size > LONGEST:
        return None
    return path.read_bytes()


def check_drawn(recipe: bytes | None, subject: Subject) -> None:
    """Whether the subject is what the recipe draws.

    Args:
        recipe: canonical bytes, as the grant names them by hash.
        subject: who was chosen.

    Raises:
        PermissionRefused: permission.synthetic.
    """
    if recipe is None:
        _refuse("The recipe of this person is not at hand, or is none of a persona.")
    if not isinstance(subject, PictureSubject):
        _refuse("Only a persona's portrait can be held against its recipe.")
    try:
        drawn = _drawn(recipe)
    except CountenanceError as error:
        _refuse(f"The recipe of this person cannot be drawn: {error}")
    pixels = subject.pixels
    if pixels.shape != drawn.shape:
        _refuse(f"{subject.source.name} is not of the size of a persona's portrait.")
    low, high = subject.face.landmarks[:, :2].min(0), subject.face.landmarks[:, :2].max(0)
    margin = AROUND * (high - low)
    x0, y0 = np.maximum(np.floor((low - margin) / CELL), 0).astype(int)
    x1, y1 = np.ceil((high + margin) / CELL).astype(int)
    differs = np.abs(_cells(pixels) - _cells(drawn)).max(-1)[y0:y1, x0:x1]
    if not differs.size or differs.max() > MOST or differs.mean() > MEAN:
        _refuse(f"{subject.source.name} does not show what the recipe draws.")


@lru_cache(maxsize=4)
def _drawn(recipe: bytes) -> NDArray[np.uint8]:
    from countenance.persona.portrait import draw_portrait  # the head's renderer: seconds, for every other permission

    drawn = draw_portrait(Recipe.from_bytes(recipe))
    drawn.setflags(write=False)
    return drawn


def _cells(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    size = (pixels.shape[1] // CELL, pixels.shape[0] // CELL)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)


def _refuse(why: str) -> NoReturn:
    raise PermissionRefused(
        why,
        "A person who is nobody is made by `countenance persona new`; use the portrait and the grant in its folder.",
        code="permission.synthetic",
    )
