"""Looking for invisible marks in the places that a source offers, and keeping what is worth showing of each.

One place is always looked at; further ones as long as time is left. Memory does not grow with the file.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, CountenanceError, InputError
from countenance.marking.acoustic import working
from countenance.marking.fingerprint import Fingerprint, fingerprint_of
from countenance.marking.layout import glance_of
from countenance.marks import audiomark, watermark
from countenance.marks.watermark import MIN_SIDE, PUBLIC_KEY, WatermarkKey
from countenance.media.frames import Pixels, VideoFrame
from countenance.verify.findings import FrameView, MarkFinding, MarkReading
from countenance.verify.sampling import SOUND_SECONDS, WINDOW_FRAMES, SampledFile

VIEW_SIDE = 960
PRINT_EVERY = Fraction(1, 2)
_EXAMINED = WINDOW_FRAMES // 2


@dataclass
class Looked:
    """What was seen.

    Attributes:
        picture, sound: the marks.
        views: one frame a place.
        fingerprints: of frames half a second apart, in every place.
        glances: those frames, small, for comparing them with what a mark names.
        heard: the pieces of sound, reduced, for the same.
    """

    picture: MarkFinding = field(default_factory=MarkFinding)
    sound: MarkFinding = field(default_factory=MarkFinding)
    views: list[FrameView] = field(default_factory=list)
    fingerprints: list[Fingerprint] = field(default_factory=list)
    glances: list[Glance] = field(default_factory=list)
    heard: list[Piece] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Glance:
    """A small frame: `place` is the start of where it was looked at, `luma` as `layout.glance_of` gives it."""

    place: Fraction
    luma: NDArray[np.uint8] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound of one place: (n, 1) float32 at `rate` hertz."""

    place: Fraction
    samples: NDArray[np.float32] = field(repr=False)
    rate: int


def look(
    source: SampledFile,
    *,
    until: float,
    keys: tuple[WatermarkKey, ...] = (PUBLIC_KEY,),
    patient: bool = False,
) -> Looked:
    """Look through a source.

    Args:
        source: as opened by `sampling.open_source`.
        until: in `time.monotonic()`'s seconds; no new place is begun that would probably end later.
        keys: of picture marks, tried in this order.
        patient: look at every place whatever the time, and for changed speed of sound in each.
    """
    seen = Looked()
    if source.kind in ("video", "picture", "head"):
        seen.picture = _pictures(source, keys, until, patient, seen)
    elif source.kind != "unreadable":
        seen.picture = MarkFinding(reason="There is no picture.")
    if source.has_sound:
        seen.sound = _sounds(source, until, patient, seen)
    else:
        seen.sound = MarkFinding(reason="There is no sound." if source.kind != "unreadable" else "")
    if source.kind == "unreadable":
        seen.picture = MarkFinding(reason=source.reason)
    return seen


class _Watching:
    """Hands frames through, keeping a view of the first and fingerprints of some."""

    def __init__(self, frames: Iterator[VideoFrame], start: Fraction, seen: Looked) -> None:
        self._frames, self._start, self._seen = frames, start, seen
        self.end = start
        self.count = 0
        self.failure = ""

    def __iter__(self) -> Iterator[Pixels]:
        wanted = Fraction(0)
        try:
            for frame in self._frames:
                if frame.time >= wanted:
                    self._keep(frame)
                    wanted = frame.time + PRINT_EVERY
                self.count += 1
                each = frame.time / (self.count - 1) if self.count > 1 else Fraction(0)
                self.end = self._start + frame.time + each
                if min(frame.pixels.shape[:2]) < MIN_SIDE:
                    height, width = frame.pixels.shape[:2]
                    self.failure = f"At {width}×{height} pixels the picture is too small to hold a mark."
                    return
                yield frame.pixels
        except InputError as error:
            self.failure = error.message

    def _keep(self, frame: VideoFrame) -> None:
        at = self._start + frame.time
        found = fingerprint_of(frame.pixels, at)
        self._seen.fingerprints.append(found)
        self._seen.glances.append(Glance(self._start, glance_of(frame.pixels)))
        if self.count == 0:
            self._seen.views.append(FrameView(_small(frame.pixels), at, found))


