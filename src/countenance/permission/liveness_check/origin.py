"""Was a take filmed, or made? Looks for the marks that this project lays, and for manifests that say so themselves.

What is found here is certain; that nothing is found proves nothing: marks can be left out by whoever edits the source.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import countenance.marks.audiomark as audiomark
import countenance.marks.watermark as watermark
from countenance.documents import texts_named
from countenance.media.frames import Pixels
from countenance.media.video import open_video
from countenance.permission.liveness_check.liveness import Lack

_FRAMES = 96  # looked at in one place; the detector takes every second one, and they are enough for most codecs
_MAX_MANIFEST = 8 << 20  # bytes of JSON
_REMEDY = "The person must be filmed by a camera, there and then; pass on the camera's own file."
# IPTC's digital source types of what no camera recorded. Captures and edits of captures are not among them.
MADE = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "algorithmicMedia",
    "dataDrivenMedia",
    "digitalArt",
    "digitalCreation",
    "virtualRecording",
    "screenCapture",
)


def signs_of_making(clip: Path, sound: tuple[NDArray[np.float32], int] | None) -> list[Lack]:
    """Marks and statements that a clip was made rather than filmed.

    Args:
        clip: readable video.
        sound: its samples (n,) or (n, channels) float32 and their rate.
    """
    found = []
    if (statement := _stated(clip)) is not None:
        found.append(Lack("manifest", f"The clip's own manifest says that it was made: {statement}.", _REMEDY))
    if (payload := _picture_mark(clip)) is not None:
        found.append(Lack("mark", f"The picture carries the mark of a render ({payload:016x}).", _REMEDY))
    if sound is not None:
        heard = audiomark.detect(sound[0], sound[1])
        if heard is not None:
            found.append(Lack("sound_mark", f"The sound carries the mark of a render ({heard.payload:016x}).", _REMEDY))
    return found


def _picture_mark(clip: Path) -> int | None:
    with open_video(clip) as video:
        duration = video.info.duration
        starts = [Fraction(0)] if duration is None or duration < 16 else [Fraction(0), duration / 2]
        for start in starts:
            found = watermark.detect(_pixels(video.frames(start=start)), max_frames=_FRAMES // 2)
            if found is not None:
                return found.payload
    return None


def _pixels(frames: Iterator[Any]) -> Iterator[Pixels]:
    for count, frame in enumerate(frames):
        if count >= _FRAMES:
            return
        if min(frame.pixels.shape[:2]) >= watermark.MIN_SIDE:
            yield frame.pixels


def _stated(clip: Path) -> str | None:
    """What the manifest calls the clip, if it is none of a camera's words."""
    import c2pa

    try:
        with clip.open("rb") as file:
            reader = c2pa.Reader.try_create(_mime(clip), io.BufferedReader(file))
            if reader is None:
                return None
            text = reader.json()
    except (c2pa.C2paError, OSError, ValueError):
        return None  # none, or none that can be read: its absence is no sign of anything
    if len(text) > _MAX_MANIFEST:
        return None
    try:
        said = json.loads(text)
    except ValueError:
        return None
    for value in texts_named(said, "digitalSourceType"):
        kind = value.rpartition("/")[2]
        if kind in MADE:
            return kind
    return None


def _mime(clip: Path) -> str:
    with clip.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:10] == b"qt" else "video/mp4"
    return "video/x-msvideo" if head[:4] == b"RIFF" else "video/webm"
