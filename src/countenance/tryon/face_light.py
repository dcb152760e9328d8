"""The light on a face as colours of products need it: what a white surface beside the cheek would look like.

A skin's colour does not tell its light: dark skin in bright light and pale skin in dim light are alike. So the white of
the eyes is asked too, and a reference that is pointed at overrules both. What remains unsure is told, not hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.errors import BadOption, FaceError
from countenance.face.topology import (
    LEFT_EYE_LOWER,
    LEFT_EYE_UPPER,
    LEFT_IRIS,
    RIGHT_EYE_LOWER,
    RIGHT_EYE_UPPER,
    RIGHT_IRIS,
)
from countenance.face.types import Face
from countenance.media.frames import Pixels
from countenance.tryon.colour import LUMINANCE, linear

Float32 = NDArray[np.float32]

SKIN = 0.30  # of the light that skin is taken to give back where nothing else is known
SKIN_HUE = np.array([1.42, 0.91, 0.66], np.float32)  # linear sRGB of skin over its luminance, the usual one
HUE_TRUST = 0.5  # of the skin's departure from that which is light; the rest is the person's own colour
SCLERA = 0.62  # of the light that the white of the eyes gives back, in the lids' shade
PAPER = 0.90  # … and white paper
DARKEST = 0.012  # linear luminance of skin in the dark
PLACES = np.array([50, 280, 101, 330, 118, 347, 205, 425, 151, 9, 108, 337, 36, 266])  # cheeks and forehead
EYES = ((RIGHT_EYE_UPPER, RIGHT_EYE_LOWER, RIGHT_IRIS), (LEFT_EYE_UPPER, LEFT_EYE_LOWER, LEFT_IRIS))

Origin = Literal["skin", "sclera", "white"]


@dataclass(frozen=True)
class FaceLight:
    """The light on a face.

    Attributes:
        colour: (3,) float32, linear sRGB of a white surface in it.
        origin: what told its strength.
        doubt: ΔE within which colours drawn in it are to be taken.
        skin: (3,) float32, linear sRGB of the skin as it is seen.
    """

    colour: Float32
    origin: Origin
    doubt: float
    skin: Float32

    def as_dict(self) -> dict[str, Any]:
        """For results."""
        return {"white": [round(float(v), 4) for v in self.colour], "from": self.origin, "delta_e": self.doubt}

    def now(self, skin: Float32) -> Float32:
        """(3,): the light in a frame in which the same skin looks like this."""
        return np.asarray(self.colour * np.clip(skin / np.maximum(self.skin, 1e-4), 0.3, 3.0), np.float32)


def skin_seen(pixels: Pixels, landmarks: NDArray[np.floating]) -> Float32:
    """(3,) linear sRGB of cheeks and forehead, the median of small patches."""
    height, width = pixels.shape[:2]
    reach = max(1, int(float(np.ptp(landmarks[:, 1])) / 80))
    at = np.clip(landmarks[PLACES, :2].round().astype(int), reach, (width - reach - 1, height - reach - 1))
    patches = [linear(pixels[y - reach : y + reach + 1, x - reach : x + reach + 1]).mean((0, 1)) for x, y in at]
    return np.asarray(np.median(np.stack(patches), axis=0), np.float32)


def find_light(
    looks: Sequence[tuple[Pixels, Face]], *, white: Float32 | None = None, name: str = "The picture"
) -> FaceLight:
    """The light that a face was taken in.

    Args:
        looks: at it, one at least.
        white: (3,) linear sRGB of a white card or paper in the same light, where one was pointed at.
        name: of the file, for errors.

    Raises:
        FaceError: tryon.dark.
    """
    skin = np.median(np.stack([skin_seen(pixels, face.landmarks) for pixels, face in looks]), axis=0)
    level = float(skin @ LUMINANCE)
    if level < DARKEST:
        raise FaceError(
            f"{name} shows the face too dark to judge colours in it.",
            "Take it again in daylight, facing a window.",
            code="tryon.dark",
        )
    skin = skin.astype(np.float32)
    if white is not None:
        return FaceLight(white / PAPER, "white", 3.0, skin)
    hue = (skin / level / SKIN_HUE) ** HUE_TRUST
    hue = hue / float(hue @ LUMINANCE)
    strength, origin = max(level / SKIN, 0.0), "skin"
    sclera = [one for one in (_sclera(pixels, face) for pixels, face in looks) if one is not None]
    if sclera and float(np.median(sclera)) / SCLERA > strength:
        strength, origin = float(np.median(sclera)) / SCLERA, "sclera"
    # Cameras expose so that white stays white: beyond, it is skin that is pale, not light that is strong.
    doubt = 12.0 if strength > 1 else 6.0
    colour = min(strength, 1.0) * hue
    return FaceLight(np.asarray(colour / max(1.0, float(colour.max())), np.float32), origin, doubt, skin)  # type: ignore[arg-type]


def white_at(pixels: Pixels, place: tuple[float, float], name: str) -> Float32:
    """(3,) linear sRGB of a white reference.

    Args:
        pixels: the picture.
        place: x, y in pixels.
        name: of the file, for errors.

    Raises:
        BadOption: tryon.white: outside, burnt out, or no even surface.
    """
    height, width = pixels.shape[:2]
    reach = max(2, min(height, width) // 200)
    x, y = (round(v) if np.isfinite(v) else -1 for v in place)
    if not (reach <= x < width - reach and reach <= y < height - reach):
        raise BadOption(f"{place[0]:g},{place[1]:g} does not lie in {name}.", code="tryon.white")
    patch = pixels[y - reach : y + reach + 1, x - reach : x + reach + 1].reshape(-1, 3)
    light = linear(patch).mean(0)
    if (patch >= 253).mean() > 0.2:
        raise BadOption(
            f"The white at {x},{y} is burnt out.", "Point at a place of the paper that is not in glare.",
            code="tryon.white",
        )  # fmt: skip
    if patch.astype(float).std(0).max() > 14 or float(light.max()) < 0.05 or float(light.min() / light.max()) < 0.2:
        raise BadOption(f"What is at {x},{y} is no even white surface.", code="tryon.white")
    return np.asarray(light, np.float32)


def _sclera(pixels: Pixels, face: Face) -> float | None:
    """Linear luminance of the white of the eyes; None where too little of it is seen."""
    found = []
    for upper, lower, iris in EYES:
        ring = np.concatenate([face.landmarks[upper, :2], face.landmarks[lower[-2:0:-1], :2]])
        x0, y0 = np.floor(ring.min(0)).astype(int) - 1
        x1, y1 = np.ceil(ring.max(0)).astype(int) + 2
        if x0 < 0 or y0 < 0 or x1 > pixels.shape[1] or y1 > pixels.shape[0] or y1 - y0 < 8:
            continue
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [(ring - (x0, y0)).round().astype(np.int32)], 1)
        mask = cv2.erode(mask, np.ones((3, 3), np.uint8))
        middle = face.landmarks[iris[0], :2] - (x0, y0)
        radius = 1.15 * float(np.linalg.norm(face.landmarks[iris[1:], :2] - face.landmarks[iris[0], :2], axis=1).max())
        cv2.circle(mask, tuple(int(v) for v in middle.round()), round(radius), 0, -1)
        white = linear(pixels[y0:y1, x0:x1][mask > 0])
        if len(white) >= 24:
            found.append(white)
    if not found:
        return None
    whites = np.concatenate(found)
    level = whites @ LUMINANCE
    bright = whites[level >= np.percentile(level, 60)]
    # A sclera is nearly grey; what is not is lid, make-up or a cast that its luminance says nothing of.
    if float(bright.mean(0).min() / max(float(bright.mean(0).max()), 1e-4)) < 0.4:
        return None
    return float(np.median(bright @ LUMINANCE))
