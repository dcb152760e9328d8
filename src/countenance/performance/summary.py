"""What a take holds, in a few numbers: read once, sample by sample. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from countenance.face.topology import BLENDSHAPES
from countenance.performance.angles import head_angles
from countenance.performance.take import Performance

STRONGEST = 6  # blendshapes named
BLINK_ON, BLINK_OFF = 0.5, 0.3  # of eyeBlink: where a blink begins and ends


@dataclass(frozen=True)
class TakeSummary:
    """A take in numbers.

    Attributes:
        samples: how many.
        duration: seconds: the take's own, or up to a frame after the last sample.
        missing: samples in which no face was seen.
        shown: samples that carry the driver's appearance.
        yaw, pitch, roll: (least, most) of the head against the neutral, degrees: towards the person's left, down,
            towards their left shoulder.
        blinks: times both lids closed.
        strongest: the blendshapes that are used most, with their highest values.
    """

    samples: int
    duration: Fraction
    missing: int
    shown: int
    yaw: tuple[float, float]
    pitch: tuple[float, float]
    roll: tuple[float, float]
    blinks: int
    strongest: tuple[tuple[str, float], ...]


def summarised(take: Performance, *, progress: Callable[[int], None] | None = None) -> TakeSummary:
    """Read a take through and count; `progress` is told the count. Raises what reading it raises."""
    count = missing = shown = blinks = 0
    end = Fraction(0)
    low, high = np.zeros(3), np.zeros(3)
    strength = np.zeros(len(BLENDSHAPES))
    lids = [BLENDSHAPES.index("eyeBlinkLeft"), BLENDSHAPES.index("eyeBlinkRight")]
    closed = False
    for sample in take:
        count += 1
        if progress is not None:
            progress(count)
        end = sample.time + 1 / take.rate
        missing += not sample.present
        shown += sample.appearance is not None
        angles = np.array(head_angles(sample.rotation))
        low, high = np.minimum(low, angles), np.maximum(high, angles)
        strength = np.maximum(strength, sample.blendshapes)
        lid = float(sample.blendshapes[lids].min())
        if not closed and lid > BLINK_ON:
            closed, blinks = True, blinks + 1
        elif closed and lid < BLINK_OFF:
            closed = False
    order = [int(k) for k in np.argsort(-strength) if BLENDSHAPES[k] != "_neutral" and strength[k] > 0.05]
    return TakeSummary(
        samples=count,
        duration=take.duration if take.duration is not None else end,
        missing=missing,
        shown=shown,
        yaw=(float(low[0]), float(high[0])),
        pitch=(float(low[1]), float(high[1])),
        roll=(float(low[2]), float(high[2])),
        blinks=blinks,
        strongest=tuple((BLENDSHAPES[k], float(strength[k])) for k in order[:STRONGEST]),
    )
