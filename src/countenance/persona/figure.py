"""The shape of a persona's head: who it is, drawn from the seed on the CC0 template. Knows nothing of colours.

Each pair of targets (narrower, wider) is one number about nought, so that the mean of all seeds is the mean head; a
few measures that tell people apart at a glance (the face's length, jaw, cheeks, eyes' distance, nose, mouth) are drawn
wider, as soft scalings of regions. Equal recipes have equal heads on every machine.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from countenance.face.topology import BLENDSHAPES
from countenance.head.landmarks import load_landmarks
from countenance.head.shapes import vertex_motion
from countenance.head.template import MACROS, FloatArray, load_template
from countenance.persona.recipe import Recipe
from countenance.persona.traits import age_of, generator, is_man

SPREAD = 0.36  # of a pair of targets; 0.42 draws caricatures
MOST = 0.8
WIDE = 1.8  # of the measures that tell people apart at a glance
BACK = 0.8  # cm: the inside of the mouth, which would come out of a small chin
_DIRECTION = re.compile(r"-(incr|decr|up|down|in|out|backward|forward|concave|convex|compress|uncompress)$")
_DAMPED = (("trans", 0.45), ("age", 0.3), ("jaw-drop", 0.3), ("head-", 0.5), ("forehead", 0.4), ("mouth", 0.5),
           ("bag", 0.2), ("neck", 0.3), ("cleft", 0.4), ("cheek", 0.8), ("height", 0.5))  # fmt: skip
_LEFT_OUT = ("old-", "minweight", "maxweight", "neck-double", "epicanthus", "laugh-lines", "dimples")
_WIDER = {"drawn": 1.46, "rendered": 1.06}  # a character's eyes, as its style has them
EXPRESSIONS: dict[str, dict[str, float]] = {
    "calm": {"mouthSmileLeft": 0.22, "mouthSmileRight": 0.22},
    "cheerful": {"mouthSmileLeft": 0.6, "mouthSmileRight": 0.6, "cheekSquintLeft": 0.2, "cheekSquintRight": 0.2,
                 "browInnerUp": 0.2},
    "serious": {"browDownLeft": 0.4, "browDownRight": 0.4, "mouthPressLeft": 0.2, "mouthPressRight": 0.2},
}  # fmt: skip


def neutral_head(recipe: Recipe) -> FloatArray:
    """(V, 3) template cm, the eyes' middle where the mean head has it."""
    template = load_template()
    head = template.vertices + np.tensordot(shape_of(recipe), template.identity, axes=1)
    head = _scaled(recipe, np.asarray(head))
    eyes = template.vertices_of("eye_left", "eye_right")
    return np.asarray(head - head[eyes].mean(0) + template.vertices[eyes].mean(0))


def shape_of(recipe: Recipe) -> FloatArray:
    """(W,) weights of the template's identity targets."""
    template = load_template()
    rng = generator(recipe, 2)
    weights = np.zeros(len(template.identity_names))
    sexed = float(rng.uniform(0.8, 1.0))
    sexed = sexed if is_man(recipe) else 1 - sexed
    for share, macro in zip(rng.dirichlet([0.6, 0.6, 0.6]), (0, 2, 4), strict=True):
        weights[macro] += share * (1 - sexed)
        weights[macro + 1] += share * sexed
    weights[:MACROS] -= 1 / MACROS
    pairs, damped = _pairs()
    values = damped * np.clip(rng.normal(0, SPREAD, len(pairs)), -MOST, MOST)
    for names, value in zip(pairs, values, strict=True):
        if len(names) == 1:
            weights[list(names[0])] = abs(value) * 0.5
        else:
            weights[list(names[0 if value > 0 else 1])] = abs(value)
    old = np.clip((age_of(recipe) - 40) / 50, 0, 1)
    weights[template.identity_names.index("old-male" if is_man(recipe) else "old-female")] = old
    return weights


def measures_of(recipe: Recipe) -> FloatArray:
    """(12,) in spreads: long, jaw, cheeks, eyes apart, nose's length, wings, mouth, eyes' size, slant, how open they
    are, where the nose ends, chin."""
    return np.asarray(WIDE * np.clip(generator(recipe, 3).normal(0, 1, 12), -1.7, 1.7))


