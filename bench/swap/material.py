"""Who is swapped on whom: a folder's clips and pictures; without one, clips drawn of public portraits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tests.likeness.material import clip_of

from bench.quality.material import clips_in
from countenance.engines.mesh.double import Double, know_double
from countenance.errors import CountenanceError
from countenance.face.identity import FaceTemplate
from countenance.face.subject import ClipSubject
from countenance.face.types import Face
from countenance.likeness.gathering import Gathered, gather, made_from
from countenance.likeness.value import SMILE, Likeness
from countenance.media.frames import Pixels
from countenance.media.source import Source
from countenance.media.video import open_video
from countenance.performance.capture import restlessness
from countenance.render.plates import plate_of

Run = list[tuple[Pixels, Face]]
"""Frames in a row, each with the double's face."""

NO_GRANT = "0" * 64
SMILING, LEAST_SMILING = 0.5, 30  # of mouthSmile; frames
LEARNT = 0.6  # of a clip, from its start, that a likeness for self-swap is learnt from


@dataclass(frozen=True)
class Plate:
    """A double's clip.

    Attributes:
        subject: whom it shows.
        double: as drawing needs them.
        frames: those that count; None for all.
    """

    subject: ClipSubject
    double: Double
    frames: frozenset[int] | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.subject.source.path

    @property
    def name(self) -> str:
        """The file's, without its ending."""
        return self.path.stem

    @property
    def person(self) -> FaceTemplate:
        """Whose face."""
        return self.subject.template

    def runs(self, count: int, length: int, begin: float = 0.0) -> Iterator[Run]:
        """`count` runs of `length` frames in a row, spread over the clip from the share `begin` on."""
        with open_video(self.path) as video:
            total = video.info.frame_count or 0
        first = int(begin * total)
        if self.frames is None:
            starts = [first + int((total - first - length) * (k + 0.5) / count) for k in range(count)]
        else:
            whole = [k for k in sorted(self.frames) if all(k + j in self.frames for j in range(length))]
            starts = [whole[int((k + 0.5) * len(whole) / count)] for k in range(count)]
        run: Run = []
        for seen in self.subject.follow():
            inside = any(start <= seen.frame.index < start + length for start in starts)
            if not inside:
                if run:
                    yield run
                    run = []
                continue
            if seen.face is not None:
                run.append((seen.frame.pixels, seen.face))
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
        yield plate_in(path)


def smiling_plates(folder: Path) -> Iterator[Plate]:
    """Every clip in which somebody smiles for a while, as if only that had been filmed."""
    for path in sorted(folder.glob("*.mp4")):
        subject = ClipSubject(Source.pin(path))
        smiling = {
            seen.frame.index: seen.face
            for seen in subject.follow()
            if seen.face is not None and float(seen.face.blendshapes[list(SMILE)].mean()) > SMILING
        }
        if len(smiling) < LEAST_SMILING:
            continue
        every = sorted(smiling)[:: max(1, len(smiling) // 20)]
        looks = []
        with open_video(path) as video:
            for frame in video.frames():
                if frame.index in every:
                    looks.append((frame.pixels, smiling[frame.index]))
        usual = np.median([face.blendshapes for _, face in looks], axis=0)
        looks.sort(key=lambda look: restlessness(look[1], usual))
        (pixels, face), *others = looks
        yield Plate(subject, know_double(face, pixels, others), frozenset(smiling))


def plate_in(path: Path) -> Plate:
    """One clip, looked through as `swap` does."""
    subject = ClipSubject(Source.pin(path))
    plate = plate_of(subject)
    others = [(look.pixels, look.face) for look in plate.looks]
    return Plate(subject, know_double(plate.rest.face, plate.rest.pixels, others))


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
