"""A mouth drawn from nothing: teeth on two arches, tongue, gums and dark, in the head's own frame.

The upper teeth belong to the skull and the lower ones to the jaw, so they stay put while lips slide over them.
Measures are those of an adult mouth in canonical centimetres (Wheeler's Dental Anatomy: crowns of 8.5, 6.5 and 7.5 mm).
Knows nothing of pictures: it is told places in centimetres and a palette.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.engines.mesh.area import smoothstep

FloatArray = NDArray[np.float64]

CROWNS = np.array([0.85, 1.5, 2.25, 2.95, 3.6])  # outer edges of the upper crowns from the middle, cm
LOWER_SCALE = 0.72  # lower crowns are narrower
ARCH = 2.9  # half-width at which the arch has turned out of sight
UPPER_EDGE = 0.34  # cm the upper incisors reach below the resting lip line
UPPER_HEIGHT = 0.95
LOWER_EDGE = 0.42  # cm below the resting lip line at which the lower incisors' edge rests
LOWER_HEIGHT = 0.8
LOWER_SHOWS = 0.3
TONGUE_TOP = 0.0  # cm below the resting lip line that the tongue's back lies
TONGUE_DROP = 0.2  # and how much of the jaw's drop it follows


@dataclass(frozen=True)
class Palette:
    """(3,) float64 sRGB each, 0–255, already lit as the portrait is."""

    teeth: FloatArray
    gums: FloatArray
    tongue: FloatArray
    dark: FloatArray


def _row(
    x: FloatArray, above_edge: FloatArray, height: float, scale: float, pixel: float
) -> tuple[FloatArray, FloatArray]:
    """Coverage and shade of one row of crowns. `above_edge`: cm from the biting edge towards the gum."""
    across = np.abs(x)
    edges = np.concatenate([[0.0], CROWNS * scale])
    nearest = np.min(np.abs(across[..., None] - edges), axis=-1)
    gap = 1 - 0.13 * np.exp(-((nearest / max(0.035, pixel)) ** 2))
    index = np.clip(np.searchsorted(edges, across) - 1, 0, len(CROWNS) - 1)
    middle = (edges[index] + edges[index + 1]) / 2
    half = (edges[index + 1] - edges[index]) / 2
    rounding = 0.09 * ((across - middle) / half) ** 4  # corners of each crown are rounded
    cover = smoothstep(above_edge - rounding, -pixel, pixel) * (
        1 - smoothstep(above_edge, height - 0.08, height + 0.08)
    )
    cover *= 1 - smoothstep(across, ARCH * scale - 0.25, ARCH * scale + 0.1)
    turn = np.clip(across / (ARCH * scale), 0, 1)
    shade = gap * (1 - 0.62 * turn**2.2) * (0.86 + 0.14 * smoothstep(above_edge, 0.0, 0.35))
    return cover, shade


def draw_mouth(
    x: FloatArray,
    y: FloatArray,
    jaw: float,
    under_lip: FloatArray,
    lower_lip: float,
    pixel: float,
    palette: Palette,
    teeth: bool = True,
) -> FloatArray:
    """The mouth's inside.

    Args:
        x, y: (h, w) cm in the head frame from the resting lips' middle, x right, y down.
        jaw: cm the jaw has dropped.
        under_lip: (h, w) cm below the upper lip's edge.
        lower_lip: y of the lower lip's edge in the middle: it hides all but LOWER_SHOWS of the lower teeth.
        pixel: cm a pixel, for soft edges.
        palette: colours.
        teeth: whether to draw any; False leaves tongue and dark.

    Returns:
        (h, w, 3) float64, sRGB 0–255.
    """
    out = np.broadcast_to(palette.dark, (*x.shape, 3)).copy()

    def over(colour: FloatArray, cover: FloatArray, shade: FloatArray) -> None:
        out[:] = out + (colour * shade[..., None] - out) * cover[..., None]

    drop = max(jaw, 0.0)
    lower_edge = max(LOWER_EDGE + drop, lower_lip - LOWER_SHOWS)
    # Tongue: a mound behind the lower teeth, seen when the mouth opens.
    # It lies high: in speech and laughter it fills most of what the teeth leave open.
    top = TONGUE_TOP + TONGUE_DROP * drop + 0.3 * (x / 2.2) ** 2
    mound = smoothstep(y - top, -0.2, 0.3) * (1 - smoothstep(np.abs(x), 1.9, 2.7)) * min(1.0, drop / 0.3)
    lit = 0.62 + 0.38 * smoothstep(y - top, 0.0, 1.0)
    groove = 1 - 0.1 * np.exp(-((x / 0.14) ** 2))
    over(palette.tongue, mound, lit * groove)
    shadow = (0.74 + 0.26 * smoothstep(under_lip, -0.05, 0.35))[..., None]  # the upper lip's, on what is right under it
    if not teeth:
        over(palette.gums, 1 - smoothstep(y, -0.1, 0.3), 0.9 * np.ones_like(x))
        return np.asarray(out * shadow)
    curve = 0.10 * (x / 2.0) ** 2
    below = y - (lower_edge - curve)
    cover, shade = _row(x, below, LOWER_HEIGHT, LOWER_SCALE, pixel)
    gum = smoothstep(below, LOWER_HEIGHT - 0.1, LOWER_HEIGHT + 0.1)
    over(palette.gums, gum * (1 - smoothstep(np.abs(x), 1.9, 2.4)), 0.7 * np.ones_like(x))
    over(palette.teeth, cover, shade * 0.82)
    above = (UPPER_EDGE - curve * 1.2) - y
    gum = smoothstep(above, UPPER_HEIGHT - 0.1, UPPER_HEIGHT + 0.1)
    over(palette.gums, gum * (1 - smoothstep(np.abs(x), 2.4, 2.9)), 0.85 * np.ones_like(x))
    cover, shade = _row(x, above, UPPER_HEIGHT, 1.0, pixel)
    over(palette.teeth, cover, shade)
    return np.asarray(out * shadow)
