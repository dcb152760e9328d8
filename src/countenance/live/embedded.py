"""A speaking portrait inside another program: sound in, marked pictures and the very same sound out. For voice agents.

    avatar = LiveAvatar("portrait.jpg", permission=right)
    avatar.start()                       # permission is checked, the mark tried: some seconds
    avatar.push(pcm, 24_000)             # as the agent's voice gives it
    moment = avatar.next()               # every 40 ms
    avatar.clear()                       # somebody interrupts

The sound is the program's own and is given back bit for bit; the pictures bear label and mark. Blocking; use it from a
thread of its own. Everything goes through the one job, its permit and the live exit.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from countenance.errors import BadOption, CountenanceError
from countenance.marking.live import Ended, Feed, LiveOutput, LiveReceipt, Marked
from countenance.performance.expression import canonical_neutral
from countenance.performance.live import Moment
from countenance.permission.authorisation import Right
from countenance.render.cancel import Cancel
from countenance.render.live import BY_SPEECH, LiveJob, LivePortrait
from countenance.render.options import AnimateOptions
from countenance.settings import Settings
from countenance.speech.idle import RATE
from countenance.speech.live import SpeechMotion

_PATIENCE = 120.0  # seconds to come on the air, and for one picture


@dataclass(frozen=True)
class AvatarMoment:
    """What to show and to play for 40 ms.

    Attributes:
        picture: with label and mark.
        sound: 16-bit mono at the rate it was pushed with, the same bytes; empty while nothing is said.
        ended: an utterance, closed by `end`, has now been played to its end.
        speaking: whether sound came.
    """

    picture: Marked
    sound: bytes
    ended: bool
    speaking: bool


class LiveAvatar:
    """See the module.

    Args:
        portrait: a picture with a face.
        permission: why this likeness may be used; the use is `live`.
        options: of the portrait: size (512 by default), crop, expression, label, title.
        settings: of the installation; from the environment when left out.
        seed: of blinks, gaze and head.

    Attributes:
        size: width, height of the pictures, once it has started.
        render_id: what their marks carry, 16 hex digits.
    """

    def __init__(
        self,
        portrait: str | Path,
        *,
        permission: Right,
        options: AnimateOptions | None = None,
        settings: Settings | None = None,
        seed: int = 0,
    ) -> None:
        self._settings = settings or Settings.load()
        self._motion = SpeechMotion(24_000, seed=seed)
        self._cancel = Cancel()
        self._wanted: queue.Queue[bool] = queue.Queue()
        self._recipe = LivePortrait(portrait, permission, lambda: self, BY_SPEECH, options)
        self._lock = threading.Lock()
        self._pieces: deque[bytes | None] = deque()  # as pushed; None ends an utterance
        self._bytes = 0
        self._spoke = False
        self._up = threading.Event()
        self._feed: Feed | None = None
        self._failure: CountenanceError | None = None
        self._receipt: LiveReceipt | None = None
        self.size = (0, 0)
        self.render_id = ""
        self._thread = threading.Thread(target=self._work, name="countenance-avatar", daemon=True)

    def start(self) -> None:
        """Come on the air.

        Raises:
            InputError, FaceError, PermissionRefused, ProvenanceError, SetupError.
        """
        self._thread.start()
        if not self._up.wait(_PATIENCE):
            raise CountenanceError("The avatar did not come on the air.", "Try again.", code="live.slow")
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def push(self, pcm: bytes, rate: int) -> None:
        """More of what is being said: 16-bit little-endian mono. Raises BadOption, TooLarge, as `SpeechMotion.push`."""
        if rate % RATE:
            raise BadOption(
                f"Sound of {rate} Hz cannot go with {RATE} pictures a second.", "Use 16000, 24000 or 48000."
            )
        with self._lock:
            self._motion.push(pcm, rate)
            self._pieces.append(pcm)
            self._bytes = rate // RATE * 2

    def end(self) -> None:
        """The utterance is complete."""
        with self._lock:
            self._motion.end()
            if self._pieces and self._pieces[-1] is not None:
                self._pieces.append(None)

    def clear(self) -> float:
        """Be interrupted: nothing that was pushed comes out any more. Returns seconds that were dropped."""
        with self._lock:
            self._pieces.clear()
            return self._motion.clear()

    def next(self) -> AvatarMoment:
        """The next 40 ms. Whoever calls keeps the clock.

        Raises:
            CountenanceError: why the session has ended: permission.revoked, permission.expired, …; live.over.
        """
        epoch = self._motion.epoch
        self._wanted.put(True)
        picture = self._taken()
        with self._lock:
            if epoch != self._motion.epoch:  # interrupted while it was drawn
                return AvatarMoment(picture, b"", False, False)
            sound, ended = self._played()
        return AvatarMoment(picture, sound, ended, bool(sound))

    def close(self) -> LiveReceipt | None:
        """End the session; its receipt, where there was one. Safe to call twice."""
        self._cancel.cancel()
        self._wanted.put(False)
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)
        return self._receipt

    def moments(self) -> Iterator[Moment]:
        """For the job: one moment for each that is asked for."""
        count, neutral = 0, canonical_neutral()
        while self._wanted.get():
            count += 1
            sample, _ = self._motion.next(Fraction(count, RATE))
            self._spoke = self._motion.spoke
            yield Moment(sample.time, sample, neutral)

    def _taken(self) -> Marked:
        try:
            picture = None if self._feed is None else self._feed.take(_PATIENCE)
        except Ended:
            picture = None
        if isinstance(picture, Marked):
            return picture
        self._thread.join(5)
        raise self._failure or CountenanceError("The session is over.", "Begin a new one.", code="live.over")

    def _played(self) -> tuple[bytes, bool]:
        """What was pushed for this moment, as it was pushed; and whether it ends an utterance."""
        out = b""
        whole = not self._spoke  # the mouth is done: what is left of an utterance that ended goes along
        if whole and None not in self._pieces:
            return b"", False
        while self._pieces and (whole or len(out) < self._bytes):
            piece = self._pieces.popleft()
            if piece is None:
                return out, True
            take = len(piece) if whole else min(len(piece), self._bytes - len(out))
            out += piece[:take]
            if take < len(piece):
                self._pieces.appendleft(piece[take:])
        if self._pieces and self._pieces[0] is None:
            self._pieces.popleft()
            return out, True
        return out, False

    def _work(self) -> None:
        def opened(out: LiveOutput) -> None:
            self.size, self.render_id, self._feed = out.size, out.payload, out.feed("frames")
            self._up.set()

        try:
            job = LiveJob(self._recipe, self._settings, cancel=self._cancel, on_air=opened)
            self._receipt = job.run_live()
        except CountenanceError as error:
            self._failure = error
        finally:
            if self._feed is not None:
                self._feed.close()
            self._up.set()
