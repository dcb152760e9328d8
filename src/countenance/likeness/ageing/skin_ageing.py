"""What years do to skin and hair on the atlas: folds, tone, spots, pores, the red of lips, brows and beard.

Every change is a function of the years that have gone by, taken twice and subtracted, so that going back nearly undoes
going forth. What lies on all views is made once and put on all of them alike. Knows nothing of shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.likeness.ageing.atlas_regions import Ground, ground_of, luminance
from countenance.likeness.ageing.atlas_regions import around as colour_around
from countenance.likeness.ageing.folds import own_folds, shading
from countenance.likeness.ageing.rates import FOLDS, HOLLOWS, SKIN, Rate
from countenance.media.frames import Pixels

FloatArray = NDArray[np.float32]

# R, G, B: light at the bottom of a crease has gone through skin and is redder; a broad shadow hardly is.
CREASE = np.array([0.66, 1.0, 1.14], np.float32)
SHADE = np.array([0.94, 1.0, 1.03], np.float32)
MELANIN = np.array([0.55, 1.0, 1.35], np.float32)  # R, G, B absorbances over green's; by eye on photographs of spots
BLOOD = np.array([0.15, 1.0, 0.75], np.float32)
MOST_SPOTS_YEARS = 60.0
SPOT_YEARS = 15.0  # that a spot takes to come
INCLINED = (0.75, 700.0, 0.8, 1.3)  # how far own folds raise the rate of new ones: at least, slope, limits
GREY = 0.72  # of the skin's lightness that a grey hair has
BROWS_GREY = 0.4  # of a beard's greying
GREY_CHROMA = 0.35  # of the skin's: light on grey hair is the light on the face


def _noise(rng: np.random.Generator, side: int, sigma: float) -> FloatArray:
    """(side, side) smooth noise of zero mean and unit variance."""
    small = max(8, int(side / max(1.0, sigma * side / 3)))
    raw = cv2.GaussianBlur(rng.standard_normal((small, small)).astype(np.float32), (0, 0), 1.5)
    out = cv2.resize(raw, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray((out - out.mean()) / (out.std() + 1e-9), np.float32)


def spots(seed: int, side: int, years: float) -> FloatArray:
    """(side, side), 0 or more: melanin of spots that have come by `years`; log of green light."""
    out = np.zeros((side, side), np.float32)
    if years <= 0:
        return out
    rng = np.random.default_rng([seed, 7001])
    edge = _noise(np.random.default_rng([seed, 7002]), side, 2.0 / 512)
    count = round(SKIN["spots"].per_decade * MOST_SPOTS_YEARS / 10)
    for onset in rng.uniform(-6, MOST_SPOTS_YEARS, count):
        # Cheekbones, temples and forehead see the most sun.
        where = rng.choice(4, p=(0.42, 0.22, 0.26, 0.10))
        x, y = [(0.31, 0.49), (0.29, 0.36), (0.42, 0.25), (0.37, 0.62)][where] + rng.normal(0, (0.045, 0.04))
        x = 1 - x if rng.random() < 0.5 else x
        radius = float(np.clip(rng.lognormal(np.log(2.0), 0.4), 0.8, 3.6)) / 512 * side
        dark, stretch, turn = rng.uniform(0.05, 0.13), rng.uniform(0.75, 1.3), rng.uniform(0, np.pi)
        share = float(np.clip((years - onset) / SPOT_YEARS, 0, 1))
        if share == 0 or (abs(x - 0.5) < 0.12 and 0.40 < y < 0.76):  # beside nose and mouth they look like dirt
            continue
        reach = int(3 * radius) + 3
        cx, cy = int(x * side), int(y * side)
        if not (reach < cx < side - reach and reach < cy < side - reach):
            continue
        gy, gx = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
        u, v = gx * np.cos(turn) + gy * np.sin(turn), gy * np.cos(turn) - gx * np.sin(turn)
        part = (slice(cy - reach, cy + reach + 1), slice(cx - reach, cx + reach + 1))
        r = np.hypot(u / stretch, v * stretch) / radius + 0.22 * edge[part]
        out[part] = np.maximum(out[part], dark * share / (1 + np.exp((r - 1) / 0.16)))
    return out


def _invented(seed: int, side: int, years: float, least: float, likely: float) -> FloatArray:
    """(side, side, 3): log of the change on bare skin, the same on every view, `years` after the material."""
    folds = {name: rate.per_decade * likely for name, rate in FOLDS.items() if rate.unit == "log"}
    hollows = {name: rate.per_decade for name, rate in HOLLOWS.items()}
    crease = shading(seed, side, years, folds, least, True)
    shade = shading(seed, side, years, hollows, least, False)
    rng = np.random.default_rng([seed, 7003])
    melanin = 0.6 * _noise(rng, side, 22 / 512) + 0.4 * _noise(rng, side, 8 / 512)
    blood = 0.6 * _noise(rng, side, 16 / 512) + 0.4 * _noise(rng, side, 6 / 512)
    uneven = SKIN["unevenness"].per_decade * max(0.0, years) / 10
    brown = -(uneven * melanin + spots(seed, side, years))
    red = -uneven * 0.7 * blood
    light = np.minimum(crease, 0)[..., None] * CREASE + (shade + np.maximum(crease, 0))[..., None] * SHADE
    return np.asarray(light + brown[..., None] * MELANIN + red[..., None] * BLOOD, np.float32)


@dataclass(frozen=True)
class SkinAgeing:
    """What is the same for every view: made once, then put on each.

    Attributes:
        ground: of the first view.
        change: (side, side, 3) log, on skin.
        decades: from before to after.
        grain: (side, side) in [0, 1], which hairs grey first.
    """

    ground: Ground
    change: FloatArray
    decades: float
    grain: FloatArray

    @classmethod
    def of(cls, texture: Pixels, seed: int, before: float, after: float) -> SkinAgeing:
        """Args: the first view's texture, a seed of the person, and years against the material before and after."""
        ground = ground_of(texture)
        side = texture.shape[0]
        folds = own_folds(luminance(texture), ground.skin)
        base, slope, low, high = INCLINED
        likely = float(np.clip(base + slope * float(-folds.mean() / (ground.skin.mean() + 1e-6)), low, high))
        change = _invented(seed, side, after, ground.least, likely)
        change = change - _invented(seed, side, before, ground.least, likely)
        grain = _noise(np.random.default_rng([seed, 7004]), side, 2.2 / 512)
        return cls(ground, change, (after - before) / 10, np.clip(0.5 + 0.35 * grain, 0, 1))

    def on(self, texture: Pixels) -> Pixels:
        """One view's texture, (side, side, 3) uint8 RGB, after those years."""
        scale = texture.shape[0] / 512
        g, decades = self.ground, self.decades
        light = luminance(texture)
        change = self.change * g.skin[..., None]
        own = own_folds(light, g.skin) * grown(FOLDS["own folds"], decades)
        fine = light - cv2.GaussianBlur(light, (0, 0), 1.3 * scale)
        pores = fine * g.skin * grown(SKIN["pores"], decades)
        blotches = cv2.GaussianBlur(light, (0, 0), 3.5 * scale) - cv2.GaussianBlur(light, (0, 0), 14 * scale)
        even = np.clip(blotches, -0.08, 0.08) * g.skin * grown(SKIN["own blotches"], decades)
        change = change + own[..., None] * CREASE + (even + pores)[..., None] * SHADE
        out = texture.astype(np.float32) * np.exp(change)
        return self._toned(np.clip(out, 0, 255), texture)

    def _toned(self, rgb: FloatArray, before: Pixels) -> Pixels:
        g, decades = self.ground, self.decades
        lab = cv2.cvtColor((rgb / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
        around = colour_around(lab, g.skin)
        new = lab.copy()
        tone = np.array([SKIN["lightness"].per_decade, 0.0, SKIN["yellowness"].per_decade], np.float32) * decades
        # Lips, eyes and brows go with the skin: what sets them off from it has rates of its own.
        new += np.clip(g.skin + g.lips + g.eyes + g.brows, 0, 1)[..., None] * tone
        lips = g.lips[..., None] * (lab - around)
        new[..., 1] += lips[..., 1] * grown(SKIN["lip redness"], decades)
        new[..., 0] += lips[..., 0] * grown(SKIN["lip darkness"], decades)
        new += g.eyes[..., None] * (lab - around) * grown(SKIN["eye contrast"], decades)
        new[..., 0] += g.brows * (lab - around)[..., 0] * grown(SKIN["brow contrast"], decades)
        grey = SKIN["greying"].per_decade * decades
        share = np.clip(grey * (0.4 + 1.2 * self.grain), -0.6, 0.85) * np.maximum(BROWS_GREY * g.brows, g.beard)
        share = np.maximum(share, 0) if decades > 0 else 0.35 * np.minimum(share, 0)
        target = around * np.array([GREY, GREY_CHROMA, GREY_CHROMA], np.float32)
        new += share[..., None] * (target - lab)
        touched = np.abs(new - lab).sum(-1) > 1e-4
        turned = cv2.cvtColor(new.astype(np.float32), cv2.COLOR_LAB2RGB) * 255
        out = np.where(touched[..., None], turned, rgb)
        return np.where(np.abs(out - before) < 0.25, before, np.clip(out + 0.5, 0, 255)).astype(np.uint8)


def grown(rate: Rate, decades: float) -> float:
    """What a share grows by in that time: −1 and more."""
    return float(np.exp(np.log1p(rate.per_decade) * decades) - 1)
