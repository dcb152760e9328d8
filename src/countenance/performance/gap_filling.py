"""What the head does while no face is seen, and how it comes back: never with a jump. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from countenance.performance.take import Sample, blend, rest

MissingFace = Literal["hold", "relax", "fail"]

RELAX = Fraction(6, 10)  # seconds to go to rest
RETURN = Fraction(4, 10)  # seconds to take up the motion again


def _ease(x: float) -> float:
    """Minimum-jerk from 0 to 1 (Flash and Hogan 1985)."""
    t = min(max(x, 0.0), 1.0)
    return t * t * t * (10 - 15 * t + 6 * t * t)


def bridged(samples: Iterable[Sample], policy: MissingFace) -> Iterator[Sample]:
    """Fill stretches with no face: hold the last motion or relax to rest, then return smoothly."""
    shown = rest()
    left: Sample | None = None  # what was shown when the face went
    gone_at = Fraction(0)
    back_from: Sample | None = None  # what was shown when it came back
    back_at = Fraction(0)
    for sample in samples:
        if not sample.present:
            if left is None:
                left, gone_at = shown, sample.time
            back_from = None
            amount = _ease(float((sample.time - gone_at) / RELAX)) if policy == "relax" else 0.0
            shown = replace(blend(left, rest(), amount), time=sample.time, present=False, appearance=None)
            yield shown
            continue
        if left is not None:
            back_from, back_at, left = shown, sample.time, None
        if back_from is not None:
            amount = _ease(float((sample.time - back_at) / RETURN))
            if amount >= 1:
                back_from = None
            else:
                yield (shown := replace(blend(back_from, sample, amount), time=sample.time, present=True))
                continue
        shown = sample
        yield shown
