"""People to be known again: their templates, and other pictures of them. Nothing is written; all stays in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.errors import FaceError
from countenance.face.identity import FaceTemplate, describe, describe_still, template_from, template_of_still
from countenance.face.matte import person_matte
from countenance.face.tracker import FaceTracker, choose_face, find_faces
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.media.picture import read_picture
from countenance.media.video import open_video
from countenance.performance.authored import authored_performance
from countenance.performance.capture import capture_performance
from countenance.performance.take import Performance

TEMPLATE_FRAMES, PROBE_FRAMES, DRAWN_FRAMES = 8, 6, 4


@dataclass(frozen=True)
class Probe:
    """A picture of somebody, described as a source would be.

    Attributes:
        person: who it is.
        sort: how it came about.
        vector: (128,) float32, median of its descriptions.
        driver: who moved it, in a drawn one.
    """

    person: str
    sort: str
    vector: np.ndarray
    driver: str = ""


@dataclass(frozen=True)
class Person:
    """Somebody with a template, and a still to draw from."""

    name: str
    template: FaceTemplate
    pixels: Pixels
    face: Face
    clip: Path | None = None


def probe(person: str, sort: str, pixels: Pixels, driver: str = "") -> Probe | None:
    """A picture described, or None where its face cannot be used."""
    try:
        face = choose_face(find_faces(pixels))
    except FaceError:
        return None
    return Probe(person, sort, np.median(np.stack(describe_still(pixels, face)), axis=0), driver)


def people(folder: Path) -> Iterator[tuple[Person, list[Probe]]]:
    """Everyone in a folder of pictures and clips, with undrawn probes; where it is missing, two public portraits."""
    if not folder.is_dir():
        from tests.portraits import eileen_collins, grace_hopper

        for name, portrait in (("hopper", grace_hopper()), ("collins", eileen_collins())):
            yield still_person(name, portrait.pixels)
        return
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in (".jpg", ".png"):
            yield still_person(path.stem, read_picture(path).flattened())
        elif path.suffix.lower() == ".mp4":
            yield clip_person(path)


def still_person(name: str, pixels: Pixels) -> tuple[Person, list[Probe]]:
    """A person known from one picture; probes are the same picture, badly handled."""
    face = choose_face(find_faces(pixels), name=name)
    found = [probe(name, "picture, damaged", damaged) for damaged in badly_handled(pixels, face)]
    return Person(name, template_of_still(pixels, face), pixels, face), [one for one in found if one]


def clip_person(path: Path) -> tuple[Person, list[Probe]]:
    """A person known from the first half of a clip; probes are frames of the second half, each as a still."""
    with open_video(path) as video, FaceTracker() as tracker:
        frames = [frame.pixels for frame in islice(video.frames(), 250)]
        half = len(frames) // 2
        early = [frames[k] for k in np.linspace(0, half - 1, TEMPLATE_FRAMES).astype(int)]
        described = [describe(one, face) for one in early if (face := tracker.track(one)) is not None]
    late = [frames[k] for k in np.linspace(half, len(frames) - 1, PROBE_FRAMES).astype(int)]
    face = choose_face(find_faces(frames[0]), name=path.name)
    probes = [probe(path.stem, "clip, later frame", one) for one in late]
    person = Person(path.stem, template_from(described, name=path.name), frames[0], face, path)
    return person, [one for one in probes if one]


def badly_handled(pixels: Pixels, face: Face) -> Iterator[Pixels]:
    """JPEG at quality 25; half size; blurred; tilted by 12°; dark; warm."""
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 25])
    yield np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])
    yield np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
    yield np.asarray(cv2.GaussianBlur(pixels, (0, 0), face.size / 70), np.uint8)
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((float(face.centre[0]), float(face.centre[1])), 12, 1)
    yield np.asarray(cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    yield (255 * (pixels / 255) ** 1.9).astype(np.uint8)
    yield np.clip(pixels * np.array([1.15, 1.0, 0.75]), 0, 255).astype(np.uint8)


def drawn(person: Person, takes: dict[str, Performance]) -> Iterator[Probe]:
    """The person's portrait moved by each take: a few frames, spread, as the engine draws them."""
    engine = load_engine("mesh")
    portrait = Portrait(person.pixels, person.face, person_matte(person.pixels, person.face))
    for driver, take in takes.items():
        rig = engine.prepare(portrait, take.neutral, DrawOptions())
        samples = list(take)
        for k in np.linspace(len(samples) // 4, len(samples) - 1, DRAWN_FRAMES).astype(int):
            found = probe(person.name, "drawn", rig.draw(samples[k]), driver)
            if found is not None:
                yield found


def takes_of(everyone: list[Person]) -> dict[str, Performance]:
    """What moves the portraits: up to three people's clips, four seconds each, and the project's own take."""
    from fractions import Fraction

    driving = [one for one in everyone if one.clip is not None and one.name.startswith("driving")][:3]
    takes = {one.name: capture_performance(one.clip, duration=Fraction(4)) for one in driving if one.clip}
    return takes | {"authored": authored_performance("demo")}
