"""`countenance models`: which model files there are, bring them, check them, and have all ready for the first job."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from countenance.models.catalogue import ModelFile

models_app = typer.Typer(help="List, fetch and verify model files.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Names = Annotated[list[str] | None, typer.Argument(help="Which; all when none is named.", show_default=False)]
Wanted = Annotated[
    list[str] | None,
    typer.Argument(help="Which, or a group: `figure`. Those of the main job when none is named.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(models_app, name="models")


def _chosen(names: list[str] | None) -> list[ModelFile]:
    from countenance.models.catalogue import CATALOGUE
    from countenance.models.model_store import find_model

    groups = {model.group for model in CATALOGUE if model.group}
    out = []
    for name in names or ():
        out += [model for model in CATALOGUE if model.group == name] if name in groups else [find_model(name)]
    return out if names else list(CATALOGUE)


def _row(model: ModelFile) -> dict[str, Any]:
    from countenance.models.model_store import model_state

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
    names: Wanted = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where to keep them.", show_default="models/ in COUNTENANCE_HOME")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Even where a whole copy is here.")] = False,
    as_json: Json = False,
) -> None:
    """Bring models here. An interrupted download is gone on with; a wrong SHA-256 is never kept."""
    from countenance.models.model_store import fetch

    done = []
    for model in _chosen(names) if names else [one for one in _chosen(None) if not one.group]:
        path = fetch(model, folder=folder, force=force, say=lambda line: typer.echo(line, err=True))
        done.append({"name": model.name, "path": str(path)})
        if not as_json:
            typer.echo(f"{model.name}: {path}")
    if as_json:
        typer.echo(json.dumps({"models": done}))


@models_app.command("warm")
def warm_models(as_json: Json = False) -> None:
    """Bring the models and compile the drawing loops now, so that the first job need not wait for them.

    A second of a portrait that comes with the install is animated, spoken and looked at, in a home deleted after.
    """
    from countenance.cli.demo import CLAIM, sample_portrait
    from countenance.errors import FileMissing, SetupError
    from countenance.face.raster import rasterise
    from countenance.kernels import own_folder
    from countenance.models.model_store import fetch
    from countenance.settings import default_settings
    from countenance.spool import spooled

    begin = time.monotonic()
    portrait = sample_portrait()
    if portrait is None:
        raise FileMissing("matplotlib's sample portrait is not installed.", "pip install matplotlib")
    kept = [fetch(model, say=lambda line: typer.echo(line, err=True)) for model in _chosen(None) if model.needed]
    with spooled(default_settings()) as home:
        environment = os.environ | {"COUNTENANCE_HOME": str(home), "COUNTENANCE_MODELS": str(_models_folder())}
        if own_folder.cache_info().currsize and (own := own_folder()) is not None:
            environment["NUMBA_CACHE_DIR"] = str(own)
        right = ("--public-domain", CLAIM, "--basis", "us-government-work", "--size", "320")
        for words in (
            ("animate", "-s", portrait, "-d", "authored:demo", "--duration", "1", "-o", f"{home}/a.mp4", *right),
            ("speak", "-s", portrait, "-t", "Ready.", "-o", f"{home}/b.mp4", *right),
            ("verify", f"{home}/b.mp4"),
        ):
            ran = subprocess.run(
                [sys.executable, "-m", "countenance", *map(str, words), "--json"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            if ran.returncode != 0:
                ended = f"ended by {signal.Signals(-ran.returncode).name}" if ran.returncode < 0 else "it said nothing"
                last = (ran.stdout + ran.stderr).strip().splitlines() or [ended]
                raise SetupError(f"`countenance {words[0]}` does not work here: {last[-1]}")
    took = time.monotonic() - begin
    loops = getattr(getattr(rasterise, "_cache", None), "cache_path", None)
    if as_json:
        typer.echo(json.dumps({"models": [str(path) for path in kept], "loops": loops, "seconds": round(took, 1)}))
        return
    where = f"the loops are kept in {loops}" if loops else "the loops can be kept nowhere: each run compiles them anew"
    typer.echo(f"{len(kept)} models are here, {where} ({took:.0f} s)")


def _models_folder() -> Path:
    from countenance.settings import default_settings

    return default_settings().models_folder


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
