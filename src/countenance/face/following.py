"""One person followed through a clip, and nobody else taken for them: what is not surely the person is said not to be.

Every frame is tied to the frame before it by where the face is and by how it looks there. A run of frames that are so
tied is one person; it counts as *the* person only where it is held against their template, at its beginning, every few
frames and at its end, and the frames in between are handed out when the next look has confirmed them. A cut, a jump, a
face that suddenly or slowly becomes another one ends the run. Knows nothing of permission or of drawing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.identity import REFUSE, SURE, FaceTemplate, describe
from countenance.face.people import FaceFinder
from countenance.face.tracker import MAX_YAW, ONE_PLACE, overlap
from countenance.face.types import Face
from countenance.media.frames import Pixels, VideoFrame

KEPT = REFUSE  # … and within a run that was sure once, as far as this: grimaces and turned heads
CHECK_EVERY = 10  # frames between two looks at the template
AGAIN = 4  # frames after which somebody who was not there is looked for again
CUT = 26.0  # grey levels: mean change of a 32×18 thumbnail from frame to frame that is taken for a cut
LINGER = 3  # frames for which somebody beside the person counts as still there
APART = 0.25  # of their size that the middle of somebody else's face is away from the person's
JUMP = 0.5  # face sizes between two frames: it may be somebody else now
LEAST_SIZE = 40.0  # pixels: smaller faces are not held against anybody
PATCH = 40  # pixels: side of the face, laid on its landmarks, that is compared from frame to frame
# Correlation of that with the frame before, below which it is looked at again. Measured on six clips: 0.94 to 1 from
# frame to frame of one person, 0.99 in the median; 0.66 at most between people.
ALIKE = 0.88
STILL_ALIKE = 0.68  # … and with the last frame that was held against the template
_POINTS = np.array([33, 263, 1, 61, 291])  # outer eye corners, nose tip, mouth corners
_PLACES = np.array([(0.2, 0.3), (0.8, 0.3), (0.5, 0.56), (0.32, 0.78), (0.68, 0.78)], np.float32) * PATCH


@dataclass(frozen=True)
class Followed:
    """What a frame shows of the person.

    Attributes:
        frame: as it came.
        face: the person's, as measured in it; None where they are not surely there.
        cut: the frame before was of another shot, or did not show them.
        others: faces that may reach into the person's, where they were asked for; their own may be among them.
    """

    frame: VideoFrame
    face: Face | None
    cut: bool
    others: tuple[Face, ...] = ()


@dataclass
class _Held:
    """A frame that waits for the next look at the template."""

    frame: VideoFrame
    face: Face
    cut: bool


def follow(
    frames: Iterable[VideoFrame],
    person: FaceTemplate,
    *,
    meant: Callable[[VideoFrame], bool] = lambda _: True,
    others: bool = False,
) -> Iterator[Followed]:
    """The frames in their order, each with the person where they surely are.

    Args:
        frames: of one clip. Some CHECK_EVERY of them are held at a time.
        person: their template.
        meant: whether a frame is to be looked at; in the others nobody is said to be.
        others: whether everybody else about the person is to be told, too; some 0.03 s more a frame.

    Raises:
        SetupError: a model is missing.
    """
    with FaceFinder() as finder:
        every = (one for (one,) in _followed([_Follower(finder, person)], frames, meant))
        yield from _with_others(every, finder) if others else every


def follow_several(
    frames: Iterable[VideoFrame],
    people: Sequence[FaceTemplate],
    *,
    meant: Callable[[VideoFrame], bool] = lambda _: True,
) -> Iterator[tuple[Followed, ...]]:
    """The frames in their order, each with every one of these people, in their order, where they surely are.

    One place is one person's: where two of them would be in it, neither is said to be there. Arguments and errors as
    for `follow`.
    """
    with FaceFinder() as finder:
        yield from _followed([_Follower(finder, one) for one in people], frames, meant)


def _followed(
    followers: Sequence[_Follower], frames: Iterable[VideoFrame], meant: Callable[[VideoFrame], bool]
) -> Iterator[tuple[Followed, ...]]:
    waiting: list[deque[Followed]] = [deque() for _ in followers]
    for frame in frames:
        for follower, ready in zip(followers, waiting, strict=True):
            if meant(frame):
                ready.extend(follower.take(frame))
            else:
                ready.extend((*follower.end(), Followed(frame, None, True)))
        while all(waiting):
            yield _apart([ready.popleft() for ready in waiting])
    for follower, ready in zip(followers, waiting, strict=True):
        ready.extend(follower.end())
    while all(waiting):
        yield _apart([ready.popleft() for ready in waiting])


def _apart(seen: Sequence[Followed]) -> tuple[Followed, ...]:
    """A frame's people, without those of whom another one is in the same place."""
    there = [(k, one.face) for k, one in enumerate(seen) if one.face is not None]
    pairs = [(j, k) for (j, one), (k, other) in combinations(there, 2) if overlap(one, other) > ONE_PLACE]
    doubted = {k for pair in pairs for k in pair}
    return tuple(replace(one, face=None, cut=True) if k in doubted else one for k, one in enumerate(seen))


