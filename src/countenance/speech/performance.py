"""From an utterance to a Performance: the mouth, and what a speaker does beside it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from countenance.errors import TooLarge
from countenance.performance.angles import head_rotation
from countenance.performance.expression import canonical_neutral, landmark_motion
from countenance.performance.take import Performance, Sample, quantised
from countenance.speech.mouthing import mouth_blendshapes
from countenance.speech.nonverbal import speaker_bearing
from countenance.speech.utterance import Utterance

RATE = Fraction(25)
LONGEST = 3600  # seconds; longer scripts are to be cut
NECK = 0.055  # cm the head's middle goes with a degree of turn


def speech_performance(
    utterance: Utterance,
    *,
    rate: Fraction = RATE,
    seed: int = 0,
    expression: float = 1.0,
    liveliness: float = 1.0,
) -> Performance:
    """The Performance of somebody saying this.

    Args:
        utterance: sound and phones.
        rate: frames a second.
        seed: of blinks, gaze and head; the same one gives the same take.
        expression: strength of the mouth's motion.
        liveliness: strength of head, brows and gaze.

    Raises:
        TooLarge: it is longer than an hour.
    """
    if utterance.duration > LONGEST:
        raise TooLarge(
            f"The speech lasts {float(utterance.duration) / 60:.0f} minutes; {LONGEST // 60} are allowed at a time.",
            "Cut the script into parts, and join the videos.",
        )
    count = max(2, int(np.ceil(float(utterance.duration * rate))))
    times = np.arange(count) / float(rate)
    mouth = mouth_blendshapes(utterance, times, expression).astype(np.float32)
    bearing = speaker_bearing(utterance, times, seed=seed, liveliness=liveliness)
    shapes = np.clip(mouth + bearing.blendshapes, 0, 1).astype(np.float32)

    def read() -> Iterator[Sample]:
        for k in range(count):
            yaw, pitch, roll = bearing.turn[k]
            yield Sample(
                time=Fraction(k) / rate,
                present=True,
                rotation=head_rotation(yaw, pitch, roll).astype(np.float32),
                translation=np.array([-NECK * yaw, 0.6 * NECK * pitch + bearing.rise[k], 0.0], np.float32),
                zoom=0.0,
                blendshapes=shapes[k],
                offsets=quantised(landmark_motion(shapes[k])),
            )

    return Performance(canonical_neutral(), rate, read, Fraction(count) / rate, False, "speech")
