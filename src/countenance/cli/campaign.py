"""`countenance campaign`: one advert, every version, each with its own permit and record."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from countenance.campaign.dry_run import Prospect
    from countenance.campaign.journal import JournalEntry
    from countenance.campaign.run import Tally
    from countenance.campaign.version import Problem, Version
    from countenance.campaign.workers import Executor


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
    workers: Annotated[
        int | None,
        typer.Option(
            help="How many at once, each with about 1 GB of memory.",
            min=1,
            max=256,
            show_default="1; with Ray its cores",
        ),
    ] = None,
    on: Annotated[
        str,
        typer.Option("--on", help="Where: local, ray (a Ray on this machine) or ray://HOST:PORT (a cluster)."),
    ] = "local",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that the campaign did not make.")
    ] = False,
    contact: Annotated[bool, typer.Option("--sheet/--no-sheet", help="Write a contact sheet for each face.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Make all versions of an advert: languages × voices × licensed faces × formats. Run again to go on."""
    from countenance.campaign.campaign_report import rows, write_report
    from countenance.campaign.dry_run import survey
    from countenance.campaign.expansion import expand
    from countenance.campaign.journal import Journal
    from countenance.campaign.plan_file import read_plan
    from countenance.campaign.run import run
    from countenance.campaign.version_sheet import write_sheets
    from countenance.settings import default_settings

    executor = _executor(on, workers)
    read = read_plan(plan)
    base = plan.resolve().parent
    settings = default_settings()
    versions = expand(read, base, settings, accept_drafts=accept_draft)
    journal = Journal(base / read.output)
    prospects = survey(versions, journal, settings, overwrite=overwrite)
    if dry_run:
        _tell_prospects(prospects, as_json=as_json)
        return
    with journal.writing():
        prospects = survey(versions, journal, settings, overwrite=overwrite)
        try:
            tally = run(prospects, journal, executor, settings, _watch(prospects, quiet=as_json))
        finally:
            write_report(journal.folder, read.title, rows(prospects, journal))
        found = rows(prospects, journal)
        made = {row["version"] for row in found if row["state"] == "made"}
        finished = [version for version in versions if version.name in made]
        sheets, problems = write_sheets(finished, journal.folder, read.title, settings) if contact else ([], [])
        write_report(journal.folder, read.title, found, sheets)
    _tell_tally(tally, prospects, [journal.folder / "report.csv", *sheets], as_json=as_json, notes=problems)


def _executor(on: str, workers: int | None) -> Executor:
    """Where versions are made. Raises BadOption."""
    from countenance.campaign.cluster import Cluster
    from countenance.campaign.workers import Processes
    from countenance.errors import BadOption

    if on == "local":
        return Processes(workers or 1)
    if on == "ray" or on.startswith("ray://"):
        return Cluster(on, workers)
    raise BadOption(f"--on {on} is no place to work.", "Use local, ray, or ray://HOST:PORT.")


def _watch(prospects: list[Prospect], *, quiet: bool) -> Callable[[Version, JournalEntry], None]:
    """One line on stderr for each version that ends, with how many there are."""
    total = sum(one.state == "to make" for one in prospects)
    ended = 0
    begin = time.monotonic()

    def watch(version: Version, entry: JournalEntry) -> None:
        nonlocal ended
        if entry.event == "started" or quiet:
            return
        ended += 1
        left = (time.monotonic() - begin) / ended * (total - ended)
        facts = entry.facts
        what = f"{facts.get('seconds', 0):.1f} s" if entry.event == "made" else f"{facts['message']} [{facts['code']}]"
        again = "found, " if facts.get("found") else ""
        time_left = f"; about {left:.0f} s left" if ended < total else ""
        typer.echo(f"[{ended}/{total}] {entry.event} {version.name}: {again}{what}{time_left}", err=True)
        for warning in facts.get("warnings", ()):
            typer.echo(f"  warning: {warning}", err=True)

    return watch


def _tell_tally(
    tally: Tally, prospects: list[Prospect], wrote: list[Path], *, as_json: bool, notes: list[Problem]
) -> None:
    """What was made, and where it is told in full; ends with the status of the worst that happened."""
    if as_json:
        said = {"wrote": [str(path) for path in wrote], "notes": [vars(note) for note in notes]}
        typer.echo(json.dumps({"versions": len(prospects), **asdict(tally), **said}, ensure_ascii=False))
    else:
        parts = [f"{tally.made} made", f"{tally.before} made before"]
        parts += [f"{tally.found} found finished"] if tally.found else []
        parts += [f"{len(tally.failed)} failed"] if tally.failed else []
        parts += [f"{len(tally.left)} not possible"] if tally.left else []
        typer.echo(f"{len(prospects)} versions: {', '.join(parts)}")
        typer.echo("\n".join(str(path) for path in wrote))
        for note in notes:
            typer.echo(f"note: {note.message} [{note.code}]\n  → {note.remedy}", err=True)
        if tally.left:
            typer.echo("see why with: countenance campaign PLAN --dry-run", err=True)
    refused = any(one.state == "refused" for one in prospects)
    raise typer.Exit(5 if refused else 3 if tally.left else 1 if tally.failed else 0)


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
