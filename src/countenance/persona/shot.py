"""A persona in a scene: which place, pose, shape and product, and the picture drawn. Knows nothing of permission."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption
from countenance.face.pose import Similarity
from countenance.head.showing import turned
from countenance.head.template import load_template
from countenance.persona.backdrop import PLACES, backdrop
from countenance.persona.portrait import draw_figure
from countenance.persona.product import Cutout, show_product
from countenance.persona.recipe import CHOICES, Recipe
from countenance.persona.traits import traits_of

POSES = {
    "front": (0.0, 0.0), "left": (13.0, 1.0), "right": (-13.0, 1.0), "down": (4.0, 7.0), "up": (-5.0, -6.0),
}  # fmt: skip
"""Yaw and pitch, degrees: as far as the face is still told as the same one."""
ASPECTS = {"1:1": (1, 1), "4:5": (4, 5), "9:16": (9, 16)}
HOLDS = ("hand", "beside")
_WIDE = {"1:1": 39.0, "4:5": 35.0, "9:16": 30.0}  # cm across the picture
_BELOW = {"1:1": 24.0, "4:5": 27.0, "9:16": 32.0}  # cm from the eyes to its lower edge; clothes end at 33


@dataclass(frozen=True)
class Shot:
    """One picture.

    Args:
        place: studio, street or desk.
        pose: a word of `POSES`.
        aspect: a word of `ASPECTS`.
        mood, light: as in the recipe; empty for the recipe's own.
        hold: hand or beside, where there is a product.
        size: the shorter side, pixels, 256 to 2160.
        seed: of the place.

    Raises:
        BadOption: a word that is not offered, or a size out of range.
    """

    place: str = "studio"
    pose: str = "front"
    aspect: str = "1:1"
    mood: str = ""
    light: str = ""
    hold: str = "hand"
    size: int = 1080
    seed: int = 0

    def __post_init__(self) -> None:
        for what, value, offered in (
            ("scene", self.place, PLACES), ("pose", self.pose, tuple(POSES)), ("aspect", self.aspect, tuple(ASPECTS)),
            ("mood", self.mood, ("", *CHOICES["mood"])), ("light", self.light, ("", *CHOICES["light"])),
            ("hold", self.hold, HOLDS),
        ):  # fmt: skip
            if value not in offered:
                raise BadOption(
                    f"{what} {value!r} is not offered", remedy=f"Choose one of {', '.join(filter(None, offered))}."
                )
        if not 256 <= self.size <= 2160:
            raise BadOption(f"size {self.size} is not between 256 and 2160 pixels", remedy="Change it.")

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height; even numbers."""
        across, down = ASPECTS[self.aspect]
        return self.size // 2 * 2, round(self.size * down / across / 2) * 2


def draw_shot(recipe: Recipe, shot: Shot, product: Cutout | None = None) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB."""
    recipe = replace(recipe, mood=shot.mood or recipe.mood, light=shot.light or recipe.light)
    width, height = shot.pixels
    scale = width / _WIDE[shot.aspect]
    middle = width * (0.5 if product is None else 0.42)
    yaw, pitch = POSES[shot.pose]
    pose = _posed(yaw, pitch, scale, (middle, height - _BELOW[shot.aspect] * scale))
    wall = backdrop(shot.place, recipe.light, (width, height), scale, shot.seed)
    drawn = draw_figure(recipe, pose, (width, height), wall)
    if product is not None:
        show_product(drawn, product, shot.hold == "hand", traits_of(recipe), recipe.light, scale, middle)
    return drawn


def _posed(yaw: float, pitch: float, scale: float, eyes: tuple[float, float]) -> Similarity:
    """Head frame → pixels: the head turned about its own axis, the middle of its eyes in front at `eyes`."""
    joints = load_template().joints
    between = (joints["l-eye"] + joints["r-eye"]) / 2
    axis = between + np.array([0, 0, 8.0])
    rotation = turned(yaw, pitch)
    away = scale * rotation @ axis
    return Similarity(scale, rotation, np.array([eyes[0], eyes[1], 0]) - np.array([away[0], away[1], away[2]]))
