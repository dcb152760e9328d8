"""A camera's pictures as motion, while they come: somebody before it drives a portrait.

The newest picture wins: what comes while one is measured replaces what waits. The performer is taken at rest once they
have been still for a moment; until then, and while nobody is seen, the portrait rests. Knows nothing of networks.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from countenance.face.tracker import FaceTracker
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.capture import restlessness
from countenance.performance.expression import canonical_neutral
from countenance.performance.filters import Steady
from countenance.performance.gap_filling import bridged
from countenance.performance.relative_motion import RelativeMotion
from countenance.performance.take import Neutral, Sample, rest

LOOKS = 15
"""Pictures with a face among which the calmest is taken for rest."""
PATIENCE = 0.2
"""Seconds without a picture after which the last one is sent again, so that no viewer's stream stops."""
TICKS = 90_000
SOUND_RATE = 48_000


@dataclass(frozen=True)
class Moment:
    """One moment of a live session.

    Attributes:
        time: seconds since the session began.
        sample: the motion.
        neutral: of whose motion it is; another object where they were measured anew.
        sound: (n, channels) float32 in [-1, 1] at 48 kHz that belongs before the picture; None for none.
        late: it is past already: its sound goes on, its picture is not worth drawing.
    """

    time: Fraction
    sample: Sample
    neutral: Neutral
    sound: NDArray[np.float32] | None = None
    late: bool = False


class Camera(Protocol):
    """Where pictures come from."""

    def newest(self, timeout: float) -> Pixels | None:
        """The newest picture that was not taken yet, (h, w, 3) uint8 RGB; None where none came in time.

        Raises:
            StopIteration: there will be none any more.
        """
        ...


class Microphone(Protocol):
    """Where the sound beside the pictures comes from."""

    def take(self, count: int) -> NDArray[np.float32]:
        """(count, 1) float32 at 48 kHz: what waits, and silence where too little does."""
        ...


def sound_until(microphone: Microphone | None, time: Fraction, given: int) -> NDArray[np.float32] | None:
    """The sound from the sample `given` on up to a time; None without a microphone: one clock for sound and picture."""
    return None if microphone is None else microphone.take(max(0, round(time * SOUND_RATE) - given))


class CameraMotion:
    """The motion of whoever is before a camera.

    Args:
        camera: their pictures.
        face: which face of them, as `face.tracker.FaceTracker`.
        appearance: whether skin folds and the inside of the mouth are carried over.
        rate: moments a second at most.
        microphone: their sound, which goes along; None for none.
        now: seconds, for tests.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        face: str = "largest",
        appearance: bool = True,
        rate: Fraction = Fraction(25),
        microphone: Microphone | None = None,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._camera, self._face, self._appearance = camera, face, appearance
        self._least, self._now = 1 / float(rate) - 0.004, now
        self._microphone = microphone
        self._again = False
        self.seen = False
        """Whether a face was in the last picture."""
        self.calibrated = False
        """Whether the performer's rest is known."""

    def recalibrate(self) -> None:
        """Take the performer at rest anew, from the next pictures."""
        self._again = True

    def moments(self) -> Iterator[Moment]:
        """From now on, until the camera ends."""
        began, last = self._now(), -1.0
        neutral: list[Neutral] = [canonical_neutral()]

        def samples() -> Iterator[Sample]:
            nonlocal last
            looks: list[tuple[Face, Pixels]] = []
            measure: RelativeMotion | None = None
            steady, shown = Steady(), rest()
            with FaceTracker(self._face) as tracker:
                while True:
                    try:
                        pixels = self._camera.newest(PATIENCE)
                    except StopIteration:
                        return
                    at = self._now() - began
                    if at - last < self._least:
                        continue
                    last = at
                    time = Fraction(max(1, round(at * TICKS)), TICKS)
                    face = None if pixels is None else tracker.track(pixels)
                    self.seen = face is not None
                    if self._again:
                        self._again, self.calibrated, measure = False, False, None
                    if measure is None:
                        if face is not None and pixels is not None:
                            looks.append((face, pixels))
                        if len(looks) >= LOOKS:
                            measure, looks = self._measured(looks), []
                            steady, neutral[0], self.calibrated = Steady(), measure.neutral, True
                    if measure is None or face is None:
                        yield Sample(**(shown.__dict__ | {"time": time, "present": False, "appearance": None}))
                        continue
                    shown = steady.next(measure.sample(face, time, pixels))
                    yield shown

        given = 0
        for sample in bridged(samples(), "relax"):
            sound = sound_until(self._microphone, sample.time, given)
            given += 0 if sound is None else len(sound)
            yield Moment(sample.time, sample, neutral[0], sound)

    def _measured(self, looks: list[tuple[Face, Pixels]]) -> RelativeMotion:
        usual = np.median([face.blendshapes for face, _ in looks], axis=0)
        face, pixels = min(looks, key=lambda look: restlessness(look[0], usual))
        return RelativeMotion(face, pixels if self._appearance else None)
