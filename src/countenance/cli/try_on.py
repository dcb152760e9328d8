"""`countenance try-on`: glasses and make-up on a person in a picture or clip. Parses, calls, prints."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countenance.cli.choices import (
    PANEL,
    PICTURE,
    LabelFlags,
    OutputFlags,
    PermissionFlags,
    Said,
    TrackFlags,
    label_choice,
    right_from,
    seconds,
    tracks_of,
)
from countenance.errors import BadOption, UsageError

if TYPE_CHECKING:
    from countenance.render.result import RenderResult
    from countenance.tryon.look import Cosmetic, Eyewear

app = typer.Typer(
    help="Put glasses and make-up on a person in a picture or clip, under their grant.",
    invoke_without_command=True,
    subcommand_metavar="[COMMAND]",
)
THINGS = "What is tried on"


catalogue = typer.Typer(help="Catalogues of what can be tried on.", no_args_is_help=True)
app.add_typer(catalogue, name="catalogue")


def register(parent: typer.Typer) -> None:
    """Hang these commands onto the main one."""
    parent.add_typer(app, name="try-on")


@app.callback()
def try_on(
    context: typer.Context,
    plate: Annotated[
        Path | None, typer.Option("-i", "--input", help="The person's picture or clip.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The .png, .jpg, .webp, .mp4, .mov or .webm to write.", show_default=False),
    ] = None,
    glasses: Annotated[
        Path | None,
        typer.Option("--glasses", help="A pair of glasses, .glb.", rich_help_panel=THINGS, show_default=False),
    ] = None,
    variant: Annotated[str, typer.Option("--variant", help="Of the glasses.", rich_help_panel=THINGS)] = "",
    unit: Annotated[
        str, typer.Option("--unit", help="Of the .glb's lengths: m, cm or mm.", rich_help_panel=THINGS)
    ] = "m",
    front: Annotated[
        str, typer.Option("--front", help="The .glb's axis towards the viewer: +z, -z, +x, …", rich_help_panel=THINGS)
    ] = "+z",
    lips: Annotated[
        str | None,
        typer.Option(
            "--lips", help="A lipstick: '#a01024' or '#a01024:matte'.", rich_help_panel=THINGS, show_default=False
        ),
    ] = None,
    look: Annotated[
        Path | None,
        typer.Option(
            "--look", help="A look file (.json) with several items.", rich_help_panel=THINGS, show_default=False
        ),
    ] = None,
    pd: Annotated[
        float | None,
        typer.Option(
            "--pd", help="The person's pupil distance, mm, where known.", rich_help_panel=PICTURE, show_default=False
        ),
    ] = None,
    white: Annotated[
        str | None,
        typer.Option(
            "--white", help="x,y of a white card or paper in the picture.", rich_help_panel=PICTURE, show_default=False
        ),
    ] = None,
    face: Annotated[
        str,
        typer.Option(
            "--face", help="Which face: auto, largest, left, right, top, bottom or a number.", rich_help_panel=PICTURE
        ),
    ] = "auto",
    start: Annotated[
        str, typer.Option("--start", help="From when on, in a clip: 12.5 or h:mm:ss.", rich_help_panel=PICTURE)
    ] = "0",
    end: Annotated[
        str | None,
        typer.Option("--end", help="Until when.", rich_help_panel=PICTURE, show_default="the clip's end"),
    ] = None,
    permission: PermissionFlags.Grant = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            "--receipt", help="A JSON for the shopper: what was tried on, what not touched.", show_default=False
        ),
    ] = None,
    title: LabelFlags.Title = "",
    label: LabelFlags.Style = "burn",
    label_corner: LabelFlags.Corner = "bottom-right",
    label_opacity: LabelFlags.Opacity = 0.85,
    language: Annotated[str, typer.Option(help="The viewers' language, for the label.", rich_help_panel=PANEL)] = "en",
    video_track: TrackFlags.Video = None,
    audio_track: TrackFlags.Audio = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Put glasses and make-up on a person in a picture or clip, under their grant."""
    if context.invoked_subcommand is not None:
        return
    if plate is None or output is None:
        raise UsageError("A picture or clip and an output are needed.", "countenance try-on -i me.jpg … -o out.png")
    said = Said(None, None, permission, purpose, territory or (), (language,), face_template, document or ())
    right = right_from(said, what=plate.name)
    from countenance.cli.progress import progress_bar
    from countenance.settings import default_settings
    from countenance.studio import Studio
    from countenance.tryon import TryOnOptions, open_goods

    goods = open_goods(_items(glasses, variant, unit, front, lips), look=look)
    options = TryOnOptions(
        face=face,
        white=_place(white),
        pd=pd,
        start=seconds(start, "--start"),
        end=None if end is None else seconds(end, "--end"),
        receipt=receipt,
        label=label_choice(label, label_corner, label_opacity),
        language=language,
        title=title,
        overwrite=overwrite,
    )
    clip = tracks_of(plate, video_track, audio_track)
    with progress_bar("trying on", quiet=as_json) as progress:
        made = Studio(default_settings()).try_on(
            clip, goods, output, permission=right, options=options, progress=progress
        )
    _tell(made, as_json=as_json)


