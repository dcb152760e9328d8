"""The Performance: what a face does over time, apart from whose face it is. To a face what MIDI is to a piano.

Everything is relative to the performer's neutral, in the *head frame*: centimetres of the canonical head, x right in
the picture, y down, z away from the viewer, when the head looks into the camera. Knows nothing of files or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

SHADING_SIDE = 128  # texels a side of a shading map
SHADING_STEP = 1 / 128  # natural-log units a step of its int8 values
MOUTH_PIXELS_PER_CM = 20
MOUTH_BOX = (-3.6, -2.6, 3.6, 4.6)  # x0, y0, x1, y1 of the mouth patch round the neutral mouth's middle, cm
MOUTH_SIZE = (144, 144)  # width, height of the patch, pixels


@dataclass(frozen=True)
class Neutral:
    """The few measures of the performer's neutral face that motion is scaled by; no shape, no picture.

    Attributes:
        eye_height: (2,) right, left: lid to lid, cm.
        eye_width: (2,) right, left: corner to corner, cm.
        mouth_width: between the inner corners, cm.
    """

    eye_height: tuple[float, float] = (1.0, 1.0)
    eye_width: tuple[float, float] = (3.0, 3.0)
    mouth_width: float = 5.0


@dataclass(frozen=True)
class Appearance:
    """The driver's skin folds and open mouth at one moment, compact.

    Attributes:
        shading: (128, 128) int8 on the mesh's UV square: log of luminance over the neutral's, in SHADING_STEP.
        mouth: JPEG of the mouth seen from the front of the head, MOUTH_SIZE pixels, sRGB; None when shut.
        lips: (20, 2) float32, where the inner lip ring lies on that patch, pixels: 11 upper points from the right
            corner to the left one, then 9 lower ones from right to left without the corners.
        skin: (3,) float32, mean sRGB of the driver's cheeks in this frame, 0–255: what the mouth was lit by.
    """

    shading: NDArray[np.int8]
    mouth: bytes | None
    lips: FloatArray
    skin: FloatArray


@dataclass(frozen=True)
class Sample:
    """One moment of a Performance.

    Attributes:
        time: seconds from the start, exact.
        present: False where no face was seen; the other values then repeat the last seen ones.
        rotation: (3,) float32, rotation vector (axis × radians) of the head against the neutral, camera axes.
        translation: (3,) float32, cm of the head's middle against the neutral.
        zoom: natural log of the head's size against the neutral.
        blendshapes: (52,) float32 in [0, 1], absolute, in the order of `face.topology.BLENDSHAPES`.
        offsets: (478, 3) float32, each landmark against the neutral, head frame, cm; held at float16 precision.
        appearance: or None.
    """

    time: Fraction
    present: bool
    rotation: FloatArray
    translation: FloatArray
    zoom: float
    blendshapes: FloatArray
    offsets: FloatArray
    appearance: Appearance | None = None


def quantised(offsets: NDArray[np.floating]) -> FloatArray:
    """Offsets at the precision a file keeps (float16), so that a saved take draws what its clip drew."""
    return offsets.astype(np.float16).astype(np.float32)


def rest(time: Fraction = Fraction(0)) -> Sample:
    """The neutral itself."""
    zero = np.zeros(3, np.float32)
    shapes = np.zeros(52, np.float32)
    shapes[0] = 1.0
    return Sample(time, True, zero, zero, 0.0, shapes, np.zeros((478, 3), np.float32))


def blend(a: Sample, b: Sample, amount: float) -> Sample:
    """Between two samples; appearance is taken from the nearer one. `time` is `a`'s."""

    def mix(x: Any, y: Any) -> Any:
        return x * (1 - amount) + y * amount

    return replace(
        a,
        rotation=mix(a.rotation, b.rotation).astype(np.float32),
        translation=mix(a.translation, b.translation).astype(np.float32),
        zoom=float(mix(a.zoom, b.zoom)),
        blendshapes=mix(a.blendshapes, b.blendshapes).astype(np.float32),
        offsets=mix(a.offsets, b.offsets).astype(np.float32),
        appearance=a.appearance if amount < 0.5 else b.appearance,
    )


@dataclass(frozen=True)
class Stance:
    """What one measured frame shows beyond the person's true neutral.

    Attributes:
        rotation: (3, 3), of the head against one that looks into the camera, camera axes.
        offsets: (478, 3), head frame, cm.
        own: the true neutral's few measures.
        shown: the same of the frame itself.
    """

    rotation: NDArray[np.float64]
    offsets: NDArray[np.float64]
    own: Neutral
    shown: Neutral


@dataclass(frozen=True)
class Performance:
    """A take: a neutral and a stream of samples that can be read as often as wished.

    Attributes:
        neutral: see Neutral.
        rate: frames a second on average, exact.
        read: returns a fresh iterator over the samples in time order; samples are never all held in memory unless
            the Performance was made from a list.
        duration: seconds, or None where it is not known before the end.
        has_appearance: whether samples carry the driver's shading and mouth.
        source: a word on where it comes from: `video`, `live-link`, `authored`, `speech`.
        stance: what the frame that motion is measured against shows beyond rest; None where it was not asked for. No
            file keeps it.
    """

    neutral: Neutral
    rate: Fraction
    read: Callable[[], Iterator[Sample]]
    duration: Fraction | None = None
    has_appearance: bool = False
    source: str = "video"
    stance: Stance | None = None

    def __iter__(self) -> Iterator[Sample]:
        return self.read()

    @classmethod
    def of(
        cls,
        samples: Iterable[Sample],
        rate: Fraction,
        *,
        neutral: Neutral | None = None,
        source: str = "authored",
    ) -> Performance:
        """A Performance held in memory."""
        held = list(samples)
        return cls(
            neutral=neutral or Neutral(),
            rate=rate,
            read=lambda: iter(held),
            duration=held[-1].time + 1 / rate if held else Fraction(0),
            has_appearance=any(s.appearance is not None for s in held),
            source=source,
        )
