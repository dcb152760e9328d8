"""Whom a new face was held against, and how near the nearest came. Says nothing of faces that were not looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import BadOption, FileMissing, NoFace, NotAPicture
from countenance.face.identity import FaceTemplate, template_of_still
from countenance.face.tracker import find_faces
from countenance.media.picture import read_picture
from countenance.media.source import Source

LEAST = 0.50
"""The distance below which a new face is drawn again; two pictures of one person are told as one below 0.38."""
PICTURES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Comparison:
    """What came of it.

    Attributes:
        here: how many faces that this installation keeps were looked at: of grants, likenesses and personas.
        listed: how many faces of the user's own list.
        nearest: distance of the nearest; None where there was none to compare with.
    """

    here: int
    listed: int
    nearest: float | None

    @property
    def alike(self) -> bool:
        """Whether the nearest is too near."""
        return self.nearest is not None and self.nearest < LEAST

    def sentence(self) -> str:
        """What may be said of it, and no more."""
        count = self.here + self.listed
        if not count:
            return "No other face was here to compare with."
        return f"Unlike the {count:,} faces we looked at ({self.here:,} kept here, {self.listed:,} of a list)."


def compare(face: FaceTemplate, here: Sequence[FaceTemplate], listed: Sequence[FaceTemplate]) -> Comparison:
    """Hold a face against those kept here and those of a list."""
    away = [face.distance(other) for other in (*here, *listed)]
    return Comparison(len(here), len(listed), min(away, default=None))


def faces_in(folder: Path) -> list[FaceTemplate]:
    """Every face of every picture in a folder, by name.

    Raises:
        FileMissing: no such folder. BadOption: `persona.face_list`: not one face in it.
    """
    if not folder.is_dir():
        raise FileMissing(f"There is no folder {folder}.", "Give a folder of pictures with --unlike.")
    found = list(_faces(sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)))
    if not found:
        raise BadOption(f"No face was found in {folder}.", "Give pictures with faces.", code="persona.face_list")
    return found


def _faces(paths: Iterable[Path]) -> Iterable[FaceTemplate]:
    for path in paths:
        try:
            pixels = read_picture(Source.pin(path)).flattened()
            faces = find_faces(pixels, thorough=True)
        except (NotAPicture, NoFace):
            continue
        for face in faces:
            yield template_of_still(pixels, face, name=path.name)
