"""Flags that several commands share, and what they mean."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.errors import BadOption, FileMissing, PermissionRefused

if TYPE_CHECKING:
    from countenance.marking.render_spec import LabelChoice
    from countenance.media.source import Source
    from countenance.permission import Right

PANEL = "Permission and label"
PICTURE = "Picture"


class PermissionFlags:
    """Why a likeness may be used."""

    PublicDomain = Annotated[
        str | None,
        typer.Option(
            "--public-domain",
            help='The source is free to use: "Mona Lisa, Leonardo da Vinci, c. 1503".',
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]
    Basis = Annotated[
        str | None,
        typer.Option(
            "--basis",
            help="Why, where age alone does not tell: us-government-work, author-dead-70 or cc0.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]
    Grant = Annotated[
        str | None,
        typer.Option(
            "--permission",
            help="The grant of the person shown: a .jwt file, or self for your own face.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]
    Purpose = Annotated[
        str | None,
        typer.Option(
            "--purpose",
            help="What it is for, where the grant allows several: film, advertising, museum, personal, …",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]
    Territory = Annotated[
        list[str] | None,
        typer.Option(
            "--territory",
            help="Where it will be shown: DE, US, EU or worldwide; may be repeated.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]
    FaceTemplate = Annotated[
        Path | None,
        typer.Option(
            "--face-template",
            help="The .face file that came with the grant; by default the one beside it.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]
    Document = Annotated[
        list[Path] | None,
        typer.Option(
            "--document",
            help="A document the grant rests on, of a guardian or an estate; may be repeated.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]


class LabelFlags:
    """How viewers are told, and what the work is called."""

    Title = Annotated[str, typer.Option("--title", help="Of the work, for the manifest.", rich_help_panel=PANEL)]
    Style = Annotated[
        str, typer.Option("--label", help="How viewers are told: burn, first:SECONDS or credit.", rich_help_panel=PANEL)
    ]
    Corner = Annotated[str, typer.Option("--label-corner", help="top-left, … bottom-right.", rich_help_panel=PANEL)]
    Opacity = Annotated[float, typer.Option("--label-opacity", help="0.6 to 1.", rich_help_panel=PANEL)]


class ScriptFlags:
    """The words that are spoken."""

    Confirm = Annotated[
        list[str] | None,
        typer.Option(
            "--confirm-script",
            help="Digest of words that are meant although they read like an impostor's; the refusal names it.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ]


class FaceFlags:
    """Which face, and how it is drawn."""

    Face = Annotated[
        str,
        typer.Option(
            "--face", help="Which face: largest, left, right, top, bottom or a number.", rich_help_panel=PICTURE
        ),
    ]
    Crop = Annotated[str, typer.Option("--crop", help="none, face, portrait or square.", rich_help_panel=PICTURE)]
    Size = Annotated[
        int | None,
        typer.Option(
            "--size",
            help="Longer side of the result, pixels.",
            min=16,
            rich_help_panel=PICTURE,
            show_default="the source's",
        ),
    ]
    Expression = Annotated[
        float,
        typer.Option("--expression", help="Strength of the face's motion.", min=0, max=2, rich_help_panel=PICTURE),
    ]
    Mouth = Annotated[
        str, typer.Option("--mouth", help="Inside of the mouth: auto, borrowed or drawn.", rich_help_panel=PICTURE)
    ]


class TrackFlags:
    """Which of a clip's tracks is meant."""

    Video = Annotated[
        int | None,
        typer.Option(
            "--video-track",
            help="Which of its pictures, from 1.",
            min=1,
            rich_help_panel=PICTURE,
            show_default="as players choose",
        ),
    ]
    Audio = Annotated[
        int | None,
        typer.Option(
            "--audio-track",
            help="Which of its sounds, from 1.",
            min=1,
            rich_help_panel=PICTURE,
            show_default="as players choose",
        ),
    ]


def tracks_of(
    path: Path, video: int | None, audio: int | None, start: str = "0", duration: str | None = None
) -> Path | Source:
    """The file, with the tracks and the part of it that were asked for. Raises as `Source.pin`, and BadOption."""
    if video is None and audio is None and start == "0" and duration is None:
        return path
    from countenance.media.audio import open_sound
    from countenance.media.source import Source
    from countenance.media.video import open_video

    begin, length = seconds(start, "--start"), None if duration is None else seconds(duration, "--duration")
    source = Source.pin(path, video_track=video, audio_track=audio, start=begin, duration=length)
    if video is not None:
        open_video(source).close()
    if audio is not None:
        open_sound(source)
    return source


