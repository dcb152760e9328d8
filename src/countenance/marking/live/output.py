"""The live exit: takes a permit, frames and sound; marks, labels and records them; and hands out nothing else.

    with LiveOutput(permit, making, width=512, height=512, opening=at_rest) as out:
        viewer = out.feed("vp8")
        out.put(pixels, time)

A watch beside it asks every second whether the permit still holds. Where it does not, every viewer's feed ends at once,
whatever the drawing thread is busy with, and the next `put` raises why. No parameter of it leaves a mark out.
"""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import islice
from types import TracebackType
from typing import Self

import numpy as np

from countenance.errors import BadOption, CountenanceError, OutputError
from countenance.marking.live.encoding import even
from countenance.marking.live.feeds import Feed, FeedKind
from countenance.marking.live.floors import checked_bitrate
from countenance.marking.live.opening import rehearsed, signed
from countenance.marking.live.receipt import LiveReceipt
from countenance.marking.live.streams import Streams
from countenance.marking.live.watch import Watch
from countenance.marking.market_terms import in_markets
from countenance.marking.picture_marks import PictureMarks
from countenance.marking.read_back import STEPS, Step, check_size
from countenance.marking.render_receipt import Receipt
from countenance.marking.render_spec import Making
from countenance.marking.sealing import Seal
from countenance.marking.sound_encoding import Samples
from countenance.media.frames import Pixels
from countenance.permission.ledger import Ledger
from countenance.permission.permit import Permit
from countenance.permission.scripts import Topic
from countenance.settings import Settings
from countenance.spool import spooled

MOST_SIDE = 1920
OPENING = Fraction(1)
"""Seconds that are tried before anything leaves."""