def _with_others(every: Iterable[Followed], finder: FaceFinder) -> Iterator[Followed]:
    """Each with the faces about the person; who was there a moment ago counts as there, unless a shot begins."""
    lately: deque[list[Face]] = deque(maxlen=LINGER)
    for one in every:
        if one.face is None or one.cut:
            lately.clear()
        if one.face is None:
            yield one
            continue
        now = finder.around(one.frame.pixels, one.face)
        lately.append(
            [face for face in now if float(np.linalg.norm(face.centre - one.face.centre)) > APART * face.size]
        )
        yield replace(one, others=(*now, *(face for some in lately for face in some)))


class _Follower:
    def __init__(self, finder: FaceFinder, person: FaceTemplate) -> None:
        self._finder, self._person = finder, person
        self._thumbnail: Pixels | None = None
        self._last: Face | None = None  # in the frame before, where the run goes on
        self._patch: NDArray[np.float32] | None = None  # of that frame
        self._checked: NDArray[np.float32] | None = None  # … and of the last one held against the template
        self._sure = False  # whether any look of this run was
        self._held: list[_Held] = []  # since the last look, without it
        self._since = AGAIN

    def take(self, frame: VideoFrame) -> Iterator[Followed]:
        cut = self._cut(frame.pixels)
        face = None if self._last is None else self._finder.again(frame.pixels, self._last)
        if face is not None and abs(face.angles[0]) <= MAX_YAW + 8:
            assert self._last is not None
            patch = _patch(frame.pixels, face)
            broken = cut or _jumped(self._last, face) or not self._tied(patch)
            if not broken:
                self._last, self._patch = face, patch
                self._held.append(_Held(frame, face, False))
                if len(self._held) >= CHECK_EVERY:
                    yield from self._settle(self._distance(frame.pixels, face))
                return
            yield from self.end()
            near = self._distance(frame.pixels, face)
            if near <= SURE:
                yield from self._begin(frame, face, patch, near, cut=cut)
                return
        else:
            yield from self.end()
        yield from self._look_for(frame, cut)

    def end(self) -> Iterator[Followed]:
        """The run is over: what waits is held against the template by its last frame."""
        if self._held:
            last = self._held[-1]
            yield from self._settle(self._distance(last.frame.pixels, last.face))
        if self._last is not None:
            self._last, self._since = None, AGAIN

    def _look_for(self, frame: VideoFrame, cut: bool) -> Iterator[Followed]:
        """Somebody who is not followed: everybody is looked at now and then, and at once after a cut."""
        self._since = AGAIN if cut else self._since + 1
        if self._since >= AGAIN:
            self._since = 0
            for thorough in (False, True):  # small faces beside larger ones only where need be
                faces = [f for f in self._finder.find(frame.pixels, thorough=thorough) if f.size >= LEAST_SIZE]
                ranked = [(self._distance(frame.pixels, f), f) for f in faces if abs(f.angles[0]) <= MAX_YAW]
                near, face = min(ranked, key=lambda pair: pair[0], default=(np.inf, None))
                if face is not None and near <= KEPT:
                    yield from self._begin(frame, face, _patch(frame.pixels, face), near, cut=True)
                    return
                if not ranked:
                    break
        yield Followed(frame, None, True)

    def _begin(
        self, frame: VideoFrame, face: Face, patch: NDArray[np.float32], near: float, *, cut: bool
    ) -> Iterator[Followed]:
        """A run's first frame. Where it is not sure itself it waits for one that is."""
        self._last, self._patch, self._checked = face, patch, patch
        self._sure = near <= SURE
        if self._sure:
            self._held = []
            yield Followed(frame, face, cut)
        else:
            self._held = [_Held(frame, face, True)]

    def _settle(self, now: float) -> Iterator[Followed]:
        """Hand out what waits, knowing how far its last frame is from the person."""
        held, self._held = self._held, []
        self._checked = self._patch
        self._sure = self._sure or now <= SURE
        kept = 0
        if self._sure and now <= KEPT:
            kept = len(held)
        elif self._sure:  # it became somebody else: how far was it they?
            kept = self._boundary(held)
        if now > KEPT:
            self._last, self._sure = None, False
        for k, one in enumerate(held):
            yield Followed(one.frame, one.face, one.cut) if k < kept else Followed(one.frame, None, True)

    def _boundary(self, held: list[_Held]) -> int:
        """By bisection, the first of these frames that is not the person; the last one is known not to be."""
        low, high = 0, len(held) - 1
        while low < high:
            middle = (low + high) // 2
            if self._distance(held[middle].frame.pixels, held[middle].face) <= KEPT:
                low = middle + 1
            else:
                high = middle
        return low

    def _distance(self, pixels: Pixels, face: Face) -> float:
        return self._person.distance(describe(pixels, face)) if face.size >= LEAST_SIZE else float("inf")

    def _tied(self, patch: NDArray[np.float32]) -> bool:
        """Whether the face looks as it did a frame ago, and not too unlike the one that was last looked at."""
        assert self._patch is not None and self._checked is not None
        return _alike(patch, self._patch) >= ALIKE and _alike(patch, self._checked) >= STILL_ALIKE

    def _cut(self, pixels: Pixels) -> bool:
        """Whether another shot begins."""
        now = np.asarray(cv2.resize(pixels, (32, 18), interpolation=cv2.INTER_AREA), np.uint8)
        before, self._thumbnail = self._thumbnail, now
        return before is not None and float(cv2.absdiff(now, before).mean()) > CUT


