"""Finding where the mark's lattice lies: scale, aspect, rotation, flip, shear and shift, from its tones alone.

A tone at k cycles a tile shows in the working picture at frequency A·k, where A is the inverse transpose of the map
from tiles to working pixels. The tones' power is summed over a grid of A (their phases are not needed); the best
few are refined; then the phases give the shift.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import scipy
from numpy.typing import NDArray

from countenance.kernels import kernel
from countenance.marks.watermark.lattice import TILE, Lattice
from countenance.marks.watermark.spectrum import LIMIT, TRANSFORM, Spectrum, look_up, sample

Map = NDArray[np.float32]
Matrix = NDArray[np.float64]

SCALES = (0.40, 2.6, 0.011)
ANGLES = (13.0, 0.6)
ASPECTS = (0.13, 0.011)
CANDIDATES = 10
SHORTLIST, AGREED, LOUDEST = 1200, 16, 30
"""How many placements are tried by their phases; how many of the best by phase, and by power, are refined."""
LOUD, AGREEING = 80, 2
"""The same for pictures that are straightened."""
CLEARLY = 0.8
"""One way up is not followed further when its first peak is below this share of the other's."""
NEAR = 0.06
"""Matrices that differ by less, in bins a cycle, are one."""
COARSE, BATCH = 64, 128
"""Shifts to a tile that are tried, each way, before the best is refined; placements tried at once."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the lattice lies.

    Attributes:
        frequency: (2, 2), cycles a tile → bins of the transform.
        shift: (2,) tiles; the tile coordinates of the picture's middle.
        score: of the tones' phases, in standard deviations.
        heard: (TONES,) of each tone, what is in phase, capped at ±3; noise has a variance of ½.
    """

    frequency: Matrix
    shift: NDArray[np.float64]
    score: float
    heard: NDArray[np.float64]

    @property
    def tiles_per_pixel(self) -> Matrix:
        """(2, 2): working pixels from the middle → tiles."""
        return np.asarray(self.frequency.T / TRANSFORM)


@lru_cache(maxsize=8)
def grid(base: float, aspects: bool) -> NDArray[np.float64]:
    """(n, 2, 2): frequency matrices to try. `base`: the scale of an unaltered picture, working / canonical."""
    scales = base * np.exp(np.arange(np.log(SCALES[0]), np.log(SCALES[1]), SCALES[2]))
    angles = np.deg2rad(np.arange(-ANGLES[0], ANGLES[0] + 0.01, ANGLES[1]))
    ratios = np.array([0.0])
    if aspects:
        ratios = np.arange(-ASPECTS[0], ASPECTS[0] + 0.001, ASPECTS[1])
        angles = np.deg2rad([-1.2, -0.6, 0.0, 0.6, 1.2])
    out = []
    for turned in (0.0, np.pi / 2):
        for flip in (1.0, -1.0):
            s, t, r = np.meshgrid(scales, angles, ratios, indexing="ij")
            s, t, r = s.ravel(), t.ravel() + turned, r.ravel()
            cos, sin = np.cos(t), np.sin(t)
            wide, high = np.exp(r / 2), np.exp(-r / 2)
            # Tile → flip → rotate → stretch → picture; frequencies go by the inverse transpose.
            matrix = np.empty((len(s), 2, 2))
            matrix[:, 0, 0] = flip * cos / (s * wide)
            matrix[:, 0, 1] = -sin / (s * wide)
            matrix[:, 1, 0] = flip * sin / (s * high)
            matrix[:, 1, 1] = cos / (s * high)
            out.append(matrix)
    return np.concatenate(out) * (TRANSFORM / TILE)


