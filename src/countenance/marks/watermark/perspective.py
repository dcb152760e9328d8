"""Finding a mark in a picture that was filmed or photographed at an angle: a keystone besides the affine map.

Where x is a place from the picture's middle and p the keystone, x / (1 + p·x) is a place on the picture as it was.
One affine map fits a few tiles in the middle at best, too few to be heard; so each of a grid of keystones is undone,
the tones are sought nearly upright, and what they agree on best is refined. Knows nothing of frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marks.watermark.lattice import TILE, Lattice
from countenance.marks.watermark.search import Placement, lock, loudest
from countenance.marks.watermark.spectrum import TRANSFORM, spectrum_of

Map = NDArray[np.float32]
Keystone = NDArray[np.float64]

STEP, REACH = 0.05, 3
"""Keystones tried: STEP / the picture's short side, as many each way."""
SCALES, ANGLES, ASPECTS, SHEARS = (0.66, 1.2, 0.014), (5.0, 0.8), (-0.05, 0.0, 0.05), (-0.035, 0.0, 0.035)
FOLLOWED = 3
FINE = (0.02, 0.01, 0.005)


@dataclass(frozen=True, slots=True)
class Straightened:
    """A picture without its keystone.

    Attributes:
        matched: (h, w) float32, the matched filter's input.
        placement: of the mark in it.
        keystone: (2,) that was undone, in 1 / pixels.
    """

    matched: Map
    placement: Placement
    keystone: Keystone


def straightened(matched: Map, where: Lattice) -> list[Straightened]:
    """The likeliest ways to straighten a picture, best first.

    Args:
        matched: (h, w) float32, the matched filter's input.
        where: the tones.
    """
    side = min(matched.shape)
    steps = STEP * np.arange(-REACH, REACH + 1) / side
    found = []
    for down in steps:
        for across in steps:
            keystone = np.array([across, down])
            flat = _flat(matched, keystone)
            spectrum = spectrum_of(flat, coarse=True)
            for matrix in loudest(spectrum, where, _upright(side / 512)):
                found.append(Straightened(flat, lock(spectrum, where, matrix)[0], keystone))
    found.sort(key=lambda item: -item.placement.score)
    better = [_refined(matched, item, side, where) for item in found[:FOLLOWED]]
    return sorted(better, key=lambda item: -item.placement.score)


def _refined(matched: Map, best: Straightened, side: int, where: Lattice) -> Straightened:
    for step in FINE:
        for axis in range(2):
            for way in (-step, step):
                keystone = best.keystone.copy()
                keystone[axis] += way / side
                flat = _flat(matched, keystone)
                placement = lock(spectrum_of(flat, coarse=True), where, best.placement.frequency)[0]
                if placement.score > best.placement.score:
                    best = Straightened(flat, placement, keystone)
    return best


def _flat(matched: Map, keystone: Keystone) -> Map:
    height, width = matched.shape
    middle = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1.0]])
    bent = np.array([[1, 0, 0], [0, 1, 0], [-keystone[0], -keystone[1], 1.0]])
    back = np.linalg.inv(middle) @ bent @ middle
    return np.asarray(
        cv2.warpPerspective(matched, back, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), np.float32
    )


@lru_cache(maxsize=4)
def _upright(base: float) -> NDArray[np.float64]:
    """(n, 2, 2) frequency matrices of pictures that stand nearly upright, a little smaller or larger than they were."""
    scales = base * np.exp(np.arange(np.log(SCALES[0]), np.log(SCALES[1]), SCALES[2]))
    angles = np.deg2rad(np.arange(-ANGLES[0], ANGLES[0] + 0.01, ANGLES[1]))
    s, t, r, lean = (part.ravel() for part in np.meshgrid(scales, angles, ASPECTS, SHEARS, indexing="ij"))
    cos, sin, wide, high = np.cos(t), np.sin(t), s * np.exp(r / 2), s * np.exp(-r / 2)
    rows = [[cos / wide, (lean * cos - sin) / wide], [sin / high, (lean * sin + cos) / high]]
    return np.asarray(np.moveaxis(np.array(rows), -1, 0) * (TRANSFORM / TILE))
