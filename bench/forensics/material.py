"""Untouched stretches of clips, and the same stretches with a face redrawn by our engines, all encoded alike.

A stretch is `LENGTH` frames in a row. Faces are swapped for a likeness of somebody else of the folder, or their mouth
is moved to other speech; neither bears our marks, which would be found by themselves. Nothing is kept.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.dub.__main__ import TEXT, motion, rig_of
from bench.swap.material import Plate, likenesses, plates
from countenance.engines.mesh.swap_rig import SwapRig
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.media.audio import open_sound
from countenance.media.frames import Pixels
from countenance.speech.hibari import HibariVoice
from countenance.verify.forensics import measures
from countenance.verify.forensics.measures import SeenFace
from countenance.verify.forensics.signals import ENVELOPE_RATE

LENGTH = 24
EVERY = 40
RATE = Fraction(25)
CODINGS = {"CRF 18": (18, 1.0), "CRF 28": (28, 1.0), "CRF 28, to 0.75": (28, 0.75)}


@dataclass(frozen=True)
class Stretch:
    """Some frames.

    Attributes:
        clip: whose.
        kind: untouched, swapped or dubbed.
        coding: a key of CODINGS.
        seen: frames as they are decoded, with the face that is found in each.
    """

    clip: str
    kind: str
    coding: str
    seen: list[SeenFace]


def stretches(folder: Path) -> Iterator[Stretch]:
    """All of them, one after the other."""
    people = list(likenesses(folder))
    said = HibariVoice().say(TEXT)
    for number, plate in enumerate(plates(folder)):
        others = [one for _, one in people if one.template.distance(plate.person) > 0.4]
        rate = RATE
        moved, _ = motion(said, rate, 2000)
        mouth = rig_of(plate.subject, moved, rate)
        for index, run in enumerate(runs(plate)):
            yield from coded(plate.name, "untouched", [pixels for pixels, _ in run])
            dubbed = [
                mouth.draw(pixels, face, time=Fraction(index * LENGTH + k) / rate)
                for k, (pixels, face) in enumerate(run)
            ]
            yield from coded(plate.name, "dubbed", dubbed)
            if others:
                rig = SwapRig(others[(number + index) % len(others)], plate.double)
                yield from coded(plate.name, "swapped", [rig.draw(p, f, cut=k == 0) for k, (p, f) in enumerate(run)])


PICTURE_QUALITIES = {"70, then 95": (70, 95), "85, then 95": (85, 95), "85, then 90": (85, 90), "90, then 80": (90, 80)}


def pictures(folder: Path) -> Iterator[Stretch]:
    """Single frames saved as JPEG, then saved again, as they are, or with the face redrawn between."""
    people = list(likenesses(folder))
    for number, plate in enumerate(plates(folder)):
        others = [one for _, one in people if one.template.distance(plate.person) > 0.4]
        for index, run in enumerate(runs(plate)):
            pixels, face = run[0]
            rig = SwapRig(others[(number + index) % len(others)], plate.double)
            for coding, (first, second) in PICTURE_QUALITIES.items():
                once = jpeg(pixels, first)
                for kind, made in (("untouched", once), ("swapped", rig.draw(once, face, cut=True))):
                    yield Stretch(plate.name, kind, f"JPEG {coding}", [SeenFace(jpeg(made, second), face, 0.0)])


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    """Saved and read."""
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).convert("RGB"))


@dataclass(frozen=True)
class Talk:
    """Somebody who speaks in a clip, and its sound.

    Attributes:
        openings, times: of the mouth, (n,), seconds.
        envelope: loudness at ENVELOPE_RATE.
    """

    name: str
    openings: NDArray[np.float32]
    times: NDArray[np.float32]
    envelope: NDArray[np.float32]


def talks(folder: Path) -> Iterator[Talk]:
    """Every clip with sound that is not silent; the mouth of the person in it."""
    for path in sorted(folder.glob("*.mp4")):
        track = open_sound(path)
        samples = np.concatenate(list(track.blocks())).mean(axis=1) if track is not None else np.zeros(1, np.float32)
        if track is None or float(np.abs(samples).max()) < 1e-3:
            continue
        openings, times = [], []
        with FaceTracker() as tracker, av.open(str(path)) as clip:
            rate = float(clip.streams.video[0].average_rate or 25)
            for index, frame in enumerate(clip.decode(video=0)):
                face = tracker.track(frame.to_ndarray(format="rgb24"))
                if face is not None:
                    openings.append(measures.mouth_opening(face))
                    times.append(index / rate)
        envelope = measures.loudness(samples, track.sample_rate, ENVELOPE_RATE)
        yield Talk(path.stem, np.array(openings, np.float32), np.array(times, np.float32), envelope)


def spoken() -> NDArray[np.float32]:
    """The loudness of speech that goes with nobody's lips."""
    said = HibariVoice().say(TEXT)
    samples = np.asarray(said.samples, np.float32).reshape(-1)
    return measures.loudness(np.concatenate([samples] * 4), said.sample_rate, ENVELOPE_RATE)


def runs(plate: Plate) -> Iterator[list[tuple[Pixels, Face]]]:
    """Stretches in which the person is seen all through, `EVERY` frames apart."""
    run: list[tuple[Pixels, Face]] = []
    for seen in plate.subject.follow():
        if seen.face is None or seen.frame.index % EVERY >= LENGTH:
            run = []
            continue
        run.append((seen.frame.pixels, seen.face))
        if len(run) == LENGTH:
            yield run
            run = []


def coded(clip: str, kind: str, frames: Sequence[Pixels]) -> Iterator[Stretch]:
    """The frames in every coding, read back and looked through."""
    for coding, (crf, scale) in CODINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.mp4"
            encode(path, frames, crf, scale)
            yield Stretch(clip, kind, coding, look(path))


def encode(path: Path, frames: Sequence[Pixels], crf: int, scale: float) -> None:
    """A clip of these frames."""
    height, width = (int(side * scale) // 2 * 2 for side in frames[0].shape[:2])
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=RATE, options={"crf": str(crf), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for pixels in frames:
            sized = pixels if scale == 1 else cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(sized[:height, :width]), format="rgb24")
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode(None):
            out.mux(packet)


def look(path: Path) -> list[SeenFace]:
    """Frames of a clip in which a face is found."""
    seen = []
    with FaceTracker() as tracker, av.open(str(path)) as clip:
        for index, frame in enumerate(clip.decode(video=0)):
            pixels = frame.to_ndarray(format="rgb24")
            face = tracker.track(pixels)
            if face is not None:
                seen.append(SeenFace(pixels, face, index / float(RATE)))
    return seen
