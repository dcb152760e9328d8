"""Following the largest face of a file for some seconds. Memory is that of a few frames, time is bounded."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from countenance.errors import CountenanceError
from countenance.face.tracker import FaceTracker, find_faces
from countenance.media.frames import VideoFrame
from countenance.verify.forensics.measures import SeenFace, mouth_opening
from countenance.verify.forensics.protocol import Watched
from countenance.verify.sampling import SOUND_SECONDS, SampledFile

SECONDS = 12
KEPT = 16
"""Frames that are kept with their pixels."""


def watch(source: SampledFile, *, until: float) -> Watched:
    """The largest face, from the middle of the file on or from its beginning where it is short.

    Args:
        source: as opened by `sampling.open_source`.
        until: in `time.monotonic()`'s seconds.

    Raises:
        CountenanceError: there is no face tracker, or no model for it.
    """
    found = Watched()
    start = _start(source)
    sound = source.sound(start) if source.has_sound else None
    if sound is not None and len(sound.samples):
        found.sound, found.rate, found.sound_start = sound.samples.mean(axis=1), sound.rate, float(start)
    every = 1 if source.kind == "picture" else max(1, math.ceil(SECONDS * 30 / KEPT))
    with FaceTracker() as tracker:
        for index, frame in enumerate(_frames(source, start)):
            if time.monotonic() > until and index:
                break
            if index == 0:
                found.faces = len(find_faces(frame.pixels))
            face = tracker.track(frame.pixels)
            if face is None:
                continue
            found.openings.append(mouth_opening(face))
            found.times.append(float(frame.time))
            if index % every == 0 and len(found.seen) < KEPT:
                found.seen.append(SeenFace(np.array(frame.pixels), face, float(frame.time)))
    return found


def _start(source: SampledFile) -> Fraction:
    if source.kind == "picture" or not source.duration or source.duration <= SOUND_SECONDS:
        return min(source.places(), default=Fraction(0))
    return (source.duration - SOUND_SECONDS) / 2


def _frames(source: SampledFile, start: Fraction) -> Iterator[VideoFrame]:
    """Frames of SECONDS from `start` on, with the file's own times."""
    at = start
    while at < start + SECONDS:
        last = None
        try:
            for frame in source.frames(at):
                moment = at + frame.time
                if last is not None and moment <= last:
                    continue
                step = moment - last if last is not None else Fraction(1, 25)
                last = moment
                yield VideoFrame(frame.pixels, moment, frame.index)
                if moment >= start + SECONDS:
                    return
        except CountenanceError:
            return
        if last is None or source.kind == "picture" or (source.duration and last + step >= source.duration):
            return
        at = last + step
