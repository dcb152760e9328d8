"""A finished head: shape, texture and hair of one person, ready for pictures and for other people's engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from countenance.face.types import Face
from countenance.head.eyes import eye_colours
from countenance.head.fit import FittedHead, fit_head
from countenance.head.hair import HairShell, make_hair, under_hair
from countenance.head.hair_mask import HairFound, Style, find_hair
from countenance.head.layout import lash_roots
from countenance.head.paint import lip_seam
from countenance.head.shapes import vertex_shapes
from countenance.head.template import FloatArray, load_template
from countenance.head.texture import HeadPicture, HeadTexture, bake

LASH = 0.4  # of the template's lashes' length; painted black, all of it is too much
SIDE = 1024
LIP_REACH, OVERLAP = 0.35, 0.02  # cm


@dataclass(frozen=True)
class HeadModel:
    """One person's head.

    Attributes:
        fit: its shape, and where it was in each picture.
        texture: on `layout.head_layout`.
        hair: a shell, or None.
        style: of the hair.
        covered: share of the face that pictures showed.
    """

    fit: FittedHead
    texture: HeadTexture
    hair: HairShell | None
    style: Style

    @property
    def covered(self) -> float:
        return self.texture.covered

    def placed(self, expression: NDArray[np.floating] | None = None) -> FloatArray:
        """(V, 3) template cm, with an expression, (52,) in the order of `BLENDSHAPES`, and lashes at their length."""
        vertices = self.fit.vertices if expression is None else self.fit.posed(expression)
        return trimmed(vertices + lips_shut(self.fit.vertices))


def trimmed(values: FloatArray) -> FloatArray:
    """(…, V, 3): places or motions with the lashes shortened; linear, so that shapes can be trimmed by themselves."""
    roots = lash_roots()
    lashes = load_template().vertices_of("lashes")
    out = values.copy()
    at_root = values[..., roots[lashes], :]
    out[..., lashes, :] = at_root + LASH * (values[..., lashes, :] - at_root)
    return out


def lips_shut(vertices: FloatArray) -> FloatArray:
    """(V, 3) what shuts the slit between a neutral head's lips: both come halfway, the skin near them a little."""
    template = load_template()
    seam = lip_seam()
    moved = template.shape("jawOpen")[seam, 1]
    upper, lower = seam[moved < 0.4 * moved.max()], seam[moved >= 0.4 * moved.max()]
    near = cKDTree(vertices[upper][:, [0]]).query(vertices[lower][:, [0]])[1]
    gap = vertices[lower, 1] - vertices[upper[near], 1]
    line = cKDTree(vertices[seam])
    lips = template.vertices_of("skin", "mouth")
    away, at = line.query(vertices[lips], k=4)
    of_seam = np.zeros(len(seam))
    place = {int(v): k for k, v in enumerate(seam)}
    for v, u, wide in zip(lower, upper[near], gap, strict=True):
        step = max(float(wide), 0.0) / 2 + OVERLAP
        of_seam[place[int(v)]] = -step
        of_seam[place[int(u)]] = max(of_seam[place[int(u)]], step)
    weights = np.exp(-((away / LIP_REACH) ** 2)) + 1e-12
    out = np.zeros_like(vertices)
    share = np.exp(-((away[:, 0] / LIP_REACH) ** 2))
    out[lips, 1] = share * (of_seam[at] * weights).sum(1) / weights.sum(1)
    return out


def trimmed_shapes() -> FloatArray:
    """(52, V, 3): the ARKit shapes as `placed` shows them."""
    return trimmed(vertex_shapes())


def make_head(
    pictures: Sequence[tuple[NDArray[np.uint8], Face, NDArray[np.float32] | None]],
    *,
    style: Style | None = None,
    side: int = SIDE,
) -> HeadModel:
    """A head out of pictures of one person.

    Args:
        pictures: of each (h, w, 3) uint8 sRGB pixels, the face, and the person's matte or None; the frontal one first.
        style: of the hair; None: as the first picture shows it.
        side: of the texture, pixels.

    Raises:
        ValueError: no picture is given.
    """
    fit = fit_head([face for _, face, _ in pictures])
    hair = [find_hair(pixels, face, person) for pixels, face, person in pictures]
    eyes = eye_colours([(pixels, face) for pixels, face, _ in pictures])
    shown = [
        HeadPicture(pixels, face, person, found.mask)
        for (pixels, face, person), found in zip(pictures, hair, strict=True)
    ]
    texture = bake(fit, shown, eyes, side)
    chosen = style or hair[0].style
    colours = _coloured(hair[0], texture)
    pixels = under_hair(texture.pixels, colours, chosen)
    texture = HeadTexture(pixels, texture.seen, texture.covered, texture.skin)
    return HeadModel(fit, texture, make_hair(fit.vertices, colours, chosen), chosen)


def _coloured(found: HairFound, texture: HeadTexture) -> HairFound:
    """Colours for hair that no picture showed: a dark of the skin's own hue."""
    if found.style != "none":
        return found
    r, g, b = (float(v) * 0.12 for v in texture.skin)
    dark, light = (0.6 * r, 0.6 * g, 0.6 * b), (1.8 * r, 1.8 * g, 1.8 * b)
    return HairFound(found.mask, "none", dark, (r, g, b), light)
