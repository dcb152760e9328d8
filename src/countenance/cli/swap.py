"""`countenance swap`: a licensed likeness on a body double; or the person in a clip at another age."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.choices import (
    PANEL,
    PICTURE,
    FaceFlags,
    LabelFlags,
    OutputFlags,
    PermissionFlags,
    Said,
    TrackFlags,
    label_choice,
    right_from,
    tracks_of,
)
from countenance.cli.parts import PartFlags
from countenance.cli.people import Flag, check_one_way, people_from


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(swap)


def swap(
    plate: Annotated[Path, typer.Option("-i", "--input", help="The double's clip or picture.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="The .mp4, .mov, .webm (or .png, .jpg, .webp) to write.", show_default=False
        ),
    ],
    likeness: Annotated[
        Path | None,
        typer.Option(
            "-l",
            "--likeness",
            help="A .likeness file; without one, --age makes the person in the clip older or younger.",
            show_default=False,
        ),
    ] = None,
    age: Annotated[float, typer.Option("--age", help="Years older (+) or younger (-).", rich_help_panel=PICTURE)] = 0.0,
    current_age: Annotated[
        float | None,
        typer.Option(
            "--current-age",
            help="Of the person in the material: lets --age go lower, never under 18.",
            rich_help_panel=PICTURE,
            show_default=False,
        ),
    ] = None,
    person: Flag = None,
    face: FaceFlags.Face = "largest",
    area: Annotated[
        str,
        typer.Option(help="face, whole (with the forehead) or lower (below the nose).", rich_help_panel=PICTURE),
    ] = "face",
    shape: Annotated[
        float,
        typer.Option(
            help="How far the double's proportions go towards the likeness's.", min=0, max=1, rich_help_panel=PICTURE
        ),
    ] = 1.0,
    glasses: Annotated[
        bool, typer.Option("--glasses/--no-glasses", help="Keep the double's spectacles.", rich_help_panel=PICTURE)
    ] = True,
    seed: Annotated[int, typer.Option(help="Of the grain.", rich_help_panel=PICTURE)] = 0,
    permission: PermissionFlags.Grant = None,
    double_permission: Annotated[
        str | None,
        typer.Option(
            "--double-permission",
            help="The grant of the person in the clip, for the use double: a .jwt file, or self.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ] = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    title: LabelFlags.Title = "",
    label: LabelFlags.Style = "burn",
    label_corner: LabelFlags.Corner = "bottom-right",
    label_opacity: LabelFlags.Opacity = 0.85,
    language: Annotated[str, typer.Option(help="The viewers' language, for the label.", rich_help_panel=PANEL)] = "en",
    start: PartFlags.Start = "0",
    duration: PartFlags.Duration = None,
    size: FaceFlags.Size = None,
    video_track: TrackFlags.Video = None,
    audio_track: TrackFlags.Audio = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Draw a likeness on a body double. Both must have agreed: --permission and --double-permission."""
    said = Said(None, None, permission, purpose, territory or (), (language,), face_template, document or ())
    check_one_way(person, face=face != "largest")
    what = likeness.name if likeness is not None else plate.name
    people = people_from(person, said, "likeness", "double-permission", what=what)
    from countenance.cli.progress import progress_bar
    from countenance.cli.result_output import tell
    from countenance.permission import Right
    from countenance.render.face_swap import SwapOptions
    from countenance.settings import default_settings
    from countenance.studio import Studio

    options = SwapOptions(
        face=face,
        area=area,  # type: ignore[arg-type]
        shape=shape,
        years=age,
        current_age=current_age,
        size=size,
        glasses=glasses,
        seed=seed,
        label=label_choice(label, label_corner, label_opacity),
        language=language,
        title=title,
        overwrite=overwrite,
    )
    studio = Studio(default_settings())
    clip = tracks_of(plate, video_track, audio_track, start, duration)
    if likeness is None and not isinstance(people, Sequence):
        with progress_bar("ageing", quiet=as_json) as progress:
            made = studio.reage(clip, output, permission=people, options=options, progress=progress)
    else:
        double: Right | None = None
        if double_permission is not None:
            doubles = Said(None, None, double_permission, purpose, territory or (), (language,))
            double = right_from(doubles, what=plate.name)
        with progress_bar("swapping", quiet=as_json) as progress:
            made = studio.swap(
                clip, likeness, output, permission=people, double_permission=double, options=options, progress=progress
            )
    tell(made, as_json=as_json)
