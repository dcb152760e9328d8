"""Two fields in one frame: drawn apart and made whole, at the clip's own rate. Needs FFmpeg's bwdif filter."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av.error
import av.filter

_TICK = Fraction(1, 25)
LEAST = 4  # pixels: smaller frames are left as they are


class Deinterlacer:
    """Gives as many frames as it takes, and only changes those that are interlaced.

    Args:
        first: the first frame; others of the same size and format may follow.
    """

    def __init__(self, first: Any) -> None:
        self._shape = _shape(first)
        graph = av.filter.Graph()
        source = graph.add_buffer(width=first.width, height=first.height, format=first.format.name, time_base=_TICK)
        bwdif, sink = graph.add("bwdif", "mode=send_frame:deint=interlaced"), graph.add("buffersink")
        source.link_to(bwdif)
        bwdif.link_to(sink)
        graph.configure()
        self._graph = graph
        self._times: list[Fraction] = []
        self._count = 0

    def takes(self, frame: Any) -> bool:
        """Whether the frame is like the first."""
        return _shape(frame) == self._shape

    def push(self, frame: Any, time: Fraction) -> Iterator[tuple[Any, Fraction]]:
        """Frames that are ready, in order, with the times that came with them."""
        self._times.append(time)
        frame.pts, frame.time_base = self._count, _TICK  # the filter wants times that rise evenly; they are not used
        self._count += 1
        self._graph.push(frame)
        return self._pulled()

    def finish(self) -> Iterator[tuple[Any, Fraction]]:
        """What is left; afterwards it takes nothing."""
        self._graph.push(None)
        yield from self._pulled()

    def _pulled(self) -> Iterator[tuple[Any, Fraction]]:
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield frame, self._times.pop(0)


def _shape(frame: Any) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
