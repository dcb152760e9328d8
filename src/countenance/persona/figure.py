"""The shape of a persona's head: who it is, drawn from the seed on the CC0 template. Knows nothing of colours.

Asymmetries and everything else come from one generator in a fixed order of the template's names, so equal recipes have
equal heads on every machine.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from countenance.face.topology import BLENDSHAPES
from countenance.head.shapes import vertex_motion
from countenance.head.template import MACROS, FloatArray, load_template
from countenance.persona.recipe import Recipe

SPREAD = 0.34  # of a pair of targets; 0.42 draws caricatures, 0.20 faces that are alike
MOST = 0.8
BACK = 0.8  # cm: the inside of the mouth, which would come out of a small chin
_DIRECTION = re.compile(r"-(incr|decr|up|down|in|out|backward|forward|concave|convex|compress|uncompress)$")
_DAMPED = (("trans", 0.45), ("age", 0.3), ("jaw-drop", 0.3), ("head-", 0.4), ("forehead", 0.4), ("mouth", 0.5),
           ("bag", 0.3), ("neck", 0.3), ("cleft", 0.5), ("cheek", 0.7))  # fmt: skip
_LEFT_OUT = ("old-", "minweight", "maxweight", "neck-double", "epicanthus", "laugh-lines")
_WIDE_EYES = tuple(f"{side}-eye-{what}-incr" for side in "lr" for what in ("scale", "height2"))
EXPRESSIONS: dict[str, dict[str, float]] = {
    "calm": {"mouthSmileLeft": 0.14, "mouthSmileRight": 0.14},
    "cheerful": {"mouthSmileLeft": 0.5, "mouthSmileRight": 0.5, "cheekSquintLeft": 0.3, "cheekSquintRight": 0.3,
                 "browInnerUp": 0.15},
    "serious": {"browDownLeft": 0.4, "browDownRight": 0.4, "mouthPressLeft": 0.25, "mouthPressRight": 0.25},
}  # fmt: skip


def is_man(recipe: Recipe) -> bool:
    """Whether the head is a man's; where the recipe leaves it open, the seed says it."""
    if recipe.sex != "any":
        return recipe.sex == "man"
    return bool(np.random.default_rng([recipe.seed, recipe.draw, 1]).random() < 0.5)


def neutral_head(recipe: Recipe) -> FloatArray:
    """(V, 3) template cm, the eyes' middle where the mean head has it."""
    template = load_template()
    rng = np.random.default_rng([recipe.seed, recipe.draw, 2])
    weights = np.zeros(len(template.identity_names))
    sexed = float(rng.uniform(0.8, 1.0))
    sexed = sexed if is_man(recipe) else 1 - sexed
    for share, names in zip(rng.dirichlet([0.7, 0.7, 0.7]), (0, 2, 4), strict=True):
        weights[names] += share * (1 - sexed)
        weights[names + 1] += share * sexed
    weights[:MACROS] -= 1 / MACROS
    for names in _pairs():
        value = float(np.clip(rng.normal(0, SPREAD), -MOST, MOST))
        name = template.identity_names[names[0][0]]
        value *= next((by for word, by in _DAMPED if word in name), 1.0)
        if len(names) == 1:
            value = abs(value) * 0.5
        for index in names[0 if value > 0 or len(names) == 1 else 1]:
            weights[index] = abs(value)
    if recipe.style == "drawn":  # as characters are drawn: larger eyes
        for name in _WIDE_EYES:
            weights[template.identity_names.index(name)] += 0.75
    old = np.clip((recipe.age - 35) / 45, 0, 1)
    weights[template.identity_names.index("old-male" if is_man(recipe) else "old-female")] = old
    head = template.vertices + np.tensordot(weights, template.identity, axes=1)
    eyes = template.vertices_of("eye_left", "eye_right")
    return np.asarray(head - head[eyes].mean(0) + template.vertices[eyes].mean(0))


def moved_head(recipe: Recipe, head: FloatArray) -> FloatArray:
    """(V, 3): a neutral head with the expression of the recipe's mood."""
    told = EXPRESSIONS[recipe.mood]
    template = load_template()
    inside = np.setdiff1d(
        template.vertices_of("mouth", "tongue", "teeth_upper", "teeth_lower"), template.vertices_of("skin")
    )
    head = head.copy()
    head[inside, 2] += BACK
    return np.asarray(head + vertex_motion(np.array([told.get(name, 0.0) for name in BLENDSHAPES])))


@lru_cache(maxsize=1)
def _pairs() -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Targets that go together: for each feature its one or two ways, each the targets (of both sides) to set."""
    ways: dict[str, dict[str, list[int]]] = {}
    for index, name in enumerate(load_template().identity_names):
        if index < MACROS or name.startswith("asym") or any(word in name for word in _LEFT_OUT):
            continue
        plain = re.sub(r"^[lr]-", "", name)
        found = _DIRECTION.search(plain)
        stem, way = (plain[: found.start()], found[1]) if found else (plain, "")
        ways.setdefault(stem, {}).setdefault(way, []).append(index)
    return tuple(tuple(tuple(indices) for indices in both.values()) for both in ways.values())