def _patch(pixels: Pixels, face: Face) -> NDArray[np.float32]:
    """(PATCH, PATCH) float32 of zero mean and unit length: the face's grey values, laid on five landmarks."""
    x0, y0 = np.maximum(face.landmarks[:, :2].min(0).astype(int) - 8, 0)
    x1, y1 = face.landmarks[:, :2].max(0).astype(int) + 9
    part = pixels[y0:y1, x0:x1]
    if part.size == 0:
        return np.zeros((PATCH, PATCH), np.float32)
    points = face.landmarks[_POINTS, :2] - np.array([x0, y0], np.float32)
    matrix, scale = _similarity(points)
    if scale < 0.5:  # a warp samples single pixels: shrink first
        small = cv2.resize(part, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        matrix[:, :2] /= 2 * scale
        part = small
    grey = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY)
    laid = cv2.warpAffine(grey, matrix, (PATCH, PATCH), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    values = cv2.GaussianBlur(laid, (0, 0), 1.0).astype(np.float32)
    values -= cv2.GaussianBlur(values, (0, 0), PATCH / 5)  # light that changes is not somebody else
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-6), np.float32)


def _similarity(points: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
    """(2, 3): the rotation, scale and shift that bring the points nearest to their places in a patch; and the scale."""
    at, to = points @ np.array([1, 1j]), _PLACES @ np.array([1, 1j])
    away = at - at.mean()
    turn = np.vdot(away, to - to.mean()) / max(float(np.vdot(away, away).real), 1e-6)
    shift = to.mean() - turn * at.mean()
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    return matrix, float(abs(turn))


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation of two patches."""
    return float((one * other).sum())


def _jumped(before: Face, now: Face) -> bool:
    away = float(np.linalg.norm(before.centre - now.centre)) / max(before.size, 1.0)
    return away > JUMP or not 0.6 < now.size / max(before.size, 1.0) < 1.67
