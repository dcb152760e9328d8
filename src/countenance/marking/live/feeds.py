"""What viewers take from a live session: each has a short queue of its own, so that who is slow holds up nobody.

Pictures on their own (frames, JPEG) are replaced by newer ones; packets that build on each other are dropped all
together, up to the next key frame. Only `LiveOutput` puts anything in.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from countenance.media.frames import Pixels

FeedKind = Literal["vp8", "h264", "opus", "jpeg", "frames", "pcm"]
ROOM: dict[FeedKind, int] = {"vp8": 50, "h264": 50, "opus": 50, "jpeg": 1, "frames": 1, "pcm": 50}
"""Items that wait for a viewer at most: two seconds of pictures, one of sound."""
_CHAINED = ("vp8", "h264")


class Ended(Exception):
    """The session is over; nothing more will come."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A frame that bears label and mark.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        time: seconds since the session began.
    """

    pixels: Pixels
    time: Fraction


class Feed:
    """One viewer's. Made by `LiveOutput.feed`; safe for threads.

    Args:
        kind: vp8, h264, opus: `av.Packet`; jpeg: bytes; frames: `Marked`; pcm: bytes, 16-bit at 48 kHz.
        ask: called when a key frame is needed.
    """

    def __init__(self, kind: FeedKind, ask: Callable[[], None]) -> None:
        self.kind: FeedKind = kind
        self.share = 1
        """Of a picture stream every which frame is sent; see `change_share`."""
        self.dropped = 0
        """Items that this viewer was too slow for."""
        self._ask, self._ready = ask, threading.Condition()
        self._items: deque[Any] = deque()
        self._over = False
        self._waits_for_key = kind in _CHAINED
        self._told: Callable[[], None] = lambda: None

    def when_ready(self, told: Callable[[], None]) -> None:
        """Have a function called, from another thread, whenever something comes or the session ends."""
        self._told = told

    def put(self, item: Any, *, key: bool = True) -> None:
        """Take an item in; for the exit alone."""
        with self._ready:
            if self._over or (self._waits_for_key and not key):
                return
            self._waits_for_key = False
            if len(self._items) >= ROOM[self.kind]:
                self.dropped += len(self._items)
                self._items.clear()
                if self.kind in _CHAINED and not key:
                    self._waits_for_key = True
            if not self._waits_for_key:
                self._items.append(item)
            self._ready.notify_all()
        if self._waits_for_key:
            self._ask()
        self._told()

    def take(self, timeout: float | None = None) -> Any:
        """The next item; None where nothing came in `timeout` seconds.

        Raises:
            Ended: there is no more.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._items or self._over, timeout)
            if self._items:
                return self._items.popleft()
            if self._over:
                raise Ended
            return None

    def change_share(self, share: int) -> None:
        """Send every `share`-th frame from the next key frame on, with the bits of each frame unchanged."""
        with self._ready:
            self.share, self._waits_for_key = share, True
        self._ask()

    def ask_for_key(self) -> None:
        """The viewer lost something: the next picture is to be decodable alone."""
        self._ask()

    @property
    def over(self) -> bool:
        """Whether it was closed, or the session is over."""
        return self._over

    def close(self, *, at_once: bool = False) -> None:
        """Nothing more is taken in. What waits may still be taken, unless `at_once`."""
        with self._ready:
            self._over = True
            if at_once:
                self._items.clear()
            self._ready.notify_all()
        self._told()
