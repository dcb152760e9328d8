"""Several subjects of one picture drawn at once: each drawing fills what lies nearest to its own face, and where nobody
was redrawn the picture stays to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.take import Sample

FEATHER = 0.08  # of a face's size, over which one drawing goes over into the next


class FaceRegions:
    """Which part of a picture each subject's drawing fills.

    Args:
        faces: the subjects', as measured in the picture.
        shape: its height and width, pixels.
    """

    def __init__(self, faces: Sequence[Face], shape: tuple[int, int]) -> None:
        self._parts: list[tuple[slice, slice, NDArray[np.float32]]] = []
        if len(faces) == 1:
            return
        y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        away = np.stack([np.hypot(x - one.centre[0], y - one.centre[1]) / one.size for one in faces])
        nearest = away.argmin(0)
        for k, face in enumerate(faces[1:], 1):
            share = cv2.GaussianBlur((nearest == k).astype(np.float32), (0, 0), max(1.0, FEATHER * face.size))
            rows, columns = np.nonzero(share.any(1))[0], np.nonzero(share.any(0))[0]
            down, across = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            self._parts.append((down, across, share[down, across, None]))

    def composed(self, drawn: Sequence[Pixels]) -> Pixels:
        """One picture out of each subject's, (h, w, 3) uint8 in the order of the faces; the first is changed."""
        out = drawn[0]
        for (down, across, share), its in zip(self._parts, drawn[1:], strict=True):
            part, other = out[down, across], its[down, across]
            mixed = part + (other - part.astype(np.float32)) * share + 0.5
            part[...] = np.where(share >= 1, other, np.where(share <= 0, part, mixed.astype(np.uint8)))
        return out


def in_step(streams: Sequence[Iterator[Sample]], rate: Fraction) -> Iterator[tuple[Fraction, tuple[Sample, ...]]]:
    """Samples of several performances at the times of the first one, as long as the longest; one that is over holds.

    Args:
        streams: each in the order of time.
        rate: frames a second, for times after the first one's end.
    """
    ahead = [next(one, None) for one in streams]
    held = [one for one in ahead if one is not None]
    if len(held) < len(ahead):
        return
    time = held[0].time
    while True:
        for k, stream in enumerate(streams):
            while (one := ahead[k]) is not None and one.time <= time + (0 if k == 0 else 1 / (2 * rate)):
                held[k], ahead[k] = one, next(stream, None)
        yield time, tuple(held)
        first = ahead[0]
        if all(one is None for one in ahead):
            return
        time = first.time if first is not None else time + 1 / rate