class OutputFlags:
    """What is written, and how that is told."""

    Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing outputs.")]
    Json = Annotated[bool, typer.Option("--json", help="For machines.")]


@dataclass(frozen=True)
class Said:
    """What the flags say of permission, as they were typed; see PermissionFlags."""

    public_domain: str | None = None
    basis: str | None = None
    grant: str | None = None
    purpose: str | None = None
    territories: Sequence[str] = ()
    languages: Sequence[str] = ()
    face_template: Path | None = None
    documents: Sequence[Path] = ()


def right_from(said: Said, *, what: str, ask: bool = False) -> Right:
    """The right that the flags state.

    Args:
        said: the flags.
        what: name of the source, for questions and errors.
        ask: whether a person at a terminal may be asked where the flags say nothing.

    Raises:
        PermissionRefused, BadOption, FileMissing.
    """
    from countenance.permission.intended_use import Circumstances

    if said.grant is None and said.public_domain is None and ask and sys.stdin.isatty() and sys.stderr.isatty():
        said = _asked(said, what)
    if said.grant is not None and said.public_domain is not None:
        raise BadOption("--permission and --public-domain contradict each other.", "Give the one that applies.")
    # What nobody may do with any likeness is refused before anything heavy is loaded.
    circumstances = Circumstances(said.purpose, tuple(said.territories), tuple(said.languages))
    if said.public_domain is not None:
        from countenance.permission.authorisation import public_domain as by_public_domain

        return by_public_domain(
            said.public_domain, said.basis, purpose=said.purpose, territories=circumstances.territories
        )
    if said.grant is not None:
        path = grant_path(said.grant)
        from countenance.permission import GrantFile

        return GrantFile(
            path,
            circumstances,
            said.face_template,
            tuple(said.documents),
        )
    raise PermissionRefused(
        f"Nothing says that the likeness in {what} may be used.",
        'Add --public-domain "Work, author, year" for art and people long dead, --permission grant.jwt for a person '
        "who signed one, or --permission self after `countenance permission self` for your own face.",
        code="permission.missing",
    )


def grant_path(name: str) -> Path:
    """A grant's file: a path, or the name of one kept in the home folder, such as `self`.

    Raises:
        FileMissing.
    """
    from countenance.settings import default_settings

    path = Path(name)
    kept = default_settings().home / "grants" / f"{name}.jwt"
    if path.is_file():
        return path
    if "/" not in name and kept.is_file():
        return kept
    raise FileMissing(
        f"There is no grant {name}.",
        "Make one for your own face: countenance permission self --help"
        if name == "self"
        else "Ask the person shown for one: countenance permission request --help",
        code="permission.no_grant",
    )


def _asked(said: Said, what: str) -> Said:
    """Ask the person at the terminal why the likeness may be used."""
    typer.echo(
        f"Whose likeness is in {what}?\n"
        "  1  a work of art, or a person long dead\n"
        "  2  a person who signed a grant\n"
        "  3  my own face\n"
        "  4  anybody else",
        err=True,
    )
    match typer.prompt("1-4", err=True).strip():
        case "1":
            work = typer.prompt("Work, author and year (Mona Lisa, Leonardo da Vinci, c. 1503)", err=True)
            return replace(said, public_domain=work)
        case "2":
            return replace(said, grant=typer.prompt("The grant's .jwt file", err=True).strip().strip("'\""))
        case "3":
            return replace(said, grant="self")
    return said


def seconds(text: str, flag: str) -> Fraction:
    """`12`, `1.5`, `0:01:02.5`, `30000/1001`, `29.97` (taken as NTSC's exact rate) → an exact number.

    Raises:
        BadOption.
    """
    ntsc = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}
    try:
        if flag == "--fps" and text in ntsc:
            return ntsc[text]
        total = Fraction(0)
        for part in text.split(":"):
            total = total * 60 + Fraction(part)
        return total
    except (ValueError, ZeroDivisionError) as error:
        raise BadOption(f"{flag} {text!r} is not a number.", "Write seconds (12.5) or h:mm:ss.") from error


def label_choice(style: str, corner: str, opacity: float) -> LabelChoice:
    """The label as the flags ask for it. Raises BadOption."""
    from countenance.marking.render_spec import LabelChoice

    return LabelChoice.parse(style, corner, opacity)  # type: ignore[arg-type]
