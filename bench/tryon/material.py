"""What the bench looks at: portraits and clips of a folder, or the public-domain portraits that tests use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.portraits import eileen_collins, grace_hopper

from countenance.errors import CountenanceError
from countenance.face.subject import ClipSubject, open_plate
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.media.source import Source

PICTURES, CLIPS = (".jpg", ".jpeg", ".png", ".webp"), (".mp4", ".mov", ".webm")


@dataclass(frozen=True)
class Shot:
    """A person in a picture, or at one moment of a clip."""

    name: str
    pixels: Pixels
    face: Face


def shots(folder: Path | None) -> list[Shot]:
    """One of each picture and clip."""
    found = [
        Shot(name, one.pixels, one.face) for name, one in (("eileen", eileen_collins()), ("grace", grace_hopper()))
    ]
    for path in sorted(folder.iterdir()) if folder is not None else ():
        if path.suffix.lower() in (*PICTURES, *CLIPS):
            try:
                subject = open_plate(Source.pin(path))
            except CountenanceError as error:
                print(f"{path.name}: {error.message}")
                continue
            if isinstance(subject, ClipSubject):
                first = next((seen for seen in subject.follow() if seen.face is not None), None)
                if first is not None and first.face is not None:
                    found.append(Shot(path.stem, first.frame.pixels, first.face))
            else:
                found.append(Shot(path.stem, subject.pixels, subject.face))
    return found


def clips(folder: Path | None) -> list[tuple[str, ClipSubject]]:
    """The folder's clips."""
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in CLIPS) if folder is not None else []
    return [(path.stem, ClipSubject(Source.pin(path))) for path in paths]
