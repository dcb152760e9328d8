"""A picture of what was found: a frame, and over it, as SVG, how the marked picture lies in it and where along the file
the marks were read. Pure; nothing is written to disk.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from PIL import Image

from countenance.marks.watermark import PictureGeometry
from countenance.media.frames import Pixels
from countenance.verify.findings import FrameView, MarkFinding, MarkReading
from countenance.verify.verdict import Verdict

TILE_SHARE = 0.5
"""A tile's side over the short side of the picture when it was marked (docs/watermark.md)."""
MAX_LINES = 60
SEAM = Fraction(1, 4)
"""Seconds between two places that are drawn as one: the detector stops once it has read enough."""
_QUALITY = 82

Line = tuple[float, float, float, float]


@dataclass(frozen=True)
class Drawing:
    """One frame and what is drawn over it; lengths in pixels of the frame.

    Attributes:
        image: data: URL of a JPEG.
        width, height: of the image.
        box: (x, y, width, height) where the mark was heard; None where none was.
        grid: lines (x1, y1, x2, y2) of the mark's tiles as they lie now.
        up: line from the middle to where the marked picture's top was.
        time: seconds; flipped: whether mirrored.
    """

    image: str
    width: int
    height: int
    box: tuple[float, float, float, float] | None = None
    grid: tuple[Line, ...] = ()
    up: Line | None = None
    time: float = 0.0
    flipped: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the time line, in per cent of the whole: left edge, width, and whether a mark was read."""

    left: float
    width: float
    found: bool


def drawing(verdict: Verdict) -> Drawing | None:
    """The frame that shows best what was found; None for sound."""
    if not verdict.views:
        return None
    best = verdict.picture.best
    view = _nearest(verdict.views, best)
    height, width = view.pixels.shape[:2]
    plain = Drawing(_data_url(view.pixels), width, height, time=float(view.time))
    if best is None or best.geometry is None:
        return plain
    shape = best.geometry
    left, top, right, bottom = shape.box
    box = (left * width, top * height, (right - left) * width, (bottom - top) * height)
    return Drawing(
        image=plain.image,
        width=width,
        height=height,
        box=box,
        grid=tuple(_grid(shape, width, height)),
        up=_up(shape, width, height),
        time=plain.time,
        flipped=shape.flipped,
    )


@dataclass(frozen=True, slots=True)
class DrawnSign:
    """A sign of manipulation for drawing: its place in the picture, and along the file.

    Attributes:
        signal: its name.
        seen: whether it counts.
        box: left, top, width, height in percent of the picture.
        left, width: of the stretch that was looked at, in percent of the file; None for a picture.
    """

    signal: str
    seen: bool
    box: tuple[float, float, float, float]
    left: float | None
    width: float


def drawn_signs(verdict: Verdict) -> tuple[DrawnSign, ...]:
    """The signs that were measured, those that count first."""
    duration = float(verdict.file.duration or 0)
    drawn = []
    for one in sorted(verdict.signs.signs, key=lambda sign: not sign.seen):
        left, top, right, bottom = (100 * side for side in one.box)
        box = (round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1))
        along = None if duration <= 0 or one.end <= 0 else round(100 * one.start / duration, 2)
        width = 0.0 if along is None else round(min(100 * (one.end - one.start) / duration, 100 - along), 2)
        drawn.append(DrawnSign(one.signal, one.seen, box, along, width))
    return tuple(drawn)


def stretches(found: MarkFinding, duration: Fraction | None) -> tuple[Stretch, ...]:
    """Where was looked along the file; nothing for stills and streams."""
    if not duration or duration <= 0:
        return ()
    read = {one.start for one in found.sightings}
    drawn = []
    for index, (start, end) in enumerate(found.looked):
        following = found.looked[index + 1][0] if index + 1 < len(found.looked) else duration
        if 0 < following - end < SEAM:
            end = following
        left, right = 100 * start / duration, 100 * min(end, duration) / duration
        drawn.append(Stretch(round(float(left), 2), round(max(0.8, float(right - left)), 2), start in read))
    return tuple(drawn)


def _nearest(views: tuple[FrameView, ...], best: MarkReading | None) -> FrameView:
    if best is None:
        return views[0]
    return min(views, key=lambda view: abs(view.time - best.start))


def _data_url(pixels: Pixels) -> str:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(kept.getvalue()).decode("ascii")


def _axes(shape: PictureGeometry, width: int, height: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """The tile's two sides as they lie in the frame, pixels."""
    side = min(width, height) * shape.scale * TILE_SHARE
    wide, high = side * math.sqrt(shape.aspect), side / math.sqrt(shape.aspect)
    angle = math.radians(shape.rotation)
    across = (wide * math.cos(angle), wide * math.sin(angle))
    down = (-high * math.sin(angle), high * math.cos(angle))
    return ((-across[0], -across[1]) if shape.flipped else across), down


def _grid(shape: PictureGeometry, width: int, height: int) -> Iterator[Line]:
    across, down = _axes(shape, width, height)
    reach = math.hypot(width, height)
    for along, other, offset in ((across, down, shape.offset[1]), (down, across, shape.offset[0])):
        step = math.hypot(*other)
        if step < 4:
            continue
        count = min(MAX_LINES // 2, int(reach / step) + 2)
        unit = (along[0] / math.hypot(*along), along[1] / math.hypot(*along))
        for index in range(-count // 2, count // 2 + 1):
            x = width / 2 + (index - offset) * other[0]
            y = height / 2 + (index - offset) * other[1]
            yield (
                round(x - unit[0] * reach, 1),
                round(y - unit[1] * reach, 1),
                round(x + unit[0] * reach, 1),
                round(y + unit[1] * reach, 1),
            )


def _up(shape: PictureGeometry, width: int, height: int) -> Line:
    _, down = _axes(shape, width, height)
    length = math.hypot(*down) or 1.0
    reach = 0.22 * min(width, height)
    x, y = width / 2, height / 2
    return x, y, round(x - down[0] / length * reach, 1), round(y - down[1] / length * reach, 1)
