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
from numpy.typing import NDArray

from countenance.errors import FaceLost, NoFace
from countenance.face.topology import BLENDSHAPES, load_face_mesh
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.media.source import Source, pinned
from countenance.media.video import VideoSource, open_video
from countenance.performance.absolute_motion import stance_of
from countenance.performance.gap_filling import MissingFace, bridged
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.skin_square import SkinReading, SkinSquare
from countenance.performance.take import SHADING_SIDE, Performance, Sample

LOOKS = 48  # frames looked at to find the neutral
SEEK_BEYOND = 60  # seconds; longer clips are sampled by seeking instead of decoding everything


@dataclass(frozen=True)
class Reference:
    """The performer at rest.

    Attributes:
        face: as measured.
        pixels: (h, w, 3) uint8 RGB, the frame it was measured in.
        time: of that frame in the file, seconds.
        others: their face in other frames, spread over the clip.
        skins: landmarks and skin in all frames looked at, if asked for.
    """

    face: Face
    pixels: Pixels
    time: Fraction
    others: tuple[Face, ...] = ()
    skins: tuple[tuple[NDArray[np.float32], SkinReading], ...] = ()


# What each blendshape tells against a face being at rest; those that name a side count on both. The second group are
# held by habit, or by a face's build as the landmarker reads it: they count against the clip's own median.
RESTLESS = {
    "jawOpen": 2.0,
    "mouthSmile": 1.0,
    "mouthFunnel": 1.5,
    "mouthStretch": 1.0,
    "mouthLeft": 1.0,
    "mouthRight": 1.0,
    "jawLeft": 1.0,
    "jawRight": 1.0,
    "cheekPuff": 0.5,
    "eyeBlink": 1.5,
    "eyeLookIn": 0.4,
    "eyeLookOut": 0.4,
    "eyeLookUp": 0.3,
    "eyeLookDown": 0.2,
}
HABITUAL = {
    "mouthPucker": 1.5,
    "mouthFrown": 1.0,
    "mouthDimple": 0.5,
    "mouthPress": 0.3,
    "mouthShrugUpper": 0.3,
    "mouthRollLower": 0.3,
    "mouthRollUpper": 0.3,
    "noseSneer": 0.5,
    "browInnerUp": 1.0,
    "browOuterUp": 1.0,
    "browDown": 1.0,
    "eyeWide": 1.0,
    "eyeSquint": 0.5,
}
HABIT = 0.3  # of a habitual blendshape's weight that counts from zero


def _weights(parts: dict[str, float]) -> NDArray[np.float32]:
    """(52,): the weight of each blendshape."""
    by_name = {f"{part}{side}": weight for part, weight in parts.items() for side in ("", "Left", "Right")}
    return np.array([by_name.get(name, 0.0) for name in BLENDSHAPES], np.float32)


def unrest(blendshapes: NDArray[np.floating], usual: NDArray[np.floating]) -> float:
    """What blendshapes (52,) say against a face being at rest; `usual` (52,) are their medians over the recording."""
    value = blendshapes @ (_weights(RESTLESS) + HABIT * _weights(HABITUAL))
    return float(value + np.abs(blendshapes - usual) @ _weights(HABITUAL))


def restlessness(face: Face, usual: NDArray[np.floating]) -> float:
    """How far from rest a face looks: open mouth, closed eyes, strong expression, averted gaze, turned head.

    Args:
        face: the face.
        usual: (52,), the blendshapes' medians over the clip.
    """
    lips = face.landmarks[[13, 14, 61, 291]]
    # Parted lips are no rest: what they close to later would be less than closed.
    parted = float(np.linalg.norm(lips[0] - lips[1])) / max(float(np.linalg.norm(lips[2] - lips[3])), 1e-6)
    yaw, pitch, roll = face.angles
    return unrest(face.blendshapes, usual) + 8 * parted + (abs(yaw) + abs(pitch) + abs(roll)) / 40


def spread_frames(video: VideoSource, start: Fraction, duration: Fraction | None) -> Iterator[tuple[Fraction, Pixels]]:
    """Up to about LOOKS frames (time in the file, pixels) over the whole clip: enough to know who is in it."""
    left = None if video.info.duration is None else video.info.duration - start
    length = min((part for part in (duration, left) if part is not None), default=None)
    if length is not None and length > SEEK_BEYOND:
        for k in range(LOOKS):
            at = start + length * k / LOOKS
            yield from ((at + f.time, f.pixels) for f in video.frames(start=at, duration=Fraction(1, 1000)))
        return
    rate = video.info.average_rate or Fraction(25)
    step = max(1, round(float((length or Fraction(20)) * rate) / LOOKS))
    for frame in video.frames(start=start, duration=duration):
        if frame.index % step == 0:
            yield start + frame.time, frame.pixels


def find_reference(
    path: Path | Source,
    *,
    start: Fraction = Fraction(0),
    duration: Fraction | None = None,
    face: str = "largest",
    skins: bool = False,
) -> Reference:
    """The calmest frame of a clip. `skins`: whether the skin in the frames looked at is wanted.

    Raises:
        NoFace: none of the frames looked at shows a face.
        InputError: as `media.video.open_video`.
    """
    square = SkinSquare(load_face_mesh(), SHADING_SIDE) if skins else None
    with open_video(path) as video:
        with FaceTracker(face) as tracker:
            seen, read = [], []
            for time, pixels in spread_frames(video, start, duration):
                tracked = tracker.track(pixels)
                if tracked is not None:
                    seen.append((tracked, time))
                    if square is not None:
                        read.append((tracked.landmarks, square.read(pixels, tracked.landmarks)))
        if not seen:
            raise NoFace(f"No face was found in {path.name}.", "Use a driving clip that shows a face from the front.")
        usual = np.median([tracked.blendshapes for tracked, _ in seen], axis=0)
        calmest, time = min(seen, key=lambda at: restlessness(at[0], usual))
        frame = next(video.frames(start=time, duration=Fraction(1, 1000)))
    return Reference(
        calmest, frame.pixels.copy(), time, tuple(one for one, _ in seen if one is not calmest), tuple(read)
    )


def capture_performance(
    path: Path | Source,
    *,
    start: Fraction = Fraction(0),
    duration: Fraction | None = None,
    rate: Fraction | None = None,
    appearance: bool = True,
    face: str = "largest",
    on_missing: MissingFace = "relax",
    stance: bool = False,
) -> Performance:
    """The Performance in a clip, measured as it is read.

    Args:
        path: a video file, pinned or not.
        start, duration: the part of it, seconds.
        rate: frames a second to resample to; None keeps the clip's own times.
        appearance: whether samples carry the driver's shading and mouth.
        face: which face, as `face.tracker.choose_face`.
        on_missing: what the head does where no face is seen: `hold`, `relax`, or `fail` (raises FaceLost).
        stance: whether to find out what the reference shows beyond rest, for `absolute_motion`.

    Raises:
        NoFace, InputError; FaceLost while reading.
    """
    path = pinned(path)
    reference = find_reference(path, start=start, duration=duration, face=face, skins=appearance)
    measure = RelativeMotion(reference.face, reference.pixels if appearance else None, reference.skins)

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
    left = None if info.duration is None else info.duration - start
    length = min((part for part in (duration, left) if part is not None), default=None)
    return Performance(
        neutral=measure.neutral,
        rate=rate or info.average_rate,
        read=lambda: bridged(measured(), on_missing),
        duration=length,
        has_appearance=appearance,
        source="video",
        stance=stance_of(reference.face, reference.others) if stance else None,
    )
