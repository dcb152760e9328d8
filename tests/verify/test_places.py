"""Where every place of a clip is too faint by itself, all of them are searched as one."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np

from countenance.marks.watermark import Watermark
from countenance.media.frames import VideoFrame
from countenance.verify.mark_detection import look
from countenance.verify.sampling import Nothing
from tests.marks.watermark.test_mark import PAYLOAD, clip

EACH = 4


class Faint(Nothing):
    """Sixteen small, loud frames of a marked clip in four places."""

    def __init__(self) -> None:
        super().__init__(kind="video", duration=Fraction(16, 25), width=192, height=180)
        noise, mark = np.random.default_rng(3), Watermark(PAYLOAD)
        small = [mark.embed(cv2.resize(pixels, (192, 180), interpolation=cv2.INTER_AREA)) for pixels in clip()[:32:2]]
        self._frames = [np.clip(p + noise.normal(0, 30, p.shape), 0, 255).astype(np.uint8) for p in small]

    def places(self) -> list[Fraction]:
        return [Fraction(first, 25) for first in range(0, len(self._frames), EACH)]

    def frames(self, start: Fraction) -> Iterator[VideoFrame]:
        first = int(start * 25)
        for index, pixels in enumerate(self._frames[first : first + EACH]):
            yield VideoFrame(pixels, Fraction(index, 25), index)


def test_places_say_together_what_none_says_alone() -> None:
    seen = look(Faint(), until=math.inf).picture
    assert [one.payload for one in seen.sightings] == [PAYLOAD]
    assert (seen.sightings[0].start, seen.sightings[0].end) == (0, Fraction(16, 25)), "all of it, so no place alone"


def test_when_the_time_is_over_they_are_not() -> None:
    seen = look(Faint(), until=time.monotonic() - 1).picture
    assert not seen.sightings and seen.looked == ((0, Fraction(4, 25)),)