def candidates(
    spectrum: Spectrum, where: Lattice, base: float, *, aspects: bool = False, thorough: bool = False
) -> list[Matrix]:
    """Frequency matrices at which the tones stand out, refined, strongest first.

    Args:
        spectrum, where: of the picture; the tones.
        base: the scale of an unaltered picture, working / canonical.
        aspects: try stretched pictures instead of turned ones.
        thorough: not by the tones' power alone: those at which their phases agree on one shift come first.
    """
    spread = max(3, 2 * round(TRANSFORM / max(spectrum.shape) / 2.2) + 1)
    # Smooth enough to be looked at in every second bin, which keeps it in the processor's cache.
    smooth = np.ascontiguousarray(cv2.blur(spectrum.power, (min(spread, 9), min(spread, 9)))[::2, ::2])
    tones = where.tones.astype(np.float64)
    tried = grid(base, aspects)
    loudest = np.argsort(-_scores(smooth, tones, tried / 2, LIMIT // 2))[:SHORTLIST]
    found: list[tuple[float, Matrix]] = []
    for index in loudest[:LOUDEST]:
        matrix, score = _refine(spectrum.power, tones, tried[index], LIMIT)
        if all(np.abs(matrix - other).max() > NEAR for _, other in found):
            found.append((float(score), matrix))
    found.sort(key=lambda item: -item[0])
    if not thorough:
        return [matrix for _, matrix in found[:CANDIDATES]]
    agreed = loudest[np.argsort(-_agreement(spectrum, where, tried[loudest]))]
    starts = [matrix for _, matrix in found[:CANDIDATES]] + list(_apart(tried[agreed], AGREED))
    found = []
    for start in starts:
        placement = lock(spectrum, where, start)[0]
        same = (np.abs(placement.frequency - other).max() < NEAR for _, other in found)
        if not any(same):
            found.append((placement.score, placement.frequency))
    found.sort(key=lambda item: -item[0])
    return [matrix for _, matrix in found[:CANDIDATES]]


def loudest(spectrum: Spectrum, where: Lattice, tried: NDArray[np.float64]) -> list[Matrix]:
    """Of (n, 2, 2) frequency matrices, those few at which the tones agree best among those where they are loud."""
    smooth = np.ascontiguousarray(cv2.blur(spectrum.power, (5, 5))[::2, ::2])
    loud = tried[np.argsort(-_scores(smooth, where.tones.astype(np.float64), tried / 2, LIMIT // 2))[:LOUD]]
    return _apart(loud[np.argsort(-_agreement(spectrum, where, loud))], AGREEING)


def _apart(matrices: NDArray[np.float64], count: int) -> list[Matrix]:
    """The first few of (n, 2, 2) matrices that are not nearly the same."""
    out: list[Matrix] = []
    for matrix in matrices:
        if all(np.abs(matrix - other).max() > NEAR for other in out):
            out.append(matrix)
            if len(out) == count:
                break
    return out


def _agreement(spectrum: Spectrum, where: Lattice, matrices: NDArray[np.float64]) -> NDArray[np.float32]:
    """(n,) how well the tones' phases agree on any one shift, either way up, at (n, 2, 2) frequency matrices."""
    kx, ky = where.tones[:, 0] % COARSE, where.tones[:, 1] % COARSE
    turn = np.exp(-1j * where.tone_phases)
    out = np.empty(len(matrices), np.float32)
    for start in range(0, len(matrices), BATCH):
        part = matrices[start : start + BATCH]
        heard = _sample_all(spectrum.values, where.tones.astype(np.float64), part, LIMIT)
        both = []
        for way in (heard, heard.conj()):
            plane = np.zeros((len(part), COARSE, COARSE), np.complex64)
            plane[:, ky, kx] = way * turn
            both.append(scipy.fft.fft2(plane).real.max(axis=(1, 2)))
        out[start : start + BATCH] = np.maximum(*both)
    return out


def refine(spectrum: Spectrum, where: Lattice, matrix: Matrix) -> tuple[Matrix, float]:
    """A frequency matrix moved to the nearest maximum of the tones' power, and that power."""
    better, score = _refine(spectrum.power, where.tones.astype(np.float64), matrix, LIMIT)
    return better, float(score)


def usual_matrices(base: float) -> list[Matrix]:
    """Placements worth trying whatever the tones say: the picture as it was, mirrored, and on its side."""
    plain = np.array([[1.0, 0.0], [0.0, 1.0]])
    side = np.array([[0.0, -1.0], [1.0, 0.0]])
    mirror = np.diag([-1.0, 1.0])
    scale = TRANSFORM / TILE / base
    return [np.asarray(matrix * scale) for matrix in (plain, mirror, side, side @ mirror)]


def lock(spectrum: Spectrum, where: Lattice, matrix: Matrix) -> list[Placement]:
    """Placements for a frequency matrix: both ways up (power alone cannot tell 180° apart), refined by phase."""
    tones = where.tones.astype(np.float64)
    heard = sample(spectrum.values, tones @ matrix.T)
    starts = []
    for sign in (1.0, -1.0):
        plane = np.zeros((COARSE, COARSE), np.complex64)
        way = heard if sign > 0 else heard.conj()
        plane[where.tones[:, 1] % COARSE, where.tones[:, 0] % COARSE] = way * np.exp(-1j * where.tone_phases)
        # Heard: exp(iφ + 2πi k·shift); the sum over k of rest·exp(-2πi k·t) peaks at t = shift.
        surface = scipy.fft.fft2(plane).real
        row, column = np.unravel_index(int(np.argmax(surface)), surface.shape)
        starts.append((float(surface[row, column]), sign, np.array([column, row], np.float64) / COARSE))
    best = max(peak for peak, *_ in starts)
    out = []
    for peak, sign, shift in starts:
        if peak < CLEARLY * best:
            continue
        matrix_, shift_, score = _refine_phase(spectrum.values, tones, where.tone_phases, sign * matrix, shift, LIMIT)
        out.append(
            Placement(matrix_, shift_, float(score / _deviation(where)), _in_phase(spectrum, where, matrix_, shift_))
        )
    return sorted(out, key=lambda placement: -placement.score)


def as_laid(spectrum: Spectrum, where: Lattice) -> Placement:
    """The placement of a picture that nobody cropped, turned or stretched: where tones are too faint to follow, it
    needs none."""
    height, width = spectrum.shape
    side = min(height, width)
    matrix, shift = np.eye(2) * (2 * TRANSFORM / side), np.array([width, height]) / side
    heard = _in_phase(spectrum, where, matrix, shift)
    return Placement(matrix, shift, float(heard.sum() / _deviation(where)), heard)


def _in_phase(spectrum: Spectrum, where: Lattice, matrix: Matrix, shift: NDArray[np.float64]) -> NDArray[np.float64]:
    tones = where.tones.astype(np.float64)
    angles = where.tone_phases + 2 * np.pi * (tones @ shift)
    heard = (sample(spectrum.values, tones @ matrix.T) * np.exp(-1j * angles)).real
    return np.asarray(np.clip(heard, -3, 3), np.float64)


def _deviation(where: Lattice) -> float:
    return float(np.sqrt(0.5 * len(where.tones)))


@kernel(nogil=True)
def _sample_all(values, tones, matrices, limit):  # type: ignore[no-untyped-def]
    out = np.empty((len(matrices), len(tones)), np.complex64)
    for index in range(len(matrices)):
        m = matrices[index]
        for tone in range(len(tones)):
            kx, ky = tones[tone, 0], tones[tone, 1]
            value = look_up(values, m[0, 0] * kx + m[0, 1] * ky, m[1, 0] * kx + m[1, 1] * ky, limit)
            size = abs(value)
            out[index, tone] = value * (3.0 / size) if size > 3.0 else value
    return out


@kernel(nogil=True)
def _scores(power, tones, matrices, limit):  # type: ignore[no-untyped-def]
    out = np.empty(len(matrices), np.float32)
    for index in range(len(matrices)):
        a, b, c, d = matrices[index, 0, 0], matrices[index, 0, 1], matrices[index, 1, 0], matrices[index, 1, 1]
        total = 0.0
        for tone in range(len(tones)):
            kx, ky = tones[tone, 0], tones[tone, 1]
            x, y = a * kx + b * ky, c * kx + d * ky
            if x < 0:
                x, y = -x, -y
            column, row = int(x + 0.5), int(np.floor(y + 0.5)) + limit
            if column <= limit and 0 <= row <= 2 * limit:
                total += power[row, column] - 1.0
        out[index] = total
    return out


@kernel(nogil=True)
def _power_at(power, tones, m, limit):  # type: ignore[no-untyped-def]
    total = 0.0
    for tone in range(len(tones)):
        kx, ky = tones[tone, 0], tones[tone, 1]
        x, y = m[0, 0] * kx + m[0, 1] * ky, m[1, 0] * kx + m[1, 1] * ky
        if x < 0:
            x, y = -x, -y
        if x >= limit - 1 or abs(y) >= limit - 1:
            continue
        y += limit
        column, row = int(x), int(y)
        u, v = x - column, y - row
        total += (
            (1 - v) * ((1 - u) * power[row, column] + u * power[row, column + 1])
            + v * ((1 - u) * power[row + 1, column] + u * power[row + 1, column + 1])
            - 1.0
        )
    return total


@kernel(nogil=True)
def _refine(power, tones, start, limit):  # type: ignore[no-untyped-def]
    """Climb over the four entries of the matrix; steps are in bins at the lattice's rim."""
    best = start.copy()
    score = _power_at(power, tones, best, limit)
    step = 1.6 / 25.0
    for _ in range(9):
        for _ in range(2):
            for entry in range(4):
                for way in (-1.0, 1.0):
                    trial = best.copy()
                    trial[entry // 2, entry % 2] += way * step
                    value = _power_at(power, tones, trial, limit)
                    if value > score:
                        best, score = trial, value
        step *= 0.7
    return best, score


@kernel(nogil=True)
def _phase_at(values, tones, phases, m, shift, limit):  # type: ignore[no-untyped-def]
    total = 0.0
    for tone in range(len(tones)):
        kx, ky = tones[tone, 0], tones[tone, 1]
        value = look_up(values, m[0, 0] * kx + m[0, 1] * ky, m[1, 0] * kx + m[1, 1] * ky, limit)
        angle = phases[tone] + 2 * np.pi * (kx * shift[0] + ky * shift[1])
        size = abs(value)
        if size > 3.0:
            value *= 3.0 / size
        total += value.real * np.cos(angle) + value.imag * np.sin(angle)
    return total


@kernel(nogil=True)
def _refine_phase(values, tones, phases, start, shift, limit):  # type: ignore[no-untyped-def]
    best = start.copy()
    place = shift.copy()
    score = _phase_at(values, tones, phases, best, place, limit)
    step, move = 0.8 / 25.0, 0.5 / 64
    for _ in range(10):
        for _ in range(2):
            for entry in range(6):
                for way in (-1.0, 1.0):
                    trial, spot = best.copy(), place.copy()
                    if entry < 4:
                        trial[entry // 2, entry % 2] += way * step
                    else:
                        spot[entry - 4] += way * move
                    value = _phase_at(values, tones, phases, trial, spot, limit)
                    if value > score:
                        best, place, score = trial, spot, value
        step *= 0.7
        move *= 0.7
    return best, place, score
