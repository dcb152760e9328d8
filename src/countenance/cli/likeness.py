"""`countenance likeness`: a person's face out of their pictures and clips, kept sealed. Parses, calls, prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countenance.cli import likeness_train
from countenance.cli.choices import OutputFlags, PermissionFlags, Said, right_from

if TYPE_CHECKING:
    from countenance.likeness.gathering import Gathered
    from countenance.likeness.value import Likeness

app = typer.Typer(help="A person's face, from their own pictures and clips, under their grant.", no_args_is_help=True)
FileArgument = Annotated[Path, typer.Argument(help="A .likeness file.", show_default=False)]


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    likeness_train.register(app)
    parent.add_typer(app, name="likeness")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What you call it.", show_default=False)],
    paths: Annotated[list[Path], typer.Argument(help="Pictures, clips, and folders of them.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The .likeness to write.", show_default="by the name"),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="A .png of what there is, by pose and expression; shows no face.", show_default=False),
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Side of the atlas: 512, 768 or 1024.", show_default="by the material")
    ] = None,
    permission: PermissionFlags.Grant = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Make a likeness. The grant must allow swap, kiosk, re-age or train, and the material must show its person."""
    from countenance.cli.progress import progress_bar
    from countenance.errors import PermissionRefused
    from countenance.files import check_output
    from countenance.likeness.library.coverage_sheet import write_coverage_sheet
    from countenance.likeness.library.creation import create_likeness
    from countenance.marking.containers import picture_type
    from countenance.settings import default_settings

    said = Said(None, None, permission, purpose, territory or (), (), face_template, document or ())
    if permission is None:
        raise PermissionRefused(
            f"Nothing says that a likeness of {name} may be made.",
            "Add --permission grant.jwt, a grant of the person for swap, kiosk, re-age or train; to ask for one: "
            "countenance permission request --use swap",
            code="permission.missing",
        )
    right = right_from(said, what=name)
    if sheet is not None:
        picture_type(sheet)
        check_output(sheet, [path for path in paths if path.is_file()], overwrite=overwrite)
    output = output or Path(f"{file_name(name)}.likeness")
    with progress_bar("looking through", unit="files", quiet=as_json) as progress:
        made = create_likeness(
            name, paths, output, right, default_settings(), side=size, overwrite=overwrite, progress=progress
        )  # fmt: skip
    if sheet is not None:
        write_coverage_sheet(sheet, made.gathered.coverage, name, made.path, overwrite=overwrite)
    if as_json:
        typer.echo(json.dumps(_said(made.likeness, made.path) | _left_out(made.gathered), ensure_ascii=False))
        return
    _tell_left_out(made.gathered)
    _tell(made.likeness, made.path)


@app.command()
def show(file: FileArgument, as_json: OutputFlags.Json = False) -> None:
    """Say what a likeness holds: coverage, takes, grant, warnings."""
    from countenance.likeness.library.likeness_store import open_likeness
    from countenance.settings import default_settings

    likeness = open_likeness(file, default_settings())
    if as_json:
        typer.echo(json.dumps(_said(likeness, file), ensure_ascii=False))
        return
    _tell(likeness, file)


@app.command("list")
def list_(as_json: OutputFlags.Json = False) -> None:
    """List the likenesses that can be opened here."""
    from countenance.likeness.library.likeness_store import number_of
    from countenance.permission.likeness_keys import LikenessKeys
    from countenance.settings import default_settings

    keys = LikenessKeys.at_home(default_settings())
    rows = []
    for number in keys.numbers():
        known = keys.find(number)
        if known is not None:
            there = number_of(Path(known.path)) == number
            rows.append({"id": number, "name": known.name, "path": known.path, "there": there,
                         "made_at": known.made_at, "grant": known.grant_id})  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        gone = "" if row["there"] else "  (not there any more; its key still is)"
        typer.echo(f"{row['id']}  {row['name']}  {row['path']}{gone}")
    if not rows:
        typer.echo("No likeness was made here.")


