"""From a driving clip to a Performance: find the performer at rest, then follow them frame by frame.

The clip's first frame need not be neutral: frames spread over the whole clip are looked at first, and the calmest is
taken as the reference. Streams: memory does not grow with the clip's length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from countenance.errors import FaceLost, NoFace
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.video import VideoSource, open_video
from countenance.performance.gaps import MissingFace, bridged
from countenance.performance.measure import Measure
from countenance.performance.model import Performance, Sample

LOOKS = 48  # frames looked at to find the neutral
SEEK_BEYOND = 60  # seconds; longer clips are sampled by seeking instead of decoding everything


@dataclass(frozen=True)
class Reference:
    """The performer at rest.

    Attributes:
        face: as measured.
        pixels: (h, w, 3) uint8 RGB, the frame it was measured in.
        time: of that frame, seconds.
    """

    face: Face
    pixels: Pixels
    time: Fraction


def restlessness(face: Face) -> float:
    """How far from neutral a face looks: open mouth, closed eyes, strong expression, averted gaze, turned head."""
    at = face.blendshape
    mouth = 2 * at("jawOpen") + at("mouthSmileLeft") + at("mouthSmileRight") + at("mouthPucker") + at("mouthFunnel")
    mouth += at("mouthStretchLeft") + at("mouthStretchRight") + at("mouthFrownLeft") + at("mouthFrownRight")
    lips = face.landmarks[[13, 14, 61, 291]]
    # Parted lips are no rest: what they close to later would be less than closed.
    mouth += 8 * float(np.linalg.norm(lips[0] - lips[1])) / max(float(np.linalg.norm(lips[2] - lips[3])), 1e-6)
    brows = at("browInnerUp") + at("browOuterUpLeft") + at("browOuterUpRight")
    eyes = 1.5 * (at("eyeBlinkLeft") + at("eyeBlinkRight"))
    gaze = sum(at(f"eyeLook{way}{side}") for way in ("In", "Out", "Up", "Down") for side in ("Left", "Right"))
    yaw, pitch, roll = face.angles
    return mouth + 0.5 * brows + eyes + 0.25 * gaze + (abs(yaw) + abs(pitch) + abs(roll)) / 30


def _spread(video: VideoSource, start: Fraction, duration: Fraction | None) -> Iterator[VideoFrame]:
    """Up to about LOOKS frames over the whole clip."""
    length = duration
    if length is None and video.info.duration is not None:
        length = video.info.duration - start
    if length is not None and length > SEEK_BEYOND:
        for k in range(LOOKS):
            at = start + length * k / LOOKS
            yield from video.frames(start=at, duration=Fraction(1, 1000))
        return
    rate = video.info.average_rate or Fraction(25)
    step = max(1, round(float((length or Fraction(20)) * rate) / LOOKS))
    for frame in video.frames(start=start, duration=duration):
        if frame.index % step == 0:
            yield frame


def find_reference(
    path: Path, *, start: Fraction = Fraction(0), duration: Fraction | None = None, face: str = "largest"
) -> Reference:
    """The calmest frame of a clip.

    Raises:
        NoFace: none of the frames looked at shows a face.
        InputError: as `media.video.open_video`.
    """
    best: Reference | None = None
    least = np.inf
    with open_video(path) as video, FaceTracker(face) as tracker:
        for frame in _spread(video, start, duration):
            seen = tracker.track(frame.pixels)
            if seen is None:
                continue
            score = restlessness(seen)
            if score < least:
                least, best = score, Reference(seen, frame.pixels.copy(), frame.time)
    if best is None:
        raise NoFace(f"No face was found in {path.name}.", "Use a driving clip that shows a face from the front.")
    return best


def capture_performance(
    path: Path,
    *,
    start: Fraction = Fraction(0),
    duration: Fraction | None = None,
    rate: Fraction | None = None,
    appearance: bool = True,
    face: str = "largest",
    on_missing: MissingFace = "relax",
) -> Performance:
    """The Performance in a clip, measured as it is read.

    Args:
        path: a video file.
        start, duration: the part of it, seconds.
        rate: frames a second to resample to; None keeps the clip's own times.
        appearance: whether samples carry the driver's shading and mouth.
        face: which face, as `face.tracker.choose_face`.
        on_missing: what the head does where no face is seen: `hold`, `relax`, or `fail` (raises FaceLost).

    Raises:
        NoFace, InputError; FaceLost while reading.
    """
    reference = find_reference(path, start=start, duration=duration, face=face)
    measure = Measure(reference.face, reference.pixels if appearance else None)

    def measured() -> Iterator[Sample]:
        last: Sample | None = None
        with open_video(path) as video, FaceTracker(face) as tracker:
            for frame in video.frames(start=start, duration=duration, rate=rate):
                seen = tracker.track(frame.pixels)
                if seen is None and on_missing == "fail":
                    raise FaceLost(f"{path.name} shows no face at {float(start + frame.time):.2f} s.")
                last = measure.sample(seen, frame.time, frame.pixels, last)
                yield last

    with open_video(path) as video:
        info = video.info
    length = duration if duration is not None else (info.duration - start if info.duration is not None else None)
    return Performance(
        neutral=measure.neutral,
        rate=rate or info.average_rate,
        read=lambda: bridged(measured(), on_missing),
        duration=length,
        has_appearance=appearance,
        source="video",
    )
