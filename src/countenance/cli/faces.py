"""`countenance faces`: which faces a picture holds, and their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def faces(
        picture: Annotated[Path, typer.Argument(help="A picture.", show_default=False)],
        output: Annotated[
            Path | None,
            typer.Option(
                "-o", "--output", help="An annotated copy to write (.png, .jpg or .webp).", show_default=False
            ),
        ] = None,
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    ) -> None:
        """List the faces of a picture, largest first, with the numbers that --face takes."""
        from countenance.errors import NoFace
        from countenance.face.tracker import find_faces
        from countenance.media.picture import read_picture
        from countenance.render.annotate import annotated, write_unaltered_picture

        pixels = read_picture(picture).flattened()
        found = find_faces(pixels, thorough=True)
        if not found:
            raise NoFace(f"No face was found in {picture.name}.")
        if output is not None:
            write_unaltered_picture(output, annotated(pixels, found), picture, overwrite=overwrite)
        rows = [
            {
                "number": number,
                "box": [round(v, 1) for v in face.box],
                "eye_distance": round(face.eye_distance, 1),
                "yaw": round(face.angles[0], 1),
                "pitch": round(face.angles[1], 1),
                "roll": round(face.angles[2], 1),
            }
            for number, face in enumerate(found, 1)
        ]
        if as_json:
            typer.echo(json.dumps({"picture": str(picture), "faces": rows, "output": str(output) if output else None}))
            return
        typer.echo(f"{picture.name}: {len(rows)} face{'s' if len(rows) > 1 else ''}")
        for row in rows:
            box = "x {0:.0f}–{2:.0f}, y {1:.0f}–{3:.0f}".format(*row["box"])  # type: ignore[misc]
            typer.echo(
                f"  {row['number']}  {box}   eyes {row['eye_distance']:.0f} px apart   "
                f"turned {_degrees(row['yaw'])}, nodded {_degrees(row['pitch'])}, tilted {_degrees(row['roll'])}"
            )
        if output is not None:
            typer.echo(f"annotated: {output}")


def _degrees(angle: object) -> str:
    return f"{round(float(str(angle))):+d}°"
