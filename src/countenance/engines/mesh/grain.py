"""The plate's sharpness, motion blur and grain on what is drawn into it. Knows nothing of faces.

Sharpness is how much finer detail there is than coarser, a ratio of two bands: it tells the lens and the encoder, and
not whose skin it is. Grain is what the finest band keeps of the plate where the picture is smooth (Immerkær, "Fast
noise variance estimation", CVIU 64(2), 1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

SIGMAS = (0.0, 0.5, 0.75, 1.0, 1.3, 1.7)  # pixels: blurs that are tried
BANDS = (0.6, 1.2, 2.4)
GRAIN_IN = (0.053, 0.0132)  # share of white noise's variance in each of the two bands
EVERY = 4  # frames: how often it is measured
HOLD = 0.7  # of the last frame's measure that stays
SHARPEN = 0.5  # unsharp amount at most, where the likeness is softer than the plate
FAST = 2.5  # pixels a frame from which motion blur is looked for
SHUTTERS = (0.0, 0.25, 0.5, 0.75)  # of a frame that are tried
TILE = 256
MOST = 280  # pixels a side that sharpness and motion are measured on
_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6


@dataclass(frozen=True)
class SkinMeasure:
    """How sharp and how grainy skin is.

    Attributes:
        fine, coarse: mean squares of the bands between σ 0.6 and 1.2, and 1.2 and 2.4 pixels, grey levels².
        grain: standard deviation of the noise, grey levels.
    """

    fine: float
    coarse: float
    grain: float

    @property
    def sharpness(self) -> float:
        """Fine over coarse, without what noise adds."""
        fine = max(self.fine - GRAIN_IN[0] * self.grain**2, 0.02 * self.fine)
        return fine / max(self.coarse - GRAIN_IN[1] * self.grain**2, 0.1 * self.coarse, 1e-3)


def measure(grey: Float32, where: NDArray[np.bool_]) -> SkinMeasure | None:
    """Detail and grain of the pixels told; None where there are too few."""
    if int(where.sum()) < 200:
        return None
    blurs = [cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in BANDS]
    fine, coarse = ((a - b)[where] for a, b in pairwise(blurs))
    noise = float(np.median(np.abs(cv2.filter2D(grey, -1, _KERNEL)[where]))) * 1.4826
    return SkinMeasure(float(np.mean(fine**2)), float(np.mean(coarse**2)), noise)


class Finish:
    """Brings drawn skin to the plate's sharpness and grain; remembers over frames.

    Args:
        seed: of the grain.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._sigma: float | None = None
        self._amount = self._grain = 0.0
        tiles = self._random.standard_normal((4, TILE, TILE)).astype(np.float32)
        # Encoded noise is not white: it is about half a pixel wide.
        soft = [cv2.GaussianBlur(tile, (0, 0), 0.55, borderType=cv2.BORDER_REFLECT_101) for tile in tiles]
        self._tiles = [tile / float(tile.std()) for tile in soft]
        self._frame = 0

    def apply(
        self, drawn: Float32, plate: NDArray[np.uint8], skin: Float32, motion: tuple[float, float], *, cut: bool = False
    ) -> Float32:
        """The drawn skin, as sharp, as moved and as grainy as the plate.

        Args:
            drawn: (h, w, 3) float32, grey levels.
            plate: (h, w, 3) uint8, the same region of the frame.
            skin: (h, w) in [0, 1], what may be compared.
            motion: x, y pixels that the face moved since the last frame.
            cut: the frame before was of another shot.
        """
        part = _middle(skin > 0.9)
        where = skin[part] > 0.9
        grey = cv2.cvtColor(np.ascontiguousarray(plate[part]), cv2.COLOR_RGB2GRAY).astype(np.float32)
        own = cv2.cvtColor(np.ascontiguousarray(drawn[part]), cv2.COLOR_RGB2GRAY)
        fresh = cut or self._sigma is None
        there = measure(grey, where) if fresh or self._frame % EVERY == 0 else None
        if there is not None:
            self._learn(own, there, where, fresh=fresh)
        out = drawn
        sigma = self._sigma or 0.0
        if sigma > 0.3:
            out = cv2.GaussianBlur(out, (0, 0), sigma)
        elif self._amount > 0.05:
            out = out + self._amount * (out - cv2.GaussianBlur(out, (0, 0), 1.2))
        out = self._moved(out, own, grey, where, motion)
        if self._grain > 0.3:
            out = out + self._noise(out.shape[0], out.shape[1])[..., None] * self._grain
        self._frame += 1
        return np.asarray(out, np.float32)

    def _learn(self, own: Float32, there: SkinMeasure, where: NDArray[np.bool_], *, fresh: bool) -> None:
        """How much to blur or sharpen, and how much grain is missing, carried over from frame to frame."""
        measures = [(s, measure(cv2.GaussianBlur(own, (0, 0), s) if s else own, where)) for s in SIGMAS]
        known = [(s, m) for s, m in measures if m is not None]
        sharp = np.log([m.sharpness + 1e-4 for _, m in known])
        wanted = float(np.log(there.sharpness + 1e-4))
        sigma = float(np.interp(-wanted, -np.minimum.accumulate(sharp), [s for s, _ in known]))
        amount = float(np.clip((wanted - sharp[0]) / 2, 0, SHARPEN)) if sigma <= 0 else 0.0
        left = float(np.interp(sigma, [s for s, _ in known], [m.grain for _, m in known]))
        grain = float(np.sqrt(max(there.grain**2 - left**2, 0.0)))
        if fresh or self._sigma is None:
            self._sigma, self._amount, self._grain = sigma, amount, grain
            return
        self._sigma = HOLD * self._sigma + (1 - HOLD) * sigma
        self._amount = HOLD * self._amount + (1 - HOLD) * amount
        self._grain = HOLD * self._grain + (1 - HOLD) * grain

    def _moved(
        self, drawn: Float32, own: Float32, plate: Float32, where: NDArray[np.bool_], motion: tuple[float, float]
    ) -> Float32:
        """Blurred along the motion, as much as makes the plate's edges across it."""
        length = float(np.hypot(*motion))
        if length < FAST or int(where.sum()) < 200:
            return drawn
        across = np.array(motion) / length

        def energy(grey: Float32) -> float:
            gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
            along = (gx * across[0] + gy * across[1])[where]
            other = (-gx * across[1] + gy * across[0])[where]
            return float(np.mean(along**2) / (np.mean(other**2) + 1e-6))

        wanted = energy(plate)
        kernels = [_streak(length * shutter, across) for shutter in SHUTTERS]
        found = [energy(cv2.filter2D(own, -1, kernel)) for kernel in kernels]
        best = int(np.argmin(np.abs(np.log(np.array(found) + 1e-6) - np.log(wanted + 1e-6))))
        return drawn if best == 0 else np.asarray(cv2.filter2D(drawn, -1, kernels[best]), np.float32)

    def _noise(self, height: int, width: int) -> Float32:
        """(h, w) of unit deviation, another piece for each frame."""
        tile = np.roll(self._tiles[self._frame % 4], tuple(self._random.integers(0, TILE, 2)), (0, 1))
        again = (-(-height // TILE), -(-width // TILE))
        return np.asarray(np.tile(tile, again)[:height, :width], np.float32)


def _middle(where: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns round the middle of what may be compared, MOST of them at most: enough to measure by."""
    found = []
    for axis in (1, 0):
        at = np.flatnonzero(where.any(axis))
        low, high = (int(at[0]), int(at[-1]) + 1) if len(at) else (0, where.shape[1 - axis])
        middle = (low + high) // 2
        found.append(slice(max(low, middle - MOST // 2), min(high, middle + MOST // 2)))
    return found[0], found[1]


def _streak(length: float, direction: NDArray[np.floating]) -> Float32:
    """A line of this length as a kernel that sums to 1."""
    reach = max(0, int(np.ceil(length / 2)))
    if reach == 0:
        return np.ones((1, 1), np.float32)
    size = 2 * reach + 1
    kernel = np.zeros((size, size), np.float32)
    for t in np.linspace(-length / 2, length / 2, 4 * size):
        x, y = reach + t * float(direction[0]), reach + t * float(direction[1])
        i, j = int(np.floor(y)), int(np.floor(x))
        for di, dj in ((0, 0), (0, 1), (1, 0), (1, 1)):
            if 0 <= i + di < size and 0 <= j + dj < size:
                kernel[i + di, j + dj] += (1 - abs(y - i - di)) * (1 - abs(x - j - dj))
    return np.asarray(kernel / kernel.sum(), np.float32)
