"""What a persona's head is coloured with, by places of the mean head: skin, lips, brows, beard, eyes.

Linear colours. Knows nothing of light.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from countenance.head.paint import lip_seam
from countenance.head.template import FloatArray, load_template
from countenance.head.view import Surface
from countenance.persona.figure import is_man
from countenance.persona.recipe import Recipe

Image = NDArray[np.float32]
SKINS = {"light": (0.78, 0.49, 0.37), "medium": (0.62, 0.36, 0.245), "olive": (0.52, 0.32, 0.195),
         "brown": (0.31, 0.155, 0.09), "dark": (0.135, 0.062, 0.038)}  # fmt: skip
IRISES = {"brown": (0.13, 0.05, 0.02), "hazel": (0.2, 0.12, 0.035), "green": (0.08, 0.2, 0.08),
          "blue": (0.07, 0.19, 0.42), "grey": (0.2, 0.25, 0.29)}  # fmt: skip
HAIRS = {"black": (0.013, 0.012, 0.015), "brown": (0.075, 0.037, 0.02), "auburn": (0.17, 0.045, 0.02),
         "red": (0.38, 0.1, 0.025), "blond": (0.58, 0.36, 0.14), "grey": (0.3, 0.3, 0.31),
         "white": (0.68, 0.67, 0.64), "pink": (0.72, 0.2, 0.33)}  # fmt: skip
CLOTHS = ((0.05, 0.12, 0.2), (0.3, 0.06, 0.06), (0.04, 0.16, 0.12), (0.55, 0.5, 0.42), (0.1, 0.08, 0.16),
          (0.5, 0.26, 0.06))  # fmt: skip
IRIS, PUPIL = 0.68, 0.27  # cm
SKIN, HAIR, CLOTH, EYE, MOUTH, LASH, NOTHING = 1, 2, 3, 4, 5, 6, 0


@dataclass(frozen=True)
class Painted:
    """What is seen, sample by sample.

    Attributes:
        colour: (h, w, 3) float32 linear.
        kind: (h, w) uint8: SKIN, CLOTH, EYE, MOUTH, LASH or NOTHING.
        gloss: (h, w) float32 in [0, 1]: how wet it is.
        place: (h, w, 3) float32 on the mean head, cm.
    """

    colour: Image
    kind: NDArray[np.uint8]
    gloss: Image
    place: Image


def cloth_of(recipe: Recipe) -> FloatArray:
    """(3,) linear: the colour of what the persona wears."""
    return np.array(CLOTHS[int(np.random.default_rng([recipe.seed, 5]).integers(len(CLOTHS)))])


def paint_head(recipe: Recipe, surface: Surface) -> Painted:
    """The colours of the template's triangles as the recipe has them."""
    template = load_template()
    place = surface.interpolated(template.vertices, template.triangles)
    part = np.where(surface.triangle >= 0, template.part[np.maximum(surface.triangle, 0)], -1)

    def at(*names: str) -> NDArray[np.bool_]:
        return np.isin(part, [template.parts.index(name) for name in names])

    colour = np.zeros(place.shape, np.float32)
    kind = np.zeros(part.shape, np.uint8)
    gloss = np.zeros(part.shape, np.float32)
    skin = at("skin", "neck", "socket_left", "socket_right")
    points = place[skin]
    colour[skin], gloss[skin] = _skin(recipe, points)
    kind[skin] = SKIN
    collar = points[:, 1] - (-59.6 + 0.035 * points[:, 0] ** 2 * np.where(points[:, 2] < -1, -1.0, -0.4))
    clothed = np.zeros(part.shape, bool)
    clothed[skin] = (collar > 0) & (points[:, 1] > -62.5)
    colour[clothed], kind[clothed], gloss[clothed] = cloth_of(recipe), CLOTH, 0
    for name, value, which in (
        ("mouth", (0.12, 0.02, 0.02), MOUTH), ("tongue", (0.35, 0.1, 0.1), MOUTH),
        ("teeth_upper", (0.75, 0.72, 0.65), MOUTH), ("teeth_lower", (0.6, 0.57, 0.5), MOUTH),
        ("lashes", (0.008, 0.006, 0.006), LASH),
    ):  # fmt: skip
        here = at(name)
        colour[here], kind[here] = value, which
    lower = at("lashes") & (place[..., 1] > template.joints["l-eye"][1] + 0.1)
    colour[lower], kind[lower] = 0.4 * np.array(SKINS[recipe.skin], np.float32), SKIN
    for name in ("eye_left", "eye_right"):
        here = at(name)
        middle = template.vertices[template.vertices_of(name)].mean(0)
        colour[here] = _eye(recipe, place[here] - middle)
        kind[here], gloss[here] = EYE, 1
    return Painted(colour, kind, gloss, place)


