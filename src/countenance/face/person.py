"""Whom a user means in a clip, by looks spread over it; who is then followed by `face.following`.

Knows nothing of permission or of drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from countenance.errors import FaceChoice, FaceError, NoFace
from countenance.face.identity import SURE, Embedding, FaceTemplate, describe
from countenance.face.people import FaceFinder
from countenance.face.tracker import LEAST_EYES, MAX_YAW, choose_face
from countenance.face.types import Face
from countenance.media.frames import Pixels

SAME = 0.46  # two descriptions of one clip nearer than this are taken for one person
ROOM = 1.0  # face sizes round the middle of a face that are kept of a look
LEAST_SIZE = 40.0  # pixels: smaller faces are not held against anybody


@dataclass(frozen=True)
class PersonView:
    """The person at one moment of a clip: (h, w, 3) uint8 RGB cut round the face, and the face as measured in that."""

    pixels: Pixels
    face: Face


def looks_at_one(
    frames: Iterable[Pixels],
    choice: str,
    *,
    name: str,
    least_eyes: float = LEAST_EYES,
    at: Pixels | None = None,
) -> tuple[list[PersonView], FaceTemplate]:
    """Whom a user means in a clip, and all looks at them among these frames.

    Args:
        frames: spread over the clip.
        choice: as `tracker.choose_face`, of each frame; the person so chosen most often is meant.
        name: of the clip, for errors.
        least_eyes: as `tracker.choose_face`.
        at: the frame of which `choice` chooses, where it is one moment's; whoever is there is meant.

    Raises:
        FaceChoice: none of those there is the one that was named. FaceTooSmall, FaceInProfile: in every frame.
        NoFace: nobody is there, or no frame shows a face large and frontal enough to know it by.
    """
    seen: list[tuple[list[tuple[PersonView, Embedding]], int | None]] = []
    refused: FaceError | None = None
    known: Embedding | None = None
    with FaceFinder() as finder:
        if at is not None:
            there = [f for f in finder.find(at, thorough=True) if f.size >= LEAST_SIZE]
            known = describe(at, choose_face(there, choice, name=f"that moment of {name}", least_eyes=least_eyes))
        for pixels in frames:
            faces = [f for f in finder.find(pixels, thorough=choice != "largest") if f.size >= LEAST_SIZE]
            faces = [f for f in faces if abs(f.angles[0]) <= MAX_YAW]
            told = [describe(pixels, face) for face in faces]
            try:
                meant = _meant(faces, choice, name, least_eyes) if known is None else _nearest(told, known)
            except FaceError as error:  # too small or in profile here; another frame may show it better
                meant, refused = None, error
            seen.append(([(cut_round(pixels, face), one) for face, one in zip(faces, told, strict=True)], meant))
    chosen = [people[meant][1] for people, meant in seen if meant is not None]
    chosen += [] if known is None else [known]
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
        if ranked and ranked[0][0] <= SURE:
            looks.append(people[ranked[0][1]][0])
    return looks, person


def cut_round(pixels: Pixels, face: Face) -> PersonView:
    """A face cut out of its frame with some room round it."""
    height, width = pixels.shape[:2]
    x0, y0 = np.clip((face.centre - ROOM * face.size).astype(int), 0, (width - 2, height - 2))
    x1, y1 = np.clip((face.centre + ROOM * face.size).astype(int), (x0 + 2, y0 + 2), (width, height))
    landmarks = face.landmarks.copy()
    landmarks[:, :2] -= (x0, y0)
    return PersonView(pixels[y0:y1, x0:x1].copy(), replace(face, landmarks=landmarks))


def _meant(faces: Sequence[Face], choice: str, name: str, least_eyes: float) -> int | None:
    """Index of the face that is meant, or None where this frame has it not."""
    if not faces or (choice.isdecimal() and not 1 <= int(choice) <= len(faces)):
        return None
    face = choose_face(faces, choice, name=name, least_eyes=least_eyes)
    return next(k for k, one in enumerate(faces) if one is face)


def _nearest(descriptions: Sequence[Embedding], known: Embedding) -> int | None:
    """Index of the one that is nearest to this person, or None where none is near."""
    ranked = sorted((float(np.linalg.norm(one - known)), k) for k, one in enumerate(descriptions))
    return ranked[0][1] if ranked and ranked[0][0] < SAME else None


def _most_alike(descriptions: Sequence[Embedding]) -> int:
    stack = np.stack(descriptions)
    near = np.linalg.norm(stack[:, None] - stack[None], axis=2) < SAME
    return int(near.sum(1).argmax())
