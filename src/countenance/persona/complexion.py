"""What is painted on a persona's face, seen from in front on the mean head: skin, cheeks, lips, freckles, beard, scalp.

One picture, `ATLAS` pixels to a cm, looked up by place: the paint goes where the surface goes, whoever's head it is.
Linear colours. Knows nothing of light.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import (
    LIPS_INNER_LOWER,
    LIPS_INNER_UPPER,
    LIPS_OUTER_LOWER,
    LIPS_OUTER_UPPER,
)
from countenance.head.landmarks import mean_landmarks
from countenance.head.template import FloatArray
from countenance.persona.traits import Traits

Image = NDArray[np.float32]
ATLAS = 48
LEFT, TOP, WIDE, TALL = -9.0, -86.0, 18.0, 30.0  # cm


@dataclass(frozen=True)
class Complexion:
    """Of a face, by places of the atlas.

    Attributes:
        colour: (h, w, 3) float32 linear.
        gloss: (h, w) float32 in [0, 1]: how moist it is.
    """

    colour: Image
    gloss: Image

    def at(self, place: Image) -> tuple[Image, Image]:
        """(N, 3) places on the mean head, cm → (N, 3) colours and (N,) gloss."""
        x = ((place[:, 0] - LEFT) * ATLAS).astype(np.float32)[:, None]
        y = ((place[:, 1] - TOP) * ATLAS).astype(np.float32)[:, None]
        both = np.dstack([self.colour, self.gloss])
        rows = []
        for start in range(0, len(x), 30000):  # what one call of remap takes
            part = slice(start, start + 30000)
            rows.append(cv2.remap(both, x[part], y[part], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0])
        out = np.concatenate(rows) if rows else np.zeros((0, 4), np.float32)
        return out[:, :3], out[:, 3]


def complexion_of(traits: Traits, seed: int) -> Complexion:
    """A face painted."""
    x, y = _grid()
    out = np.tile(traits.skin.astype(np.float32), (*x.shape, 1))
    gloss = np.full(x.shape, 0.06, np.float32)

    def spot(cx: float, cy: float, wx: float, wy: float) -> Image:
        return np.asarray(np.exp(-(((np.abs(x) - cx) / wx) ** 2) - ((y - cy) / wy) ** 2), np.float32)

    red = traits.blush * (spot(4.1, -69.9, 1.7, 1.1) + 0.5 * spot(0, -69.8, 1.2, 0.8)) + 0.25 * spot(0, -63.6, 1.2, 0.8)
    out *= 1 - red[..., None] * np.array([0.02, 0.34, 0.3], np.float32)
    if not traits.man:  # a little colour over the eye
        out *= 1 - 0.4 * (spot(3.2, -74.4, 1.5, 0.5) * traits.lash * 2)[..., None] * np.array(
            [0.3, 0.5, 0.4], np.float32
        )
    _freckled(out, traits, seed)
    for cx, cy in traits.spots:
        near = np.hypot(x - cx, y - cy)
        out *= 1 - 0.75 * np.clip((0.1 - near) / 0.04, 0, 1)[..., None]
    hair = traits.hair_colour.astype(np.float32)
    beard = _beard(traits, seed)
    out += beard[..., None] * (0.85 * hair + 0.06 * traits.skin.astype(np.float32) - out)
    upper, lower = _lips(traits)
    colour = traits.lip_colour.astype(np.float32)
    for mask, tone in ((lower, 1.1), (upper, 0.8)):
        out += (0.95 * mask)[..., None] * (colour * tone - out)
    gloss += 0.9 * lower
    return Complexion(out, np.asarray(gloss + 0.3 * spot(0, -70.0, 0.5, 0.9), np.float32))


@lru_cache(maxsize=1)
def _grid() -> tuple[Image, Image]:
    across = LEFT + np.arange(round(WIDE * ATLAS), dtype=np.float32) / ATLAS
    down = TOP + np.arange(round(TALL * ATLAS), dtype=np.float32) / ATLAS
    x, y = np.meshgrid(across, down)
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def _filled(points: FloatArray) -> Image:
    """(h, w) in [0, 1]: the inside of (N, 2) cm."""
    out = np.zeros(_grid()[0].shape, np.uint8)
    at = np.rint((points - np.array([LEFT, TOP])) * ATLAS * 16).astype(np.int32)
    cv2.fillPoly(out, [at], 255, cv2.LINE_AA, 4)
    return np.asarray(out / np.float32(255), np.float32)


def _lips(traits: Traits) -> tuple[Image, Image]:
    """The upper and the lower lip, with a bow and a soft rim."""
    marks = mean_landmarks()[:, :2]
    full = traits.lip
    out = []
    for outer, inner, way in ((LIPS_OUTER_UPPER, LIPS_INNER_UPPER, -1.0), (LIPS_OUTER_LOWER, LIPS_INNER_LOWER, 1.0)):
        rim, seam = marks[outer].copy(), marks[inner].copy()
        share = np.sin(np.pi * np.linspace(0, 1, len(rim)))
        rim[:, 1] = seam[:, 1] + (rim[:, 1] - seam[:, 1]) * (1 + (full - 0.9) * share) + way * 0.06 * share
        seam[:, 1] -= way * 0.25  # the two overlap; the line between them is inked
        from scipy.interpolate import CubicSpline

        t, fine = np.arange(len(rim)), np.linspace(0, len(rim) - 1, 120)
        polygon = np.concatenate([CubicSpline(t, rim)(fine), CubicSpline(t, seam)(fine)[::-1]])
        out.append(cv2.GaussianBlur(_filled(polygon), (0, 0), 0.03 * ATLAS))
    upper, lower = out
    seam_y = np.interp(_grid()[0], marks[LIPS_INNER_UPPER][:, 0], marks[LIPS_INNER_UPPER][:, 1])
    above = np.clip((seam_y - _grid()[1]) / 0.06 + 0.5, 0, 1).astype(np.float32)
    return np.asarray(upper * above, np.float32), np.asarray(lower * (1 - above), np.float32)


def _freckled(out: Image, traits: Traits, seed: int) -> None:
    count = {"none": 0, "some": 70, "many": 190}[traits.freckles]
    rng = np.random.default_rng([seed, 6])
    mask = np.zeros(out.shape[:2], np.uint8)
    for _ in range(count):
        at = np.array([rng.normal(0, 2.7), rng.normal(-70.6, 0.75) if rng.random() < 0.85 else rng.normal(-77, 1.2)])
        size = rng.uniform(0.035, 0.085) * ATLAS
        cv2.circle(mask, tuple(np.rint((at - [LEFT, TOP]) * ATLAS * 16).astype(int).tolist()), round(size * 16),
                   int(rng.uniform(120, 230)), -1, cv2.LINE_AA, 4)  # fmt: skip
    share = (mask / np.float32(255))[..., None]
    out *= 1 - share * np.array([0.4, 0.62, 0.68], np.float32)


def _beard(traits: Traits, seed: int) -> Image:
    """Share of hair: down the sideburns, along the jaw, round the mouth."""
    if traits.beard == "none":
        return np.zeros(_grid()[0].shape, np.float32)
    x, y = _grid()
    rng = np.random.default_rng([seed, 9])
    a = np.abs(x)
    cheek = -66.2 - 0.30 * np.clip(a - 2.6, 0, 9) ** 1.45 - 0.6 * np.exp(-(((a - 2.6) / 0.8) ** 2))
    grain = cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), sigmaX=1.1, sigmaY=5)
    grain = np.clip(0.5 + grain / grain.std() * 0.3, 0, 1)
    # Its edges are single hairs.
    whole = np.clip((y - cheek) / 0.45 + 0.9 * (grain - 0.5), 0, 1) * (y > -75)
    lip = np.clip((2.95 - a) / 0.4, 0, 1) * np.clip((y - (-68.35 + 0.06 * a**2)) / 0.18, 0, 1)
    whole = np.maximum(whole, lip * (y < -66))
    mouth = (x / 2.4) ** 2 + ((y + 66.6) / 0.62) ** 2
    whole *= np.clip((mouth - 1) / 0.25, 0, 1)
    soul = np.exp(-((a / 0.8) ** 2))
    gap = np.exp(-(((y + 65.35) / 0.35) ** 2)) * (1 - soul) * np.clip((2.1 - a) / 0.9, 0, 1)
    whole *= 1 - 0.8 * gap
    whole *= np.clip((-61.9 + 0.02 * a**2 - y) / 1.3 + 1.1 * (grain - 0.5), 0, 1)
    if traits.beard == "stubble":
        return np.asarray(cv2.GaussianBlur(whole, (0, 0), 0.12 * ATLAS) * (0.2 + 0.2 * grain), np.float32)
    return np.asarray(whole * (0.72 + 0.28 * grain), np.float32)
