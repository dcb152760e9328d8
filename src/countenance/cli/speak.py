"""`countenance speak` and `countenance voices`: a portrait that says something, and who can say it."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    label_choice,
    seconds,
)
from countenance.cli.people import SPOKEN, Flag, check_one_way, people_from

SPEECH = "Speech"
RESULT = "Result"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(speak)
    app.command()(voices)


def speak(
    source: Annotated[
        Path | None, typer.Option("-s", "--source", help="A picture with a face.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The .mp4, .mov or .webm to write.", show_default=False)
    ] = None,
    text: Annotated[str | None, typer.Option("-t", "--text", help="What it says.", show_default=False)] = None,
    script: Annotated[Path | None, typer.Option(help="A .txt, .srt or .vtt that it says.", show_default=False)] = None,
    audio: Annotated[
        Path | None,
        typer.Option(
            help="Recorded speech, instead of a voice; its words may be given with --text or --script.",
            show_default=False,
        ),
    ] = None,
    audio_only: Annotated[
        bool, typer.Option("--audio-only", help="Write the sound alone, a .wav that begins with a spoken notice.")
    ] = False,
    voice: Annotated[
        str | None,
        typer.Option(
            help="See countenance voices; or a Piper or Kokoro .onnx of yours.",
            rich_help_panel=SPEECH,
            show_default="one for the language",
        ),
    ] = None,
    spoken: Annotated[
        str, typer.Option("--spoken", help="The text's language, BCP 47.", rich_help_panel=SPEECH)
    ] = "en",
    pace: Annotated[float, typer.Option(help="0.5 to 2; 1 is the voice's own.", rich_help_panel=SPEECH)] = 1.0,
    captions: Annotated[
        Path | None, typer.Option(help="A .srt or .vtt to write.", rich_help_panel=SPEECH, show_default=False)
    ] = None,
    liveliness: Annotated[float, typer.Option(help="Strength of head, brows and gaze.", rich_help_panel=RESULT)] = 1.0,
    expression: FaceFlags.Expression = 1.0,
    person: Flag = None,
    face: FaceFlags.Face = "largest",
    crop: FaceFlags.Crop = "none",
    size: FaceFlags.Size = None,
    fps: Annotated[str, typer.Option(help="Frames a second.", rich_help_panel=RESULT)] = "25",
    seed: Annotated[int, typer.Option(help="Of blinks, gaze, head and voice.", rich_help_panel=RESULT)] = 0,
    public_domain: PermissionFlags.PublicDomain = None,
    basis: PermissionFlags.Basis = None,
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
        typer.Option(help="The viewers' language, for the label.", rich_help_panel=PANEL, show_default="the text's"),
    ] = None,
    overwrite: OutputFlags.Overwrite = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what of the text would not be spoken; make nothing.")
    ] = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Make a portrait say something, in a voice that is nobody's.

    Several people of a picture who talk, each under a grant of their own: --person.
    """
    from countenance.cli.progress import progress_bar
    from countenance.cli.result_output import tell
    from countenance.errors import BadOption, UsageError

    if text is not None and script is not None:
        raise BadOption("Both --text and --script say what is said.", "Give one of them.")
    if text is None and script is None and audio is None and not any("audio=" in one for one in person or ()):
        raise BadOption("What is to be said?", 'Give --text "…", --script FILE, or --audio FILE.')
    if check:
        _check(text, script, spoken, as_json=as_json)
        return
    if source is None or output is None:
        flag = "'-s' / '--source'" if source is None else "'-o' / '--output'"
        raise UsageError(f"Missing option {flag}.", "See `countenance speak --help`.")
    viewers = language or spoken.split("-")[0]
    said = Said(public_domain, basis, permission, purpose, territory or (), (viewers,), face_template, document or ())
    check_one_way(person, face=face != "largest")
    from countenance.render.options import AnimateOptions
    from countenance.render.speech_source import SpeechOptions
    from countenance.settings import default_settings
    from countenance.speech.script import read_script
    from countenance.studio import Studio

    options = AnimateOptions(
        face=face,
        expression=expression,
        crop=crop,  # type: ignore[arg-type]
        size=size,
        fps=seconds(fps, "--fps"),
        seed=seed,
        smooth=0,
        label=label_choice(label, label_corner, label_opacity),
        language=viewers,
        title=title or "Speaking portrait",
        overwrite=overwrite,
    )
    speech = SpeechOptions(voice, spoken, pace, liveliness, captions, audio, tuple(confirm_script or ()))
    cues = read_script(script) if script is not None else text
    studio = Studio(default_settings())
    people = people_from(person, said, *SPOKEN, what=source.name, ask=not as_json, speech=speech)
    if audio_only:
        if isinstance(people, Sequence):
            raise BadOption("--audio-only speaks in one person's name.", "Leave --person away.")
        made = studio.speak_sound(source, cues or "", output, permission=people, speech=speech, options=options)
        tell(made, as_json=as_json, note=" after the notice")
        return
    with progress_bar("speaking", quiet=as_json) as progress:
        made = studio.speak(source, cues, output, permission=people, speech=speech, options=options, progress=progress)
    tell(made, as_json=as_json)


def _check(text: str | None, script: Path | None, language: str, *, as_json: bool) -> None:
    """Tell what would not be spoken."""
    from countenance.speech.script import Cue, read_script, unspoken

    cues = read_script(script) if script is not None else [Cue(text or "")]
    told = unspoken(cues, language)
    if as_json:
        typer.echo(json.dumps({"cues": len(cues), "warnings": told}))
        return
    for line in told:
        typer.echo(f"warning: {line}", err=True)
    if not told:
        typer.echo("All of it will be spoken.")


def voices(
    language: Annotated[
        str | None, typer.Argument(help="Only those that speak this language.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List the voices: what they speak, how they sound, their licence, and what is missing."""
    from countenance.errors import LibraryMissing
    from countenance.speech.voice import load_voice, speaks, voice_names

    rows: list[dict[str, object]] = []
    for name in voice_names():
        try:
            voice = load_voice(name)
        except LibraryMissing as error:
            rows.append({"name": name, "installed": False, "languages": [], "remedy": error.remedy})
            continue
        if language is None or speaks(voice, language):
            rows.append(
                {
                    "name": name,
                    "installed": True,
                    "languages": list(voice.languages),
                    "quality": voice.quality,
                    "licence": voice.licence,
                }
            )
    if as_json:
        typer.echo(json.dumps({"voices": rows}))
        return
    for row in rows:
        if not row["installed"]:
            typer.echo(f"{row['name']:<8} not installed\n  → {row['remedy']}")
            continue
        tags = row["languages"]
        assert isinstance(tags, list)
        typer.echo(f"{row['name']:<8} {row['quality']}, {row['licence']}, {len(tags)} languages: {' '.join(tags)}")
