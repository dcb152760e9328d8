"""What is measured on: a folder's pictures and clips, or, where it is missing, two public portraits and authored takes.

Clips are read as often as wished and never held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.portraits import eileen_collins, grace_hopper, grace_hopper_file

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.face.tracker import FaceTracker, choose_face, find_faces
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from countenance.performance.authored import authored_performance
from countenance.performance.capture import find_reference
from countenance.performance.skin_square import SkinReading
from countenance.render.animation import make_portrait
from countenance.render.options import AnimateOptions

FRAMES = 250  # of a clip that are looked at, at most
SYNTHETIC_FRAMES = 100


@dataclass(frozen=True)
class Clip:
    """A driving clip.

    Attributes:
        name: the file's, without its ending.
        pictures: a fresh iterator over its first FRAMES frames, (h, w, 3) uint8 RGB.
        reference: the frame at rest, and the face in it, looked for among the same frames.
        rate: frames a second.
        path: the file; None for what was made here.
        skins: landmarks and skin in frames spread over it, see `find_reference`.
    """

    name: str
    pictures: Callable[[], Iterator[Pixels]]
    reference: tuple[Face, Pixels]
    rate: Fraction
    path: Path | None = None
    skins: tuple[tuple[NDArray[np.float32], SkinReading], ...] = ()

    def tracked(self) -> list[Face | None]:
        """The face in every frame, measured in IMAGE mode as `animate` does."""
        with FaceTracker() as tracker:
            return [tracker.track(pixels) for pixels in self.pictures()]


@dataclass(frozen=True)
class Still:
    """A portrait to move, and its file."""

    name: str
    portrait: Portrait
    path: Path | None


def portrait_of(pixels: Pixels, name: str = "the picture") -> Portrait:
    """As `animate` prepares a source: measured again on a crop, with the person's matte."""
    return make_portrait(pixels, choose_face(find_faces(pixels), name=name), AnimateOptions())


def clips_in(folder: Path) -> Iterator[Clip]:
    """Every video in a folder; where it is missing, portraits that were moved by authored takes."""
    if not folder.is_dir():
        yield from _drawn_clips()
        return
    for path in sorted(folder.glob("*.mp4")):
        with open_video(path) as video:
            rate = video.info.average_rate
        found = find_reference(path, duration=FRAMES / rate, skins=True)
        yield Clip(path.stem, lambda path=path: _read(path), (found.face, found.pixels), rate, path, found.skins)


def stills_in(folder: Path) -> Iterator[Still]:
    """Every picture in a folder; where it is missing, two public portraits."""
    if not folder.is_dir():
        yield Still("hopper", grace_hopper(), grace_hopper_file())
        yield Still("collins", eileen_collins(), None)
        return
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")):
        yield Still(path.stem, portrait_of(read_picture(path).flattened(), path.name), path)


def _read(path: Path) -> Iterator[Pixels]:
    with open_video(path) as video:
        for frame in islice(video.frames(), FRAMES):
            yield frame.pixels


def _drawn_clips() -> Iterator[Clip]:
    for name, portrait, take in (("hopper-demo", grace_hopper(), "demo"), ("collins-smile", eileen_collins(), "smile")):
        performance = authored_performance(take)
        rig = load_engine("mesh").prepare(portrait, performance.neutral, DrawOptions())

        def pictures(rig=rig, performance=performance) -> Iterator[Pixels]:  # type: ignore[no-untyped-def]
            return (rig.draw(sample) for sample in islice(performance, SYNTHETIC_FRAMES))

        yield Clip(name, pictures, (portrait.face, portrait.pixels), performance.rate)
