"""A Likeness made older or younger: `aged`. Pure: the same Likeness and years always give the same face.

It changes the shape and every view's texture once, so a film drawn with it cannot flicker. The rates are in
`rates`, what they rest on in docs/ageing.md. Nobody is made a minor.
"""

from __future__ import annotations

import math
from dataclasses import replace

from countenance.errors import BadOption
from countenance.likeness.ageing.atlas_regions import detail, ground_of
from countenance.likeness.ageing.shape import aged_shape
from countenance.likeness.ageing.skin_ageing import SkinAgeing
from countenance.likeness.value import Likeness

ADULT = 18
YOUNGEST = -15.0  # years against the material, where nobody said how old the person is in it
OLDEST = 50.0
COARSE = 1.5  # texels of a 512 atlas: narrower folds than this are not carried
WARNED = 10.0  # years from which a warning about the material is worth reading


def aged(likeness: Likeness, years: float, current_age: float | None = None) -> Likeness:
    """The same person `years` older, or younger where it is below 0.

    Args:
        likeness: may have been aged before: years add up.
        years: from how `likeness` looks now.
        current_age: how old the person is in the material the Likeness was made of, if that is known.

    Returns:
        A Likeness with the same id, template and grant. `years` 0 gives back `likeness` itself. Its `warnings` say
        what the material did not carry.

    Raises:
        BadOption: `ageing.minor`, the result would look under 18 (or, with no age given, more than 15 years younger
            than the material, which nobody can rule out); `ageing.age`, the age given is no adult's or no number;
            `ageing.years`, not a number, or the result more than 50 years older than the material.
    """
    total = likeness.years + years
    _check(likeness.name, years, total, current_age)
    if years == 0:
        return likeness
    first = likeness.views[0].texture
    skin = SkinAgeing.of(first, seed_of(likeness), likeness.years, total)
    views = tuple(replace(view, texture=skin.on(view.texture)) for view in likeness.views)
    notes = tuple(note for note in limits(likeness, total) if note not in likeness.warnings)
    return replace(
        likeness,
        shape=aged_shape(likeness.shape, years),
        views=views,
        years=total,
        warnings=likeness.warnings + notes,
    )


def seed_of(likeness: Likeness) -> int:
    """What decides where this person's lines break and spots come."""
    return int(likeness.id, 16)


def limits(likeness: Likeness, total: float) -> list[str]:
    """What ageing this material by `total` years cannot show, in plain words."""
    if abs(total) < WARNED:
        return []
    texture = likeness.views[0].texture
    ground = ground_of(texture)
    out = []
    if ground.least > COARSE * likeness.side / 512:
        out.append(
            f"The pictures hold little fine detail ({detail(texture, ground.skin):.2f}, sharp is 0.25): "
            "fine lines are drawn broader and paler than they would be."
        )
    if float(ground.skin.mean()) < 0.10:
        out.append(
            "Little bare skin is seen (hair, beard or spectacles hide it): the skin hardly ages, the shape does."
        )
    if len(likeness.views) == 1:
        out.append("One view only: skin that it does not see ages as its mirror image.")
    return out


def _check(name: str, years: float, total: float, current_age: float | None) -> None:
    if not math.isfinite(years):
        raise BadOption(f"{years!r} years cannot be added to {name!r}.", "Give a number of years.", code="ageing.years")
    if total > OLDEST:
        raise BadOption(
            f"{name!r} would be {total:g} years older than the material; {OLDEST:g} is the most.",
            f"Ask for {OLDEST - total + years:g} years at most.",
            code="ageing.years",
        )
    if current_age is not None:
        if not math.isfinite(current_age) or current_age < ADULT:
            raise BadOption(
                f"{name!r} is given as {current_age:g} years old: nobody under {ADULT} is aged here.",
                "Use material of an adult, and give the age they have in it.",
                code="ageing.age",
            )
        if current_age + total < ADULT:
            raise BadOption(
                f"{name!r}, {current_age:g} in the material, would look {current_age + total:g}: nobody is made to "
                f"look under {ADULT}.",
                f"Ask for {ADULT - current_age - total + years:+g} years at least.",
                code="ageing.minor",
            )
    elif total < YOUNGEST:
        raise BadOption(
            f"{name!r} would be {-total:g} years younger than the material, and how old they are in it was not said.",
            f"Ask for {YOUNGEST - total + years:+g} years at least, or say how old they are in the material.",
            code="ageing.minor",
        )