def _pictures(
    source: SampledFile, keys: tuple[WatermarkKey, ...], until: float, patient: bool, seen: Looked
) -> MarkFinding:
    sightings: list[MarkReading] = []
    looked: list[tuple[Fraction, Fraction]] = []
    reason, places, took = "", source.places(), 0.0
    for place in places:
        begun = time.monotonic()
        if looked and not patient and begun + took > until:
            break
        watching = _Watching(source.frames(place), place, seen)
        sighting = _read_pictures(watching, place, keys)
        took = time.monotonic() - begun
        reason = watching.failure or reason
        if watching.count:
            looked.append((place, watching.end))
        if sighting is not None:
            sightings.append(sighting)
    in_order = sorted(looked)
    complete = source.kind in ("picture", "head") or _covers(in_order, source.duration)
    return MarkFinding(tuple(sorted(sightings, key=lambda s: s.start)), tuple(in_order), complete, reason)


def look_under(source: SampledFile, seen: Looked, keys: tuple[WatermarkKey, ...] = (PUBLIC_KEY,)) -> None:
    """Look where a mark was found for others beside it: what was made from a marked picture bears both. Takes a few
    seconds more, whatever the file."""
    first = seen.picture.best
    if first is None:
        return
    key = next(key for key in keys if key.name == first.key)
    try:
        all_of_them = watermark.detect_all((frame.pixels for frame in source.frames(first.start)), key=key)
    except CountenanceError:
        return
    known = {one.payload for one in seen.picture.sightings}
    more = [_sighting(found, first.start, first.end, key) for found in all_of_them if found.payload not in known]
    seen.picture = replace(seen.picture, sightings=seen.picture.sightings + tuple(more))


def _sighting(found: watermark.Detection, start: Fraction, end: Fraction, key: WatermarkKey) -> MarkReading:
    return MarkReading(
        start=start,
        end=end,
        payload=found.payload,
        confidence=round(found.confidence, 1),
        geometry=found.geometry,
        slot=found.slot,
        key=key.name,
    )


def _read_pictures(watching: _Watching, place: Fraction, keys: tuple[WatermarkKey, ...]) -> MarkReading | None:
    if len(keys) == 1:
        frames: Iterator[Pixels] | list[Pixels] = iter(watching)
    else:
        frames = list(watching)  # a private key is looked for in the same frames; at most WINDOW_FRAMES of them
    for key in keys:
        try:
            found = watermark.detect(frames, key=key, max_frames=_EXAMINED)
        except CountenanceError as error:
            watching.failure = error.message
            return None
        if found is not None:
            return _sighting(found, place, watching.end, key)
    return None


def _sounds(source: SampledFile, until: float, patient: bool, seen: Looked) -> MarkFinding:
    sightings: list[MarkReading] = []
    looked: list[tuple[Fraction, Fraction]] = []
    reason, silent = "", True
    for place in source.places():
        try:
            piece = source.sound(place)
        except (InputError, OSError, ValueError) as error:
            reason = error.message if isinstance(error, InputError) else "The sound cannot be decoded."
            continue
        if piece is None or not len(piece.samples):
            continue
        if float(np.max(np.abs(piece.samples))) < 1e-4:
            looked.append((place, place + Fraction(len(piece.samples), piece.rate)))
            continue
        silent = False
        thorough = patient or (not sightings and time.monotonic() + 1 < until and not looked and source.kind == "sound")
        try:
            found = audiomark.detect(piece.samples, piece.rate, thorough=thorough)
        except BadOption as error:
            reason = error.message
            continue
        end = place + Fraction(len(piece.samples), piece.rate)
        looked.append((place, end))
        seen.heard.append(Piece(place, *working(piece.samples, piece.rate)))
        if found is not None:
            sightings.append(
                MarkReading(place, end, found.payload, round(found.confidence, 1), speed=round(found.speed, 4))
            )
        if not patient and time.monotonic() > until:
            break
    if looked and silent:
        reason = "The sound is silent."
    in_order = sorted(looked)
    return MarkFinding(
        tuple(sorted(sightings, key=lambda s: s.start)), tuple(in_order), _covers(in_order, source.duration), reason
    )


def _covers(looked: list[tuple[Fraction, Fraction]], duration: Fraction | None) -> bool:
    if duration is None or not looked:
        return False
    reached, gap = Fraction(0), SOUND_SECONDS / 24
    for start, end in looked:
        if start > reached + gap:
            return False
        reached = max(reached, end)
    return reached + gap >= duration


def _small(pixels: Pixels) -> Pixels:
    scale = VIEW_SIDE / max(pixels.shape[:2])
    if scale >= 1:
        return np.array(pixels, np.uint8)
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
