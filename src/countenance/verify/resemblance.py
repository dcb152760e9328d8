"""Whether a file is the render that its marks name: its frames and its sound held against what the record keeps of it.

A mark alone names nothing: it can be copied onto anything. How the marked picture lies in the file is undone first, as
the mark itself tells. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marking.acoustic import sound_compared
from countenance.marking.fingerprint import MATCH_DISTANCE, MIN_QUALITY, distance, fingerprint_of
from countenance.marking.layout import compared
from countenance.marks.watermark import PictureGeometry
from countenance.verify.findings import MarkFinding, MarkReading
from countenance.verify.mark_detection import Looked
from countenance.verify.record import RecordFinding

Answer = Literal["none", "alike", "unlike", "unknown"]
"""none: no such mark of this render was read; unknown: it was, but what there is does not suffice for comparing."""

_GLANCES = 6
_FAR = 90
"""Bits of 256 by which the frames of two pictures differ that have nothing to do with one another; 128 on average."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Of one render, by each kind of mark."""

    picture: Answer = "none"
    sound: Answer = "none"


def resemblance(seen: Looked, found: RecordFinding) -> Resemblance:
    """How what was seen of a file compares to a recorded render, where its marks were read."""
    return Resemblance(_picture(seen, found), _sound(seen, found))


def _named(marks: MarkFinding, found: RecordFinding) -> list[MarkReading]:
    return [one for one in marks.sightings if one.payload == found.payload]


def _picture(seen: Looked, found: RecordFinding) -> Answer:
    sightings = _named(seen.picture, found)
    if not sightings:
        return "none"
    if found.marks is not None and "picture" not in found.marks:
        return "unlike"  # it never bore one
    if found.distance is not None and found.distance <= MATCH_DISTANCE:
        return "alike"
    layouts = [one.layout for one in found.fingerprints if one.layout]
    if not layouts:
        return _by_whole(seen, sightings, found)
    unlike = False
    for glance, geometry in _glances(seen, sightings):
        here = compared(glance, geometry, layouts)
        if here.alike:
            return "alike"
        unlike = unlike or here.unlike
    return "unlike" if unlike else "unknown"


def _glances(seen: Looked, sightings: list[MarkReading]) -> Iterator[tuple[NDArray[np.uint8], PictureGeometry]]:
    """Frames of the places where the mark was read, with how it lies there; the first of each place first."""
    places = [
        (one.geometry, [glance.luma for glance in seen.glances if glance.place == one.start])
        for one in sightings
        if one.geometry is not None
    ]
    given = 0
    for turn in range(max((len(lumas) for _, lumas in places), default=0)):
        for geometry, lumas in places:
            if turn < len(lumas) and given < _GLANCES:
                given += 1
                yield lumas[turn], geometry


def _by_whole(seen: Looked, sightings: list[MarkReading], found: RecordFinding) -> Answer:
    """For renders recorded before there were layouts: fingerprints of the whole, after flips and turns are undone."""
    known = [one.bits for one in found.fingerprints if one.quality >= MIN_QUALITY]
    if not known:
        return "unknown"
    whole, nearest = False, 256
    for glance, geometry in _glances(seen, sightings):
        mine = fingerprint_of(_upright(glance, geometry))
        if mine.quality < MIN_QUALITY:
            continue
        nearest = min(nearest, *(distance(mine.bits, other) for other in known))
        whole = whole or (abs(geometry.scale - 1) < 0.02 and abs(geometry.aspect - 1) < 0.02)
    if nearest <= MATCH_DISTANCE:
        return "alike"
    return "unlike" if whole and _FAR <= nearest < 256 else "unknown"


def _upright(luma: NDArray[np.uint8], geometry: PictureGeometry) -> NDArray[np.uint8]:
    quarters = round(geometry.rotation / 90)
    turned = np.rot90(luma, quarters)
    rest = geometry.rotation - 90 * quarters
    if abs(rest) > 0.5:
        height, width = turned.shape
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rest, 1.0)
        turned = cv2.warpAffine(np.ascontiguousarray(turned), matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    upright = turned[:, ::-1] if geometry.flipped else turned
    return np.ascontiguousarray(np.repeat(upright[:, :, None], 3, axis=2), np.uint8)


def _sound(seen: Looked, found: RecordFinding) -> Answer:
    sightings = _named(seen.sound, found)
    if not sightings:
        return "none"
    if found.marks is not None and "sound" not in found.marks:
        return "unlike"  # it never bore one
    if not found.sound_fingerprint:
        return "unknown"
    unlike = False
    for piece in seen.heard:
        speeds = [one.speed for one in sightings if one.start == piece.place and one.speed]
        for speed in speeds:
            here = sound_compared(piece.samples, piece.rate, speed, found.sound_fingerprint)
            if here.alike:
                return "alike"
            unlike = unlike or here.unlike
    return "unlike" if unlike else "unknown"