@app.command()
def delete(
    what: Annotated[str, typer.Argument(help="A .likeness file, or a number from `list`.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Delete a likeness for good: file and key. Copies of it, wherever they lie, can never be opened again."""
    import sys

    from countenance.likeness.library.likeness_store import delete_likeness
    from countenance.settings import default_settings

    if not yes and not as_json and sys.stdin.isatty():
        typer.confirm(f"Delete {what} and its key? No copy can be opened again.", abort=True, err=True)
    gone = delete_likeness(what, default_settings())
    if as_json:
        typer.echo(json.dumps({"id": gone.id, "file": gone.file, "key": gone.key, "ledger": gone.seq}))
        return
    parts = " and ".join(part for part, there in (("its file", gone.file), ("its key", gone.key)) if there)
    typer.echo(f"Deleted {parts or 'nothing'}; entered in the ledger as {gone.seq}.")
    if gone.key:
        typer.echo("Copies of it elsewhere can never be opened again.")
    else:
        typer.echo("There was no key here: where it was made, it can still be opened.")


def file_name(name: str) -> str:
    """A name as a file is called."""
    return re.sub(r"[^\w-]+", "-", name.strip().lower()).strip("-") or "face"


def _said(likeness: Likeness, path: Path) -> dict[str, Any]:
    from countenance.likeness.coverage import EXPRESSIONS, POSES

    coverage = likeness.coverage
    return {
        "likeness": str(path),
        "id": likeness.id,
        "name": likeness.name,
        "made_at": likeness.made_at.isoformat(),
        "grant": likeness.grant_id,
        "grant_sha256": likeness.grant_sha256,
        "takes": likeness.takes,
        "views": len(likeness.views),
        "side": likeness.side,
        "years": likeness.years,
        "trained": likeness.network is not None,
        "warnings": list(likeness.warnings),
        "coverage": None
        if coverage is None
        else {
            "poses": list(POSES),
            "expressions": list(EXPRESSIONS),
            "counts": [list(row) for row in coverage.counts],
            "quality": [list(row) for row in coverage.quality],
            "lights": dict(coverage.lights),
            "files": coverage.files[0],
            "files_used": coverage.files[1],
            "looks": coverage.looks,
            "dropped": dict(coverage.dropped),
            "missing": list(coverage.missing),
        },
    }


def _left_out(gathered: Gathered) -> dict[str, Any]:
    return {
        "strangers": [
            {"where": one.where, "looks": one.looks, "distance": one.distance and round(one.distance, 3),
             "sure": one.sure}
            for one in gathered.strangers
        ],
        "unread": [{"file": str(one.path), "why": one.why, "code": one.code} for one in gathered.unread],
    }  # fmt: skip


def _tell_left_out(gathered: Gathered, most: int = 12) -> None:
    for one in gathered.unread[:most]:
        typer.echo(f"left out: {one.path.name}: {one.why}", err=True)
    if len(gathered.unread) > most:
        typer.echo(f"left out: {len(gathered.unread) - most} more files", err=True)
    for stranger in gathered.strangers[:most]:
        who = "somebody else" if stranger.sure else "could not be told who"
        far = "" if stranger.distance is None else f", distance {stranger.distance:.2f}"
        times = "" if stranger.looks == 1 else f", {stranger.looks} looks"
        typer.echo(f"left out: {stranger.where}: {who}{far}{times}", err=True)
    if len(gathered.strangers) > most:
        typer.echo(f"left out: {len(gathered.strangers) - most} more faces", err=True)


def _tell(likeness: Likeness, path: Path) -> None:
    from countenance.likeness.coverage import EXPRESSIONS, POSES

    typer.echo(f"{path}: {likeness.name}, {likeness.takes} takes, {len(likeness.views)} views at {likeness.side}")
    typer.echo(f"  number {likeness.id}, made {likeness.made_at:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"  grant {likeness.grant_id or 'unknown'}")
    if likeness.years:
        typer.echo(f"  {abs(likeness.years):g} years {'older' if likeness.years > 0 else 'younger'} than the material")
    if likeness.network is not None:
        typer.echo(f"  a trained network, {len(likeness.network) >> 10} KiB")
    coverage = likeness.coverage
    if coverage is not None:
        typer.echo(f"  {coverage.files[1]} of {coverage.files[0]} files used, {coverage.looks} looks")
        for reason, count in coverage.dropped:
            typer.echo(f"  dropped: {count} {reason}")
        width = max(map(len, EXPRESSIONS))
        typer.echo("  " + " " * width + "".join(f"{pose:>11}" for pose in POSES))
        for row, counts in zip(EXPRESSIONS, coverage.counts, strict=True):
            typer.echo(f"  {row:<{width}}" + "".join(f"{count or '·':>11}" for count in counts))
    for warning in likeness.warnings:
        typer.echo(f"warning: {warning}", err=True)