def _skin(recipe: Recipe, points: Image) -> tuple[Image, Image]:
    x, y, z = points.T
    base = np.array(SKINS[recipe.skin], np.float32)
    out = np.tile(base, (len(points), 1))
    front = z < -4

    def spot(at: tuple[float, float], wide: tuple[float, float]) -> Image:
        away = ((np.abs(x) - at[0]) / wide[0]) ** 2 + ((y - at[1]) / wide[1]) ** 2
        return np.asarray(np.exp(-away) * front, np.float32)

    red = 0.55 * spot((4.3, -69.6), (1.9, 1.5)) + 0.35 * spot((0, -69.2), (1.1, 0.9)) + 0.2 * spot((0, -63.8), (1.2, 1))
    out *= 1 - red[:, None] * np.array([0.02, 0.3, 0.26], np.float32)
    hollow = 0.35 * spot((2.9, -72.1), (1.3, 0.5)) + 0.25 * spot((2.9, -74.6), (1.9, 0.5))
    out *= 1 - hollow[:, None] * np.array([0.3, 0.42, 0.36], np.float32)
    rng = np.random.default_rng([recipe.seed, 6])
    count = {"none": 0, "some": 130, "many": 330}[recipe.freckles]
    if count:
        spots = np.stack([rng.normal(0, 3.3, count), rng.normal(-70.2, 1.1, count)], 1)
        cheeks = front & (np.abs(y + 70.3) < 4)
        away, which = cKDTree(spots).query(points[cheeks][:, :2], distance_upper_bound=0.3)
        size = np.append(rng.uniform(0.05, 0.105, count), 1.0)
        share = np.clip((size[which] - away) / 0.05, 0, 1) * 0.5
        out[cheeks] *= 1 - share[:, None].astype(np.float32) * np.array([0.35, 0.55, 0.65], np.float32)
    hair = np.array(HAIRS["black" if recipe.hair_colour == "pink" else recipe.hair_colour], np.float32)
    out = _over(out, _beard(recipe, x, y, z), 0.55 * hair + 0.1 * base * (recipe.beard == "stubble"))
    gloss = np.asarray(0.25 * spot((0, -70), (0.8, 1.6)) + 0.1, np.float32)
    mouth = front & (np.abs(x) < 3.4) & (np.abs(y + 66.4) < 2.6)
    lip = np.zeros(len(points), np.float32)
    seam = load_template().vertices[lip_seam()]
    near = cKDTree(seam[:, :]).query(points[mouth], distance_upper_bound=1.3)[0]
    reach = 0.78 * np.sqrt(np.clip(1 - (x[mouth] / 2.55) ** 2, 0.003, 1)) * np.where(is_man(recipe), 0.82, 1.0)
    lip[mouth] = np.clip((reach - near) / 0.16, 0, 1)
    tint = base * np.array([0.86, 0.5, 0.53], np.float32) + np.array([0.05, 0.0, 0.008], np.float32)
    out = _over(out, 0.9 * lip, tint)
    gloss += 0.5 * lip
    brow = np.zeros(len(points), np.float32)
    over = front & (np.abs(y + 76.0) < 2.5)
    brow[over] = _brow(points[over], thick=0.40 if is_man(recipe) else 0.3)
    dark = 0.6 * hair + 0.1 * base if recipe.hair_colour in ("blond", "white", "grey", "red") else 0.8 * hair
    return _over(out, 0.92 * brow, np.asarray(dark, np.float32)), gloss


def _over(below: Image, share: Image, colour: NDArray[np.floating]) -> Image:
    return np.asarray(below + share[:, None] * (np.asarray(colour, np.float32) - below), np.float32)


