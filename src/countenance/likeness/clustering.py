"""Whose face is whose: one person's tracks out of everybody's, by description. Knows nothing of pictures or of grants.

With templates of the person, tracks are held against those; without, the largest group that agrees with itself counts.
A track is judged look by look: a grimace that lies far from the rest is left out, and the rest stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countenance.face.identity import ACCEPT, REFUSE, SURE, Embedding, FaceTemplate
from countenance.likeness.material import FaceObservation, Track

GROUP = 0.45  # two tracks of one person lie nearer than this; measured 0.35 at most within a clip
ANOTHER = 0.60  # within one track: dlib's own bound between people; a grimace may lie beyond REFUSE, not beyond this
COUNTED = 12  # looks of one track that count when groups are weighed: one long clip does not outvote ten photos


@dataclass(frozen=True)
class Stranger:
    """Somebody else, or somebody who could not be told.

    Attributes:
        where: file and time.
        looks: how many.
        distance: to the person; None where the face could not be described.
        sure: whether it is somebody else; else it may be the person, and was left out.
    """

    where: str
    looks: int
    distance: float | None
    sure: bool


@dataclass(frozen=True)
class Sorted:
    """One person, and who else there was.

    Attributes:
        own: their looks.
        descriptions: of them.
        strangers: everybody else.
        nearest: the smallest distance of any track to the templates; None without templates or descriptions.
    """

    own: tuple[FaceObservation, ...]
    descriptions: tuple[Embedding, ...] = field(repr=False)
    strangers: tuple[Stranger, ...] = ()
    nearest: float | None = None


def sort_people(tracks: Sequence[Track], anchors: Sequence[FaceTemplate]) -> Sorted:
    """Find one person's looks.

    Args:
        tracks: of everybody.
        anchors: of the person; empty to take whoever is seen most.
    """
    parts = [part for k, track in enumerate(tracks) for part in _parts(k, track)]
    middles = [_middle(part.descriptions) for part in parts]
    targets = [one.vector for one in anchors]
    if not targets:
        largest = _largest(middles, parts)
        targets = [] if largest is None else [largest]
    far = [None if m is None or not targets else min(_distance(m, t) for t in targets) for m in middles]
    first = {part.track: k for k, part in reversed(list(enumerate(parts)))}  # of each track its largest group
    main = [first[part.track] for part in parts]

    def with_main(sure: Sequence[bool]) -> list[bool]:
        """A track's smaller groups count only beside its largest: else each were a try, and the luckiest look won."""
        return [s and sure[k] for s, k in zip(sure, main, strict=True)]

    sure = with_main([d is not None and d < ACCEPT for d in far])
    if any(sure):
        # What lies between is taken where it agrees with what is sure, and left out otherwise.
        own = _middle([d for part, ok in zip(parts, sure, strict=True) if ok for d in part.descriptions])
        sure = with_main(
            [
                s
                or (m is not None and d is not None and d <= REFUSE and own is not None and _distance(m, own) < ACCEPT)
                for s, m, d in zip(sure, middles, far, strict=True)
            ]
        )
    theirs = {part.track for part, s in zip(parts, sure, strict=True) if s}
    strangers = [
        Stranger(
            part.looks[0].where,
            len(part.looks),
            d,
            sure=d is not None and d > (ANOTHER if part.track in theirs else REFUSE),
        )
        for part, s, d in zip(parts, sure, far, strict=True)
        if not s and part.looks
    ]
    known = [d for d in far if d is not None]
    return Sorted(
        tuple(look for part, s in zip(parts, sure, strict=True) if s for look in part.looks),
        tuple(d for part, s in zip(parts, sure, strict=True) if s for d in part.descriptions),
        tuple(strangers),
        min(known) if anchors and known else None,
    )


@dataclass(frozen=True)
class _Part:
    """What in a track is of one person: `track` is its number; no descriptions where nobody can be told."""

    track: int
    looks: Sequence[FaceObservation]
    descriptions: Sequence[Embedding]


def _parts(number: int, track: Track) -> list[_Part]:
    """A track's looks, by whom they show: descriptions are judged one by one, not by the two that lie farthest apart.

    A look belongs to a person if the descriptions before and after it both do; between two people it is nobody's.
    """
    if not track.descriptions:
        return [_Part(number, track.looks, ())]
    group = _grouped(track.descriptions)
    looks: list[list[FaceObservation]] = [[] for _ in range(max(group) + 1)]
    between: list[FaceObservation] = []
    at = np.array(track.described)
    for k, look in enumerate(track.looks):
        before, after = int(np.searchsorted(at, k, "right")) - 1, int(np.searchsorted(at, k, "left"))
        one, two = group[max(before, 0)], group[min(after, len(group) - 1)]
        (looks[one] if one == two else between).append(look)
    parts = [
        _Part(number, looks[g], [d for d, own in zip(track.descriptions, group, strict=True) if own == g])
        for g in range(len(looks))
    ]
    return [*parts, _Part(number, between, ())] if between else parts


def _grouped(descriptions: Sequence[Embedding]) -> list[int]:
    """For each description the number of its group: all within SURE of the group's median, the largest group first."""
    points = np.stack(descriptions).astype(np.float64)
    group = np.full(len(points), -1)
    number = 0
    while (group < 0).any():
        left = np.flatnonzero(group < 0)
        apart = np.linalg.norm(points[left, None] - points[left][None], axis=2)
        seed = int((apart < GROUP).sum(1).argmax())
        near = left[apart[seed] < GROUP]
        middle = np.median(points[near], axis=0)
        near = left[np.linalg.norm(points[left] - middle, axis=1) < SURE]
        group[near if len(near) else left[seed]] = number
        number += 1
    return [int(g) for g in group]


def _middle(descriptions: Sequence[Embedding]) -> NDArray[np.float32] | None:
    return np.median(np.stack(descriptions), axis=0).astype(np.float32) if descriptions else None


def _distance(a: Embedding, b: Embedding) -> float:
    return float(np.linalg.norm(a.astype(np.float64) - b.astype(np.float64)))


def _largest(middles: Sequence[NDArray[np.float32] | None], parts: Sequence[_Part]) -> NDArray[np.float32] | None:
    """The middle of the group with the most looks."""
    at = [k for k, m in enumerate(middles) if m is not None]
    if not at:
        return None
    points = np.stack([m for m in middles if m is not None]).astype(np.float64)
    weight = np.array([min(COUNTED, len(parts[k].looks)) for k in at], np.float64)
    best, most = points[0], -1.0
    for k in range(len(points)):
        near = np.linalg.norm(points - points[k], axis=1) < GROUP
        if float(weight[near].sum()) > most:
            most, best = float(weight[near].sum()), np.median(points[near], axis=0)
    near = np.linalg.norm(points - best, axis=1) < GROUP
    return np.asarray(np.median(points[near], axis=0) if near.any() else best, np.float32)
