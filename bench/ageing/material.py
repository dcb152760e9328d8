"""People to age: the tests' public-domain portraits, or every picture and clip of a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from tests.portraits import eileen_collins, grace_hopper

from countenance.face.identity import describe, template_from
from countenance.face.tracker import FaceTracker, choose_face, find_faces
from countenance.face.types import Face
from countenance.likeness.ageing import aged
from countenance.likeness.value import Likeness, LikenessView
from countenance.likeness.views import shape_from, views_from
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.video import open_video

SIDE = 512
TAKES = 6
EVERY, LONGEST = 4, 240  # frames


@dataclass(frozen=True)
class Person:
    """A Likeness, the frame it is drawn on and, of a clip, some frames in a row.

    Attributes:
        frames: (pixels, face); the first is the one most at rest.
        run: consecutive ones, empty for a picture.
    """

    name: str
    likeness: Likeness
    frames: list[tuple[Pixels, Face]]
    run: list[tuple[Pixels, Face]]
    _known: dict[float, Likeness] = field(default_factory=dict, repr=False)

    def aged(self, years: float) -> Likeness:
        """Their Likeness after so many years."""
        if years not in self._known:
            self._known[years] = aged(self.likeness, years)
        return self._known[years]


def _likeness(name: str, shots: list[tuple[Pixels, Face]]) -> Likeness:
    takes = [LikenessView(p, f.landmarks, f.blendshapes, f.angles, 1.0, "0" * 64) for p, f in shots]
    shape = shape_from(takes)
    views, light = views_from(takes, shape, SIDE)
    seen = [describe(p, f) for p, f in shots]
    template = template_from((seen * 5)[: max(5, len(seen))])
    identifier = hashlib.sha256(name.encode()).hexdigest()[:32]
    return Likeness(
        identifier, name, datetime(2026, 1, 1, tzinfo=UTC), "0" * 64, template, shape, views, light, len(takes)
    )


def _unrest(face: Face) -> float:
    yaw, pitch, _ = face.angles
    blink = face.blendshape("eyeBlinkLeft") + face.blendshape("eyeBlinkRight")
    return (yaw / 12) ** 2 + (pitch / 15) ** 2 + 3 * face.blendshape("jawOpen") + 3 * max(0.0, blink - 0.2)


def _clip(path: Path) -> Person | None:
    shots, run = [], []
    with open_video(path) as video, FaceTracker() as tracker:
        for frame in video.frames():
            if frame.index >= LONGEST:
                break
            face = tracker.track(frame.pixels)
            if face is None:
                continue
            if len(run) < 12:
                run.append((frame.pixels.copy(), face))
            if frame.index % EVERY == 0:
                shots.append((frame.pixels.copy(), face))
    if not shots:
        return None
    feature = np.array([[*(a / 15 for a in f.angles[:2]), 1.5 * f.blendshape("jawOpen")] for _, f in shots])
    picked = [int(np.argmin([_unrest(f) for _, f in shots]))]
    while len(picked) < min(TAKES, len(shots)):
        picked.append(int(((feature[:, None] - feature[picked][None]) ** 2).sum(-1).min(1).argmax()))
    chosen = [shots[k] for k in picked]
    return Person(path.stem, _likeness(path.stem, chosen), chosen, run)


def people(folder: Path | None) -> Iterator[Person]:
    """Every person of a folder, or else two astronauts' and admirals' portraits."""
    if folder is None:
        for name, portrait in (("collins", eileen_collins()), ("hopper", grace_hopper())):
            shots = [(portrait.pixels, portrait.face)]
            yield Person(name, _likeness(name, shots), shots, [])
        return
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in (".mp4", ".mov", ".webm"):
            person = _clip(path)
            if person is not None:
                yield person
        elif path.suffix.lower() in (".jpg", ".jpeg", ".png"):
            pixels = read_picture(path).pixels
            faces = find_faces(pixels)
            if faces:
                shots = [(pixels, choose_face(faces))]
                yield Person(path.stem, _likeness(path.stem, shots), shots, [])
