"""Numbers that may tell a redrawn face from its surroundings. Pure: frames, faces and sound in, a number out.

Every number is large where something speaks for a redrawn face. What a number is worth is printed by
`python -m bench.forensics`; none means anything by itself. `signals.py` says which are used.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

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


def grain(seen: Sequence[SeenFace]) -> float:
    """How much less grain the face has than what lies around it: log ratio of what a median filter takes away, among
    pixels that are alike in brightness and lie on no edge. Redrawn skin is resampled, which smooths it."""
    ratios = []
    for one in seen:
        luma = cv2.cvtColor(one.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
        rough = np.abs(luma - cv2.medianBlur(luma, 3))
        smooth = cv2.GaussianBlur(luma, (0, 0), 2)
        edges = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
        usable = (edges < np.percentile(edges, 60)) & (luma > 20) & (luma < 235)
        inside, around = (part & usable for part in regions(one.face, luma.shape))
        if inside.sum() > LEAST_PIXELS and around.sum() > LEAST_PIXELS:
            ratios.append(np.log((rough[around].mean() + 0.05) / (rough[inside].mean() + 0.05)))
    return float(np.median(ratios)) if ratios else float("nan")


def stillness(seen: Sequence[SeenFace]) -> float:
    """How little the skin's fine texture changes from frame to frame once the face is laid onto itself, held against
    how much texture there is: log ratio. A redrawn face wears one texture all through, or one that boils."""
    ratios = []
    for before, now in pairwise(seen):
        if now.time - before.time > 0.1:
            continue
        turned = _onto(before, now)
        if turned is None:
            continue
        inside, _ = regions(now.face, now.pixels.shape)
        fine_now, fine_before = _fine(cv2.cvtColor(now.pixels, cv2.COLOR_RGB2GRAY)), _fine(turned)
        if inside.sum() > LEAST_PIXELS:
            change = np.abs(fine_now - fine_before)[inside].mean()
            ratios.append(np.log((np.abs(fine_now)[inside].mean() + 0.05) / (change + 0.05)))
    return float(np.median(ratios)) if ratios else float("nan")


def flicker(seen: Sequence[SeenFace]) -> float:
    """How much more the face's brightness jumps to and fro from frame to frame than its surroundings': log ratio."""
    inside_light, around_light = [], []
    for one in seen:
        luma = cv2.cvtColor(one.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
        inside, around = regions(one.face, luma.shape)
        if inside.sum() < LEAST_PIXELS or around.sum() < LEAST_PIXELS:
            return float("nan")
        inside_light.append(float(luma[inside].mean()))
        around_light.append(float(luma[around].mean()))
    if len(seen) < 5:
        return float("nan")
    jumps = [np.abs(np.diff(np.array(one), 2)).mean() for one in (inside_light, around_light)]
    return float(np.log((jumps[0] + 0.01) / (jumps[1] + 0.01)))


def seam(seen: Sequence[SeenFace]) -> float:
    """How much sharper the step along the face's own outline is than just within and without: log ratio."""
    ratios = []
    for one in seen:
        luma = cv2.GaussianBlur(cv2.cvtColor(one.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1.5)
        oval = one.face.landmarks[FACE_OVAL, :2]
        centre = oval.mean(axis=0)
        steps = []
        for scale in (0.78, 0.86, 0.94, 1.02, 1.1):
            a, b = (centre + (oval - centre) * (scale + d) for d in (-0.03, 0.03))
            steps.append(float(np.median(np.abs(_at(luma, a) - _at(luma, b)))))
        ratios.append(np.log((max(steps[1:4]) + 0.5) / (np.mean([steps[0], steps[4]]) + 0.5)))
    return float(np.median(ratios)) if ratios else float("nan")


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


def _fine(luma: NDArray[np.uint8]) -> Float:
    values = luma.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), 1.5), np.float32)


def _onto(before: SeenFace, now: SeenFace) -> NDArray[np.uint8] | None:
    """The earlier frame's luma moved so that its face lies on the later one's."""
    moved, _ = cv2.estimateAffine2D(
        before.face.landmarks[:468:3, :2].astype(np.float32), now.face.landmarks[:468:3, :2].astype(np.float32)
    )
    if moved is None:
        return None
    height, width = now.pixels.shape[:2]
    luma = cv2.cvtColor(before.pixels, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.warpAffine(luma, moved, (width, height), flags=cv2.INTER_CUBIC), np.uint8)


def _at(luma: Float, points: NDArray[np.floating]) -> Float:
    x = np.clip(np.round(points[:, 0]).astype(int), 0, luma.shape[1] - 1)
    y = np.clip(np.round(points[:, 1]).astype(int), 0, luma.shape[0] - 1)
    return np.asarray(luma[y, x], np.float32)


def _changes(pixels: Pixels, quality: int, inside: Mask, around: Mask) -> tuple[float, float]:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "JPEG", quality=quality)
    again = np.asarray(Image.open(kept).convert("RGB"), np.float32)
    change = ((pixels.astype(np.float32) - again) ** 2).mean(axis=2)
    return float(change[inside].mean()), float(change[around].mean())
