"""Flags for a part of a clip; `choices.tracks_of` takes them."""

from __future__ import annotations

from typing import Annotated

import typer

from countenance.cli.choices import PICTURE


class PartFlags:
    """Which part of a clip is meant."""

    Start = Annotated[
        str,
        typer.Option(
            "--start", help="Where the part begins that is made: seconds or h:mm:ss.", rich_help_panel=PICTURE
        ),
    ]
    Duration = Annotated[
        str | None,
        typer.Option(
            "--duration",
            help="How long it is; times elsewhere count from its start.",
            rich_help_panel=PICTURE,
            show_default="all",
        ),
    ]
