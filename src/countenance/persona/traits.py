"""What a recipe comes to: words as colours and measures, and what it leaves open drawn from its seed.

Each trait has a generator of its own, so that one that is told moves no other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from countenance.head.template import FloatArray
from countenance.persona.recipe import ANY, CHOICES, Recipe

# Linear light.
SKINS = {"light": (0.80, 0.54, 0.43), "medium": (0.66, 0.39, 0.27), "olive": (0.54, 0.33, 0.2),
         "brown": (0.38, 0.19, 0.105), "dark": (0.185, 0.085, 0.05)}  # fmt: skip
IRISES = {"brown": (0.16, 0.06, 0.02), "hazel": (0.27, 0.15, 0.04), "green": (0.1, 0.2, 0.085),
          "blue": (0.07, 0.24, 0.52), "grey": (0.24, 0.31, 0.37)}  # fmt: skip
HAIRS = {"black": (0.016, 0.015, 0.02), "brown": (0.085, 0.04, 0.022), "auburn": (0.19, 0.05, 0.022),
         "red": (0.42, 0.11, 0.03), "blond": (0.66, 0.42, 0.17), "grey": (0.34, 0.34, 0.36),
         "white": (0.72, 0.71, 0.69), "pink": (0.76, 0.22, 0.36)}  # fmt: skip
CLOTHS = ((0.05, 0.13, 0.24), (0.36, 0.06, 0.07), (0.03, 0.2, 0.16), (0.62, 0.56, 0.46), (0.12, 0.09, 0.2),
          (0.6, 0.3, 0.05), (0.02, 0.02, 0.025), (0.62, 0.64, 0.66), (0.3, 0.12, 0.3))  # fmt: skip
_SKIN_ODDS = (0.24, 0.2, 0.18, 0.2, 0.18)
_GREY = 58  # years from which hair that is left open may be grey


@dataclass(frozen=True)
class Traits:
    """One persona as it is drawn.

    Attributes:
        man: whether the head is a man's.
        age: years.
        skin, iris, hair_colour, brow_colour, lip_colour, cloth: (3,) linear.
        hair, beard, glasses, clothes, freckles: words, none of them open.
        brow: thickness (cm), arch (cm), slant (cm, up at the outer end), height (cm, up).
        lip: fullness, 1 the template's.
        iris_size: cm.
        lash: length, cm.
        blush: share.
        part: where the hair is parted, -1 the right temple, 1 the left.
        volume: of the hair, 1 usual.
        bridge: how strongly the nose's ridge is drawn, 0 to 1; `nostril`: its size, 1 usual.
        spots: (N, 2) beauty spots on the mean head, cm; mostly none.
    """

    man: bool
    age: int
    skin: FloatArray
    iris: FloatArray
    hair_colour: FloatArray
    brow_colour: FloatArray
    lip_colour: FloatArray
    cloth: FloatArray
    hair: str
    beard: str
    glasses: str
    clothes: str
    freckles: str
    brow: tuple[float, float, float, float]
    lip: float
    iris_size: float
    lash: float
    blush: float
    part: float
    volume: float
    bridge: float
    nostril: float
    spots: FloatArray


def generator(recipe: Recipe, number: int) -> np.random.Generator:
    """The source of one trait."""
    return np.random.default_rng([recipe.seed, recipe.draw, number])


def is_man(recipe: Recipe) -> bool:
    """Whether the head is a man's; where the recipe leaves it open, the seed says it."""
    return recipe.sex == "man" if recipe.sex != ANY else bool(generator(recipe, 1).random() < 0.5)


def age_of(recipe: Recipe) -> int:
    """Years; where the recipe leaves them open, 23 to 62."""
    if recipe.age is not None:
        return recipe.age
    return int(23 + 39 * generator(recipe, 30).random() ** 1.6)


