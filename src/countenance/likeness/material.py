"""Looking through material: every face in photos, faces followed through clips at a few looks a second. Reads only.

A look is a measurement without the picture: of thousands of pictures only the few that are chosen are read again.
Streams: memory grows with the number of looks kept, which each file limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, CountenanceError, FileMissing, NotAPicture, SetupError
from countenance.face.identity import Embedding, describe
from countenance.face.people import FaceFinder
from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.likeness.atlas import unwrap
from countenance.likeness.detail import detail_of
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.source import Source, pinned
from countenance.media.video import VideoSource, open_video

RATE = Fraction(4)  # looks a second
MOST_LOOKS = 240  # in one clip
SEEK_BEYOND = Fraction(60)  # seconds: longer clips are looked into at places
PLACES, AT_EACH = 60, 4  # …: so many, so many looks
PATCH = 48  # texels: side of the small atlas by which looks are compared
CUT = 26.0  # grey levels: mean change of a 32×18 thumbnail between two looks that is taken for a cut
JUMP = 0.6  # face sizes between two looks: somebody else may be there now
RENEW = 8  # looks after which a track is described again
FRONTAL = 38.0  # degrees of yaw up to which descriptions are trusted
FIND_EVERY, EMPTY_EVERY = 16, 3  # looks after which newcomers are looked for: beside somebody, and where nobody is
LEAST = 40.0  # pixels: smaller faces are not worth describing


@dataclass(frozen=True)
class FaceObservation:
    """One face as it was measured at one moment.

    Attributes:
        source: the file.
        seconds: in the clip; 0 for a photo.
        face: as measured, in the file's own pixels.
        detail: see `detail.detail_of`.
        patch, seen: the face on a small atlas, (PATCH, PATCH, 3) uint8, and how squarely seen, uint8.
        clipped: share of the skin that is white or black.
        outside: share of the face's outline beyond the picture's edge.
        still: from a photo.
    """

    source: Source
    seconds: Fraction
    face: Face = field(repr=False)
    detail: float
    patch: Pixels = field(repr=False)
    seen: NDArray[np.uint8] = field(repr=False)
    clipped: float
    outside: float
    still: bool

    @property
    def where(self) -> str:
        """For people: the file, and when."""
        return self.source.name if self.still else f"{self.source.name} at {clock(self.seconds)}"


@dataclass
class Track:
    """One person followed through one shot, or once in a photo.

    Attributes:
        looks: in order.
        descriptions: some along the way; empty where the face is too small or turned away throughout.
        described: of each description, which look it is of.
    """

    looks: list[FaceObservation] = field(default_factory=list)
    descriptions: list[Embedding] = field(default_factory=list)
    described: list[int] = field(default_factory=list)
    last: Face | None = field(default=None, repr=False)
    pending: tuple[int, Pixels, Face] | None = field(default=None, repr=False)

    def describe(self, look: int, pixels: Pixels, face: Face) -> None:
        """Describe the look of this number. Raises as `identity.describe`."""
        self.descriptions.append(describe(pixels, face))
        self.described.append(look)


@dataclass(frozen=True)
class Unread:
    """A file that could not be used, and why."""

    path: Path
    why: str
    code: str


def clock(seconds: Fraction) -> str:
    """0:07, 1:02:03."""
    whole = int(seconds)
    minutes = f"{whole // 60 % 60}" if whole < 3600 else f"{whole // 3600}:{whole // 60 % 60:02d}"
    return f"{minutes}:{whole % 60:02d}"


def files_in(paths: Iterable[Path | Source]) -> Iterator[Path | Source]:
    """Files, and those in folders and the folders in them, in order of name; hidden ones are left out.

    Raises:
        FileMissing: a path that is not there.
    """
    for path in paths:
        if isinstance(path, Source):
            yield path
        elif path.is_dir():
            yield from sorted(
                p
                for p in path.rglob("*")
                if p.is_file() and not any(part.startswith(".") for part in p.relative_to(path).parts)
            )
        elif path.exists():
            yield path
        else:
            raise FileMissing(f"There is no file or folder {path}.")


def look_through(source: Source, finder: FaceFinder) -> list[Track]:
    """Everybody in a file.

    Raises:
        InputError: it cannot be read. SetupError.
    """
    try:
        pixels = read_picture(source).flattened()
    except NotAPicture:
        with open_video(source) as video:
            return _clip(video, source, finder)
    tracks = []
    for face in finder.find(pixels, thorough=True):
        track = Track([_look(source, Fraction(0), pixels, face, still=True)])
        if face.size >= LEAST:
            track.describe(0, pixels, face)
        tracks.append(track)
    return tracks


def look_again(look: FaceObservation) -> Pixels:
    """The picture that a look was measured in. Raises InputError."""
    if look.still:
        return read_picture(look.source).flattened()
    with open_video(look.source) as video:
        frame = next(video.frames(start=look.seconds, duration=Fraction(1)), None)
    if frame is None:
        raise BadOption(f"{look.where} cannot be read again.", "Do not change files while they are looked through.")
    return frame.pixels


def _moments(video: VideoSource) -> Iterator[tuple[Fraction, Pixels, bool]]:
    """Time, pixels, and whether frames were skipped before it."""
    length = video.info.duration
    if length is not None and length > SEEK_BEYOND:
        for k in range(PLACES):
            at, due, count = length * k / PLACES, Fraction(0), 0
            try:
                for frame in video.frames(start=at, duration=AT_EACH / RATE):
                    if frame.time >= due:
                        yield at + frame.time, frame.pixels, count == 0
                        due, count = due + 1 / RATE, count + 1
            except BadOption:
                return  # the container promised more than there is
        return
    step = max(1 / RATE, (length or Fraction(0)) / MOST_LOOKS)
    due = Fraction(0)
    looked = 0
    for frame in video.frames():
        if frame.time >= due:
            yield frame.time, frame.pixels, False
            due, looked = max(due + step, frame.time), looked + 1
            if looked >= MOST_LOOKS:
                return


def _clip(video: VideoSource, source: Source, finder: FaceFinder) -> list[Track]:
    live: list[Track] = []
    done: list[Track] = []
    before: NDArray[np.uint8] | None = None
    since = FIND_EVERY
    for time, pixels, skipped in _moments(video):
        thumbnail = np.asarray(cv2.resize(pixels, (32, 18), interpolation=cv2.INTER_AREA), np.uint8)
        cut = skipped or (before is not None and float(cv2.absdiff(thumbnail, before).mean()) > CUT)
        before = thumbnail
        if cut:
            done += [_ended(track) for track in live]
            live, since = [], FIND_EVERY
        staying: list[Track] = []
        faces: list[Face] = []
        for track in live:
            face = None if track.last is None else finder.again(pixels, track.last)
            if face is None or _jumped(track.last, face) or any(_same_place(face, other) for other in faces):
                done.append(_ended(track))
                since = FIND_EVERY
                continue
            staying.append(track)
            faces.append(face)
        live = staying
        if since >= (FIND_EVERY if live else EMPTY_EVERY):
            since = 0
            for face in finder.find(pixels, thorough=True):
                if not any(_same_place(face, other) for other in faces):
                    live.append(Track())
                    faces.append(face)
        since += 1
        for track, face in zip(live, faces, strict=True):
            _go_on(track, source, time, pixels, face)
    done += [_ended(track) for track in live]
    return [track for track in done if track.looks]


def _go_on(track: Track, source: Source, time: Fraction, pixels: Pixels, face: Face) -> None:
    track.last = face
    track.looks.append(_look(source, time, pixels, face, still=False))
    if face.size < LEAST or abs(face.angles[0]) > FRONTAL:
        return
    look = len(track.looks) - 1
    if not track.described or look - track.described[-1] >= RENEW:
        track.describe(look, pixels, face)
        track.pending = None
    else:
        track.pending = (look, _around(pixels, face), _moved(pixels, face))


def _ended(track: Track) -> Track:
    """Described once more at its end: the same person must still be there."""
    if track.pending is not None:
        track.describe(*track.pending)
    track.pending = track.last = None
    return track


def _box(pixels: Pixels, face: Face) -> tuple[int, int, int, int]:
    height, width = pixels.shape[:2]
    (x, y), reach = face.centre, face.size
    return max(0, int(x - reach)), max(0, int(y - reach)), min(width, int(x + reach)), min(height, int(y + reach))


def _around(pixels: Pixels, face: Face) -> Pixels:
    x0, y0, x1, y1 = _box(pixels, face)
    return pixels[y0:y1, x0:x1].copy()


def _moved(pixels: Pixels, face: Face) -> Face:
    x0, y0, _, _ = _box(pixels, face)
    return Face(face.landmarks - np.array([x0, y0, 0], np.float32), face.blendshapes, face.pose)


def _jumped(before: Face | None, face: Face) -> bool:
    if before is None:
        return False
    far = float(np.linalg.norm(face.centre - before.centre)) > JUMP * before.size
    return far or not 0.6 < face.size / before.size < 1.67


def _same_place(a: Face, b: Face) -> bool:
    return float(np.linalg.norm(a.centre - b.centre)) < 0.5 * max(a.size, b.size)


def _look(source: Source, time: Fraction, pixels: Pixels, face: Face, *, still: bool) -> FaceObservation:
    around, moved = _around(pixels, face), _moved(pixels, face)
    if min(around.shape[:2]) < 8:
        around, moved = pixels, face
    patch, seen = unwrap(around, moved.landmarks, PATCH)
    inside = seen > 0.5
    skin = patch[inside]
    clipped = float(np.mean((skin.min(-1) >= 250) | (skin.max(-1) <= 8))) if len(skin) else 1.0
    height, width = pixels.shape[:2]
    x, y = face.landmarks[FACE_OVAL, 0], face.landmarks[FACE_OVAL, 1]
    outside = float(np.mean((x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)))
    return FaceObservation(
        source, time, face, detail_of(around, moved.landmarks), patch,
        (seen * 255).round().astype(np.uint8), clipped, outside, still,
    )  # fmt: skip


def look_at_all(paths: Sequence[Path | Source], *, allowed: Sequence[str] = ()) -> Iterator[list[Track] | Unread]:
    """File by file: everybody in it, or why it cannot be used.

    Args:
        paths: files and folders.
        allowed: SHA-256 of the only files that may be used; empty for any.

    Raises:
        FileMissing, SetupError.
    """
    known: set[str] = set()
    with FaceFinder() as finder:
        for given in files_in(paths):
            path = given.path if isinstance(given, Source) else given
            try:
                source = pinned(given)
                if source.sha256 in known:
                    yield Unread(path, "the same file again", "likeness.twice")
                    continue
                known.add(source.sha256)
                if allowed and source.sha256 not in allowed:
                    yield Unread(path, "not one of the pictures that the grant names", "permission.picture")
                    continue
                yield look_through(source, finder)
            except SetupError:
                raise
            except CountenanceError as error:
                yield Unread(path, error.message, error.code)
            except OSError as error:
                yield Unread(path, error.strerror or str(error), "input")
