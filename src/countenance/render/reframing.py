"""The same picture in another shape, with the face kept in it: cut out of it, or whole on a blurred ground.

The cut stands still while the face stays inside it, and follows slowly where it does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.errors import BadOption
from countenance.face.types import Face
from countenance.media.frames import Pixels

Fit = Literal["crop", "pad"]

TOO_LARGE = "The face does not fit into this shape; the whole picture is shown on a blurred ground."
ROUND_FACE = 1.25  # the kept box round a face's landmarks, in their own size: hair, ears and chin
EYE_LINE = 0.44  # where the middle of a face stands in a cut, from the top
STILL = 0.9  # share of the cut that faces may range over while it stands still
FOLLOW_SECONDS = 0.8  # standard deviation of the smoothing of a cut that follows
CUT = 0.6  # face sizes between two looks beyond which it is another shot


@dataclass(frozen=True)
class FacePosition:
    """Where the face was at a time.

    Attributes:
        time: seconds.
        box: x0, y0, x1, y1, pixels, round the face as it is to be kept.
    """

    time: Fraction
    box: tuple[float, float, float, float]


def look(face: Face, time: Fraction) -> FacePosition:
    """The box to be kept round a face."""
    points = face.landmarks[:, :2]
    low, high = points.min(0), points.max(0)
    middle, half = (low + high) / 2, (high - low) / 2 * ROUND_FACE
    x0, y0, x1, y1 = (float(v) for v in (*(middle - half), *(middle + half)))
    return FacePosition(time, (x0, y0, x1, y1))


@dataclass(frozen=True)
class AspectShape:
    """A shape that is asked for.

    Attributes:
        ratio: width / height.
        fit: `crop`, or `pad`: the whole picture on a blurred ground.
    """

    ratio: Fraction
    fit: Fit = "crop"


class Reframing:
    """Brings frames of one size into one shape.

    Args:
        width, height: of the frames, pixels.
        ratio: width / height of what comes out.
        looks: where the face was, in order of time; none: the middle is kept.
        fit: `crop`, or `pad`; where the face is larger than the cut would be, it is padded all the same.
        size: longer side of what comes out, pixels, made even; None: no pixel is scaled up or down in a cut, and the
            longer side stays in a padded picture.

    Attributes:
        size: (width, height) of what comes out.
        padded: whether the whole picture is shown.
        warnings: in plain words.
    """

    def __init__(
        self,
        width: int,
        height: int,
        ratio: Fraction,
        looks: Sequence[FacePosition] = (),
        fit: Fit = "crop",
        size: int | None = None,
    ) -> None:
        if not Fraction(1, 5) <= ratio <= 5:
            raise BadOption(f"A shape of {ratio} cannot be framed.", "Use 1:5 to 5:1.")
        self._width, self._height = width, height
        self._cut = (
            _even_inside(min(Fraction(width), height * ratio)),
            _even_inside(min(Fraction(height), width / ratio)),
        )
        wide = max((one.box[2] - one.box[0] for one in looks), default=0.0)
        high = max((one.box[3] - one.box[1] for one in looks), default=0.0)
        self.padded = fit == "pad" or min(wide, width) > self._cut[0] or min(high, height) > self._cut[1]
        longer = size or max(width, height)
        sized = (_even(longer * min(Fraction(1), ratio)), _even(longer * min(Fraction(1), 1 / ratio)))
        self.size = self._cut if size is None and not self.padded else sized
        self.warnings = (TOO_LARGE,) if self.padded and fit == "crop" else ()
        self._times = np.array([float(one.time) for one in looks])
        self._corners = _path(looks, self._cut, width, height)

    def draw(self, pixels: Pixels, time: Fraction = Fraction(0), face: Face | None = None) -> Pixels:
        """One frame in the new shape.

        Args:
            pixels: (h, w, 3) uint8.
            time: seconds.
            face: as tracked in this frame, where it is known: the cut moves as far as it must to hold it.
        """
        return self._on_ground(pixels) if self.padded else self._cut_out(pixels, time, face)

    def window(self, time: Fraction, face: Face | None = None) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 of the cut at a time, inside the picture."""
        wide, high = self._cut
        if len(self._times) > 1:
            corner = self._between(float(time))
        elif len(self._times):
            corner = self._corners[0]
        else:
            corner = np.array([(self._width - wide) / 2, (self._height - high) / 2])
        x, y = float(corner[0]), float(corner[1])
        if face is not None:
            x0, y0, x1, y1 = look(face, time).box
            x, y = _holding(x, x0, x1, wide), _holding(y, y0, y1, high)
        left = round(min(max(x, 0), self._width - wide))
        top = round(min(max(y, 0), self._height - high))
        return left, top, left + wide, top + high

    def _between(self, time: float) -> NDArray[np.float64]:
        """The cut's corner between two looks; over a change of shot it does not slide."""
        after = int(np.clip(np.searchsorted(self._times, time), 1, len(self._times) - 1))
        share = (time - self._times[after - 1]) / max(self._times[after] - self._times[after - 1], 1e-9)
        share = min(max(share, 0.0), 1.0)
        one, other = self._corners[after - 1], self._corners[after]
        if np.abs(other - one).max() > self._cut[0] / 8:
            share = round(share)
        return np.asarray(one * (1 - share) + other * share)

    def _cut_out(self, pixels: Pixels, time: Fraction, face: Face | None) -> Pixels:
        x0, y0, x1, y1 = self.window(time, face)
        part = pixels[y0:y1, x0:x1]
        return np.ascontiguousarray(part) if (x1 - x0, y1 - y0) == self.size else _scaled(part, self.size)

    def _on_ground(self, pixels: Pixels) -> Pixels:
        width, height = self.size
        scale = min(width / self._width, height / self._height)
        inner = (min(width, max(2, round(self._width * scale))), min(height, max(2, round(self._height * scale))))
        cover = max(width / self._width, height / self._height)
        part_w, part_h = min(self._width, round(width / cover)), min(self._height, round(height / cover))
        left, top = (self._width - part_w) // 2, (self._height - part_h) // 2
        small = _scaled(pixels[top : top + part_h, left : left + part_w], (max(2, width // 16), max(2, height // 16)))
        ground = cv2.resize(cv2.GaussianBlur(small, (0, 0), 2.5), (width, height), interpolation=cv2.INTER_CUBIC)
        out = np.asarray(ground * np.float32(0.55), np.uint8)
        x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
        out[y : y + inner[1], x : x + inner[0]] = _scaled(pixels, inner)
        return out


def _path(looks: Sequence[FacePosition], cut: tuple[int, int], width: int, height: int) -> NDArray[np.float64]:
    """(n, 2) left and top of the cut at each look."""
    boxes = np.array([one.box for one in looks], np.float64).reshape(-1, 4)
    corners = np.zeros((len(boxes), 2))
    for first, last in _shots(boxes):
        shot = boxes[first:last]
        for axis, (extent, place, limit) in enumerate(((cut[0], 0.5, width), (cut[1], EYE_LINE, height))):
            low, high = shot[:, axis], shot[:, axis + 2]
            if high.max() - low.min() <= STILL * extent:
                wanted = np.full(len(shot), (high.max() + low.min()) / 2 - place * extent)
                wanted = np.clip(wanted, high.max() - extent, low.min())
            else:
                steps = np.median(np.diff([float(one.time) for one in looks[first:last]])) if len(shot) > 1 else 1.0
                wanted = scipy.ndimage.gaussian_filter1d(
                    (low + high) / 2 - place * extent, FOLLOW_SECONDS / steps, mode="nearest"
                )
            corners[first:last, axis] = np.clip(wanted, 0, limit - extent)
    return corners


def _shots(boxes: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Ranges of looks between which the face does not jump."""
    if not len(boxes):
        return []
    middles, sizes = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2] - boxes[:, 0]
    jumps = np.abs(np.diff(middles, axis=0)).max(1) > CUT * np.minimum(sizes[1:], sizes[:-1])
    edges = [0, *(int(k) + 1 for k in np.nonzero(jumps)[0]), len(boxes)]
    return list(pairwise(edges))


def _holding(start: float, low: float, high: float, extent: float) -> float:
    """A window's start, moved no further than it must be for [low, high] to lie inside."""
    if high - low > extent:
        return (low + high - extent) / 2
    return min(max(start, high - extent), low)


def _scaled(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    if (pixels.shape[1], pixels.shape[0]) == size:
        return np.ascontiguousarray(pixels)
    how = cv2.INTER_AREA if size[0] < pixels.shape[1] else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _even(value: Fraction) -> int:
    return max(2, round(value / 2) * 2)


def _even_inside(value: Fraction) -> int:
    return max(2, int(value) // 2 * 2)
