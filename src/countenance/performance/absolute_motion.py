"""Motion as the performer's own pose and expression, not as change from their rest: for `--motion absolute`.

Needs the true neutral of both: what the performer's reference frame itself shows beyond theirs is added, what the
portrait shows beyond its own is taken off. Knows measures only, no pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from countenance.errors import BadOption
from countenance.face.head import Head
from countenance.face.head_lengths import mouth_and_eyes
from countenance.face.pose import rotation_from_vector, vector_from_rotation
from countenance.face.types import Face
from countenance.head.neutral import resting_face
from countenance.performance.take import Neutral, Performance, Sample, Stance, quantised

CAMERA_FIXED = ("authored", "speech")
"""Sources whose motion is against a true neutral that looks into the camera."""


def stance_of(face: Face, others: Sequence[Face] = ()) -> Stance:
    """What a face shows beyond its true neutral; `others` are further faces of the same person."""
    head = Head.of(face.landmarks.astype(np.float64))
    neutral = resting_face([face, *others]).shape
    # Both in one frame: the neutral came out of its own fit.
    lying = Head(head.pose, neutral, head.mesh)
    shape = lying.locate(head.shape)[1]
    return Stance(
        head.pose.rotation, shape - neutral, Neutral(*mouth_and_eyes(neutral)), Neutral(*mouth_and_eyes(head.shape))
    )


def absolute(take: Performance, portrait: Face) -> Performance:
    """The take for one portrait: it comes to be held and to look as the performer is and does.

    Where the head is in the picture, and how large, follows the performer from the take's first moment on.

    Args:
        take: with `stance`, or authored or spoken.
        portrait: as measured in its picture.

    Raises:
        BadOption: the take does not say how the performer was at rest.
    """
    here = stance_of(portrait)
    if take.stance is not None:
        there = take.stance
    elif take.source in CAMERA_FIXED:
        there = Stance(np.eye(3), np.zeros_like(here.offsets), take.neutral, take.neutral)
    else:
        raise BadOption(
            "This take holds motion against the performer's rest alone; it does not say how they are held at rest.",
            "Use --motion relative, or the clip that the take was made from.",
        )
    change = there.offsets - here.offsets
    turn = there.rotation @ here.rotation.T

    def read() -> Iterator[Sample]:
        first: Sample | None = None
        for sample in take:
            if first is None and sample.present:
                first = sample
            begin = sample if first is None else first
            yield replace(
                sample,
                rotation=vector_from_rotation(rotation_from_vector(sample.rotation) @ turn).astype(np.float32),
                translation=((sample.translation - begin.translation) * np.exp(-begin.zoom)).astype(np.float32),
                zoom=float(np.float32(sample.zoom - begin.zoom)),
                offsets=quantised(sample.offsets + change),
            )

    return replace(take, neutral=_scaled(there.own, here), read=read)


def _scaled(own: Neutral, portrait: Stance) -> Neutral:
    """The performer's measures such that, beside the portrait's as it is shown, ratios are those of the neutrals."""

    def over(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> tuple[float, float]:
        return (a[0] * b[0] / max(c[0], 1e-3), a[1] * b[1] / max(c[1], 1e-3))

    return Neutral(
        over(own.eye_height, portrait.shown.eye_height, portrait.own.eye_height),
        over(own.eye_width, portrait.shown.eye_width, portrait.own.eye_width),
        own.mouth_width * portrait.shown.mouth_width / max(portrait.own.mouth_width, 1e-3),
    )
