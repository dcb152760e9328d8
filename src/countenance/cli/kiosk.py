"""`countenance kiosk`: a visitor in an advert's face slot, shown and forgotten. Parses, calls, prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.cli.choices import OutputFlags, PermissionFlags

if TYPE_CHECKING:
    from countenance.kiosk.visitor_data import Gone
    from countenance.render.result import RenderResult

app = typer.Typer(help="A visitor in an advert's face slot: shown, then forgotten.", no_args_is_help=True)
Receipt = Annotated[
    Path | None,
    typer.Option("--receipt", help="Where to write the visitor's signed receipt of the deletion.", show_default=False),
]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="kiosk")


@app.command()
def check(
    template: Annotated[Path, typer.Argument(help="The template.yaml.", show_default=False)],
    as_json: OutputFlags.Json = False,
) -> None:
    """Whether a template can be shown: its keys, its clip, a face in the slot, the double's grant."""
    from countenance.kiosk.showing import check_template
    from countenance.settings import default_settings

    checked = check_template(template, default_settings())
    opened, says = checked.template, checked.template.says
    info = opened.info
    ends = says.slot.ends if says.slot.ends is not None else info.duration
    said = {
        "template": str(template),
        "title": says.title,
        "clip": str(opened.clip),
        "poster": None if opened.poster is None else str(opened.poster),
        "size": [info.width, info.height],
        "duration": None if info.duration is None else round(float(info.duration), 3),
        "sound": info.has_audio,
        "slot": {
            "face": says.slot.face,
            "from": float(says.slot.begins),
            "to": None if ends is None else round(float(ends), 3),
            "area": says.slot.area,
        },
        "double": checked.basis,
    }
    if as_json:
        typer.echo(json.dumps(said, ensure_ascii=False))
        return
    until = "its end" if ends is None else f"{float(ends):.2f} s"
    typer.echo(
        f"{template}: {says.title}\n"
        f"clip {opened.clip}, {info.width}×{info.height}{', with sound' if info.has_audio else ''}\n"
        f"slot: the {says.slot.face} face, from {float(says.slot.begins):.2f} s to {until}, area {says.slot.area}\n"
        f"double: {checked.basis}"
    )


