"""What goes on beside a live session, on a thread of its own: does its permit still hold, are its marks still read from
what its encoders make, and is it all in the record.
"""

from __future__ import annotations

import logging
import threading
import time as clock
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from countenance.errors import CountenanceError
from countenance.marking.live.encoding import SOUND_RATE, decoded_jpeg, decoded_pictures, decoded_sound
from countenance.marking.live.opening import LOOKS
from countenance.marking.read_back import ENOUGH_SOUND, unreadable
from countenance.marks import audiomark
from countenance.marks.watermark import read_back

if TYPE_CHECKING:
    from countenance.marking.live.output import LiveOutput

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at the permit: what ends it ends the session within five."""
LISTS_EVERY = timedelta(seconds=2)
"""How long a look at a published revocation list spares the next one, while a session runs."""
READ_EVERY, READ_FIRST, READ_AGAIN = 60.0, 2.0, 4.0
"""Seconds between reading the marks back; after the beginning; and after a mark that was not read."""
RECORD_EVERY = 10.0
_SOUND_EVERY = 60.0
_LOUD = 1e-3
_TRIES = 3
"""Times that a mark may be missed when it is as strong as it gets."""


class Watch:
    """The thread.

    Args:
        output: whose.
    """

    def __init__(self, output: LiveOutput) -> None:
        self._output = output
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="countenance-live-watch", daemon=True)
        self._reader = threading.Thread(target=self._read, name="countenance-live-reading", daemon=True)
        self._missed = 0
        self._sound_recorded = 0.0

    def start(self) -> None:
        """From now on."""
        self._thread.start()
        self._reader.start()

    def stop(self) -> None:
        """No more; waits for what is being done."""
        self._stop.set()
        for thread in (self._thread, self._reader):
            if thread.is_alive() and thread is not threading.current_thread():
                thread.join(timeout=30)

    def record(self, *, whole: bool = False) -> None:
        """Bring the registry up to date. Raises OutputError, ProvenanceError."""
        output = self._output
        due = whole or clock.monotonic() - self._sound_recorded > _SOUND_EVERY
        if due:
            self._sound_recorded = clock.monotonic()
        output.seal.session_goes_on(
            frames=output.frames,
            duration=output.until,
            fingerprints=output.marks.taken_fingerprints(),
            sound_fingerprint=output.streams.sound_print if due else b"",
        )

    def _run(self) -> None:
        recorded = clock.monotonic()
        while not self._stop.wait(LOOK_EVERY):
            try:
                self._output.seal.still_permitted(LISTS_EVERY)
                if clock.monotonic() - recorded >= RECORD_EVERY:
                    recorded = clock.monotonic()
                    self.record()
            except CountenanceError as error:
                log.warning("The session %s ends: %s", self._output.payload, error.message)
                self._output.end(error)
                return
            except Exception:  # whatever it is: what is not watched does not go on
                log.exception("The session %s ends: it cannot be watched any more.", self._output.payload)
                self._output.end(CountenanceError("The session could not be watched any more.", code="live.watch"))
                return

    def _read(self) -> None:
        wait = READ_FIRST
        while not self._stop.wait(wait):
            try:
                read, whole = self._pictures_read()
                read = read and self._sound_read()
            except Exception:
                log.exception("The marks of the session %s could not be read back.", self._output.payload)
                read, whole = False, True
            if read:
                # A stream that has too few packets yet was not read: it is looked at again soon.
                self._missed, wait = 0, READ_EVERY if whole else READ_AGAIN
                continue
            wait = READ_AGAIN
            if self._output.stronger():
                log.info(
                    "The mark of the session %s was not read back; it is laid more strongly.", self._output.payload
                )
                continue
            self._missed += 1
            if self._missed >= _TRIES:
                self._output.end(unreadable("pictures"))
                return

    def _pictures_read(self) -> tuple[bool, bool]:
        """Whether the mark was read from every stream that has enough packets; and whether every stream has."""
        seal, streams = self._output.seal, self._output.streams
        slot, payload = seal.prior.slot, seal.payload
        whole = True
        for codec, packets in streams.probes():
            if len(packets) < LOOKS:
                whole = False
            elif read_back(decoded_pictures(codec, packets), slot=slot, first_look=LOOKS) != payload:
                return False, True
        pictures = [decoded_jpeg(data) for data in streams.probe_jpeg()]
        return len(pictures) < LOOKS or read_back(pictures, slot=slot, first_look=1) == payload, whole

    def _sound_read(self) -> bool:
        packets = self._output.streams.probe_sound()
        if not packets:
            return True
        samples = decoded_sound(packets)
        blocks = samples[: len(samples) // 4800 * 4800].reshape(-1, 4800)
        if (np.sqrt(np.mean(np.square(blocks), axis=1)) > _LOUD).sum() / 10 < 2 * ENOUGH_SOUND:
            return True
        found = audiomark.detect(samples, SOUND_RATE, thorough=False)
        return found is not None and found.payload == self._output.seal.payload
