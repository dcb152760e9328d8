"""`countenance home`: where this installation's records lie, and carrying them elsewhere. Parses, calls, prints."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from countenance.errors import BadOption

app = typer.Typer(help="Where this installation keeps its records.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="home")


@app.command()
def show(as_json: Json = False) -> None:
    """Say where ledger, registry and witness lie, as fixed when the home was made."""
    from countenance.home import Home
    from countenance.settings import default_settings

    settings = default_settings()
    home = Home.look(settings)
    said = {"home": str(settings.home)} if home is None else home.as_dict()
    if as_json:
        typer.echo(json.dumps(said, indent=2))
    elif home is None:
        typer.echo(f"{settings.home} was not used yet.")
    else:
        typer.echo("\n".join(f"{name:9} {value}" for name, value in said.items()))


@app.command()
def move(
    ledger: Annotated[str | None, typer.Option("--ledger", help="SQLAlchemy address of an empty database.")] = None,
    registry: Annotated[str | None, typer.Option("--registry", help="SQLAlchemy address of an empty database.")] = None,
    as_json: Json = False,
) -> None:
    """Carry the ledger or the registry over to another database, entry by entry, checked; the old one stays.

    Let nothing else write meanwhile, and unset COUNTENANCE_LEDGER_URL and COUNTENANCE_REGISTRY_URL before.
    """
    from countenance.marking.moving import copy_registry
    from countenance.permission.ledger.moving import copy_ledger
    from countenance.settings import default_settings

    if ledger is None and registry is None:
        raise BadOption("Nothing is named to move.", "Give --ledger ADDRESS, --registry ADDRESS or both.")
    settings, moved = default_settings(), {}
    if ledger is not None:
        moved["entries"] = copy_ledger(settings, ledger)
    if registry is not None:
        moved["renders"] = copy_registry(settings, registry)
    if as_json:
        typer.echo(json.dumps(moved))
    else:
        typer.echo("Moved " + ", ".join(f"{count:,} {what}" for what, count in moved.items()) + ".", err=True)
