"""`countenance translate`: a film in other languages, in one step or with proofreading between."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
)
from countenance.cli.people import Flag, check_one_way, people_from

if TYPE_CHECKING:
    from countenance.translate import Translated

SPEECH = "Speech"
LINES = "Lines"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(translate)


def translate(
    clip: Annotated[Path, typer.Argument(help="The film.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="Languages, BCP 47: es,pt-BR,hi.", show_default=False)],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The project's folder.", show_default="FILM.translation"),
    ] = None,
    translator: Annotated[
        str | None,
        typer.Option(
            help="apertium; openai=https://…/v1#model; libretranslate=https://…; deepl=https://….",
            rich_help_panel=LINES,
            show_default=False,
        ),
    ] = None,
    spoken: Annotated[
        str | None,
        typer.Option("--from", help="The film's language.", rich_help_panel=LINES, show_default="as it is heard"),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Stop for proofreading before films are made.", rich_help_panel=LINES)
    ] = False,
    transcript: Annotated[
        Path | None,
        typer.Option(help="A .vtt or .srt of what is said, instead of hearing.", rich_help_panel=LINES),
    ] = None,
    translation: Annotated[
        list[str] | None,
        typer.Option(help="Finished lines: es=lines.vtt, .srt or .xliff; may be repeated.", rich_help_panel=LINES),
    ] = None,
    glossary: Annotated[
        Path | None,
        typer.Option(help="A .csv: language, word, its translation; an empty one forbids it.", rich_help_panel=LINES),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="A name that is said; may be repeated.", rich_help_panel=LINES),
    ] = None,
    tone: Annotated[str, typer.Option(help="For translators that take one.", rich_help_panel=LINES)] = "",
    keep: Annotated[
        list[str] | None,
        typer.Option(help="An edited file that is up to date: es.vtt.", rich_help_panel=LINES),
    ] = None,
    voice: Annotated[
        list[str] | None,
        typer.Option(help="es=NAME, see countenance voices; may be repeated.", rich_help_panel=SPEECH),
    ] = None,
    bed: Annotated[
        str, typer.Option(help="Music and effects: keep, none, or a sound file.", rich_help_panel=SPEECH)
    ] = "keep",
    person: Flag = None,
    face: FaceFlags.Face = "largest",
    mouth: FaceFlags.Mouth = "auto",
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
    seed: Annotated[int, typer.Option(help="Of the voice.", rich_help_panel=PANEL)] = 0,
    overwrite: OutputFlags.Overwrite = False,
    as_json: OutputFlags.Json = False,
) -> None:
    """Hear a film, translate it, and speak it in other languages with the lips in sync. Lines can be edited between."""
    from countenance.cli.progress import stages_bar
    from countenance.render.options import AnimateOptions
    from countenance.render.speech_source import SpeechOptions
    from countenance.settings import default_settings
    from countenance.studio import Studio
    from countenance.translate import TranslateOptions, read_glossary
    from countenance.translate import translate as make

    targets = [one.strip() for one in to.split(",") if one.strip()]
    viewers = tuple(one.split("-")[0] for one in targets)
    said = Said(None, None, permission, purpose, territory or (), viewers, face_template, document or ())
    check_one_way(person, face=face != "largest")
    right = people_from(person, said, "speaker", "voice", what=clip.name, speech=SpeechOptions())
    words = read_glossary(glossary) if glossary is not None else None
    options = TranslateOptions(
        spoken=spoken,
        translator=translator,
        glossary=words.fixed if words else {},
        forbidden=words.forbidden if words else {},
        names=tuple(name or ()),
        tone=tone,
        voices=_pairs(voice, "--voice"),
        bed=bed if bed in ("keep", "none") else Path(bed),  # type: ignore[arg-type]
        transcript=transcript,
        translations={tag: Path(path) for tag, path in _pairs(translation, "--translation").items()},
        draft=draft,
        keep=tuple(keep or ()),
        confirm_script=tuple(confirm_script or ()),
    )
    drawing = AnimateOptions(
        face=face,
        mouth=mouth,  # type: ignore[arg-type]
        seed=seed,
        label=label_choice(label, label_corner, label_opacity),
        title=title,
        overwrite=overwrite,
    )
    folder = output or clip.with_name(f"{clip.stem}.translation")
    with stages_bar(quiet=as_json) as told:
        made = make(
            Studio(default_settings()),
            clip,
            targets,
            folder,
            permission=right,
            options=options,
            drawing=drawing,
            told=told,
        )
    _tell(made, as_json)


def _pairs(given: list[str] | None, flag: str) -> dict[str, str]:
    """`es=NAME` by language. Raises BadOption."""
    from countenance.errors import BadOption

    out = {}
    for one in given or ():
        tag, equals, value = one.partition("=")
        if not (tag and equals and value):
            raise BadOption(f"{flag} {one!r} does not say for which language.", f"Write {flag} es=…")
        out[tag] = value
    return out


def _tell(made: list[Translated], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([one.as_dict() for one in made], ensure_ascii=False))
        return
    for one in made:
        for warning in one.warnings:
            typer.echo(f"warning: {warning}", err=True)
        if one.result is not None:
            frames = f"{one.result.frames} frames, {one.result.redrawn} redrawn"
            typer.echo(f"{one.output}: {frames}, speech: {one.result.voice} ({one.result.language})")
            typer.echo(f"render {one.result.render_id}; ask anyone's copy with: countenance verify {one.output}")
        elif not one.drafted:
            typer.echo(f"{one.output}: as it was")
        else:
            typer.echo(
                f"{one.script}: {len(one.fitted)} lines to read over; run again without --draft to make the film"
            )
