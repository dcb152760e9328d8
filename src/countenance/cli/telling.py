"""What commands that redraw a clip say of what they made: the same words for people, the same names for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

if TYPE_CHECKING:
    from countenance.marking.receipt import Receipt


class Redrawn(Protocol):
    """A clip whose frames were redrawn where they show the face."""

    @property
    def output(self) -> Path: ...
    @property
    def frames(self) -> int: ...
    @property
    def redrawn(self) -> int: ...
    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def receipt(self) -> Receipt: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...


def tell_redrawn(made: Redrawn, *, as_json: bool, more: Mapping[str, object] | None = None, note: str = "") -> None:
    """Print it.

    Args:
        made: what came of it.
        as_json: for machines.
        more: what machines are told beside.
        note: what people are told beside, after the number of frames.
    """
    if as_json:
        said = {
            "output": str(made.output),
            "frames": made.frames,
            "frames_redrawn": made.redrawn,
            "size": list(made.size),
            "render_id": made.receipt.payload,
            **(more or {}),
            "warnings": list(made.warnings),
        }
        typer.echo(json.dumps(said))
        return
    for warning in made.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(
        f"{made.output}: {made.frames} frames, {made.redrawn} redrawn{note}\n"
        f"render {made.receipt.payload}; ask anyone's copy with: countenance verify {made.output}"
    )
