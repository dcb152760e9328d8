"""Animate a portrait: source + Performance + Permit → a marked video. Streams from end to end.

One thread decodes, tracks and measures; this one draws; the writer encodes in its own.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

import cv2

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.errors import BadOption
from countenance.face.tracker import choose_face, find_faces
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.picture import read_picture
from countenance.performance.gaps import MissingFace
from countenance.performance.model import Performance, Sample
from countenance.render.driving import Driving, open_driving
from countenance.render.framing import Framing, frame_for
from countenance.settings import Settings, default_settings

Progress = Callable[[int, int | None], None]
"""Called after each frame with the count so far and the total, where it is known."""


@dataclass(frozen=True)
class AnimateOptions:
    """What a user may choose.

    Attributes:
        face: which face of the source: `largest`, `left`, `right`, `top`, `bottom`, or a number from 1.
        driving_face: which face of the driving clip.
        expression, head: strengths, 0 to 2; 1 as performed.
        crop: `none` keeps the whole picture; `face`, `portrait` (head and shoulders), or `square`.
        size: longer side of the output in pixels; None keeps the source's.
        fps: frames a second; None keeps the driving clip's own times.
        start, duration: part of the driving clip, seconds.
        preview: put source, driving clip and result side by side.
        on_missing_face: what the head does where the driving clip shows none.
        mouth: `auto`, `borrowed` or `drawn`.
        shading: carry over the driver's skin folds.
        smooth: look-ahead frames of the landmark filter; 0 switches it off.
        sound: carry the driving clip's sound over.
        seed: of anything random.
    """

    face: str = "largest"
    driving_face: str = "largest"
    expression: float = 1.0
    head: float = 1.0
    crop: Literal["none", "face", "portrait", "square"] = "none"
    size: int | None = None
    fps: Fraction | None = None
    start: Fraction = Fraction(0)
    duration: Fraction | None = None
    preview: bool = False
    on_missing_face: MissingFace = "relax"
    mouth: Literal["auto", "borrowed", "drawn"] = "auto"
    shading: bool = True
    smooth: int = 2
    sound: bool = True
    seed: int = 0
    overwrite: bool = False

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("--expression", self.expression, 0.0, 2.0),
            ("--head", self.head, 0.0, 2.0),
            ("--size", self.size or 512, 64, 8192),
            ("--fps", float(self.fps or 25), 1, 240),
            ("--smooth", self.smooth, 0, 12),
        ):
            if not low <= value <= high:
                raise BadOption(f"{name} {value:g} is outside {low:g} to {high:g}.")
        if self.start < 0 or (self.duration is not None and self.duration <= 0):
            raise BadOption("--start must not be negative, and --duration must be positive.")


@dataclass(frozen=True)
class AnimateResult:
    """What was made.

    Attributes:
        output: the file.
        frames: how many were drawn.
        duration: seconds.
        size: width, height in pixels.
        render_id: the mark's payload, 16 hex digits; look it up with `countenance verify`.
        permit_id: of the permission it was made under.
        missing: frames in which the driving clip showed no face.
    """

    output: Path
    frames: int
    duration: Fraction
    size: tuple[int, int]
    render_id: str
    permit_id: str
    missing: int
    notes: tuple[str, ...] = field(default=())


_END = object()


def _ahead(samples: Iterator[tuple[Sample, Pixels | None]], depth: int = 6) -> Iterator[tuple[Sample, Pixels | None]]:
    """The same items, produced in another thread up to `depth` ahead; errors are raised here."""
    box: queue.Queue[object] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                box.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in samples:
                if not put(item):
                    return
            put(_END)
        except BaseException as error:  # handed over to the consumer, which raises it
            put(error)

    thread = threading.Thread(target=work, name="countenance-measure", daemon=True)
    thread.start()
    try:
        while (item := box.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        thread.join(timeout=10)
