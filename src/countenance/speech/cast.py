"""Who says which cue: `ANNA: …` in SubRip, `<v Anna>…` in WebVTT, and one speaker's part of a script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from countenance.errors import BadOption

LABEL = re.compile(r"^(?P<name>[^\W\d_a-z](?:[^\W_a-z]|[ .'’-]){0,30}?)\s*:\s+(?=\S)")
VOICE = re.compile(r"<v(?:\.[\w.-]+)?\s+(?P<name>[^>]{1,60})>")


@dataclass(frozen=True, slots=True)
class Part:
    """One speaker of a script, and the face in the clip that is theirs.

    Attributes:
        name: as the script calls them; capitals do not matter.
        face: which face, as `--face` takes it.
    """

    name: str
    face: str

    @staticmethod
    def parse(text: str) -> Part:
        """`ANNA=left`. Raises BadOption."""
        name, equals, face = (one.strip() for one in text.partition("="))
        if not (name and equals and face):
            raise BadOption(
                f"--speaker {text!r} does not say who is whose face.", "Write NAME=FACE, for example ANNA=left."
            )
        return Part(name, face)


def labelled(text: str) -> tuple[str | None, str]:
    """A speaker's name and the words, of a cue's text; a label is a name in capitals before a colon."""
    found = LABEL.match(text)
    return (found["name"].strip(), text[found.end() :]) if found else (None, text)


def voiced(text: str) -> str:
    """WebVTT with its voice tags written as labels: what reads subtitles drops the tags."""
    return VOICE.sub(lambda found: f"{found['name'].strip().upper()}: ", text).replace("</v>", "")


def same_speaker(one: str | None, other: str | None) -> bool:
    """Whether two labels are one person's."""
    return (one or "").casefold() == (other or "").casefold()


def chosen(names: Sequence[str | None], wanted: str) -> list[bool]:
    """Which cues one speaker says; a cue without a label is said by whoever spoke last.

    Args:
        names: of the cues' speakers, in order.
        wanted: the speaker.

    Raises:
        BadOption: they say nothing in this script.
    """
    last: str | None = None
    out = []
    for name in names:
        last = name or last
        out.append(last is not None and same_speaker(last, wanted))
    if not any(out):
        known = ", ".join(dict.fromkeys(name for name in names if name)) or "no speaker by name"
        raise BadOption(f"{wanted} says nothing in this script.", f"It names {known}.")
    return out
