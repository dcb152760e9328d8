"""What comes into a session: the newest picture of a camera, a microphone's sound, speech. Knows no networks."""

from __future__ import annotations

import threading
from collections import deque

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from countenance.errors import TooLarge
from countenance.media.frames import Pixels
from countenance.performance.live import CameraMotion
from countenance.speech.live import SpeechMotion

SOUND_RATE = 48_000
MOST_PIXELS = 1920 * 1080
"""Of a camera's picture; larger ones are refused."""
_LAG = 0.3
"""Seconds of a microphone's sound that wait at most; older sound is dropped, so that it does not fall behind."""


class CameraSlot:
    """One place for the newest picture: what comes replaces what waits."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._frame: av.VideoFrame | Pixels | None = None
        self._over = False
        self.arrived = self.replaced = 0
        """Pictures that came, and those that a newer one replaced."""

    def put(self, frame: av.VideoFrame | Pixels) -> None:
        """A picture, decoded and not yet converted.

        Raises:
            TooLarge: it has more pixels than are taken.
        """
        height, width = frame.shape[:2] if isinstance(frame, np.ndarray) else (frame.height, frame.width)
        if width * height > MOST_PIXELS:
            raise TooLarge(f"The camera's picture has {width}×{height} pixels.", "Send 1920×1080 or smaller.")
        with self._ready:
            self.arrived += 1
            self.replaced += self._frame is not None
            self._frame = frame
            self._ready.notify_all()

    def newest(self, timeout: float) -> Pixels | None:
        """See `performance.live.Camera`."""
        with self._ready:
            self._ready.wait_for(lambda: self._frame is not None or self._over, timeout)
            frame, self._frame = self._frame, None
            if frame is None and self._over:
                raise StopIteration
        if frame is None or isinstance(frame, np.ndarray):
            return frame
        return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)

    def close(self) -> None:
        """There will be no more pictures."""
        with self._ready:
            self._over = True
            self._ready.notify_all()


class Microphone:
    """Sound that comes with a camera's pictures, taken as the pictures are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: deque[NDArray[np.float32]] = deque()
        self._waits = 0
        self._resampler = AudioResampler(format="flt", layout="mono", rate=SOUND_RATE)

    def put(self, frame: av.AudioFrame) -> None:
        """Sound as it was decoded."""
        for piece in self._resampler.resample(frame):
            self.put_samples(np.asarray(piece.to_ndarray().reshape(-1), np.float32))

    def put_samples(self, samples: NDArray[np.float32]) -> None:
        """(n,) float32 at 48 kHz."""
        with self._lock:
            self._parts.append(samples)
            self._waits += len(samples)
            while self._waits > _LAG * SOUND_RATE and len(self._parts) > 1:
                self._waits -= len(self._parts.popleft())

    def take(self, count: int) -> NDArray[np.float32]:
        """(count, 1) float32: what waits, and silence where too little does."""
        out = np.zeros((count, 1), np.float32)
        at = 0
        with self._lock:
            while at < count and self._parts:
                part = self._parts.popleft()
                step = min(len(part), count - at)
                out[at : at + step, 0] = part[:step]
                if step < len(part):
                    self._parts.appendleft(part[step:])
                at += step
                self._waits -= step
        return out


class Intake:
    """All that a session takes in."""

    def __init__(self, *, seed: int = 0) -> None:
        self.camera = CameraSlot()
        self.microphone = Microphone()
        self.speech = SpeechMotion(SOUND_RATE, seed=seed)
        self.motion: CameraMotion | None = None
        self.closed = False

    def close(self) -> None:
        """The session is to end."""
        self.closed = True
        self.camera.close()
        self.speech.stop()