@app.command()
def show(
    template: Annotated[Path, typer.Option("-t", "--template", help="The template.yaml.", show_default=False)],
    take: Annotated[
        Path,
        typer.Option(
            "--take", help="A few seconds of the visitor. IT IS DELETED, however this ends.", show_default=False
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The .mp4, .mov or .webm to write.", show_default=False)
    ],
    permission: PermissionFlags.Grant = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    keep_take: Annotated[
        bool, typer.Option("--keep-take/--delete-take", help="Leave the take; what is derived of it goes all the same.")
    ] = False,
    delete_output: Annotated[
        bool, typer.Option("--delete-output/--keep-output", help="Delete the output when it was shown.")
    ] = False,
    shown_for: Annotated[
        float, typer.Option("--shown-for", help="With --delete-output: seconds; Enter ends it sooner.", min=0)
    ] = 60.0,
    receipt: Receipt = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Put a visitor into a template, then delete the take and all that came of it, with a signed receipt."""
    from countenance.cli.choices import Said, right_from
    from countenance.cli.progress import progress_bar
    from countenance.errors import PermissionRefused
    from countenance.kiosk.showing import show as run
    from countenance.permission import GrantFile
    from countenance.settings import default_settings

    said = Said(None, None, permission, purpose, territory or (), (), face_template, document or ())
    if permission is None:
        raise PermissionRefused(
            "Nothing says that the visitor's face may be used. The take was not touched.",
            "Ask them: countenance permission request --use kiosk, then add --permission grant.jwt.",
            code="permission.missing",
        )
    right = right_from(said, what="the take")
    assert isinstance(right, GrantFile)
    with progress_bar("showing", quiet=as_json) as progress:
        shown = run(
            template,
            take,
            output,
            right,
            default_settings(),
            purpose=purpose,
            territories=tuple(territory or ()),
            keep_take=keep_take,
            showing=_wait(shown_for, as_json) if delete_output else None,
            receipt=receipt,
            overwrite=overwrite,
            progress=progress,
        )
    made = shown.result
    if as_json:
        told = {
            **made.as_dict(),
            "output": None if delete_output else str(made.output),
            "deleted": [vars(one) for one in shown.gone],
            "receipt": None if shown.receipt is None else str(shown.receipt),
            "left": [str(path) for path in shown.left],
        }
        typer.echo(json.dumps(told))
        return
    for warning in made.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo(f"{made.output}: {made.frames} frames, {made.redrawn} redrawn{', shown' if delete_output else ''}")
    _tell(shown.gone, shown.receipt)
    for path in shown.left:
        typer.echo(f"still here: {path}", err=True)


@app.command()
def end(
    output: Annotated[Path, typer.Argument(help="What `kiosk show` wrote.", show_default=False)],
    receipt: Receipt = None,
    as_json: OutputFlags.Json = False,
) -> None:
    """Delete an output when it was shown, with its own entry in the ledger."""
    from countenance.kiosk.showing import end_output
    from countenance.settings import default_settings

    _said(end_output(output, default_settings(), receipt=receipt), receipt, as_json)


@app.command()
def sweep(as_json: OutputFlags.Json = False) -> None:
    """Delete what a showing left that was broken off by force; each showing does this first, too."""
    from countenance.kiosk.showing import sweep_left_overs
    from countenance.settings import default_settings

    _said(sweep_left_overs(default_settings()), None, as_json)


@app.command("receipt")
def receipt_of(
    receipt: Annotated[Path, typer.Argument(help="The receipt.", show_default=False)],
    signer: Annotated[
        str | None, typer.Option("--signer", help="Whose it must be: the kiosk's did:key.", show_default=False)
    ] = None,
    of: Annotated[
        Path | None, typer.Option("--of", help="A copy of a file that must be on it.", show_default=False)
    ] = None,
    as_json: OutputFlags.Json = False,
) -> None:
    """Check a receipt: the signature, and that each deletion stands in the ledger under it. Needs no ledger."""
    from countenance.errors import FileMissing, ProvenanceError
    from countenance.files import sha256_file
    from countenance.kiosk.deletion_receipt import read_receipt

    read = read_receipt(receipt, signer)
    if of is not None:
        if not of.is_file():
            raise FileMissing(f"There is no file {of}.")
        if sha256_file(of) not in {one.sha256 for one in read.deletions}:
            raise ProvenanceError(
                f"{of.name} is not on the receipt.",
                "Another file was deleted, or this copy was changed.",
                code="kiosk.receipt_other",
            )
    statement = read.root.statement
    if as_json:
        said = {"signer": read.signer, "ledger": statement.ledger, "entries": statement.size, "root": statement.root}
        typer.echo(json.dumps({**said, "deleted": [vars(one) for one in read.deletions]}))
        return
    for one in read.deletions:
        typer.echo(f"{one.at[:19]}Z  {one.what:8} {one.why:10} sha256:{one.sha256}  entry {one.seq}")
    typer.echo(f"signed by {read.signer}, over {statement.size:,} entries of the ledger {statement.ledger[:12]}…")
    if signer is None:
        typer.echo("Compare the signer with the kiosk's own did:key, or give it with --signer.", err=True)


def _said(gone: Sequence[Gone], receipt: Path | None, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"deleted": [vars(one) for one in gone], "receipt": receipt and str(receipt)}))
        return
    _tell(gone, receipt)
    if not gone:
        typer.echo("Nothing was left.")


def _tell(gone: Sequence[Gone], receipt: Path | None) -> None:
    for one in gone:
        typer.echo(f"deleted: {one.what} sha256:{one.sha256[:16]}…, entry {one.seq} of the ledger")
    if receipt is not None and gone:
        typer.echo(f"receipt: {receipt}")


def _wait(seconds: float, quiet: bool) -> Callable[[RenderResult], None]:
    """Leave the output for so long; at a terminal, until Enter."""

    def wait(made: RenderResult) -> None:
        import select
        import time

        if not quiet:
            typer.echo(f"{made.output} is there for {seconds:g} s; Enter ends the showing.", err=True)
        if sys.stdin.isatty():
            select.select([sys.stdin], [], [], seconds)
        else:
            time.sleep(seconds)

    return wait
