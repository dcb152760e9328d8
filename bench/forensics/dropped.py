"""Measures that were tried and are not used: no better than chance on our engines' outputs, or hardly.

They stay here so that the next engine can be held against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.face.topology import FACE_OVAL
from countenance.verify.forensics.measures import LEAST_PIXELS, Float, SeenFace, regions


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
