"""`countenance market`: the rules of each market that are known here, and the evidence of one render."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

market_app = typer.Typer(
    help="What the law of each market asks of a render, and what a render did about it.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Markets = Annotated[
    str | None, typer.Option("--market", help="Such as EU,US-CA,IN; those it was made for when left out.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(market_app, name="market")


@market_app.command("list")
def list_markets(as_json: Json = False) -> None:
    """The markets that are known, with their sources and what is unsure."""
    from countenance.market import NO_ADVICE, known_profiles

    profiles = known_profiles()
    if as_json:
        rows = [profile.model_dump(mode="json") for profile in profiles.values()]
        typer.echo(json.dumps({"markets": rows, "notice": NO_ADVICE}, ensure_ascii=False, indent=1))
        return
    for profile in profiles.values():
        letters = f", letters {profile.label.letters:.0%} of the short side" if profile.label.letters else ""
        typer.echo(f"{profile.code:6} {profile.name} (looked up {profile.as_of})")
        typer.echo(f"       label     {' or '.join(profile.label.styles)}{letters}")
        typer.echo(f"       spoken    {'at the start' if profile.notice.at_start else 'no rule'}")
        typer.echo(f"       metadata  {', '.join(profile.metadata.fields) or 'no rule'}")
        for source in profile.source:
            typer.echo(f"       source    {source.rule}; since {source.since}; {source.sure}")
        typer.echo(f"       unsure    {profile.unsure}")
    typer.echo(f"Any other market: the strictest of all.\n{NO_ADVICE}")


@market_app.command()
def evidence(
    file: Annotated[Path, typer.Argument(help="The render.", show_default=False)],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="An HTML page to write.")] = None,
    market: Markets = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")] = False,
    as_json: Json = False,
) -> None:
    """What each market asks, and what is found in the file itself, as a page that a lawyer can file."""
    from countenance.files import check_output, write_atomically
    from countenance.settings import default_settings
    from countenance.verify.evidence_page import page
    from countenance.verify.market_evidence import examine

    if output is not None:
        check_output(output, inputs=[file], overwrite=overwrite)
    found = examine(file, default_settings(), market)
    if output is not None:
        write_atomically(output, page(found).encode())
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        for one in found.checks:
            typer.echo(f"{one.answer:9} {one.market:6} {one.asked}\n                 {one.found}")
        typer.echo("\n".join(found.notices))
        if output is not None:
            typer.echo(f"Written: {output}")
    if not found.met:
        raise typer.Exit(1)
