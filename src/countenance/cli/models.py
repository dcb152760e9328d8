"""`countenance models`: which model files there are, bring them, check them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from countenance.models.catalogue import ModelFile

models_app = typer.Typer(help="List, fetch and verify model files.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Names = Annotated[list[str] | None, typer.Argument(help="Which; all when none is named.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(models_app, name="models")


def _chosen(names: list[str] | None) -> list[ModelFile]:
    from countenance.models.catalogue import CATALOGUE
    from countenance.models.store import find_model

    return [find_model(name) for name in names] if names else list(CATALOGUE)


def _row(model: ModelFile) -> dict[str, Any]:
    from countenance.models.store import model_state

    state, path = model_state(model)
    return {
        "name": model.name,
        "state": state,
        "path": str(path) if path else None,
        "size": model.size,
        "licence": model.licence,
        "sha256": model.sha256,
        "needed": model.needed,
        "purpose": model.purpose,
        "sources": [str(source) for source in model.sources],
    }


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """Every model of the catalogue: licence, size, SHA-256, where it comes from and whether it is here."""
    rows = [_row(model) for model in _chosen(None)]
    if as_json:
        typer.echo(json.dumps({"models": rows}))
        return
    for row in rows:
        typer.echo(f"{row['name']:<18} {row['state']:<8} {row['size'] / 1e6:6.1f} MB  {row['licence']}")
        typer.echo(f"  {row['purpose']}\n  sha256 {row['sha256']}")
        for source in row["sources"]:
            typer.echo(f"  from {source}")


@models_app.command("fetch")
def fetch_models(
    names: Names = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where to keep them.", show_default="models/ in COUNTENANCE_HOME")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Even where a whole copy is here.")] = False,
    as_json: Json = False,
) -> None:
    """Bring models here. An interrupted download is gone on with; a wrong SHA-256 is never kept."""
    from countenance.models.store import fetch

    done = []
    for model in _chosen(names):
        path = fetch(model, folder=folder, force=force, say=lambda line: typer.echo(line, err=True))
        done.append({"name": model.name, "path": str(path)})
        if not as_json:
            typer.echo(f"{model.name}: {path}")
    if as_json:
        typer.echo(json.dumps({"models": done}))


@models_app.command("verify")
def verify_models(names: Names = None, as_json: Json = False) -> None:
    """Read every model here and compare its SHA-256. Exit status 7 when a needed one is missing or wrong."""
    from countenance.errors import ModelCorrupt, ModelMissing

    rows = [_row(model) for model in _chosen(names)]
    corrupt = [row for row in rows if row["state"] == "corrupt"]
    missing = [row for row in rows if row["state"] == "missing" and (row["needed"] or names)]
    if not as_json:
        for row in rows:
            typer.echo(f"{row['name']:<18} {row['state']:<8} {row['path'] or ''}")
    if corrupt:
        paths = ", ".join(str(row["path"]) for row in corrupt)
        raise ModelCorrupt(f"SHA-256 is wrong: {paths}.", details={"models": rows})
    if missing:
        raise ModelMissing(f"Not here: {', '.join(row['name'] for row in missing)}.", details={"models": rows})
    if as_json:
        typer.echo(json.dumps({"models": rows}))
