"""Edits of a Performance: each takes one and gives another, and reads it only when it is read. Knows no files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from countenance.errors import BadOption
from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    LIPS,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from countenance.performance.filters import smoothed
from countenance.performance.interpolation import resampled
from countenance.performance.mirror import mirrored_neutral, mirrored_sample
from countenance.performance.take import Neutral, Performance, Sample, blend, quantised

JOIN = Fraction(3, 10)  # seconds over which one take goes over into the next
MOST_SPEED = Fraction(100)
MOST_RATE = Fraction(480)


def trim(take: Performance, start: Fraction = Fraction(0), duration: Fraction | None = None) -> Performance:
    """The part from `start` on, `duration` seconds long; times count from `start`.

    As with a clip, what is on at `start` opens the part, whenever it began.

    Raises:
        BadOption: `start` is negative or beyond the end, or `duration` is not positive.
    """
    start = Fraction(start)
    if start < 0 or (duration is not None and duration <= 0):
        raise BadOption("A part of a take begins at 0 or later and lasts longer than 0 s.")
    if take.duration is not None and start >= take.duration:
        raise BadOption(f"The take is {float(take.duration):.2f} s long; {float(start):.2f} s lies beyond its end.")
    left = None if take.duration is None else take.duration - start
    length = left if duration is None else (duration if left is None else min(duration, left))

    def read() -> Iterator[Sample]:
        held: Sample | None = None
        for sample in take:
            time = sample.time - start
            if length is not None and time >= length:
                break
            if time > 0 and held is not None:
                yield replace(held, time=Fraction(0))
            held = sample if time < 0 else None
            if time >= 0:
                yield replace(sample, time=time)
        if held is not None:
            yield replace(held, time=Fraction(0))

    return replace(take, read=read, duration=length)


def scale(take: Performance, *, expression: float = 1.0, head: float = 1.0) -> Performance:
    """Stronger or weaker: the face's motion and the head's, apart. 1 leaves them as they are.

    Raises:
        BadOption: a strength that is not between 0 and 4.
    """
    for what, value in (("expression", expression), ("head", head)):
        if not 0 <= value <= 4:
            raise BadOption(f"The strength of the {what} is {value}; it lies between 0 and 4.")

    def one(sample: Sample) -> Sample:
        shapes = sample.blendshapes.copy()
        shapes[1:] = np.clip(shapes[1:] * np.float32(expression), 0, 1)
        look = sample.appearance
        if look is not None and expression != 1:
            shading = np.clip(np.round(look.shading * expression), -127, 127).astype(np.int8)
            look = replace(look, shading=shading)
        return replace(
            sample,
            rotation=sample.rotation * np.float32(head),
            translation=sample.translation * np.float32(head),
            zoom=float(sample.zoom * head),
            blendshapes=shapes,
            offsets=quantised(sample.offsets * np.float32(expression)),
            appearance=look,
        )

    return replace(take, read=lambda: (one(sample) for sample in take))


def smooth(take: Performance, *, look_ahead: int = 2) -> Performance:
    """Jitter taken out without lag; blinks and lip closures stay sharp. See `performance.filters`."""
    if not 0 <= look_ahead <= 30:
        raise BadOption(f"Smoothing over {look_ahead} frames is not possible; it takes 0 to 30.")
    return replace(take, read=lambda: smoothed(iter(take), look_ahead=look_ahead))


def retime(take: Performance, *, speed: Fraction = Fraction(1), rate: Fraction | None = None) -> Performance:
    """Faster or slower, or at another number of frames a second, or both; exact times on an even grid.

    Args:
        speed: 2 plays in half the time.
        rate: frames a second of the result; the take's own when None.

    Raises:
        BadOption: a speed not between 1/100 and 100, a rate not between 1 and 480.
    """
    speed = Fraction(speed)
    wanted = take.rate if rate is None else Fraction(rate)
    if not 1 / MOST_SPEED <= speed <= MOST_SPEED:
        raise BadOption(f"A speed of {float(speed):g} is out of range: 0.01 to 100.")
    if not 1 <= wanted <= MOST_RATE:
        raise BadOption(f"{float(wanted):g} frames a second are out of range: 1 to 480.")

    def read() -> Iterator[Sample]:
        faster = (replace(sample, time=sample.time / speed) for sample in take)
        return resampled(faster, wanted, None if take.duration is None else take.duration / speed)

    return replace(take, read=read, rate=wanted, duration=None if take.duration is None else take.duration / speed)


def mirror(take: Performance) -> Performance:
    """Left for right: what the performer did with the left eye, the portrait does with the right one."""
    return replace(
        take,
        neutral=mirrored_neutral(take.neutral),
        read=lambda: (mirrored_sample(sample) for sample in take),
    )


def concatenate(takes: Sequence[Performance], *, join: Fraction = JOIN) -> Performance:
    """One after the other, at the first one's rate, each going over smoothly from where the last one ended.

    Args:
        takes: at least one. Motion of other performers is scaled to the first one's measures.
        join: seconds from the beginning of each over which the last pose of the one before fades.

    Raises:
        BadOption: none given, or one without a known length that is not the last.
    """
    if not takes:
        raise BadOption("There are no takes to join.")
    first = takes[0]
    parts = [first, *(take if take.rate == first.rate else retime(take, rate=first.rate) for take in takes[1:])]
    lengths = [part.duration for part in parts]
    if any(length is None for length in lengths[:-1]):
        raise BadOption("A take of unknown length can only come last.", "Save it with `countenance perform` first.")

    def read() -> Iterator[Sample]:
        begin = Fraction(0)
        last: Sample | None = None
        for part, length in zip(parts, lengths, strict=True):
            held = last
            for sample in part:
                if length is not None and sample.time >= length:
                    break
                shown = _fitted(sample, part.neutral, first.neutral)
                if held is not None and sample.time < join:
                    amount = _ease(float(sample.time / join))
                    shown = blend(replace(held, time=sample.time), shown, amount)
                    shown = replace(shown, present=sample.present, offsets=quantised(shown.offsets))
                last = replace(shown, time=begin + sample.time)
                yield last
            begin += length or 0

    total = None if lengths[-1] is None else sum((length for length in lengths if length is not None), Fraction(0))
    return replace(first, read=read, duration=total, has_appearance=any(part.has_appearance for part in parts))


def loop(take: Performance, times: int, *, join: Fraction = JOIN) -> Performance:
    """The take, `times` times over, without a jump between.

    Raises:
        BadOption: `times` is not between 1 and 10,000, or the take's length is not known.
    """
    if not 1 <= times <= 10_000:
        raise BadOption(f"A take cannot be looped {times} times; 1 to 10,000.")
    return concatenate([take] * times, join=join)


def _ease(x: float) -> float:
    """Minimum-jerk from 0 to 1 (Flash and Hogan 1985)."""
    return x * x * x * (10 - 15 * x + 6 * x * x)


def _fitted(sample: Sample, own: Neutral, other: Neutral) -> Sample:
    """Lids, gaze and lips of one performer at another's measures."""
    if own == other:
        return sample
    offsets = sample.offsets.copy()
    eyes = ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_IRIS), (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_IRIS))
    for k, (upper, lower, iris) in enumerate(eyes):
        lids = np.concatenate([upper[1:-1], lower[1:-1]])
        offsets[lids] *= other.eye_height[k] / max(own.eye_height[k], 1e-3)
        offsets[iris] *= other.eye_width[k] / max(own.eye_width[k], 1e-3)
    offsets[LIPS] *= other.mouth_width / max(own.mouth_width, 1e-3)
    return replace(sample, offsets=quantised(offsets))
