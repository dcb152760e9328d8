"""`countenance campaign`: one advert, every version, each with its own permit and record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from countenance.campaign.survey import Prospect


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(campaign)


def campaign(
    plan: Annotated[Path, typer.Argument(help="The plan, a YAML file.", show_default=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what will be made and which permission is missing; draw nothing.")
    ] = False,
    accept_draft: Annotated[
        bool, typer.Option("--accept-draft", help="Render machine translations that nobody has reviewed.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that the campaign did not make.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Make all versions of an advert: languages × voices × licensed faces × formats. Run again to go on."""
    from countenance.campaign.expansion import expand
    from countenance.campaign.journal import Journal
    from countenance.campaign.plan_file import read_plan
    from countenance.campaign.survey import survey

    read = read_plan(plan)
    base = plan.resolve().parent
    versions = expand(read, base, accept_drafts=accept_draft)
    journal = Journal(base / read.output)
    prospects = survey(versions, journal, overwrite=overwrite)
    if dry_run:
        _tell_prospects(prospects, as_json=as_json)
        return


def _tell_prospects(prospects: list[Prospect], *, as_json: bool) -> None:
    """What a run would do; ends with the status of the worst that stands in its way."""
    if as_json:
        counts = {
            state: sum(one.state == state for one in prospects) for state in ("made", "to make", "refused", "blocked")
        }
        typer.echo(json.dumps({"versions": [one.as_dict() for one in prospects], "counts": counts}, ensure_ascii=False))
    else:
        width = max(len(one.version.name) for one in prospects)
        told: set[tuple[str, str]] = set()
        for one in prospects:
            why = one.answer.basis if one.state == "to make" else ", ".join(sorted({p.code for p in one.problems}))
            draft = "  (draft translation)" if one.version.draft else ""
            typer.echo(f"{one.state:<8} {one.version.use:<5} {one.version.name:<{width}}  {why}{draft}".rstrip())
        for one in prospects:
            for problem in one.problems:
                if (problem.code, problem.message) not in told:
                    told.add((problem.code, problem.message))
                    typer.echo(f"{problem.message} [{problem.code}]\n  → {problem.remedy}", err=True)
        counts_told = ", ".join(
            f"{n} {state}"
            for state in ("made", "to make", "refused", "blocked")
            if (n := sum(one.state == state for one in prospects))
        )
        typer.echo(f"{len(prospects)} versions: {counts_told}")
    raise typer.Exit(
        5 if any(p.state == "refused" for p in prospects) else 3 if any(p.problems for p in prospects) else 0
    )
