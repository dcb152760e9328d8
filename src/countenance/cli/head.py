"""`countenance head`: a head of one person for games and avatar programs. Parses, calls, prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.choices import FaceFlags, LabelFlags, OutputFlags, PermissionFlags, Said, right_from

app = typer.Typer(help="A head of one person for games and avatar programs, under their grant.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="head")


@app.callback()
def group() -> None:
    """A head of one person for games and avatar programs, under their grant."""


@app.command()
def create(
    sources: Annotated[
        list[Path], typer.Argument(help="Pictures and clips of one person, the most frontal first.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .vrm or .glb to write.", show_default=False)],
    hair: Annotated[
        str | None,
        typer.Option(help="short, bob, long, tied, covered or none.", show_default="as the pictures show it"),
    ] = None,
    size: Annotated[int, typer.Option(help="Side of the texture: 512, 1024 or 2048 pixels.")] = 1024,
    face: FaceFlags.Face = "largest",
    title: LabelFlags.Title = "",
    permission: PermissionFlags.Grant = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Make a head that engines move: VRM 1.0 or glTF, with ARKit's 52 shapes. The grant must allow the use game."""
    from countenance.errors import PermissionRefused

    if permission is None:
        raise PermissionRefused(
            "Nothing says that a head of this person may be made.",
            "Add --permission grant.jwt, a grant of the person for game; to ask for one: "
            "countenance permission request --use game",
            code="permission.missing",
        )
    said = Said(None, None, permission, purpose, territory or (), (), face_template, document or ())
    right = right_from(said, what=sources[0].name)
    from countenance import HeadOptions, Studio

    options = HeadOptions(face=face, hair=hair, size=size, title=title, overwrite=overwrite)  # type: ignore[arg-type]
    made = Studio().create_head(sources, output, permission=right, options=options)
    if as_json:
        typer.echo(json.dumps(made.as_dict(), ensure_ascii=False))
        return
    size_mb = output.stat().st_size / 1e6
    typer.echo(f"{made.output}: {size_mb:.1f} MB, render {made.render_id}; manifest {made.receipt.sidecar}")
    for warning in made.warnings:
        typer.echo(f"warning: {warning}", err=True)
