"""Lips of a portrait that are parted, shut for speech: what a mouth says is said against closed lips.

Only the opening is taken off, a smile stays: what lowers the jaw and raises or lowers the lips, as the head's shapes
explain it, and then what is left of the gap. Knows measures only, no pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from countenance.face.head import Head
from countenance.face.topology import LIPS_INNER_LOWER, LIPS_INNER_UPPER
from countenance.face.types import Face
from countenance.head.neutral import opening_of
from countenance.performance.take import Performance, Sample, quantised

PARTED = 0.02
"""Of the eye distance: a gap from which lips are parted."""


def lips_shut(take: Performance, portrait: Face) -> Performance:
    """The take for one portrait, whose lips meet where the take's do.

    Args:
        take: of speech: its neutral has closed lips.
        portrait: as measured in its picture.
    """
    head = Head.of(portrait.landmarks.astype(np.float64))
    gap = np.linalg.norm(portrait.landmarks[LIPS_INNER_LOWER, :2] - portrait.landmarks[LIPS_INNER_UPPER, :2], axis=1)
    if float(gap.max()) < PARTED * portrait.eye_distance:
        return take
    change = -opening_of(portrait, head)

    def read() -> Iterator[Sample]:
        for sample in take:
            yield replace(sample, offsets=quantised(sample.offsets + change))

    return replace(take, read=read)
