"""From measured faces to samples: what a face does against a reference measurement of the same face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from countenance.face.head import Head
from countenance.face.head_lengths import mouth_and_eyes
from countenance.face.pose import vector_from_rotation
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.performance.appearance import AppearanceReader
from countenance.performance.skin_square import SkinReading
from countenance.performance.take import Neutral, Sample, quantised, rest


class RelativeMotion:
    """Turns faces of one person into samples.

    Args:
        reference: the person's face at rest; all motion is measured against it.
        pixels: the reference's picture, (h, w, 3) uint8 RGB, if samples are to carry appearance.
        others: landmarks and skin of frames spread over the clip, see `AppearanceReader`.
    """

    def __init__(
        self,
        reference: Face,
        pixels: Pixels | None = None,
        others: Sequence[tuple[NDArray[np.floating], SkinReading]] = (),
    ) -> None:
        self.head = Head.of(reference.landmarks.astype(np.float64))
        self._reader = AppearanceReader(self.head, pixels, reference.landmarks, others) if pixels is not None else None

    @property
    def neutral(self) -> Neutral:
        """The few measures others scale this motion by."""
        return neutral_of(self.head)

    def sample(
        self, face: Face | None, time: Fraction, pixels: Pixels | None = None, last: Sample | None = None
    ) -> Sample:
        """The motion at one moment; a missing face repeats `last` with `present=False`.

        `pixels`: the frame, for appearance.
        """
        if face is None:
            return replace(last or rest(), time=time, present=False, appearance=None)
        pose, shape = self.head.locate(face.landmarks.astype(np.float64))
        rotation, translation, zoom = self.head.motion(pose)
        return Sample(
            time=time,
            present=True,
            rotation=vector_from_rotation(rotation).astype(np.float32),
            translation=translation.astype(np.float32),
            zoom=float(np.float32(zoom)),
            blendshapes=face.blendshapes,
            offsets=quantised(shape - self.head.shape),
            appearance=(
                self._reader.read(pixels, face.landmarks, pose)
                if self._reader is not None and pixels is not None
                else None
            ),
        )


def neutral_of(head: Head) -> Neutral:
    """A face's own measures at rest."""
    return Neutral(*mouth_and_eyes(head.shape))
