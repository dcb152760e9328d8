"""Attack: a photograph of someone passed off as a person who is nobody. The recipe is drawn again, and must be it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from countenance.errors import PermissionRefused
from countenance.face.subject import PictureSubject
from countenance.media.source import Source
from countenance.permission.synthetic import check_drawn
from countenance.persona.portrait import draw_portrait
from countenance.persona.recipe import Recipe
from tests.portraits import grace_hopper_file

NOVA = Recipe("Nova", 7, sex="woman", age=30, hair="short", glasses="none")


@pytest.fixture(scope="module")
def drawn() -> NDArray[np.uint8]:
    return draw_portrait(NOVA)


def subject(folder: Path, pixels: NDArray[np.uint8]) -> PictureSubject:
    path = folder / "p.png"
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return PictureSubject(Source.pin(path))


def photograph(side: int) -> NDArray[np.uint8]:
    read = cv2.cvtColor(cv2.imread(str(grace_hopper_file())), cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.resize(read, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def test_what_the_recipe_draws_passes_also_when_it_is_marked(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    check_drawn(NOVA.to_bytes(), subject(tmp_path, drawn))
    grain = np.random.default_rng(1).normal(0, 3, drawn.shape)
    check_drawn(NOVA.to_bytes(), subject(tmp_path, np.clip(drawn + grain, 0, 255).astype(np.uint8)))


def test_a_photograph_is_refused(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    for pixels in (photograph(len(drawn)), photograph(600)):
        with pytest.raises(PermissionRefused) as refused:
            check_drawn(NOVA.to_bytes(), subject(tmp_path, pixels))
        assert refused.value.code == "permission.synthetic"


def test_a_photograph_pasted_into_the_drawing_is_refused(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    side = 420
    mixed = drawn.copy()
    mixed[230 : 230 + side, 300 : 300 + side] = photograph(side)
    with pytest.raises(PermissionRefused) as refused:
        check_drawn(NOVA.to_bytes(), subject(tmp_path, mixed))
    assert refused.value.code == "permission.synthetic"


def test_a_photograph_laid_thinly_over_it_is_refused(tmp_path: Path, drawn: NDArray[np.uint8]) -> None:
    mixed = cv2.addWeighted(drawn, 0.75, photograph(len(drawn)), 0.25, 0)
    with pytest.raises(PermissionRefused):
        check_drawn(NOVA.to_bytes(), subject(tmp_path, np.asarray(mixed, np.uint8)))


@pytest.mark.parametrize("recipe", [None, b"", b"{}", NOVA.with_attributes(mood="cheerful").to_bytes()])
def test_another_recipe_or_none_is_refused(tmp_path: Path, drawn: NDArray[np.uint8], recipe: bytes | None) -> None:
    with pytest.raises(PermissionRefused) as refused:
        check_drawn(recipe, subject(tmp_path, drawn))
    assert refused.value.code == "permission.synthetic"
