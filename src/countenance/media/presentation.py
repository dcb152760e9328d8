"""When decoded frames are shown: the container's own times, mended where they are missing, out of order or jump.

Frames may come without a time (elementary streams), with decoding times alone (AVI), or with a clock that jumps (a
broadcast, recordings laid end to end). None of them is dropped for that. Knows nothing of pixels.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

LONGEST_GAP = 10  # seconds; in formats whose clock may jump, more is a jump (FFmpeg's dts_delta_threshold)


class Clock:
    """Gives each frame of a track its time.

    Args:
        time_base: of the track, seconds a tick.
        step: seconds from frame to frame, where nothing better is known.
        has_times: False where frames follow each other evenly, as in elementary streams.
        reordered: False where only decoding times are kept, which are then the times of frames in order.
        jumps: whether the container's clock may jump.

    Attributes:
        has_times: as given.
        length: seconds for which the last frame is shown, as far as the container says.
    """

    def __init__(self, time_base: Fraction, step: Fraction, *, has_times: bool, reordered: bool, jumps: bool) -> None:
        self._base, self._step = time_base, step
        self.has_times, self._reordered, self._jumps = has_times, reordered, jumps
        self._faulty_pts = self._faulty_dts = 0
        self._last_pts: int | None = None
        self._last_dts: int | None = None
        self._offset = Fraction(0)
        self._last: Fraction | None = None
        self.length = step

    def time_of(self, frame: Any) -> Fraction:
        """Seconds on the container's clock, later than the frame before."""
        ticks = self._ticks(frame)
        last, base = self._last, self._base
        expected = Fraction(0) if last is None else last + self.length
        time = expected if ticks is None else ticks * base + self._offset
        if last is not None and ticks is not None:
            if self._jumps and (time < last - 3 * self._step or time > last + LONGEST_GAP):
                self._offset += expected - time
                time = expected
            elif time <= last:  # a spoilt or doubled time: the frame is shown, if shortly
                time = last + base
        self.length = frame.duration * base if self.has_times and frame.duration else self._step
        self._last = time
        return time

    def _ticks(self, frame: Any) -> int | None:
        """The better of both times: FFmpeg's `guess_correct_pts`."""
        if not self.has_times:
            return None
        pts, dts = frame.pts if self._reordered else None, frame.dts
        if dts is not None:
            self._faulty_dts += self._last_dts is not None and dts <= self._last_dts
            self._last_dts = dts
        elif pts is not None:
            self._last_dts = pts
        if pts is not None:
            self._faulty_pts += self._last_pts is not None and pts <= self._last_pts
            self._last_pts = pts
        elif dts is not None:
            self._last_pts = dts
        if pts is not None and (dts is None or self._faulty_pts <= self._faulty_dts):
            return int(pts)
        return None if dts is None else int(dts)
