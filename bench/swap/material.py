"""Who is swapped on whom: a folder's clips and pictures; without one, clips drawn of public portraits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.likeness.material import clip_of

from bench.quality.material import clips_in
from countenance.engines.mesh.double import Double
from countenance.errors import CountenanceError
from countenance.face.identity import FaceTemplate
from countenance.face.person import PersonTracker
from countenance.face.types import Face
from countenance.likeness.gathering import Gathered, gather, made_from
from countenance.likeness.model import Likeness
from countenance.media.frames import Pixels
from countenance.media.video import open_video
from countenance.render.studying import study
from countenance.render.swap import SwapOptions

Run = list[tuple[Pixels, Face]]
"""Frames in a row, each with the double's face."""

NO_GRANT = "0" * 64
LEARNT = 0.6  # of a clip, from its start, that a likeness for self-swap is learnt from


@dataclass(frozen=True)
class Plate:
    """A double's clip.

    Attributes:
        name: the file's, without its ending.
        path: the file.
        person: whom it shows.
        double: as drawing needs them.
    """

    name: str
    path: Path
    person: FaceTemplate
    double: Double

    def runs(self, count: int, length: int, begin: float = 0.0) -> Iterator[Run]:
        """`count` runs of `length` frames in a row, spread over the clip from the share `begin` on."""
        with open_video(self.path) as video:
            total = video.info.frame_count or 0
        first = int(begin * total)
        starts = [first + int((total - first - length) * (k + 0.5) / count) for k in range(count)]
        run: Run = []
        with open_video(self.path) as video, PersonTracker(self.person) as tracker:
            for frame in video.frames():
                inside = any(start <= frame.index < start + length for start in starts)
                if not inside:
                    if run:
                        yield run
                        run = []
                    continue
                face = tracker.track(frame.pixels).face
                if face is not None:
                    run.append((frame.pixels, face))
        if run:
            yield run


def likenesses(folder: Path) -> Iterator[tuple[Path, Likeness]]:
    """Everybody in a folder's clips and pictures whose likeness can be made."""
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".mp4", ".jpg"):
            continue
        try:
            yield path, made_from(gather([path]), path.stem, grant_sha256=NO_GRANT)
        except CountenanceError as error:
            print(f"{path.name}: no likeness: {error.message}")


def plates(folder: Path) -> Iterator[Plate]:
    """Every clip in a folder, looked through as `swap` does."""
    for path in sorted(folder.glob("*.mp4")):
        studied = study(path, SwapOptions())
        yield Plate(path.stem, path, studied.person, studied.double)


def learnt_from_start(path: Path) -> Likeness | None:
    """A clip's person out of its first part alone; None where that has nothing usable."""
    with open_video(path) as video:
        until = LEARNT * float(video.info.duration or 0)
    gathered: Gathered = gather([path])
    early = tuple(take for take in gathered.takes if take.seconds < until)
    return made_from(replace(gathered, takes=early), path.stem, grant_sha256=NO_GRANT) if early else None


def drawn_clips(folder: Path) -> Path:
    """Two public portraits moved by authored takes, as clips in a fresh folder."""
    folder.mkdir(parents=True)
    for clip in clips_in(folder / "none"):
        clip_of(folder / f"{clip.name}.mp4", clip.pictures(), 25)
    return folder
