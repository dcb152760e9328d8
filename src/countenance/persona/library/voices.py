"""A persona's own voice: a shape drawn from its seed, unlike those of the personas that are kept here.

A shape is three numbers laid on a permissive voice that the project has, the same in every language; nobody's voice is
imitated. What is distinct are the shapes: two of them may still be one speaker's ways to the ear.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from countenance.persona.recipe import Recipe
from countenance.persona.traits import age_of, generator, is_man
from countenance.speech.shaping import VoiceShape

APART = 1.0  # of `VoiceShape.distance`
SHAPES = 200
_WOMEN = ((165.0, 245.0), (0.95, 1.09))  # Hz; formants
_MEN = ((92.0, 142.0), (0.80, 0.92))
_PACE = (0.88, 1.14)


def shape_of(recipe: Recipe) -> VoiceShape:
    """How a persona sounds."""
    return VoiceShape.parse(recipe.voice) if recipe.voice else _drawn(recipe, 0)


def distinct_shape(recipe: Recipe, others: Sequence[VoiceShape]) -> VoiceShape:
    """A shape of this seed that is apart from all others; where none is, the one that is farthest from them."""
    if recipe.voice or not others:
        return shape_of(recipe)
    found = [_drawn(recipe, number) for number in range(SHAPES)]
    away = [min(one.distance(other) for other in others) for one in found]
    return next((one for one, far in zip(found, away, strict=True) if far >= APART), found[int(np.argmax(away))])


def _drawn(recipe: Recipe, number: int) -> VoiceShape:
    rng = np.random.default_rng([int(generator(recipe, 60).integers(2**32)), number])
    (low, high), (short, long) = _MEN if is_man(recipe) else _WOMEN
    old = max(0.0, (age_of(recipe) - 40) / 50)
    share = rng.random(3)
    pitch = low * (high / low) ** share[0] * (1 - 0.08 * old)
    pace = _PACE[0] * (_PACE[1] / _PACE[0]) ** share[2] * (1 - 0.06 * old)
    # A long tract goes with a low pitch, not strictly.
    tract = short + (long - short) * (0.4 * share[0] + 0.6 * share[1])
    return VoiceShape.parse(str(VoiceShape(pitch, tract, pace)))
