"""`countenance dub`: someone in a clip says something else, lips in sync."""

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
    ScriptFlags,
    TrackFlags,
    label_choice,
    tracks_of,
)
from countenance.cli.parts import PartFlags
from countenance.cli.people import SPOKEN, Flag, check_one_way, people_from

SPEECH = "Speech"
RESULT = "Result"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(dub)


def dub(
    plate: Annotated[Path, typer.Option("-i", "--input", help="The clip.", show_default=False)],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The .mp4, .mov or .webm to write.", show_default=False)
    ],
    text: Annotated[str | None, typer.Option("-t", "--text", help="What is said.", show_default=False)] = None,
    script: Annotated[
        Path | None, typer.Option(help="A .srt, .vtt or .txt of what is said.", show_default=False)
    ] = None,
    audio: Annotated[
        Path | None,
        typer.Option(
            help="Recorded speech, instead of a voice; its words may be given with --text or --script.",
            show_default=False,
        ),
    ] = None,
    voice: Annotated[
        str | None,
        typer.Option(
            help="See countenance voices; or a Piper or Kokoro .onnx of yours.",
            rich_help_panel=SPEECH,
            show_default="one for the language",
        ),
    ] = None,
    spoken: Annotated[str, typer.Option("--spoken", help="The language, BCP 47.", rich_help_panel=SPEECH)] = "en",
    pace: Annotated[float, typer.Option(help="0.5 to 2; 1 is the voice's own.", rich_help_panel=SPEECH)] = 1.0,
    bed: Annotated[
        Path | None,
        typer.Option(help="Music and effects to keep under the voice.", rich_help_panel=SPEECH, show_default=False),
    ] = None,
    captions: Annotated[
        Path | None, typer.Option(help="A .srt or .vtt to write.", rich_help_panel=SPEECH, show_default=False)
    ] = None,
    speaker: Annotated[
        str | None,
        typer.Option(
            help="Whose cues are spoken, by whose face: ANNA=left. The others' mouths stay.",
            rich_help_panel=SPEECH,
            show_default=False,
        ),
    ] = None,
    person: Flag = None,
    face: FaceFlags.Face = "largest",
    expression: FaceFlags.Expression = 1.0,
    mouth: FaceFlags.Mouth = "auto",
    seed: Annotated[int, typer.Option(help="Of the voice.", rich_help_panel=RESULT)] = 0,
    permission: PermissionFlags.Grant = None,
    purpose: PermissionFlags.Purpose = None,
    territory: PermissionFlags.Territory = None,
    face_template: PermissionFlags.FaceTemplate = None,
    document: PermissionFlags.Document = None,
    confirm_script: ScriptFlags.Confirm = None,
    title: LabelFlags.Title = "",
    label: LabelFlags.Style = "burn",
    label_corner: LabelFlags.Corner = "bottom-right",
    label_opacity: LabelFlags.Opacity = 0.85,
    language: Annotated[
        str | None,
        typer.Option(help="The viewers' language, for the label.", rich_help_panel=PANEL, show_default="the spoken"),
    ] = None,
    start: PartFlags.Start = "0",
    duration: PartFlags.Duration = None,
    size: FaceFlags.Size = None,
    video_track: TrackFlags.Video = None,
    audio_track: TrackFlags.Audio = None,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Redraw the mouth of one person in a clip to new speech. Their own grant must allow to dub.

    Several people at once, each under a grant of their own: --person.
    """
    from countenance.cli.progress import progress_bar
    from countenance.cli.result_output import tell
    from countenance.errors import BadOption
    from countenance.speech.cast import Part

    if text is not None and script is not None:
        raise BadOption("Both --text and --script say what is said.", "Give one of them.")
    check_one_way(person, face=face != "largest", speaker=speaker)
    if text is None and script is None and audio is None and not any("audio=" in one for one in person or ()):
        raise BadOption("What is to be said?", 'Give --text "…", --script FILE, or --audio FILE.')
    if speaker is not None and script is None:
        raise BadOption("--speaker chooses cues of a script, and there is none.", "Give it with --script.")
    part = Part.parse(speaker) if speaker is not None else None
    face = part.face if part is not None else face
    viewers = language or spoken.split("-")[0]
    said = Said(None, None, permission, purpose, territory or (), (viewers,), face_template, document or ())
    from countenance.render.options import AnimateOptions
    from countenance.render.speech_source import SpeechOptions
    from countenance.settings import default_settings
    from countenance.speech.script import part_of, read_script
    from countenance.studio import Studio

    options = AnimateOptions(
        face=face,
        size=size,
        expression=expression,
        mouth=mouth,  # type: ignore[arg-type]
        seed=seed,
        label=label_choice(label, label_corner, label_opacity),
        language=viewers,
        title=title,
        overwrite=overwrite,
    )
    cues = read_script(script) if script is not None else text
    if part is not None and isinstance(cues, list):
        cues = part_of(cues, part.name)
    speech = SpeechOptions(
        voice, spoken, pace, captions=captions, audio=audio, confirm_script=tuple(confirm_script or ())
    )
    people = people_from(person, said, *SPOKEN, what=plate.name, speech=speech)
    with progress_bar("dubbing", quiet=as_json) as progress:
        made = Studio(default_settings()).dub(
            tracks_of(plate, video_track, audio_track, start, duration),
            cues,
            output,
            permission=people,
            speech=speech,
            options=options,
            bed=bed,
            progress=progress,
        )
    tell(made, as_json=as_json)
