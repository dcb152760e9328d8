"""Follows one person through a clip by who they are: across cuts, past others, in and out of the picture.

Where somebody is followed closely from frame to frame little is asked; at a cut, where the face jumps, is new or comes
back, and now and then in between, it is held against the person's template. Knows nothing of permission or of drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

import cv2
import numpy as np

from countenance.errors import FaceChoice, FaceError, NoFace
from countenance.face.finder import FaceFinder
from countenance.face.identity import REFUSE, Embedding, FaceTemplate, describe
from countenance.face.tracker import MAX_YAW, choose_face
from countenance.face.types import Face
from countenance.media.frames import Pixels

JUMP = 0.5  # face sizes between two frames: it may be somebody else now
AGAIN = 4  # frames after which somebody who was not there is looked for again
CERTAIN = 60  # frames that somebody is followed before they are held against the template again
CUT = 26.0  # grey levels: mean change of a 32×18 thumbnail from frame to frame that is taken for a cut
SAME = 0.46  # two descriptions of one clip nearer than this are taken for one person
ROOM = 1.0  # face sizes round the middle of a face that are kept of a look
LEAST_SIZE = 40.0  # pixels: smaller faces are not held against anybody


@dataclass(frozen=True)
class Tracked:
    """What a frame shows of the person.

    Attributes:
        face: None where they are not seen.
        cut: the frame before was of another shot, or did not show them.
    """

    face: Face | None
    cut: bool


class PersonTracker:
    """Follows one person; a context manager, for one clip and one thread.

    Args:
        person: their template.
    """

    def __init__(self, person: FaceTemplate) -> None:
        self._person = person
        self._finder = FaceFinder()
        self._last: Face | None = None
        self._since = AGAIN
        self._unasked = 0
        self._thumbnail: Pixels | None = None

    def track(self, pixels: Pixels) -> Tracked:
        """The person in the next frame. `pixels`: (h, w, 3) uint8 RGB."""
        cut = self._cut(pixels)
        if self._last is not None:
            near = self._finder.again(pixels, self._last)
            if near is not None and abs(near.angles[0]) <= MAX_YAW + 8:
                jumped = cut or _jumped(self._last, near)
                self._unasked += 1
                doubtful = jumped or self._unasked > CERTAIN
                if not doubtful or self._is_they(pixels, near):
                    self._last, self._unasked = near, 0 if doubtful else self._unasked
                    return Tracked(near, jumped)
            self._last, self._since = None, AGAIN
        self._since = AGAIN if cut else self._since + 1
        if self._since < AGAIN:
            return Tracked(None, True)
        self._since = 0
        self._last = self._found(pixels)
        return Tracked(self._last, True)

    def _cut(self, pixels: Pixels) -> bool:
        """Whether another shot begins."""
        now = np.asarray(cv2.resize(pixels, (32, 18), interpolation=cv2.INTER_AREA), np.uint8)
        before, self._thumbnail = self._thumbnail, now
        return before is not None and float(cv2.absdiff(now, before).mean()) > CUT

    def _found(self, pixels: Pixels) -> Face | None:
        """The nearest face that is near enough; small faces beside larger ones are looked for only where need be."""
        for thorough in (False, True):
            ranked = [
                (self._person.distance(describe(pixels, face)), face)
                for face in self._finder.find(pixels, thorough=thorough)
                if face.size >= LEAST_SIZE and abs(face.angles[0]) <= MAX_YAW
            ]
            distance, face = min(ranked, key=lambda pair: pair[0], default=(np.inf, None))
            if distance <= REFUSE or not ranked:
                return face
        return None

    def _is_they(self, pixels: Pixels, face: Face) -> bool:
        return face.size >= LEAST_SIZE and self._person.distance(describe(pixels, face)) <= REFUSE

    def close(self) -> None:
        """Release the models; safe to call twice."""
        self._finder.close()

    def __enter__(self) -> PersonTracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Look:
    """The person at one moment of a clip: (h, w, 3) uint8 RGB cut round the face, and the face as measured in that."""

    pixels: Pixels
    face: Face


def looks_at_one(frames: Iterable[Pixels], choice: str, *, name: str) -> tuple[list[Look], FaceTemplate]:
    """Whom a user means in a clip, and all looks at them among these frames.

    Args:
        frames: spread over the clip.
        choice: as `tracker.choose_face`, of each frame; the person so chosen most often is meant.
        name: of the clip, for errors.

    Raises:
        FaceChoice: none of those there is the one that was named. FaceTooSmall, FaceInProfile: in every frame.
        NoFace: nobody is there, or no frame shows a face large and frontal enough to know it by.
    """
    seen: list[tuple[list[tuple[Look, Embedding]], int | None]] = []
    refused: FaceError | None = None
    with FaceFinder() as finder:
        for pixels in frames:
            faces = [f for f in finder.find(pixels, thorough=choice != "largest") if f.size >= LEAST_SIZE]
            faces = [f for f in faces if abs(f.angles[0]) <= MAX_YAW]
            try:
                meant = _meant(faces, choice)
            except FaceError as error:  # too small or in profile here; another frame may show it better
                meant, refused = None, error
            seen.append(([(_cut(pixels, face), describe(pixels, face)) for face in faces], meant))
    chosen = [people[meant][1] for people, meant in seen if meant is not None]
    if not chosen and refused is not None:
        raise refused
    most = max((len(people) for people, _ in seen), default=0)
    if not chosen and most:
        raise FaceChoice(
            f"{name} shows {most} face{'s' if most > 1 else ''} at once at most; --face {choice} names none of them.",
            "Use largest, left, right, top, bottom, or a number from 1, largest first.",
        )
    if not chosen:
        raise NoFace(f"No face in {name} is large and frontal enough to be replaced.")
    middle = chosen[_most_alike(chosen)]
    same = [e for e in chosen if np.linalg.norm(e - middle) < SAME]
    person = FaceTemplate(np.median(np.stack(same), axis=0).astype(np.float32), len(same), still=len(same) == 1)
    looks = []
    for people, _ in seen:
        ranked = sorted((person.distance(e), k) for k, (_, e) in enumerate(people))
        if ranked and ranked[0][0] <= REFUSE:
            looks.append(people[ranked[0][1]][0])
    return looks, person


def _cut(pixels: Pixels, face: Face) -> Look:
    """A face cut out of its frame with some room round it."""
    height, width = pixels.shape[:2]
    x0, y0 = np.clip((face.centre - ROOM * face.size).astype(int), 0, (width - 2, height - 2))
    x1, y1 = np.clip((face.centre + ROOM * face.size).astype(int), (x0 + 2, y0 + 2), (width, height))
    landmarks = face.landmarks.copy()
    landmarks[:, :2] -= (x0, y0)
    return Look(pixels[y0:y1, x0:x1].copy(), replace(face, landmarks=landmarks))


def _meant(faces: Sequence[Face], choice: str) -> int | None:
    """Index of the face that is meant, or None where this frame has it not."""
    if not faces or (choice.isdigit() and not 1 <= int(choice) <= len(faces)):
        return None
    face = choose_face(faces, choice)
    return next(k for k, one in enumerate(faces) if one is face)


def _most_alike(descriptions: Sequence[Embedding]) -> int:
    stack = np.stack(descriptions)
    near = np.linalg.norm(stack[:, None] - stack[None], axis=2) < SAME
    return int(near.sum(1).argmax())


def _jumped(before: Face, now: Face) -> bool:
    away = float(np.linalg.norm(before.centre - now.centre)) / max(before.size, 1.0)
    return away > JUMP or not 0.6 < now.size / max(before.size, 1.0) < 1.67
