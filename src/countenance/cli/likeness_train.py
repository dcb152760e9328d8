"""`countenance likeness train`: a network on one person's clips, put into their likeness."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.cli.choices import OutputFlags, PermissionFlags, Said, right_from

if TYPE_CHECKING:
    from countenance.engines.mesh.training.loop import Check

TRAINING = "Training"


def register(likeness: typer.Typer) -> None:
    """Hang the command onto `countenance likeness`."""
    likeness.command()(train)


def train(
    file: Annotated[Path, typer.Argument(help="A .likeness file; it gets the network.", show_default=False)],
    clips: Annotated[list[Path], typer.Argument(help="Clips of that person alone.", show_default=False)],
    size: Annotated[str, typer.Option(help="small (a CPU will do) or large.", rich_help_panel=TRAINING)] = "small",
    minutes: Annotated[
        float | None,
        typer.Option(help="To train for, in all.", rich_help_panel=TRAINING, show_default="20 small, 60 large"),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.", rich_help_panel=TRAINING)] = "auto",
    seed: Annotated[int, typer.Option(help="Of weights and augmentation.", rich_help_panel=TRAINING)] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted run stopped.", rich_help_panel=TRAINING)
    ] = False,
    preview: Annotated[
        Path | None,
        typer.Option(
            help="A .png written now and then, marked: drawing, network and truth on held-out frames. It shows the "
            "person.",
            rich_help_panel=TRAINING,
            show_default=False,
        ),
    ] = None,
    permission: PermissionFlags.Grant = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Train a likeness on its person's clips, so that it is drawn truer. The grant must allow to train.

    Needs torch: pip install 'countenance[train]'. Drawing with the result does not.
    """
    from countenance.cli.progress import progress_bar
    from countenance.engines.mesh.refiner_config import plan_of
    from countenance.likeness.library.training import TrainingOptions, train_likeness
    from countenance.settings import default_settings

    options = TrainingOptions(plan_of(size).size, minutes, device, seed, resume, overwrite, preview)
    said = Said(None, None, permission, purpose, territory or (), (), face_template, document or ())
    right = right_from(said, what=file.name)
    with progress_bar("looking", quiet=as_json) as looked:
        made = train_likeness(
            file, clips, right, default_settings(), options, looked=looked, say=_quiet if as_json else _say
        )
    kept = made.bytes > 0
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "likeness": str(made.path), "kept": kept, "size": size, "bytes": made.bytes,
                    "minutes": round(made.minutes, 2), "trained_on": made.trained_on, "held_out": made.held_out,
                    "psnr": round(made.trained[0], 2), "psnr_untrained": round(made.untrained[0], 2),
                    "ssim": round(made.trained[1], 4), "ssim_untrained": round(made.untrained[1], 4),
                }
            )
        )  # fmt: skip
        return
    typer.echo(
        f"{made.trained_on} frames in {made.minutes:.1f} minutes; on {made.held_out} held out "
        f"{made.untrained[0]:.2f} → {made.trained[0]:.2f} dB, SSIM {made.untrained[1]:.4f} → {made.trained[1]:.4f}"
    )
    if kept:
        typer.echo(f"{made.path} has the network now ({made.bytes / 1e6:.1f} MB); swaps use it by themselves.")
    else:
        typer.echo("It gained too little to be worth its time: the likeness stays as it was. Give more or other clips.")


def _say(check: Check) -> None:
    print(
        f"{check.minutes:5.1f} min, step {check.step}, loss {check.loss:.4f}: held-out {check.psnr:.2f} dB "
        f"(untrained {check.before[0]:.2f}, best {check.best:.2f})",
        file=sys.stderr,
        flush=True,
    )


def _quiet(check: Check) -> None:
    del check
