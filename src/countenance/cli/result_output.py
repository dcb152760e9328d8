"""What commands that make something say of it: the same words for people, the same names for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from countenance.render.result import RenderResult


def tell(made: RenderResult, *, as_json: bool, note: str = "") -> None:
    """Print it.

    Args:
        made: what came of it.
        as_json: for machines: `RenderResult.as_dict`.
        note: what people are told beside.
    """
    if as_json:
        typer.echo(json.dumps(made.as_dict()))
        return
    for warning in made.warnings:
        typer.echo(f"warning: {warning}", err=True)
    parts = [f"{made.frames} frames"] if made.frames else []
    if made.duration:
        parts.append(f"{float(made.duration):.2f} s")
    if made.frames:
        parts.append(f"{made.size[0]}×{made.size[1]}")
    if made.redrawn is not None:
        parts.append(f"{made.redrawn} redrawn")
    if made.missing:
        parts.append(f"{made.missing} frames without a face bridged")
    if made.voice:
        parts.append(f"speech: {made.voice} ({made.language})")
    signed = "self-issued" if made.receipt.self_issued else f"{made.receipt.signer} signature"
    typer.echo(
        f"{made.output}: {', '.join(parts)}{note}\n"
        f"render {made.render_id}, {signed}; ask anyone's copy with: countenance verify {made.output}"
    )
