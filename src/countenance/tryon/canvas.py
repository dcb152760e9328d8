"""A frame while things are laid onto it: a region in linear light, and how far each pixel was touched.

What was not touched stays the input's own bytes, and so does what is barred; `settled` is the only way back, and looks
whether it is so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.errors import ProvenanceError
from countenance.kernels import kernel
from countenance.media.frames import Pixels
from countenance.tryon.colour import STEPS, encoding, linear

Float32 = NDArray[np.float32]

TOUCHED = 0.004  # of an item's mask, below which a pixel is not its


@dataclass
class Canvas:
    """A frame and the region of it that is worked on.

    Attributes:
        pixels: (h, w, 3) uint8, the frame; never written to.
        box: x0, y0, x1, y1 of the region.
        light: (H, W, 3) float32, the region in linear light, drawn on.
        touched: (H, W) float32 in [0, 1], the largest mask that was laid on each pixel.
        barred: (H, W) bool, where nothing may be laid.
    """

    pixels: Pixels
    box: tuple[int, int, int, int]
    light: Float32
    touched: Float32
    barred: NDArray[np.bool_]

    @classmethod
    def of(cls, pixels: Pixels, box: tuple[int, int, int, int], barred: NDArray[np.bool_] | None = None) -> Canvas:
        """The region of a frame; `barred`: (H, W), where nothing may be laid."""
        x0, y0, x1, y1 = box
        part = pixels[y0:y1, x0:x1]
        none = np.zeros(part.shape[:2], np.bool_)
        return cls(pixels, box, linear(part), none.astype(np.float32), none if barred is None else barred)

    def lay(self, new: Float32, mask: Float32, at: tuple[slice, slice] | None = None) -> None:
        """Lay colours over a part: (H, W, 3) linear light, (H, W) in [0, 1]; `at`: rows and columns of the region."""
        rows, columns = at or (slice(None), slice(None))
        _over(self.light[rows, columns], new, mask, self.barred[rows, columns], self.touched[rows, columns])

    def settled(self) -> tuple[Pixels, NDArray[np.bool_]]:
        """The frame with what was drawn, (h, w, 3) uint8, and which pixels may differ from the input, (h, w).

        Raises:
            ProvenanceError: tryon.untouched: a pixel outside of all masks, or a barred one, would differ. Nothing is
                handed out then.
        """
        out = self.pixels.copy()
        where = np.zeros(out.shape[:2], np.bool_)
        x0, y0, x1, y1 = self.box
        _encode(self.light, self.touched, encoding(), TOUCHED, out[y0:y1, x0:x1], where[y0:y1, x0:x1])
        where[y0:y1, x0:x1] &= ~self.barred
        stray = strays(self.pixels, out, where)
        if stray:
            raise ProvenanceError(f"{stray} pixels outside of what was tried on would differ.", code="tryon.untouched")
        return out, where


@kernel(nogil=True)
def _over(light, new, mask, barred, touched) -> None:  # type: ignore[no-untyped-def]
    height, width, _ = light.shape
    for y in range(height):
        for x in range(width):
            a = mask[y, x]
            if a > TOUCHED and not barred[y, x]:
                for k in range(3):
                    light[y, x, k] += a * (new[y, x, k] - light[y, x, k])
                if a > touched[y, x]:
                    touched[y, x] = a


@kernel(nogil=True)
def _encode(light, touched, table, least, out, where) -> None:  # type: ignore[no-untyped-def]
    height, width, _ = light.shape
    for y in range(height):
        for x in range(width):
            if touched[y, x] > least:
                where[y, x] = True
                for k in range(3):
                    v = light[y, x, k]
                    v = min(v, 1.0) if v > 0.0 else 0.0  # of no number, too
                    out[y, x, k] = table[int(v * (STEPS - 1) + 0.5)]


@kernel(nogil=True)
def strays(before, after, where) -> int:  # type: ignore[no-untyped-def]
    """How many pixels differ where they must not. (h, w, 3) uint8 twice, (h, w) bool."""
    count = 0
    height, width, _ = before.shape
    for y in range(height):
        for x in range(width):
            if not where[y, x] and (
                before[y, x, 0] != after[y, x, 0]
                or before[y, x, 1] != after[y, x, 1]
                or before[y, x, 2] != after[y, x, 2]
            ):
                count += 1
    return count
