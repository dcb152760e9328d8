"""`--person`: one of several people who are drawn in one run, said in one word each.

    --person left=ana.jwt --person right=ben.jwt,driving=ben.mp4

Before the first comma FACE=GRANT, as `--face` and `--permission` say them for one person alone; then what is this
one's alone, under the names of the command's own flags.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from countenance.cli.choices import PANEL, Said, right_from
from countenance.errors import BadOption

if TYPE_CHECKING:
    from countenance.render.people import People, Person
    from countenance.render.speech_source import SpeechOptions

SPOKEN = ("speaker", "voice", "spoken", "pace", "audio")
"""What a person who speaks may have of their own."""
Flag = Annotated[
    list[str] | None,
    typer.Option(
        "--person",
        help="One of several people, repeated: FACE=GRANT, then ,KEY=VALUE for what is theirs alone. FACE as --face, "
        "in a clip also at a time: left@12.5.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]


def people_from(
    persons: Sequence[str] | None,
    said: Said,
    *keys: str,
    what: str,
    ask: bool = False,
    speech: SpeechOptions | None = None,
) -> People:
    """Who is drawn: one person by the plain flags, or those whom `--person` names.

    Args:
        persons: as typed.
        said: the flags of permission; what they say holds for whoever has no grant of their own.
        keys: what may be said of each person in this command.
        what: name of the file, for questions and errors.
        ask: as for `right_from`.
        speech: how those speak who have no way of their own.

    Raises:
        PermissionRefused, BadOption, FileMissing.
    """
    if not persons:
        return right_from(said, what=what, ask=ask)
    return [_person(text, said, keys, what, speech) for text in persons]


def _person(text: str, said: Said, keys: Sequence[str], what: str, speech: SpeechOptions | None) -> Person:
    from countenance.render.people import UNSEEN, Person

    first, *others = next(csv.reader([text], skipinitialspace=True))
    face, _, grant = (part.strip() for part in first.partition("="))
    own: dict[str, str] = {}
    for one in others:
        key, equals, value = (part.strip() for part in one.partition("="))
        if not (equals and value) or key not in (*keys, "face-template"):
            known = ", ".join((*keys, "face-template"))
            raise BadOption(
                f"--person {text!r}: {one!r} is nothing that can be said of a person here.",
                f"Write FACE=GRANT, then KEY=VALUE with a key of {known}.",
            )
        own[key] = value
    if not face:
        raise BadOption(f"--person {text!r} names no face.", "Write for example --person left=grant.jwt.")
    right = None
    if grant or face != UNSEEN:
        template = own.get("face-template")
        mine = replace(said, face_template=said.face_template if template is None else Path(template))
        if grant:
            mine = replace(mine, grant=grant, public_domain=None)
        right = right_from(mine, what=f"{what} ({face})")
    fields: dict[str, Any] = {name: Path(own[name]) for name in ("likeness",) if name in own}
    if "driving" in own:
        fields["driving"] = own["driving"]
    if "double-permission" in own:
        double = Said(None, None, own["double-permission"], said.purpose, said.territories, said.languages)
        fields["double_permission"] = right_from(double, what=what)
    if "speaker" in own:
        fields["speaker"] = own["speaker"]
    if speech is not None and set(own) & {"voice", "spoken", "pace", "audio"}:
        fields["speech"] = _speech(own, speech)
    return Person(face, right, **fields)


def _speech(own: dict[str, str], common: SpeechOptions) -> SpeechOptions:
    try:
        pace = float(own.get("pace", common.pace))
    except ValueError as error:
        raise BadOption(f"{own['pace']!r} is no pace.", "Use 0.5 to 2.") from error
    audio = Path(own["audio"]) if "audio" in own else common.audio
    voice, language = own.get("voice", common.voice), own.get("spoken", common.language)
    return replace(common, voice=voice, language=language, pace=pace, audio=audio)


def check_one_way(persons: Sequence[str] | None, **alone: object) -> None:
    """Raises BadOption where `--person` is given beside a flag that names one person's face."""
    for flag, value in alone.items():
        if persons and value:
            raise BadOption(
                f"--{flag} and --person both say who is meant.", "Say it in each --person: FACE=GRANT,KEY=VALUE."
            )