def traits_of(recipe: Recipe) -> Traits:
    """All of them."""
    man, age = is_man(recipe), age_of(recipe)
    word = _word(recipe, man, age)
    skin_rng = generator(recipe, 10)
    light = float(np.exp(skin_rng.normal(0, 0.1)))
    skin = np.array(SKINS[word["skin"]]) * light * np.exp(skin_rng.normal(0, [0.01, 0.05, 0.09]))
    hair = np.array(HAIRS[word["hair_colour"]]) * np.exp(generator(recipe, 11).normal(0, 0.12))
    rng = generator(recipe, 12)
    dark = np.array(HAIRS["brown"]) if word["hair_colour"] in ("blond", "white", "pink") else hair
    brow_colour = 0.75 * dark if rng.random() < 0.7 else 0.35 * dark
    brow = (
        float(rng.uniform(0.36, 0.85) if man else rng.uniform(0.22, 0.6)),
        float(rng.uniform(-0.05, 0.4) if man else rng.uniform(-0.05, 0.6)),
        float(rng.uniform(-0.25, 0.4)),
        float(rng.uniform(-0.35, 0.2) if man else rng.uniform(-0.25, 0.45)),
    )
    rng = generator(recipe, 13)
    rouge = float(rng.uniform(0.0, 0.25) if man else rng.uniform(0.15, 1.0))
    red = np.array([[0.5, 0.07, 0.09], [0.45, 0.12, 0.11], [0.35, 0.05, 0.12], [0.5, 0.16, 0.1]])[rng.integers(4)]
    lip_colour = skin * np.array([0.86, 0.55, 0.56]) * (1 - 0.55 * rouge) + 0.55 * rouge * red * (0.4 + skin[0])
    lip = float(rng.uniform(0.6, 1.1) if man else rng.uniform(0.72, 1.45))
    rng = generator(recipe, 14)
    iris = np.array(IRISES[word["eyes"]]) * np.exp(rng.normal(0, 0.15))
    look = generator(recipe, 15)
    spots = np.zeros((0, 2))
    if look.random() < 0.25:
        spots = np.array([[look.choice([-1, 1]) * look.uniform(2.2, 4.2), look.uniform(-70.5, -66.0)]])
    nose = generator(recipe, 19)
    return Traits(
        man=man, age=age, skin=np.clip(skin, 0.02, 0.9), iris=iris, hair_colour=np.clip(hair, 0.008, 0.85),
        brow_colour=np.clip(brow_colour, 0.006, 0.6), lip_colour=lip_colour,
        cloth=np.array(CLOTHS[int(generator(recipe, 16).integers(len(CLOTHS)))]),
        hair=word["hair"], beard=word["beard"], glasses=word["glasses"], clothes=word["clothes"],
        freckles=word["freckles"], brow=brow, lip=lip, iris_size=float(rng.uniform(0.61, 0.75)),
        lash=float(look.uniform(0.0, 0.12) if man else look.uniform(0.25, 0.5)),
        blush=float(look.uniform(0.1, 0.5)), part=float(generator(recipe, 17).uniform(-0.8, 0.8)),
        volume=float(generator(recipe, 18).uniform(0.85, 1.25)), bridge=float(max(0.0, nose.uniform(-0.6, 1.0))),
        nostril=float(nose.uniform(0.65, 1.5)), spots=spots,
    )  # fmt: skip


def _word(recipe: Recipe, man: bool, age: int) -> dict[str, str]:
    """Every choice as a word that is not `any`."""
    odds: dict[str, dict[str, float]] = {
        "skin": dict(zip(SKINS, _SKIN_ODDS, strict=True)),
        "freckles": {"none": 0.7, "some": 0.18, "many": 0.12},
        "eyes": {"brown": 0.36, "hazel": 0.16, "green": 0.16, "blue": 0.18, "grey": 0.14},
        "hair": {"short": 3.0, "fringe": 0.4, "curly": 1, "coily": 0.8, "tied": 0.5, "shaved": 0.9, "cap": 0.5,
                 "long": 0.3, "braided": 0.3} if man else
                {"short": 0.7, "fringe": 1, "bob": 1.3, "long": 1.4, "tied": 1, "curly": 1.2, "coily": 0.8,
                 "braided": 0.8, "shaved": 0.2, "headscarf": 0.7, "cap": 0.3},
        "hair_colour": {"grey": 0.6, "white": 0.3, "brown": 0.1} if age >= _GREY else
                       {"black": 0.3, "brown": 0.28, "auburn": 0.14, "red": 0.09, "blond": 0.15, "pink": 0.04},
        "beard": {"none": 0.5, "stubble": 0.2, "full": 0.3} if man else {"none": 1},
        "glasses": {"none": 1},  # only where told: lids that close bend what lies over them
        "clothes": {"crew": 1, "turtleneck": 1, "shirt": 1, "jacket": 1, "hoodie": 1},
    }  # fmt: skip
    out = {}
    for number, (key, weights) in enumerate(odds.items()):
        told = getattr(recipe, key)
        rng = generator(recipe, 40 + number)
        share = np.array(list(weights.values()))
        out[key] = list(weights)[int(rng.choice(len(share), p=share / share.sum()))] if told == ANY else told
        assert out[key] in CHOICES[key]
    return out
