"""A recipe drawn: a portrait from in front or turned, drawn or rendered in style. A character, no photograph.

A z-buffer in software; light, shadow and ink are worked out on the picture. The same recipe gives the same bytes on one
machine. Knows nothing of permission or of files.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.pose import Similarity
from countenance.head.showing import turned
from countenance.head.template import load_template
from countenance.head.view import to_srgb
from countenance.persona import glasses
from countenance.persona.ink import ink_lines, inked
from countenance.persona.recipe import Recipe
from countenance.persona.scene import set_scene
from countenance.persona.shading import MOODS, shaded
from countenance.persona.strokes import draw_features

SIDE = 1024  # pixels of a portrait
TALL = 39.0  # cm of it
SAMPLES = 2


def draw_portrait(recipe: Recipe, side: int = SIDE, *, yaw: float = 0.0, pitch: float = 0.0) -> NDArray[np.uint8]:
    """(side, side, 3) uint8 sRGB.

    Args:
        recipe: what is drawn.
        side: of the picture, pixels.
        yaw, pitch: the head's turn towards its left, and down; degrees.
    """
    return draw_figure(recipe, framed(yaw, pitch, side), (side, side))


def draw_figure(
    recipe: Recipe, pose: Similarity, size: tuple[int, int], wall: NDArray[np.float32] | None = None
) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB: a persona before a wall.

    Args:
        recipe: what is drawn.
        pose: head frame → pixels.
        size: width and height, pixels.
        wall: (h, w, 3) linear, what is behind; None for the light's own fall of colour.
    """
    scene = set_scene(recipe, pose, size, SAMPLES)
    lit = shaded(scene, recipe.style, recipe.light, wall)
    if recipe.style == "drawn":
        lit = inked(lit, ink_lines(scene))
    draw_features(scene, lit, MOODS[recipe.light].bright)
    srgb = to_srgb(lit)
    if scene.traits.glasses != "none":
        glasses.put_on(srgb, scene.traits.glasses, scene.vertices, pose, SAMPLES)
    return np.asarray(cv2.resize(srgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def framed(yaw: float, pitch: float, side: int) -> Similarity:
    """Head frame → pixels: the head in the upper half, the chest at the lower edge."""
    joints = load_template().joints
    centre = (joints["l-eye"] + joints["r-eye"]) / 2 + np.array([0, 4.6, 8.0])
    rotation, scale = turned(yaw, pitch), side / TALL
    return Similarity(scale, rotation, np.array([side / 2, side / 2, 0]) - scale * rotation @ centre)
