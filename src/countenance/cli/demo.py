"""`countenance demo`: the main job on a portrait that is already on the machine, with a take of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CLAIM = "Commodore Grace M. Hopper (1906–1992), US Navy photograph by James S. Davis, 1984"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def demo(
        output: Annotated[Path, typer.Option("-o", "--output", help="Folder for what is made.")] = Path("out"),
    ) -> None:
        """Animate Grace Hopper's official portrait (US Navy, public domain) with the project's own take."""
        from countenance.cli.progress import progress_bar
        from countenance.errors import FileMissing
        from countenance.permission.authorisation import public_domain
        from countenance.render.options import AnimateOptions
        from countenance.settings import default_settings
        from countenance.studio import Studio

        portrait = sample_portrait()
        if portrait is None:
            raise FileMissing("matplotlib's sample portrait is not installed.", "pip install matplotlib")
        output.mkdir(parents=True, exist_ok=True)
        video, sheet = output / "demo.mp4", output / "contact-sheet.png"
        right = public_domain(CLAIM, "us-government-work")
        studio = Studio(default_settings())
        with progress_bar("animating") as progress:
            made = studio.animate(
                portrait,
                "authored:demo",
                video,
                permission=right,
                options=AnimateOptions(overwrite=True, title="Grace Hopper, animated"),
                progress=progress,
            )
        studio.contact_sheet(portrait, "authored:demo", sheet, permission=right)
        typer.echo(f"{made.frames} frames, {float(made.duration):.1f} s, {made.size[0]}×{made.size[1]}")
        typer.echo(f"video:         {video}")
        typer.echo(f"contact sheet: {sheet}")


def sample_portrait() -> Path | None:
    """Grace Hopper's photograph, which matplotlib carries in its sample data."""
    from importlib.util import find_spec

    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    return path if path.is_file() else None