def _scaled(recipe: Recipe, head: FloatArray) -> FloatArray:
    """The measures that are drawn wider."""
    man = is_man(recipe)
    long, jaw, cheeks, apart, nose, wing, mouth, brow, slant, opened, middle_face, chin_wide = measures_of(recipe)
    marks = load_landmarks().on(head)
    eye, chin = marks[[33, 263]].mean(0), marks[152]
    out = head.copy()
    face = out[:, 2] < 3
    down = np.clip((out[:, 1] - eye[1]) / (chin[1] - eye[1]), 0, 1.15)
    out[:, 1] += (0.62 * long - (0.0 if man else 0.35)) * np.where(face, down, down) * np.clip(1.6 - down, 0, 1)
    taper = -0.115 + 0.055 * jaw if not man else 0.02 + 0.055 * jaw
    lower = _smooth((down - 0.25) / 0.75) * _smooth((-out[:, 2] - 0.5) / 6)
    out[:, 0] *= 1 + taper * lower
    if not man:  # a slighter neck
        neck = _smooth((out[:, 1] - chin[1]) / 1.5 + 0.6) * _smooth((out[:, 2] + 11) / 4)
        out[:, 0] *= 1 - 0.13 * neck
    low = _smooth((down - 0.5) / 0.5) * _smooth((-out[:, 2] - 2) / 6)
    out[:, 0] *= 1 + 0.03 * chin_wide * low
    out[:, 1] += 0.13 * middle_face * np.exp(-(((down - 0.45) / 0.25) ** 2)) * _smooth((-out[:, 2] - 5) / 4)
    middle = np.exp(-(((out[:, 1] - eye[1] - 2.5) / 3.2) ** 2)) * _smooth((-out[:, 2] - 1) / 5)
    out[:, 0] *= 1 + 0.035 * cheeks * middle
    for k, across, tall in ((4, 0.15 * wing, 0.08 * nose), (13, 0.13 * mouth, 0.0)):
        at = load_landmarks().on(out)[k]
        away = out - at
        near = np.exp(-((np.hypot(away[:, 0] / 2.6, away[:, 1] / 2.1)) ** 4)) * (out[:, 2] < -8)
        out[:, 0] += near * across * away[:, 0]
        out[:, 1] += near * tall * 3
    template = load_template()
    wide = _WIDER[recipe.style] * float(np.exp(0.07 * brow))
    for name, side in (("eye_left", 1.0), ("eye_right", -1.0)):
        ball = template.vertices_of(name)
        at = out[ball].mean(0)
        away = out - at
        near = np.exp(-((np.hypot(away[:, 0], away[:, 1]) / 2.4) ** 4)) * _smooth((-out[:, 2] - 7) / 2)
        lids = near * ~np.isin(np.arange(len(out)), ball)
        near[template.vertices_of(name, f"socket_{name[4:]}")] = 1
        near[template.vertices_of("eye_left" if side < 0 else "eye_right")] = 0
        out += near[:, None] * (wide - 1) * away * np.array([1, 1, 0.5])
        out[:, 0] += near * side * 0.16 * apart
        out[:, 1] += lids * (0.035 * opened * away[:, 1] - 0.03 * slant * side * away[:, 0])
    return out


def _smooth(x: FloatArray) -> FloatArray:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


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
def _pairs() -> tuple[list[list[list[int]]], FloatArray]:
    """Targets that go together: for each feature its one or two ways, each the targets (of both sides) to set; and by
    how much each feature is damped."""
    template = load_template()
    ways: dict[str, dict[str, list[int]]] = {}
    for index, name in enumerate(template.identity_names):
        if index < MACROS or name.startswith("asym") or any(word in name for word in _LEFT_OUT):
            continue
        plain = re.sub(r"^[lr]-", "", name)
        found = _DIRECTION.search(plain)
        stem, way = (plain[: found.start()], found[1]) if found else (plain, "")
        ways.setdefault(stem, {}).setdefault(way, []).append(index)
    pairs = [list(both.values()) for both in ways.values()]
    names = [template.identity_names[both[0][0]] for both in pairs]
    return pairs, np.array([next((by for word, by in _DAMPED if word in name), 1.0) for name in names])