def _brow(points: Image, thick: float) -> Image:
    """Share of hair: thick at the nose, running out towards the temple, its ends drawn out into strokes."""
    eye = load_template().joints["l-eye"]
    x = np.abs(points[:, 0])
    along = (x - 1.2) / 3.7
    line = eye[1] - 2.05 - 0.62 * np.sin(np.pi * (0.2 + 0.62 * along)) + 0.3 * np.clip(along, 0, 1) ** 2
    half = thick * np.clip(1.25 - 0.95 * along, 0.1, 1) * np.clip(along / 0.06 + 0.6, 0, 1)
    stroke = 0.03 * np.sin(27 * x + 9 * points[:, 1]) + 0.02 * np.sin(61 * x)
    inside = np.clip((half + stroke - np.abs(points[:, 1] - line)) / 0.12, 0, 1)
    return np.asarray(inside * np.clip(along / 0.07 + 0.5, 0, 1) * (along < 1), np.float32)


def _beard(recipe: Recipe, x: Image, y: Image, z: Image) -> Image:
    if recipe.beard == "none":
        return np.zeros(len(x), np.float32)
    edge = -67.0 - 0.35 * np.clip(np.abs(x) - 3.2, 0, 9) ** 1.5
    under = -63.0 - 0.012 * x**2 - 0.12 * np.clip(z + 11, 0, 20)  # the jaw's edge, where a beard ends
    jaw = np.clip((y - edge) / 0.9, 0, 1) * np.clip((under - y) / 0.5, 0, 1) * (z < -1.5)
    chin = np.clip(((x / 2.7) ** 2 + ((y + 66.5) / 1.0) ** 2 - 1) / 0.4, 0, 1)
    top = -68.4 + 0.1 * x**2
    lip = np.clip((3.0 - np.abs(x)) / 0.6, 0, 1) * np.clip((y - top) / 0.4, 0, 1) * np.clip((-66.4 - y) / 0.3, 0, 1)
    whole = np.maximum(jaw * chin, lip * (z < -9))
    dots = 0.5 + 0.5 * np.sin(47 * x + 13 * np.sin(7 * y)) * np.sin(43 * y + 11 * np.sin(5 * x))
    share = (0.22 + 0.3 * dots) if recipe.beard == "stubble" else (0.8 + 0.15 * dots)
    return np.asarray(whole * share, np.float32)


def _eye(recipe: Recipe, away: Image) -> Image:
    x, y, z = away.T
    r = np.hypot(x, y)
    angle = np.arctan2(y, x)
    white = np.array([0.74, 0.71, 0.69], np.float32) * (1 - 0.12 * np.clip(r - 0.7, 0, 1))[:, None]
    fibre = 1 + 0.22 * np.sin(23 * angle + 2 * np.sin(5 * angle)) * np.clip(r / IRIS, 0, 1)
    below = 0.7 + 0.75 * np.clip(0.45 + y / IRIS, 0, 1)  # lit from above, an iris glows at its lower side
    iris = np.array(IRISES[recipe.eyes], np.float32) * (1.5 * fibre * below)[:, None]
    iris *= (1 - 0.75 * np.clip((r - 0.8 * IRIS) / (0.2 * IRIS), 0, 1))[:, None]
    front = (z < 0)[:, None]
    out = np.where(front, white + np.clip((IRIS - r) / 0.05 + 0.5, 0, 1)[:, None] * (iris - white), white)
    out = np.where(front, out * (1 - 0.97 * np.clip((PUPIL - r) / 0.04 + 0.5, 0, 1)[:, None]), out)
    lid = 1 - 0.5 * np.clip((-y - 0.12) / 0.4, 0, 1)
    return np.asarray(out * lid[:, None], np.float32)


def catchlights(place: Image, kind: NDArray[np.uint8]) -> Image:
    """(h, w) share of white: a window and its faint answer on each cornea, and the wet line on the lower lid."""
    out = np.zeros(kind.shape, np.float32)
    eye = kind == EYE
    for name in ("eye_left", "eye_right"):
        middle = load_template().vertices[load_template().vertices_of(name)].mean(0)
        x, y = place[..., 0] - middle[0], place[..., 1] - middle[1]
        big = np.clip((0.19 - np.hypot(x + 0.24, (y + 0.22) * 0.9)) / 0.04 + 0.5, 0, 1)
        small = 0.45 * np.clip((0.1 - np.hypot(x - 0.27, y - 0.25)) / 0.04 + 0.5, 0, 1)
        out = np.where(eye & (np.abs(x) < 2.5), np.maximum(out, np.maximum(big, small)), out)
    rim = cv2.dilate((kind == SKIN).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    wet = eye & rim & (np.roll(kind, -4, axis=0) == SKIN)
    return np.asarray(np.maximum(out, 0.35 * wet), np.float32)
