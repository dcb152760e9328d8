"""Numbers that may tell a redrawn face from its surroundings. Pure: frames, faces and sound in, a number out.

Every number is large where something speaks for a redrawn face. What a number is worth is printed by
`python -m bench.forensics`; none means anything by itself. `signals.py` says which are used.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from countenance.face.topology import FACE_OVAL
from countenance.face.types import Face
from countenance.media.frames import Pixels

Mask = NDArray[np.bool_]
Float = NDArray[np.float32]
LEAST_PIXELS = 400
MOST_SIDE = 1536
SHARED = 2.5
QUALITIES = tuple(range(46, 98, 2))


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A frame with the face that was followed in it.

    Attributes:
        pixels: (h, w, 3) uint8 sRGB.
        face: as it was measured there.
        time: seconds of the file.
    """

    pixels: Pixels
    face: Face
    time: float


def regions(face: Face, shape: tuple[int, ...]) -> tuple[Mask, Mask]:
    """The inside of a face, and a ring around it: (h, w) each."""
    oval = face.landmarks[FACE_OVAL, :2].astype(np.float32)
    centre = oval.mean(axis=0)

    def filled(scale: float) -> Mask:
        drawn = np.zeros(shape[:2], np.uint8)
        cv2.fillPoly(drawn, [np.round(centre + (oval - centre) * scale).astype(np.int32)], 1)
        return drawn.astype(bool)

    return filled(0.8), filled(1.7) & ~filled(1.2)


def ghost(seen: Sequence[SeenFace]) -> float:
    """Whether the picture around was saved as JPEG before, at a quality of which the face bears no trace (Farid, 2009).
    Saving once more at that quality changes little: a dip in the curve of changes. The deepest dip that the picture has
    beyond two and a half faces, less so many times that of the face that a dip of both counts for nothing: how deep one
    is depends on what is shown. NaN where there is too little picture around."""
    found = []
    for one in seen:
        pixels, inside, beyond = _cut_on_the_grid(one)
        if inside.sum() < LEAST_PIXELS or beyond.sum() < LEAST_PIXELS:
            continue
        logs = np.log(np.array([_changes(pixels, quality, inside, beyond) for quality in QUALITIES]) + 1e-3)
        dips = np.maximum((logs[:-4] + logs[4:]) / 2 - logs[2:-2], 0)
        found.append(float((dips[:, 1] - SHARED * dips[:, 0]).max()))
    return float(np.median(found)) if found else float("nan")


def _cut_on_the_grid(one: SeenFace) -> tuple[Pixels, Mask, Mask]:
    """At most MOST_SIDE pixels a side around the face, cut where JPEG's blocks of 16 begin; its inside, and what lies
    well beyond it."""
    height, width = one.pixels.shape[:2]
    x, y = (max(0, int(c) - MOST_SIDE // 2) // 16 * 16 for c in one.face.centre)
    inside, _ = regions(one.face, one.pixels.shape)
    oval = one.face.landmarks[FACE_OVAL, :2].astype(np.float32)
    centre = oval.mean(axis=0)
    near = np.zeros((height, width), np.uint8)
    cv2.fillPoly(near, [np.round(centre + (oval - centre) * 2.5).astype(np.int32)], 1)
    part = np.s_[y : y + MOST_SIDE, x : x + MOST_SIDE]
    return np.ascontiguousarray(one.pixels[part]), inside[part], (near == 0)[part]


def lips_against_sound(openings: Float, times: Float, envelope: Float, rate: float) -> float:
    """How badly the opening of the mouth goes with the loudness of the sound: one minus the best correlation within a
    fifth of a second, of both as they change.

    Args:
        openings, times: (n,) of the mouth, and when, in seconds from the sound's first sample.
        envelope: (m,) loudness, `rate` values a second.
    """
    if len(openings) < 25 or float(np.std(openings)) < 1e-4:
        return float("nan")
    grid = np.arange(times[0], times[-1], 1 / rate)
    mouth = _changing(np.interp(grid, times, openings).astype(np.float32))
    best = -1.0
    for lag in np.arange(-0.2, 0.2001, 1 / rate):
        at = np.clip(((grid + lag) * rate).astype(int), 0, len(envelope) - 1)
        sound = _changing(envelope[at])
        scale = float(np.std(mouth) * np.std(sound))
        if scale > 1e-9:
            best = max(best, float((mouth * sound).mean()) / scale)
    return 1.0 - best


def mouth_opening(face: Face) -> float:
    """Distance of the inner lips over that of the eye corners."""
    return float(np.linalg.norm(face.landmarks[13] - face.landmarks[14])) / max(face.eye_distance, 1e-6)


def loudness(samples: Float, rate: int, wanted: float) -> Float:
    """(m,) log energy of speech's band, `wanted` values a second, of (n,) mono sound."""
    from scipy.signal import butter, sosfiltfilt

    band = sosfiltfilt(butter(2, (150, min(4000, 0.45 * rate)), "bandpass", fs=rate, output="sos"), samples)
    hop = int(rate / wanted)
    count = len(band) // hop
    energy = (band[: count * hop].reshape(count, hop) ** 2).mean(axis=1)
    return np.asarray(np.log(energy + 1e-6), np.float32)


def _changing(values: Float) -> Float:
    """Without its slow part, and centred."""
    slow = cv2.GaussianBlur(values.reshape(1, -1), (0, 0), 25).reshape(-1)
    quick = cv2.GaussianBlur(values.reshape(1, -1), (0, 0), 1.5).reshape(-1)
    out = quick - slow
    return np.asarray(out - out.mean(), np.float32)


def _changes(pixels: Pixels, quality: int, inside: Mask, around: Mask) -> tuple[float, float]:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=quality)
    again = np.asarray(Image.open(kept).convert("RGB"), np.float32)
    change = ((pixels.astype(np.float32) - again) ** 2).mean(axis=2)
    return float(change[inside].mean()), float(change[around].mean())
