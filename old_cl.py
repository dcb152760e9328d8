"""Whose face is whose: one person's tracks out of everybody's, by description. Knows nothing of pictures or of grants.

With templates of the person, tracks are held against those; without, the largest group that agrees with itself counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from countenance.face.identity import ACCEPT, REFUSE, Embedding, FaceTemplate
from countenance.likeness.material import FaceObservation, Track

GROUP = 0.45  # two tracks of one person lie nearer than this; measured 0.35 at most within a clip
MIXED = 0.50  # within one track: beyond, somebody else came into it
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
    middles = [_middle(track.descriptions) for track in tracks]
    whole = [m is not None and _spread(track.descriptions) <= MIXED for m, track in zip(middles, tracks, strict=True)]
    targets = [one.vector for one in anchors]
    if not targets:
        largest = _largest([m if ok else None for m, ok in zip(middles, whole, strict=True)], tracks)
        targets = [] if largest is None else [largest]
    far = [None if m is None or not targets else min(_distance(m, t) for t in targets) for m in middles]
    sure = [ok and d is not None and d < ACCEPT for ok, d in zip(whole, far, strict=True)]
    if any(sure):
        # What lies between is taken where it agrees with what is sure, and left out otherwise.
        own = _middle([d for track, ok in zip(tracks, sure, strict=True) if ok for d in track.descriptions])
        sure = [
            s
            or (
                ok
                and m is not None
                and d is not None
                and d <= REFUSE
                and own is not None
                and _distance(m, own) < ACCEPT
            )
            for s, ok, m, d in zip(sure, whole, middles, far, strict=True)
        ]
    strangers = [
        Stranger(track.looks[0].where, len(track.looks), d, sure=ok and d is not None and d > REFUSE)
        for track, s, ok, d in zip(tracks, sure, whole, far, strict=True)
        if not s
    ]
    known = [d for d in far if d is not None]
    return Sorted(
        tuple(look for track, s in zip(tracks, sure, strict=True) if s for look in track.looks),
        tuple(d for track, s in zip(tracks, sure, strict=True) if s for d in track.descriptions),
        tuple(strangers),
        min(known) if anchors and known else None,
    )


def _middle(descriptions: Sequence[Embedding]) -> NDArray[np.float32] | None:
    return np.median(np.stack(descriptions), axis=0).astype(np.float32) if descriptions else None


def _distance(a: Embedding, b: Embedding) -> float:
    return float(np.linalg.norm(a.astype(np.float64) - b.astype(np.float64)))


def _spread(descriptions: Sequence[Embedding]) -> float:
    return max((_distance(a, b) for a in descriptions for b in descriptions), default=0.0)


def _largest(middles: Sequence[NDArray[np.float32] | None], tracks: Sequence[Track]) -> NDArray[np.float32] | None:
    """The middle of the group with the most looks."""
    at = [k for k, m in enumerate(middles) if m is not None]
    if not at:
        return None
    points = np.stack([m for m in middles if m is not None]).astype(np.float64)
    weight = np.array([min(COUNTED, len(tracks[k].looks)) for k in at], np.float64)
    best, most = points[0], -1.0
    for k in range(len(points)):
        near = np.linalg.norm(points - points[k], axis=1) < GROUP
        if float(weight[near].sum()) > most:
            most, best = float(weight[near].sum()), np.median(points[near], axis=0)
    near = np.linalg.norm(points - best, axis=1) < GROUP
    return np.asarray(np.median(points[near], axis=0) if near.any() else best, np.float32)
