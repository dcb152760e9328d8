"""Asks the policy about every version before anything is drawn: which permission is there, and which is missing.

What is asked here mints permits that are thrown away; each version asks again, for itself, when it is made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from countenance.campaign.recipes import recipe_of, right_of
from countenance.campaign.version import Problem, Reason, Version
from countenance.errors import CountenanceError
from countenance.permission import Authorisation, Ledger, Permit, Script, Usage
from countenance.render import Inputs, allowed_script
from countenance.settings import Settings


@dataclass(frozen=True)
class Answer:
    """What the policy says of one version.

    Attributes:
        basis: why it may be made, in a sentence without personal data; empty where it may not.
        kind: of the permission; empty where there is none.
        problem: why it may not.
    """

    basis: str = ""
    kind: str = ""
    problem: Problem | None = None


def ask(versions: Sequence[Version], settings: Settings) -> Mapping[str, Answer]:
    """By name of the version: whether it may be made. A face is looked at once, however many versions it has."""
    seen: dict[_Material, Inputs] = {}
    answers: dict[str, Answer] = {}
    asked: dict[_Question, Answer | Permit] = {}
    for version in versions:
        if not all(path.is_file() for path in version.inputs.values()):
            answers[version.name] = _unseen(version)
            continue
        key = _question(version)
        if key not in asked:
            asked[key] = _asked(version, seen, settings)
        found = asked[key]
        answers[version.name] = Answer(found.basis, found.kind) if isinstance(found, Permit) else found
        if isinstance(found, Permit) and (problem := _of_its_words(version, settings)) is not None:
            answers[version.name] = Answer(problem=problem)
    permits = [asked.get(_question(version)) for version in versions]
    wanted = zip(versions, permits, strict=True)
    spent = _too_many([(v.name, p) for v, p in wanted if isinstance(p, Permit) and not v.problems], settings)
    return answers | spent


_Material = tuple[str, str, Path, str, Path | None, Path | None]
_Question = tuple[str, str, Path, Path | None, Reason, Path | None, Reason | None]


def _question(version: Version) -> _Question:
    """What the policy's answer depends on."""
    return (
        version.face,
        version.use,
        version.source,
        version.inputs.get("voice"),
        version.reason,
        version.likeness,
        version.double,
    )


def _unseen(version: Version) -> Answer:
    """Where the source is missing, whether a permission is stated at all; the version itself says what is missing."""
    try:
        right_of(version.reason, version.face)
    except CountenanceError as error:
        return Answer(problem=_problem(error, version.face))
    return Answer()


def _of_its_words(version: Version, settings: Settings) -> Problem | None:
    """Why its words may not be spoken as they are."""
    script = Script(tuple(cue.text for cue in version.cues), version.language, version.confirmed)
    try:
        allowed_script(script, settings)
    except CountenanceError as error:
        return Problem.of(error, f"languages.{version.language}")
    return None


def _asked(version: Version, seen: dict[_Material, Inputs], settings: Settings) -> Answer | Permit:
    material = (
        version.face, version.use, version.source, version.reason.face, version.inputs.get("voice"), version.likeness,
    )  # fmt: skip
    try:
        recipe = recipe_of(version)
        with Authorisation(recipe.use, recipe.rights, settings) as asking:
            asking.preflight(recipe.roles)
            if material not in seen:
                seen[material] = recipe.open(settings)
            inputs = seen[material]
            return asking.decide(inputs.subjects, inputs.others)
    except CountenanceError as error:
        return Answer(problem=_problem(error, version.face))


# What the policy names by its flag, by its key in a plan.
_KEYS = {"purpose": "purpose: {}", "territory": "territories: [{}]", "language": "a language of the plan: {}"}


def _problem(error: CountenanceError, face: str) -> Problem:
    """The policy's words, with the face they are about, and the plan's keys for the command's flags."""
    problem = Problem.of(error, "" if error.message.startswith("faces.") else f"faces.{face}")
    remedy = re.sub(r"--(purpose|territory|language) (\S+?)(?=[,.;]?(?:\s|$))", _key, problem.remedy)
    return replace(problem, remedy=remedy)


def _key(flag: re.Match[str]) -> str:
    return _KEYS[flag[1]].format(flag[2])


def _too_many(permitted: Sequence[tuple[str, Permit]], settings: Settings) -> dict[str, Answer]:
    """Versions that a grant's count does not reach."""
    answers: dict[str, Answer] = {}
    counted = [(name, permit) for name, permit in permitted if permit.times is not None and permit.grant_id]
    if not counted:
        return answers
    planned: Counter[str] = Counter()
    with Ledger.open(settings) as ledger:
        usage = Usage(ledger)
        for name, permit in counted:
            planned[permit.grant_id] += 1
            used, times = usage.uses(permit.grant_id, permit.counted_since), permit.times or 0
            if used + planned[permit.grant_id] > times:
                answers[name] = Answer(
                    problem=Problem(
                        "permission.count",
                        f"The grant allows {times} renders, {used} are used, and the plan needs more.",
                        "Ask for more, or leave some versions out.",
                    )
                )
    return answers
