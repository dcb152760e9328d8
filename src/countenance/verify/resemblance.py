"""Whether a file is the render that its marks name: its frames and its sound held against what the record keeps of it.

A mark alone names nothing: it can be copied onto anything. How the marked picture lies in the file is undone first, as
the mark itself tells. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marking.acoustic import sound_compared
from countenance.marking.fingerprint import MATCH_DISTANCE, MIN_QUALITY, distance, fingerprint_of
from countenance.marking.layout import Compared, compared
from countenance.marking.local_difference import DIFFERENT
from countenance.marks.watermark import PictureGeometry
from countenance.verify.findings import MarkFinding, MarkReading
from countenance.verify.mark_detection import Looked
from countenance.verify.record import RecordFinding

Answer = Literal["none", "alike", "partly", "unlike", "other", "unknown"]
"""none: no such mark of this render was read; unknown: it was, but what there is does not suffice for comparing;
partly: it is that render, but for a while or in a face it shows something else, or for a while it sounds otherwise;
other: its mark was not read, and it is surely another sound."""

_GLANCES = 24
_STRETCH = 4  # seconds of sound that are compared on their own
_FOR_A_WHILE = 2  # glances one after another that show something else: a second
_FROM_PICTURES = ("animate", "speak")
"""Uses whose plates are pictures: what is behind the head stands still between key frames."""
_FAR = 90
"""Bits of 256 by which the frames of two pictures differ that have nothing to do with one another; 128 on average."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Of one render, by each kind of mark.

    Attributes:
        overlaid: something else is shown in a part of the picture, outside its faces.
    """

    picture: Answer = "none"
    sound: Answer = "none"
    overlaid: bool = False


def resemblance(seen: Looked, found: RecordFinding) -> Resemblance:
    """How what was seen of a file compares to a recorded render, where its marks were read."""
    picture, overlaid = _picture(seen, found)
    return Resemblance(picture, _sound(seen, found), overlaid)


def _named(marks: MarkFinding, found: RecordFinding) -> list[MarkReading]:
    return [one for one in marks.sightings if one.payload == found.payload]


def _picture(seen: Looked, found: RecordFinding) -> tuple[Answer, bool]:
    sightings = _named(seen.picture, found)
    if not sightings:
        return "none", False
    if found.marks is not None and "picture" not in found.marks:
        return "unlike", False  # it never bore one
    near = found.distance is not None and found.distance <= MATCH_DISTANCE
    layouts = [one.layout for one in found.fingerprints if one.layout]
    if not layouts:
        return "alike" if near else _by_whole(seen, sightings, found), False
    still = found.frames == 1 or found.use in _FROM_PICTURES
    each: dict[Fraction, list[Compared]] = {}
    for place, glance, geometry in _glances(seen, sightings):
        each.setdefault(place, []).append(compared(glance, geometry, layouts, locally=still))
    every = [one for here in each.values() for one in here]
    if near or any(one.alike for one in every):
        other = any(one.alike and one.other_face for one in every) or any(map(_other_for_a_while, each.values()))
        return "partly" if other else "alike", any(map(_overlaid, each.values()))
    return "unlike" if any(one.unlike for one in every) else "unknown", False


def _overlaid(place: list[Compared]) -> bool:
    """Whether in one part of the picture something else is shown throughout: what moves does not stay so."""
    maps = [one.elsewhere for one in place if one.elsewhere is not None]
    if not maps or len({one.shape for one in maps}) > 1:
        return False
    return bool(np.minimum.reduce(maps).max() > DIFFERENT)


def _other_for_a_while(place: list[Compared]) -> bool:
    in_a_row = 0
    for one in place:
        in_a_row = in_a_row + 1 if one.unlike else 0
        if in_a_row >= _FOR_A_WHILE:
            return True
    return False


def _glances(
    seen: Looked, sightings: list[MarkReading]
) -> Iterator[tuple[Fraction, NDArray[np.uint8], PictureGeometry]]:
    """Frames of each place that was looked at, with how the mark lies there; where it was not read, as it lies in the
    first place where it was. Of each place as many, spread over it."""
    lies = {one.start: one.geometry for one in sightings if one.geometry is not None}
    if not lies:
        return
    places: dict[Fraction, list[NDArray[np.uint8]]] = {place: [] for place in lies}
    for glance in seen.glances:
        places.setdefault(glance.place, []).append(glance.luma)
    shared = next(iter(lies.values()))
    each = max(2, _GLANCES // len(places))
    for place, lumas in places.items():
        spread = sorted({round(at) for at in np.linspace(0, len(lumas) - 1, min(each, len(lumas)))})
        for index in spread:
            yield place, lumas[index], lies.get(place, shared)


def _by_whole(seen: Looked, sightings: list[MarkReading], found: RecordFinding) -> Answer:
    """For renders recorded before there were layouts: fingerprints of the whole, after flips and turns are undone."""
    known = [one.bits for one in found.fingerprints if one.quality >= MIN_QUALITY]
    if not known:
        return "unknown"
    whole, nearest = False, 256
    for _, glance, geometry in _glances(seen, sightings):
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
        return _without_mark(seen, found)
    if found.marks is not None and "sound" not in found.marks:
        return "unlike"  # it never bore one
    if not found.sound_fingerprint:
        return "unknown"
    alike, unlike = _heard(seen, found, sightings)
    if alike:
        return "partly" if unlike else "alike"
    return "unlike" if unlike else "unknown"


def _without_mark(seen: Looked, found: RecordFinding) -> Answer:
    """Sound in which its mark was not read: whether it is surely another one than that which the render left with."""
    if not found.sound_fingerprint:
        return "none"
    alike, unlike = _heard(seen, found, list(seen.sound.sightings))
    return "none" if not unlike else "partly" if alike else "other"


def _heard(seen: Looked, found: RecordFinding, sightings: list[MarkReading]) -> tuple[bool, bool]:
    """Whether some seconds of the sound are those of the render, and whether some are surely others."""
    everywhere = {1.0} | {one.speed for one in sightings if one.speed}
    alike = unlike = False
    for piece in seen.heard:
        speeds = [one.speed for one in sightings if one.start == piece.place and one.speed] or everywhere
        whole = [sound_compared(piece.samples, piece.rate, speed, found.sound_fingerprint) for speed in speeds]
        alike = alike or any(one.alike for one in whole)
        step = _STRETCH * piece.rate
        for begin in range(0, max(1, len(piece.samples) - step // 2), step):
            part = piece.samples[begin : begin + step]
            here = [sound_compared(part, piece.rate, speed, found.sound_fingerprint) for speed in speeds]
            unlike = unlike or (all(one.unlike for one in here) and not any(one.alike for one in here))
            alike = alike or any(one.alike for one in here)
    return alike, unlike
