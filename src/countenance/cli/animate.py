"""`countenance animate`: one portrait and one performance in, a moving portrait out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.choices import (
    PANEL,
    FaceFlags,
    LabelFlags,
    OutputFlags,
    PermissionFlags,
    Said,
    TrackFlags,
    label_choice,
    seconds,
    tracks_of,
)
from countenance.cli.people import Flag, check_one_way, people_from
from countenance.errors import UsageError

DRIVING = "Motion"
RESULT = "Result"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def animate(
        source: Annotated[Path, typer.Option("-s", "--source", help="A picture with a face.", show_default=False)],
        output: Annotated[
            Path, typer.Option("-o", "--output", help="The .mp4, .mov or .webm to write.", show_default=False)
        ],
        driving: Annotated[
            str | None,
            typer.Option(
                "-d",
                "--driving",
                help="A video, a .perf take, a Live Link Face .csv, or authored:demo.",
                show_default=False,
            ),
        ] = None,
        person: Flag = None,
        public_domain: PermissionFlags.PublicDomain = None,
        basis: PermissionFlags.Basis = None,
        permission: PermissionFlags.Grant = None,
        purpose: PermissionFlags.Purpose = None,
        territory: PermissionFlags.Territory = None,
        face_template: PermissionFlags.FaceTemplate = None,
        document: PermissionFlags.Document = None,
        face: FaceFlags.Face = "largest",
        crop: FaceFlags.Crop = "none",
        size: FaceFlags.Size = None,
        expression: FaceFlags.Expression = 1.0,
        head: Annotated[
            float, typer.Option(help="Strength of the head's motion.", min=0, max=2, rich_help_panel=DRIVING)
        ] = 1.0,
        start: Annotated[str, typer.Option(help="Where to begin: seconds or h:mm:ss.", rich_help_panel=DRIVING)] = "0",
        duration: Annotated[
            str | None, typer.Option(help="How long: seconds or h:mm:ss.", rich_help_panel=DRIVING, show_default="all")
        ] = None,
        fps: Annotated[
            str | None,
            typer.Option(
                help="Frames a second: 25, 29.97, 30000/1001.", rich_help_panel=DRIVING, show_default="the clip's"
            ),
        ] = None,
        driving_face: Annotated[str, typer.Option(help="Which face of the clip.", rich_help_panel=DRIVING)] = "largest",
        on_missing_face: Annotated[
            str, typer.Option(help="Frames without a face: hold, relax or fail.", rich_help_panel=DRIVING)
        ] = "relax",
        motion: Annotated[
            str,
            typer.Option(
                help="relative: as the driver moves against their rest; absolute: held and looking as the driver.",
                rich_help_panel=DRIVING,
            ),
        ] = "relative",
        smooth: Annotated[
            int, typer.Option(help="Look-ahead frames of the landmark filter.", min=0, max=12, rich_help_panel=DRIVING)
        ] = 2,
        sound: Annotated[
            bool, typer.Option("--sound/--no-sound", help="Carry the clip's sound.", rich_help_panel=DRIVING)
        ] = True,
        mouth: FaceFlags.Mouth = "auto",
        shading: Annotated[
            bool, typer.Option("--shading/--no-shading", help="Carry the driver's skin folds.", rich_help_panel=RESULT)
        ] = True,
        preview: Annotated[
            bool, typer.Option("--preview", help="Source, clip and result side by side.", rich_help_panel=RESULT)
        ] = False,
        seed: Annotated[int, typer.Option(help="Of anything random.", rich_help_panel=RESULT)] = 0,
        title: LabelFlags.Title = "",
        label: LabelFlags.Style = "burn",
        label_corner: LabelFlags.Corner = "bottom-right",
        label_opacity: LabelFlags.Opacity = 0.85,
        language: Annotated[
            str, typer.Option(help="The viewers' language, for the label.", rich_help_panel=PANEL)
        ] = "en",
        video_track: TrackFlags.Video = None,
        audio_track: TrackFlags.Audio = None,
        overwrite: OutputFlags.Overwrite = False,
        as_json: OutputFlags.Json = False,
    ) -> None:
        """Bring a portrait to life with the motion of a clip, a take or a motion-capture file.

        Several people of a picture at once, each under a grant of their own: --person.
        """
        from countenance.cli.progress import progress_bar
        from countenance.cli.result_output import tell

        said = Said(
            public_domain, basis, permission, purpose, territory or (), (language,), face_template, document or ()
        )
        if driving is None and not person:
            raise UsageError("Missing option '-d' / '--driving'.", "See `countenance animate --help`.")
        check_one_way(person, face=face != "largest")
        people = people_from(person, said, "driving", what=source.name, ask=not as_json)
        from countenance.render.options import AnimateOptions
        from countenance.settings import default_settings
        from countenance.studio import Studio

        options = AnimateOptions(
            face=face,
            driving_face=driving_face,
            expression=expression,
            head=head,
            crop=crop,  # type: ignore[arg-type]
            size=size,
            fps=seconds(fps, "--fps") if fps is not None else None,
            start=seconds(start, "--start"),
            duration=seconds(duration, "--duration") if duration is not None else None,
            preview=preview,
            on_missing_face=on_missing_face,  # type: ignore[arg-type]
            motion=motion,  # type: ignore[arg-type]
            mouth=mouth,  # type: ignore[arg-type]
            shading=shading,
            smooth=smooth,
            sound=sound,
            seed=seed,
            label=label_choice(label, label_corner, label_opacity),
            language=language,
            title=title,
            overwrite=overwrite,
        )
        tracked = video_track is not None or audio_track is not None
        take = tracks_of(Path(driving), video_track, audio_track) if tracked and driving is not None else driving
        with progress_bar("animating", quiet=as_json) as progress:
            made = Studio(default_settings()).animate(
                source, take, output, permission=people, options=options, progress=progress
            )
        tell(made, as_json=as_json)
