"""What a run would do: which versions are made already, which will be made, which cannot be and why. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from countenance.campaign.journal import Journal
from countenance.campaign.preflight import Answer, ask
from countenance.campaign.version import Problem, Version
from countenance.settings import Settings

State = Literal["made", "to make", "refused", "blocked"]


@dataclass(frozen=True)
class Prospect:
    """One version and what would become of it.

    Attributes:
        version: what.
        state: `made` already; `to make`; `refused`, for want of permission; `blocked`, by something else.
        answer: the policy's; empty where it was not asked because the version is made.
        problems: all that stands in the way.
    """

    version: Version
    state: State
    answer: Answer
    problems: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        version = self.version
        return {
            "version": version.name,
            "state": self.state,
            "use": version.use,
            "face": version.face,
            "language": version.language,
            "voice": version.voice,
            "format": version.shape.name,
            "draft": version.draft,
            "output": str(version.output),
            "permission": self.answer.kind or None,
            "basis": self.answer.basis or None,
            "problems": [vars(problem) for problem in self.problems],
        }


def survey(
    versions: Sequence[Version], journal: Journal, settings: Settings, *, overwrite: bool = False
) -> list[Prospect]:
    """What would become of each version, in order.

    Args:
        versions: of the plan.
        journal: of the campaign.
        settings: of the installation.
        overwrite: whether files that the campaign did not make may be replaced.
    """
    made = journal.last("made")
    begun = journal.last("started")
    finished = {v.name for v in versions if v.name in made and journal.holds(made[v.name], v.fingerprint)}
    answers = ask([version for version in versions if version.name not in finished], settings)
    found = []
    for version in versions:
        if version.name in finished:
            found.append(Prospect(version, "made", Answer(), ()))
            continue
        answer = answers[version.name]
        refused = answer.problem is not None and answer.problem.code.startswith("permission")
        extra = (answer.problem,) if answer.problem is not None and answer.problem not in version.problems else ()
        problems = (*version.problems, *extra, *(() if overwrite or version.name in begun else _foreign(version)))
        state: State = "refused" if refused else "blocked" if problems else "to make"
        found.append(Prospect(version, state, answer, problems))
    return found


def _foreign(version: Version) -> tuple[Problem, ...]:
    """A file in the way that no run of this campaign began."""
    if not version.output.exists():
        return ()
    return (
        Problem(
            "output.exists",
            f"{version.output} is there already and was not made by this campaign.",
            "Move it away, or allow it to be replaced with --overwrite.",
        ),
    )
