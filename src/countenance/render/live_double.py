"""A filter on one's own picture, live: a permitted likeness on whoever the permit names as double, or another age.

The person before the camera is held against the double's template at the house's rate (`face.following`): a frame is
redrawn only once a look after it has confirmed that it shows them, and everybody else's pictures pass as they are,
labelled and marked like the rest. So the stream lies up to ten frames behind the camera.
"""

from __future__ import annotations

import time as clock
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from countenance.engines import load_plate_engine
from countenance.errors import BadOption, NoFace
from countenance.face.following import follow
from countenance.face.subject import SeenSubject
from countenance.files import check_output
from countenance.likeness.ageing import aged
from countenance.likeness.gathering import gather, made_from
from countenance.likeness.library.likeness_store import LikenessSubject, WornSubject
from countenance.marking.render_spec import UNASKED_LIVE, Making
from countenance.marking.sound_encoding import Samples
from countenance.media.frames import Pixels, VideoFrame
from countenance.media.source import Source, path_of, pinned
from countenance.performance.live import PATIENCE, TICKS, Camera, Microphone, sound_until
from countenance.permission.authorisation import Right
from countenance.permission.permit import Permit
from countenance.render.face_swap import SwapOptions, open_double
from countenance.render.job import Inputs, permitted
from countenance.render.live import SIGNED_AT_THE_BEGINNING, Live, LiveFrame, LiveRecipe
from countenance.render.plates import plate_of
from countenance.settings import Settings

SIZE = (640, 480)
"""Width, height of the stream; a camera's picture is fitted in."""


class LiveDouble(LiveRecipe):
    """A likeness or another age, worn live.

    Args:
        likeness: a .likeness file; None for the double's own face at another age.
        double: a picture or clip of the person who will be before the camera: by it they are known.
        permission: of the likeness's person, for `swap`; without a likeness the double's own, for `re-age`.
        double_permission: the double's own, for `double`; None without a likeness.
        camera: the pictures.
        options: as for a swap.
        microphone: the sound that goes along, or None.
        record: a file to record into.
        bitrate: as `LiveOutput`.
    """

    def __init__(
        self,
        likeness: str | Path | Source | None,
        double: str | Path | Source,
        permission: Right,
        double_permission: Right | None,
        camera: Camera,
        options: SwapOptions,
        *,
        microphone: Microphone | None = None,
        record: str | Path | None = None,
        bitrate: int | None = None,
    ) -> None:
        self.use = "re-age" if likeness is None else "swap"
        self.also = "live"
        self.roles = ("plate",) if likeness is None else ("source", "plate")
        own = {"plate": permission} if likeness is None else {"source": permission}
        self.rights = own | ({"plate": double_permission} if likeness is not None and double_permission else {})
        self._likeness, self._double, self._camera, self._options = likeness, double, camera, options
        self._microphone, self.bitrate = microphone, bitrate
        self.output = None if record is None else Path(record)
        self.overwrite = options.overwrite
        self.redrawn = self.passed = 0
        """Frames in which the double surely was, and all others."""

    def preflight(self, settings: Settings) -> None:
        """See Recipe."""
        if self._likeness is None and not self._options.years:
            raise BadOption("By how many years?", "Give --age +20 or --age -10.")
        if self.output is not None:
            check_output(self.output, [path_of(self._double)], overwrite=self.overwrite)
        load_plate_engine(settings.engine)

    def open(self, settings: Settings) -> Inputs:
        """See Recipe."""
        plate = open_double(self._double, self._options, settings)
        if self._likeness is None:
            return Inputs({"plate": plate})
        return Inputs({"source": LikenessSubject(pinned(self._likeness), settings), "plate": plate})

    def prepare(self, inputs: Inputs, permit: Permit, settings: Settings) -> Live:  # type: ignore[override]
        """See Recipe."""
        options = self._options
        double = permitted(inputs, "plate", SeenSubject, permit).subject  # type: ignore[type-abstract]
        engine = load_plate_engine(settings.engine)
        plate = plate_of(double)
        if self._likeness is None:
            now = made_from(gather([double.source], (double.template,)), "double", grant_sha256=permit.grant_hash)
            then = aged(now, options.years, options.current_age)
            rig = engine.prepare_reage(plate, now, then, options.plate)
            what = f"A person before a camera was made to look {options.years:+g} years of age, live."
        else:
            whose = permitted(inputs, "source", WornSubject, permit).subject.likeness
            rig = engine.prepare_swap(plate, aged(whose, options.years, options.current_age), options.plate)
            what = "The face of a body double before a camera was redrawn live with a licensed likeness."
        opening = self._first()

        def frames() -> Iterator[LiveFrame]:
            given = 0
            for seen in follow(self._frames(), double.template):
                pixels, time = seen.frame.pixels, seen.frame.time
                if seen.face is None:
                    self.passed += 1
                else:
                    self.redrawn += 1
                    pixels = rig.draw(pixels, seen.face, time=time, cut=seen.cut)
                sound: Samples | None = sound_until(self._microphone, time, given)
                given += 0 if sound is None else len(sound)
                yield LiveFrame(VideoFrame(pixels, time, seen.frame.index), sound)

        return Live(
            making=Making(
                title=options.title or "Live picture",
                use=self.use,
                engine=engine.name,
                engine_version=engine.version,
                ingredients=(),
                actions=(
                    ("c2pa.edited", what),
                    *((("c2pa.edited", UNASKED_LIVE),) if self._microphone is not None else ()),
                    ("c2pa.edited", SIGNED_AT_THE_BEGINNING),
                ),
                seed=options.seed,
                label=options.label,
                language=options.language,
            ),
            size=SIZE,
            opening=[opening],
            frames=frames,
            channels=1 if self._microphone is not None else 0,
        )

    def _first(self) -> Pixels:
        """The camera's first picture: the stream begins with it as it is. Raises NoFace: none comes."""
        until = clock.monotonic() + 30
        while clock.monotonic() < until:
            try:
                pixels = self._camera.newest(1.0)
            except StopIteration:
                break
            if pixels is not None:
                return fitted_in(pixels)
        raise NoFace("The camera gives no picture.", "Allow the page to use the camera, and look into it.")

    def _frames(self) -> Iterator[VideoFrame]:
        """The camera's pictures by the clock; the newest of those that came meanwhile."""
        began, index, last = clock.monotonic(), 0, deque[Pixels](maxlen=1)
        while True:
            try:
                pixels = self._camera.newest(PATIENCE)
            except StopIteration:
                return
            if pixels is not None:
                last.append(fitted_in(pixels))
            if not last:
                continue
            yield VideoFrame(last[0], Fraction(max(1, round((clock.monotonic() - began) * TICKS)), TICKS), index)
            index += 1


def fitted_in(pixels: Pixels) -> Pixels:
    """A camera's picture in SIZE, whatever its shape, with black beside it where need be."""
    width, height = SIZE
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    if pixels.shape[:2] == (height, width):
        return pixels
    inner = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    out = np.zeros((height, width, 3), np.uint8)
    x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
    out[y : y + inner[1], x : x + inner[0]] = small
    return out
