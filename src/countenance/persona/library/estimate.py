"""What face template a recipe will come to, estimated from its numbers without drawing it: so that a search looks first
at what is far from everybody. A ridge regression, fitted to drawn portraits by `python -m bench.persona.fitting`; it
decides nothing, for what it proposes is drawn and measured.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from countenance.face.identity import FaceTemplate
from countenance.head.template import FloatArray
from countenance.persona.figure import measures_of, shape_of
from countenance.persona.recipe import ANY, CHOICES, Recipe
from countenance.persona.traits import traits_of

TABLE = "estimate.npz"


class Estimate(NamedTuple):
    """A fitted table.

    Attributes:
        mean, spread: (F,) of the features.
        slope: (F, 128) per spread.
        base: (128,).
    """

    mean: FloatArray
    spread: FloatArray
    slope: FloatArray
    base: FloatArray

    def of(self, features: FloatArray) -> FloatArray:
        """(N, F) features → (N, 128) descriptions."""
        return np.asarray((features - self.mean) / self.spread @ self.slope + self.base)


def features_of(recipe: Recipe) -> FloatArray:
    """(F,) numbers of what a recipe comes to."""
    traits = traits_of(recipe)
    words = [
        float(getattr(traits, key) == word)
        for key in ("hair", "beard", "freckles", "glasses")
        for word in CHOICES[key]
        if word != ANY
    ]
    measures = measures_of(recipe)
    plain = [
        traits.man, (traits.age - 40) / 20, max(traits.age - 32, 0) / 34, traits.lip, traits.iris_size, traits.lash,
        traits.blush, traits.bridge, traits.nostril, traits.volume, np.sign(traits.part),
    ]  # fmt: skip
    tones = np.log(np.concatenate([traits.skin, traits.iris, traits.hair_colour, traits.brow_colour]) + 0.02)
    return np.concatenate(
        [shape_of(recipe), measures, measures**2, traits.brow, tones, traits.lip_colour, plain, words]
    ).astype(float)


@lru_cache(maxsize=1)
def load_estimate() -> Estimate:
    """The table that is shipped."""
    with (files("countenance.persona.library") / TABLE).open("rb") as file, np.load(file) as data:
        return Estimate(*(data[name].astype(float) for name in Estimate._fields))


def farthest_first(recipes: list[Recipe], others: list[FaceTemplate], estimate: Estimate | None = None) -> list[Recipe]:
    """Recipes in the order of how far each is estimated to be from its nearest other, farthest first.

    Args:
        recipes: candidates. others: none may be near; empty leaves the order.
        estimate: the table; None for the one that is shipped.
    """
    if not others:
        return recipes
    found = (estimate or load_estimate()).of(np.stack([features_of(one) for one in recipes]))
    kept = np.stack([one.vector for one in others]).astype(float)
    away = np.linalg.norm(found[:, None] - kept[None], axis=2).min(axis=1)
    return [recipes[k] for k in np.argsort(-away, kind="stable")]
