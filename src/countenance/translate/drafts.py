"""A machine's draft of a script: kept in a file that says so until a person has read it.

The words "draft, needs review" in a script's head are its state: whoever reviews it deletes that line. The rule holds
for every script a plan names, however it came there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from countenance.errors import BadDocument, EmptyFile
from countenance.files import write_atomically
from countenance.speech import Cue, captions, read_script
from countenance.translate.translators import Translator

MARK = "draft, needs review"
_HEAD_LINES = 6


def is_draft(path: Path) -> bool:
    """Whether a script's head says that nobody has reviewed it."""
    with path.open("rb") as file:
        head = file.read(4096).decode("utf-8", "replace").splitlines()[:_HEAD_LINES]
    return any(MARK in line.casefold() for line in head)


def read_lines(path: Path) -> list[Cue]:
    """The cues of a script, without a draft's head.

    Raises:
        As `speech.script.read_script`.
    """
    cues = read_script(path)
    if path.suffix.lower() != ".txt" or not is_draft(path):
        return cues
    kept = [line for line in path.read_text("utf-8-sig").splitlines() if not line.startswith("#")]
    text = "\n".join(kept).strip()
    if not text:
        raise EmptyFile(f"{path.name} holds no text.")
    return [Cue(text)]


def draft_path(folder: Path, stem: str, language: str, cues: Sequence[Cue]) -> Path:
    """Where the draft of a script is kept: text without times as .txt, with times as .vtt."""
    timed = all(cue.start is not None and cue.end is not None for cue in cues)
    return folder / f"{stem}.{language}.draft{'.vtt' if timed else '.txt'}"


def write_draft(path: Path, cues: Sequence[Cue], translator: Translator, source: str, target: str) -> None:
    """Have a script translated and keep it as a draft; one that is there already is left alone.

    Args:
        path: as `draft_path` names it.
        cues: of the original.
        translator: asked once, with all lines.
        source, target: BCP 47.

    Raises:
        BadDocument: the translator gave another number of lines, or an empty one. Whatever it raises itself.
    """
    if path.exists():
        return
    lines = translator.translate([" ".join(cue.text.split()) for cue in cues], source, target)
    if len(lines) != len(cues) or not all(line.strip() for line in lines):
        raise BadDocument(
            f"The translator {translator.name} gave {sum(1 for one in lines if one.strip())} lines for {len(cues)}.",
            f"Write the {target} script yourself and name it in the plan.",
            code="campaign.translator",
        )
    head = f"{MARK}: {source} to {target} by {translator.name}; of {digest_of(cues)[:16]}; delete this line when read"
    translated = [Cue(" ".join(line.split()), cue.start, cue.end) for line, cue in zip(lines, cues, strict=True)]
    if path.suffix == ".txt":
        data = (f"# {head}\n" + "\n".join(cue.text for cue in translated) + "\n").encode()
    else:
        data = with_note(translated, head)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)


def with_note(cues: Sequence[Cue], note: str) -> bytes:
    """Cues as WebVTT with a note at its head, which is not spoken."""
    body = captions(cues, "vtt").decode().removeprefix("WEBVTT").lstrip("\n")
    return f"WEBVTT\n\nNOTE {note}\n\n{body}".encode()


def is_outdated(path: Path, cues: Sequence[Cue]) -> bool:
    """Whether a draft was made from another original than these cues."""
    head = "\n".join(path.read_text("utf-8-sig").splitlines()[:_HEAD_LINES])
    return MARK in head and f"of {digest_of(cues)[:16]}" not in head


def digest_of(cues: Sequence[Cue]) -> str:
    """SHA-256 hex of what is said and when."""
    text = "\n".join(f"{cue.start} {cue.end} {cue.text}" for cue in cues)
    return hashlib.sha256(text.encode()).hexdigest()
