"""What can be measured of a take, frame by frame: eyes, mouth, head, and what lies round it. Judges nothing.

Streams: of each frame only a few numbers and the landmarks that tell a head from a flat picture are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, NoFace, TooLarge
from countenance.face.topology import LEFT_EYE_LOWER, LEFT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_EYE_UPPER
from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.media.video import open_video

Array = NDArray[np.float64]

LONGEST, SHORTEST = 60.0, 4.0  # seconds
_LIPS = (13, 14)  # inner lips' middles
# Points that hardly move with expressions, at different depths: nose, brow, temples, eye corners, cheekbones.
RIGID = np.array([1, 4, 5, 6, 168, 9, 10, 151, 33, 133, 263, 362, 127, 356, 234, 454, 93, 323, 50, 280, 103, 332])
_MARGIN = 0.9  # of the face's size kept away from when looking at what lies round it
CELL = 16
LEAST_ROOM = 0.02  # of the picture must lie away from the head
_NOISE_SIDE = 640  # what lies round it is compared in a window of at most this side, not scaled


@dataclass(frozen=True)
class TakeSeries:
    """Measures over the N frames of a take in which the face was found.

    Attributes:
        times: (N,) seconds.
        frames: how many frames the clip has.
        yaw, pitch: (N,) degrees; yaw towards the person's left, pitch down.
        lids: (N, 2) opening of right and left eye over its width.
        mouth: (N,) opening of the inner lips over the eye distance.
        rigid: (N, len(RIGID), 2) landmarks, pixels.
        eyes: (N,) eye distance, pixels.
        jumps: (N,) how far the face moved since the frame before, in eye distances; 0 first and after a gap.
        still: share of the pixels away from the head that are exactly as in the frame before, in the tenth of the
            frames with the most change but for the odd refresh; None where the head fills the picture.
    """

    times: Array
    frames: int
    yaw: Array
    pitch: Array
    lids: Array
    mouth: Array
    rigid: Array
    eyes: Array
    jumps: Array
    still: float | None

    @property
    def rate(self) -> float:
        """Frames a second in which the face was found."""
        span = float(self.times[-1] - self.times[0])
        return (len(self.times) - 1) / span if span > 0 else 0.0


def measure_take(clip: Path) -> TakeSeries:
    """Follow the largest face through a clip.

    Raises:
        InputError: the clip cannot be read; TooLarge, BadOption: it is longer or shorter than a take may be.
        NoFace: it shows nobody.
    """
    rows: list[tuple[Any, ...]] = []
    around = _Surroundings()
    frames, last, end = 0, None, 0.0
    with open_video(clip) as video, FaceTracker() as tracker:
        for frame in video.frames():
            frames += 1
            end = float(frame.time)
            if end > LONGEST:
                raise TooLarge(f"{clip.name} is longer than a minute.", "Record the take alone, in 10 to 20 seconds.")
            face = tracker.track(frame.pixels)
            around.see(frame.pixels, face)
            if face is None:
                last = None
                continue
            rows.append((end, *_measures(face, last)))
            last = face
    if not rows:
        raise NoFace(f"No face can be seen in {clip.name}.")
    if end < SHORTEST:
        raise BadOption(f"{clip.name} lasts {end:.1f} seconds; a take needs {SHORTEST:.0f}.", "Record it again.")
    columns = [np.array(column, np.float64) for column in zip(*rows, strict=True)]
    times, yaw, pitch, lids, mouth, rigid, eyes, jumps = columns
    return TakeSeries(times, frames, yaw, pitch, lids, mouth, rigid, eyes, jumps, around.still())


def _measures(face: Face, last: Face | None) -> tuple[Any, ...]:
    points = face.landmarks.astype(np.float64)
    yaw, pitch, _ = face.angles
    size = face.eye_distance
    lids = [_opening(points, upper, lower) for upper, lower in ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER), _LEFT)]
    mouth = float(np.linalg.norm(points[_LIPS[0]] - points[_LIPS[1]])) / size
    jump = 0.0
    if last is not None:
        jump = float(np.median(np.linalg.norm(face.landmarks[RIGID, :2] - last.landmarks[RIGID, :2], axis=1))) / size
    return yaw, pitch, lids, mouth, points[RIGID, :2], size, jump


_LEFT = (LEFT_EYE_UPPER, LEFT_EYE_LOWER)


def _opening(points: Array, upper: NDArray[np.int64], lower: NDArray[np.int64]) -> float:
    """Mean distance of the lids over the eye's width (the eye aspect ratio of Soukupová and Čech, 2016)."""
    gap = np.linalg.norm(points[upper[2:-2], :2] - points[lower[2:-2], :2], axis=1).mean()
    return float(gap / np.linalg.norm(points[upper[0], :2] - points[upper[-1], :2]))


class _Surroundings:
    """How much stays as it was from frame to frame where no head is, looked at in cells of CELL by CELL pixels."""

    def __init__(self) -> None:
        self._last: NDArray[np.uint8] | None = None
        self._same: list[NDArray[np.uint8]] = []
        self._head = [np.inf, np.inf, -np.inf, -np.inf]

    def see(self, pixels: Pixels, face: Face | None) -> None:
        height, width = pixels.shape[:2]
        top, left = max(0, (height - _NOISE_SIDE) // 2), max(0, (width - _NOISE_SIDE) // 2)
        luma = cv2.cvtColor(pixels[top : top + _NOISE_SIDE, left : left + _NOISE_SIDE], cv2.COLOR_RGB2GRAY)
        luma = luma[: luma.shape[0] // CELL * CELL, : luma.shape[1] // CELL * CELL]
        if self._last is not None and self._last.shape == luma.shape:
            rows, columns = luma.shape[0] // CELL, luma.shape[1] // CELL
            same = (luma == self._last).reshape(rows, CELL, columns, CELL)
            self._same.append((same.mean((1, 3)) * 255).astype(np.uint8))
        elif self._last is not None:
            self._same.clear()
        self._last = luma
        if face is not None:
            x0, y0, x1, y1 = face.box
            away = _MARGIN * face.size / 2
            seen = (x0 - left - away, y0 - top - away, x1 - left + away, y1 - top + away)
            self._head = [min(self._head[0], seen[0]), min(self._head[1], seen[1]),
                          max(self._head[2], seen[2]), max(self._head[3], seen[3])]  # fmt: skip

    def still(self) -> float | None:
        """See TakeSeries."""
        if len(self._same) < 2 or not np.isfinite(self._head).all():
            return None
        free = np.ones(self._same[0].shape, bool)
        x0, y0, x1, _ = (value / CELL for value in self._head)
        # The neck and shoulders below the head move with it.
        free[max(0, int(np.floor(y0))) :, max(0, int(np.floor(x0))) : max(0, int(np.ceil(x1)))] = False
        if free.sum() < LEAST_ROOM * free.size:
            return None
        shares = np.array([same[free].mean() / 255 for same in self._same])
        return float(np.percentile(shares, 10))