def _items(glasses: Path | None, variant: str, unit: str, front: str, lips: str | None) -> list[Cosmetic | Eyewear]:
    """What the flags name one by one. Raises BadOption."""
    from pydantic import ValidationError

    from countenance.tryon import Cosmetic, Eyewear

    items: list[Cosmetic | Eyewear] = []
    try:
        if glasses is not None:
            worn: dict[str, Any] = {"glb": str(glasses), "variant": variant, "unit": unit, "front": front}
            items.append(Eyewear.model_validate({"kind": "glasses", **worn}))
        if lips is not None:
            colour, _, finish = lips.partition(":")
            items.append(Cosmetic.model_validate({"kind": "lip", "hex": colour, "finish": finish or "satin"}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadOption(f"{where}: {first['msg']}." if where else f"{first['msg']}.", code="tryon.option") from error
    if glasses is None and variant:
        raise BadOption("--variant names a variant of --glasses, which is not there.")
    return items


def _place(text: str | None) -> tuple[float, float] | None:
    """`412,96` → (412.0, 96.0). Raises BadOption."""
    if text is None:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(text)
    except ValueError as error:
        raise BadOption(f"--white {text!r} is no place.", "Write x,y in pixels: --white 412,96.") from error
    return x, y


def _tell(made: RenderResult, *, as_json: bool) -> None:
    from countenance.cli.result_output import tell

    notes = []
    for item in made.about.get("items", ()):
        name = item.get("product") or item["kind"]
        notes.append(f"{name} on {item['share']:.1%} of the picture")
    fit = made.about.get("fit")
    if fit:
        notes.append(
            f"pupil distance {fit['pd_mm']:.0f} ± {fit['pd_doubt_mm']:.0f} mm, face {fit['face_width_mm']:.0f} mm, "
            f"frame {fit['frame_width_mm']:.0f} mm wide"
        )
    tell(made, as_json=as_json, note="".join(f"\n  {note}" for note in notes))


@catalogue.command()
def check(
    path: Annotated[Path, typer.Argument(help="A .csv or .json feed, or a folder with one.", show_default=False)],
    thumbnails: Annotated[
        Path | None,
        typer.Option("--thumbnails", help="A folder for one small picture a product.", show_default=False),
    ] = None,
    as_json: OutputFlags.Json = False,
) -> None:
    """Check each product's model, scale, axes, colours and licence; exit 3 where one cannot be tried on."""
    import json

    from countenance.cli.progress import progress_bar
    from countenance.errors import OutputFolder
    from countenance.tryon.catalogue_check import check_catalogue

    if thumbnails is not None and not thumbnails.is_dir():
        raise OutputFolder(f"There is no folder {thumbnails}.", "Create it first.")
    with progress_bar("checking", unit="products", quiet=as_json) as progress:
        report = check_catalogue(path, thumbnails=thumbnails, progress=progress)
    if as_json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False))
    else:
        for fault in report.faults:
            mark = "doubt" if fault.doubt else "fault"
            typer.echo(f"{mark}: row {fault.row} {fault.id}: {fault.message} [{fault.code}]", err=True)
        typer.echo(f"{report.products} products, {report.faulty} rows faulty, {report.doubtful} doubtful")
    if not report.good:
        raise typer.Exit(3)


@catalogue.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.", show_default=False)],
    overwrite: OutputFlags.Overwrite = False,
) -> None:
    """Write a catalogue to play with: six frames, twelve lip colours, four looks, all free to use."""
    from countenance.tryon.demo_catalogue import write_demo_catalogue

    files = write_demo_catalogue(output, overwrite=overwrite)
    typer.echo(f"{output}: {len(files)} files; try countenance try-on catalogue check {output}")
