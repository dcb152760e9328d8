"""`countenance stream`: a face's motion, live, to engines and avatar programs. Parses, calls, prints."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def stream(
        take: Annotated[
            str | None,
            typer.Argument(help="A .perf take, a clip, a Live Link Face .csv or authored:demo.", show_default=False),
        ] = None,
        to: Annotated[
            list[str] | None,
            typer.Option(
                "--to",
                help="livelink://HOST (Unreal), vmc://HOST (VSeeFace, Warudo) or ws:// (a WebSocket here); "
                "may be repeated. This machine where no host is named.",
                show_default=False,
            ),
        ] = None,
        camera: Annotated[
            int | None, typer.Option(help="A camera, from 0, instead.", min=0, show_default=False)
        ] = None,
        name: Annotated[str, typer.Option(help="Of the subject, as Unreal lists it.")] = "Countenance",
        loop: Annotated[bool, typer.Option("--loop", help="Play the take again and again.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    ) -> None:
        """Send a face's motion live, from a camera or a take, to engines and avatar programs. No picture is sent."""
        from countenance import Studio

        made = Studio().stream_motion(to or (), take=take, camera=camera, name=name, loop=loop)
        said = f"{made.frames} frames sent to {', '.join(made.to)}, {made.seen} with a face"
        typer.echo(json.dumps(made.as_dict()) if as_json else said)