class LiveOutput:
    """A session on the air: a context manager that takes frames and sound, and gives feeds to viewers.

    Args:
        permit: minted for this use and these ingredients.
        making: what is made.
        width, height: of the frames that will come, pixels; an odd side loses its last row or column.
        rate: frames a second at most.
        opening: frames of the first second, the picture at rest; the last one is repeated as need be.
        channels: of the sound; 0 for none.
        bitrate: bits a second of each picture stream; twice the floor when left out.
        settings: of the installation.
        ledger: the settings', where it is open already; it stays open.

    Raises, on entering:
        PermissionRefused, FileMissing, InputChanged, BadOption (of size or bit rate), ProvenanceError (mark.unreadable
        where the picture can't bear a mark at this bit rate), OutputError.
    """

    def __init__(
        self,
        permit: Permit,
        making: Making,
        *,
        width: int,
        height: int,
        opening: Iterable[Pixels],
        settings: Settings,
        rate: Fraction = Fraction(25),
        channels: int = 0,
        bitrate: int | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self._permit, self._settings, self._ledger = permit, settings, ledger
        making = in_markets(making, settings)
        self._making = replace(making, sound_is_synthetic=making.sound_is_synthetic or bool(channels))
        self._given = (width, height)
        self.size = even(width, height)
        self.rate, self._channels = Fraction(rate), channels
        self._opening, self._wanted_bitrate = opening, bitrate
        self._frames = 0
        self._until = Fraction(-1)
        self._gain: Step | None = None
        self._failure: CountenanceError | None = None
        self._ending = threading.Lock()
        self._over = False
        self._script: dict[Topic, None] = {}

    def __enter__(self) -> Self:
        check_size(*self.size, MOST_SIDE, "live picture")
        if not 1 <= self.rate <= 60:
            raise BadOption(f"{float(self.rate):g} frames a second cannot be sent live.", "Use 1 to 60.")
        if self._channels not in (0, 1, 2):
            raise BadOption(f"Sound with {self._channels} channels cannot be sent live.", "Use one or two.")
        self.bitrate = checked_bitrate(self._wanted_bitrate, *self.size, float(self.rate))
        with ExitStack() as opening:
            folder = opening.enter_context(spooled(self._settings))
            self._seal = Seal(
                folder / "opening.mp4",
                self._permit,
                self._making,
                self._settings,
                overwrite=False,
                embeds=True,
                ledger=self._ledger,
            )
            opening.callback(self._seal.close)
            first = [self._cut(pixels) for pixels in islice(self._opening, int(OPENING * self.rate))]
            if not first:
                raise OutputError(
                    "A live session begins with a picture at rest, and there is none.", code="output.empty"
                )
            first += [first[-1]] * (int(OPENING * self.rate) - len(first))
            self._step, self._marks, marked = rehearsed(
                first, self._marking, self.size, self.rate, self.bitrate, self._seal.prior.slot, self._seal.payload
            )
            self._opened: Receipt = signed(self._seal, marked, self._marks, self.rate, sound=bool(self._channels))
            self._began, self._tick = datetime.now(UTC), clock.monotonic()
            self._streams = Streams(self.size, self.rate, self.bitrate, self._channels, self._seal.payload)
            self._watch = Watch(self)
            self._held = opening.pop_all()
        self._watch.start()
        return self

    @property
    def payload(self) -> str:
        """What the marks carry, 16 hex digits."""
        return self._opened.payload

    @property
    def receipt(self) -> LiveReceipt:
        """What it was; there once the block has ended."""
        if not self._over:
            raise RuntimeError("The session is not over.")
        return self._receipt

    @property
    def seconds(self) -> float:
        """Since it began."""
        return clock.monotonic() - self._tick

    @property
    def streams(self) -> Streams:
        """For the watch, which reads the marks back."""
        return self._streams

    def feed(self, kind: FeedKind) -> Feed:
        """A viewer more.

        Raises:
            BadOption: sound of a session without any.
        """
        if kind in ("opus", "pcm") and not self._channels:
            raise BadOption("This session has no sound.", "Begin it with sound.")
        return self._streams.feed(kind)

    @property
    def viewers(self) -> int:
        """How many feeds are open."""
        return self._streams.viewers

    def put(self, pixels: Pixels, time: Fraction) -> None:
        """Mark the next frame and hand it out. Called by one thread, the one that also puts sound.

        Args:
            pixels: (h, w, 3) uint8 RGB of the announced size; not changed.
            time: seconds since the session began, after the last frame's.

        Raises:
            BadOption: another size, or a time that does not come after the last one.
            CountenanceError: why the session was ended: permission.revoked, permission.expired, mark.unreadable.
        """
        self._check()
        if pixels.shape != (self._given[1], self._given[0], 3):
            raise BadOption(
                f"A frame of {pixels.shape[1]}×{pixels.shape[0]} came for {self._given[0]}×{self._given[1]}."
            )
        if time <= self._until:
            raise BadOption(f"The frame at {float(time):.4f} s does not come after the one before it.")
        if self._gain is not None:
            self._step, self._gain = self._gain, None
            self._marks.strengthen(self._step.gain)
        self._until = time
        self._streams.put(self._marks.draw(self._cut(pixels), time), time)
        self._frames += 1

    def put_sound(self, samples: Samples) -> None:
        """Mark the next sound and hand it out: (n, channels) float32 in [-1, 1] at 48 kHz, gapless from the beginning.

        Raises:
            BadOption: another shape, or a session without sound. CountenanceError: as `put`.
        """
        self._check()
        if not self._channels or samples.ndim != 2 or samples.shape[1] != self._channels:
            raise BadOption(f"Sound of shape {samples.shape} came for {self._channels} channels.")
        self._streams.put_sound(samples)

    def note_script(self, topics: Sequence[Topic]) -> None:
        """What was found in words that are said in the session, and were confirmed; it is entered when it ends."""
        self._script |= dict.fromkeys(topics)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            self._watch.stop()
            own = error if isinstance(error, CountenanceError) else None
            self.end(own, at_once=error is not None)
            self._watch.record(whole=True)
            failure = self._failure
            reason = "closed" if error is None and failure is None else "stopped"
            reason = failure.code if failure is not None else reason
            seconds = self.seconds
            self._receipt = LiveReceipt(
                payload=self.payload,
                manifest_id=self._opened.manifest_id,
                permit_id=self._permit.id,
                began=self._began,
                ended=datetime.now(UTC),
                frames=self._frames,
                seconds=seconds,
                reason=reason,
                message=failure.message if failure is not None else "",
                marks=self._opened.marks,
                label=self._opened.label,
                signer=self._opened.signer,
                script=tuple(self._script),
            )
            self._over = True
            self._seal.session_ended(
                reason=reason, seconds=int(seconds), frames=self._frames, script=tuple(self._script)
            )

    def end(self, failure: CountenanceError | None, *, at_once: bool = True) -> None:
        """End every feed now; the next `put` raises `failure`. For the watch, and for leaving. Safe to call twice."""
        with self._ending:
            self._failure = self._failure or failure
        self._streams.close(at_once=at_once)

    def stronger(self) -> bool:
        """Lay the mark more strongly from the next frame on; False where it is as strong as it gets."""
        further = STEPS[STEPS.index(self._step) + 1 :]
        if further:
            self._gain = further[0]
        return bool(further)

    @property
    def seal(self) -> Seal:
        """For the watch."""
        return self._seal

    @property
    def frames(self) -> int:
        """How many have left."""
        return self._frames

    @property
    def until(self) -> Fraction:
        """Seconds that have left: to the end of the last frame."""
        return max(Fraction(0), self._until + 1 / self.rate)

    @property
    def marks(self) -> PictureMarks:
        """For the watch, which records their fingerprints."""
        return self._marks

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _cut(self, pixels: Pixels) -> Pixels:
        width, height = self.size
        return pixels if pixels.shape[:2] == (height, width) else np.ascontiguousarray(pixels[:height, :width])

    def _marking(self, step: Step) -> PictureMarks:
        seal = self._seal
        return PictureMarks(seal.making, seal.payload, lambda: seal.prior, *self.size, still=False, gain=step.gain)
