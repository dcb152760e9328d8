"""Portraits and driving clips of given sizes, made for one run in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import cycle, islice
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image
from tests.portraits import eileen_collins, grace_hopper

from countenance.engines import DrawOptions, Portrait, load_engine
from countenance.media.frames import Pixels
from countenance.media.video import open_video
from countenance.performance.authored import authored_performance

RATE = Fraction(25)


def portrait_in(width: int, height: int, face: float) -> Pixels:
    """Grace Hopper's photograph in a frame of this size, her face (landmarks' box, longer side) `face` pixels high."""
    portrait = grace_hopper()
    scale = face / portrait.face.size
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return placed(cv2.resize(portrait.pixels, None, fx=scale, fy=scale, interpolation=way), width, height)


def portrait_file(path: Path, width: int, height: int, face: float) -> Path:
    """The same as a PNG."""
    Image.fromarray(portrait_in(width, height, face)).save(path)
    return path


def driving_file(path: Path, media: Path, width: int, height: int, frames: int) -> Path:
    """A driving clip of this size and length: the folder's first clip over and over, or a drawn one."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "18", "preset": "veryfast"}
        for pixels in islice(driving_pictures(media), frames):
            scale = height / pixels.shape[0]
            way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            shown = placed(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way), width, height)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode())
    return path


def driving_pictures(media: Path) -> Iterator[Pixels]:
    clips = sorted(media.glob("driving*.mp4")) or sorted(media.glob("*.mp4"))
    for _ in cycle([0]):
        if clips:
            with open_video(clips[0]) as video:
                yield from (frame.pixels for frame in video.frames())
        else:
            take = authored_performance("demo")
            yield from map(_rig(take.neutral).draw, take)


def _rig(neutral):  # type: ignore[no-untyped-def]
    portrait: Portrait = eileen_collins()
    return load_engine("mesh").prepare(portrait, neutral, DrawOptions())


def placed(pixels: Pixels, width: int, height: int) -> Pixels:
    """Middle of the top edge kept; cut, or continued by its edges, to the size."""
    x = (pixels.shape[1] - width) // 2
    part = pixels[:height, max(0, x) : max(0, x) + width]
    missing = width - part.shape[1]
    below = height - part.shape[0]
    whole = cv2.copyMakeBorder(part, 0, below, missing // 2, missing - missing // 2, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(whole, np.uint8)
