"""Asks the policy about every version before anything is drawn: which permission is there, and which is missing.

What is asked here mints permits that are thrown away; each version asks again, for itself, when it is made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from countenance.campaign.version import Problem, Reason, Version
from countenance.errors import CountenanceError, PermissionRefused
from countenance.permission import Circumstances, GrantClaim, Permit, authorise
from countenance.permission.ledger import Ledger
from countenance.permission.ledger.usage import Usage
from countenance.render.rights import GrantFile, Right, public_domain, records_at_home
from countenance.settings import default_settings


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


def right_of(reason: Reason, face: str) -> Right:
    """The right that a plan states for one of its faces.

    Raises:
        PermissionRefused: it states none, or one that cannot be. BadOption: an unknown purpose, place or language.
    """
    circumstances = Circumstances(reason.purpose, reason.territories, reason.languages)
    if reason.public_domain is not None:
        return public_domain(reason.public_domain, reason.basis)
    if reason.grant is None:
        raise PermissionRefused(
            f"faces.{face}: nothing says that this likeness may be used.",
            "Add permission: grant.jwt for a person who signed one, or public_domain: Work, author, year.",
            code="permission.missing",
        )
    if not reason.grant.is_file():
        raise PermissionRefused(
            f"faces.{face}.permission: there is no grant {reason.grant}.",
            "Ask the person shown for one: countenance permission request --help",
            code="permission.no_grant",
        )
    return GrantFile(reason.grant, circumstances, reason.face, reason.face_template, reason.documents)


def double_of(version: Version) -> GrantFile:
    """The right to put another face on whoever the version's clip shows.

    Raises:
        PermissionRefused: permission.double, permission.no_grant.
    """
    if version.double is None:
        raise PermissionRefused(
            f"faces.{version.face}: nothing says that another face may be put on the person in {version.source.name}.",
            "Add double: {permission: grant.jwt}, a grant of that person for the use `double`.",
            code="permission.double",
        )
    right = right_of(version.double, f"{version.face}.double")
    assert isinstance(right, GrantFile)
    return right


def ask(versions: Sequence[Version]) -> Mapping[str, Answer]:
    """By name of the version: whether it may be made. A face is looked at once, however many versions it has."""
    claims: dict[tuple[str, str, Path], GrantClaim] = {}
    answers: dict[str, Answer] = {}
    asked: dict[_Question, Answer | Permit] = {}
    for version in versions:
        if not all(path.is_file() for path in version.inputs.values()):
            answers[version.name] = _unseen(version)
            continue
        key = _question(version)
        if key not in asked:
            asked[key] = _asked(version, claims)
        found = asked[key]
        answers[version.name] = Answer(found.basis, found.kind) if isinstance(found, Permit) else found
    permits = [asked.get(_question(version)) for version in versions]
    wanted = zip(versions, permits, strict=True)
    spent = _too_many([(v.name, p) for v, p in wanted if isinstance(p, Permit) and not v.problems])
    return answers | spent


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


def _asked(version: Version, claims: dict[tuple[str, str, Path], GrantClaim]) -> Answer | Permit:
    inputs = version.inputs
    place = (version.face, version.use, version.source)
    try:
        right = right_of(version.reason, version.face)
        if version.use == "swap":
            return swap_permit(version, right)
        if not isinstance(right, GrantFile):
            return right.permit_for(version.use, inputs)
        if place in claims:  # the face was held against the template already; only the circumstances are new
            claim = replace(claims[place], circumstances=right.circumstances)
        else:
            claim = claims[place] = right.claim_for(version.use, inputs)
        with records_at_home() as records:
            return authorise(use=version.use, inputs=inputs, claim=claim, records=records)
    except CountenanceError as error:
        return Answer(problem=_problem(error, version.face))


def swap_permit(version: Version, right: Right) -> Permit:
    """Of a swap both are asked: whose likeness it is, and the double. Raises as `GrantFile.permit_for`."""
    inputs = version.inputs
    if not isinstance(right, GrantFile):
        return right.permit_for(version.use, inputs)
    double = double_of(version).claim_for("double", {"plate": inputs["plate"]})
    claim = right.claim_for(version.use, inputs)
    with records_at_home() as records:
        return authorise(use=version.use, inputs=inputs, claim=claim, double=double, records=records)


# What the policy names by its flag, by its key in a plan.
_KEYS = {"purpose": "purpose: {}", "territory": "territories: [{}]", "language": "a language of the plan: {}"}


def _problem(error: CountenanceError, face: str) -> Problem:
    """The policy's words, with the face they are about, and the plan's keys for the command's flags."""
    problem = Problem.of(error, "" if error.message.startswith("faces.") else f"faces.{face}")
    remedy = re.sub(r"--(purpose|territory|language) (\S+?)(?=[,.;]?(?:\s|$))", _key, problem.remedy)
    return replace(problem, remedy=remedy)


def _key(flag: re.Match[str]) -> str:
    return _KEYS[flag[1]].format(flag[2])


def _too_many(permitted: Sequence[tuple[str, Permit]]) -> dict[str, Answer]:
    """Versions that a grant's count does not reach."""
    answers: dict[str, Answer] = {}
    counted = [(name, permit) for name, permit in permitted if permit.times is not None and permit.grant_id]
    if not counted:
        return answers
    planned: Counter[str] = Counter()
    with Ledger.open(default_settings()) as ledger:
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
