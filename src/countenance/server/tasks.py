"""What the studio has done with strangers' files in processes of their own; see `verify.service`. Importing it loads
what is needed, so that it is there before the first file comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from countenance.errors import FaceError, NotAPicture
from countenance.face.identity import template_of_clip
from countenance.face.people import FaceFinder
from countenance.face.tracker import choose_face, find_faces
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.source import Source
from countenance.media.video import open_video
from countenance.permission.liveness_check import challenge_for, check_take
from countenance.settings import Settings
from countenance.verify.service import tasks as verifying

NAME = __name__


def perform(wanted: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order."""
    path, settings, said = Path(wanted["path"]), Settings(**wanted["settings"]), wanted["said"]
    if wanted["task"] == "faces":
        return faces(path, settings)
    if wanted["task"] == "liveness":
        return liveness(path, str(said["token"]), str(said["language"]))
    return verifying.perform(wanted)


def faces(path: Path, settings: Settings) -> dict[str, Any]:
    """Everybody in a picture, or in the first second of a clip in which there is somebody; largest first."""
    source = Source.pin(path)
    try:
        pixels: Pixels = read_picture(source).flattened()
        return _listed("picture", pixels, find_faces(pixels, thorough=True), settings, None)
    except NotAPicture:
        with open_video(source) as video, FaceFinder() as finder:
            duration = None if video.info.duration is None else float(video.info.duration)
            for frame in video.frames():
                if frame.index % 10:
                    continue
                found = finder.find(frame.pixels)
                if found or frame.index > 250:
                    return _listed("clip", frame.pixels, found, settings, duration)
        return {"kind": "clip", "width": 0, "height": 0, "seconds": duration, "faces": []}


def liveness(path: Path, token: str, language: str) -> dict[str, Any]:
    """Whether a clip is of somebody who is there and reads the phrase; where it is, the face's description, hex."""
    challenge = challenge_for(token)
    report = check_take(path, challenge.phrase, challenge.turns, language=language)
    template = None
    if report.alive:
        template = template_of_clip(path).to_bytes().hex()
    return {"report": report.as_dict(), "template": template}


def _listed(kind: str, pixels: Pixels, found: list[Face], settings: Settings, seconds: float | None) -> dict[str, Any]:
    height, width = pixels.shape[:2]
    rows = []
    for number, face in enumerate(found, 1):
        left, top, right, bottom = face.box
        rows.append(
            {
                "number": number,
                "left": round(left / width, 4),
                "top": round(top / height, 4),
                "width": round((right - left) / width, 4),
                "height": round((bottom - top) / height, 4),
                "problem": _why_not(found, number, settings),
            }
        )
    return {"kind": kind, "width": width, "height": height, "seconds": seconds, "faces": rows}


def _why_not(found: list[Face], number: int, settings: Settings) -> str:
    """The code of what is wrong with a face; empty where it can be drawn."""
    try:
        choose_face(found, str(number), least_eyes=settings.min_eye_distance)
    except FaceError as error:
        return error.code
    return ""
