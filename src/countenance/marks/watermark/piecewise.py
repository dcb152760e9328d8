"""When one affine map does not fit the whole clip: read it in patches of the picture, or in stretches of time.

Each piece gets a placement of its own, started from a neighbour's; what the pieces say about the code bits adds up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.marks.watermark.lattice import Lattice
from countenance.marks.watermark.reading import fold, read, soft_bits
from countenance.marks.watermark.search import (
    Matrix,
    Placement,
    candidates,
    lock,
    refine,
)
from countenance.marks.watermark.spectrum import Spectrum, spectrum_of

Map = NDArray[np.float32]
Hit = tuple[int, Placement, NDArray[np.float32]]

PATCHES = 3
STARTS = 2
HEARD = 4.5
ZOOMS = np.exp(np.arange(-0.045, 0.0451, 0.009))


def worth_it(spectrum: Spectrum, where: Lattice) -> bool:
    """Whether there are enough pixels to cut into patches."""
    return min(spectrum.shape) >= 200 and len(where.tones) > 0


@dataclass(frozen=True, slots=True)
class PicturePatch:
    """A part of what was seen: the matched filter's input, (h, w) float32, and its transform."""

    matched: Map
    spectrum: Spectrum

    @classmethod
    def of(cls, matched: Map) -> PicturePatch:
        return cls(matched, spectrum_of(matched))


def windows(matched: Map) -> list[PicturePatch]:
    """A picture in overlapping windows."""
    height, width = matched.shape
    return [
        PicturePatch.of(
            np.asarray(matched * (_hann(height, row, PATCHES)[:, None] * _hann(width, column, PATCHES)), np.float32)
        )
        for row in range(PATCHES)
        for column in range(PATCHES)
    ]


def patches(parts: list[PicturePatch], spectrum: Spectrum, where: Lattice) -> Hit | None:
    """Read a picture whose geometry varies over it (perspective, lens) in its `windows`."""
    base = min(spectrum.shape) / 512
    spectra = [part.spectrum for part in parts]
    together = Spectrum(
        spectrum.values, np.asarray(sum(part.power for part in spectra) / len(spectra), np.float32), spectrum.shape
    )
    starts = candidates(together, where, base)[:STARTS]
    starts += candidates(spectrum, where, base)[:1]
    for start in starts:
        hit = _together(parts, where, [start] * len(parts))
        if hit is not None:
            return hit
    return None


def stretches(parts: list[PicturePatch], where: Lattice) -> Hit | None:
    """Read a clip whose geometry changes over time (zoom, pan), stretch by stretch."""
    spectra = [part.spectrum for part in parts]
    base = min(spectra[0].shape) / 512
    best: list[tuple[float, int, Matrix]] = []
    for index, spectrum in enumerate(spectra):
        for matrix in candidates(spectrum, where, base)[:2]:
            best.append((lock(spectrum, where, matrix)[0].score, index, matrix))
    best.sort(key=lambda item: -item[0])
    for _, index, matrix in best[:STARTS]:
        starts: list[Matrix] = [matrix] * len(parts)
        for order in (range(index - 1, -1, -1), range(index + 1, len(parts))):
            last = matrix
            for at in order:
                last = _nearby(spectra[at], where, last)
                starts[at] = last
        hit = _together(parts, where, starts)
        if hit is not None:
            return hit
    return None


def _nearby(spectrum: Spectrum, where: Lattice, start: Matrix) -> Matrix:
    tried = [refine(spectrum, where, start * zoom) for zoom in ZOOMS]
    return max(tried, key=lambda item: item[1])[0]


def _together(parts: list[PicturePatch], where: Lattice, starts: list[Matrix]) -> Hit | None:
    total = np.zeros(2 * len(where.carriers), np.float32)
    best: Placement | None = None
    for part, start in zip(parts, starts, strict=True):
        matrix, _ = refine(part.spectrum, where, start)
        placement = lock(part.spectrum, where, matrix)[0]
        if placement.score < HEARD:
            continue
        total += np.float32(placement.score) * soft_bits(fold(part.matched, placement), placement, where)
        if best is None or placement.score > best.score:
            best = placement
    if best is None:
        return None
    soft = total / (np.sqrt(np.mean(total**2)) + np.float32(1e-20))
    payload = read(soft, where)
    return None if payload is None else (payload, best, soft)


def _hann(length: int, index: int, count: int) -> NDArray[np.float32]:
    """The index-th of `count` overlapping windows that add up to about 1."""
    at = (np.arange(length) + 0.5) / length * count - 0.5 - index
    if index == 0:
        at = np.maximum(at, 0)
    if index == count - 1:
        at = np.minimum(at, 0)
    return np.asarray(np.where(np.abs(at) < 1, 0.5 + 0.5 * np.cos(np.pi * at), 0.0), np.float32)
