"""Signs of what stands out, cell by cell, and how two grids of them agree. Pure; knows nothing of files."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

FINE = 2  # samples a cell and direction when a grid is laid over a picture
Part = tuple[slice, slice]
FAINT = 1.0  # levels of 255: less than this stands out nowhere


def softened(gray: NDArray[np.float32], spacing: float) -> NDArray[np.float32]:
    """Luma blurred to the size of samples that lie `spacing` pixels apart, so that reading single places is reading
    means."""
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), spacing / 2), np.float32) if spacing > 1.2 else gray


def cell_means(soft: NDArray[np.float32], matrix: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float32]:
    """(rows, columns) means of cells of softened luma; `matrix`, (2, 3), brings places of the samples to pixels."""
    fine = cv2.warpAffine(
        soft,
        matrix,
        (columns * FINE, rows * FINE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.resize(fine, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def raised_cells(cells: NDArray[np.float32], shown: NDArray[np.float32], broad: float) -> NDArray[np.float32]:
    """What stands above its surroundings; surroundings that are not shown do not count."""
    weight = np.clip(shown, 0, 1)
    blurred = cv2.GaussianBlur(cells * weight, (0, 0), broad, borderType=cv2.BORDER_REPLICATE)
    near = cv2.GaussianBlur(weight, (0, 0), broad, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cells - blurred / np.maximum(near, 1e-3), np.float32)


def outstanding(raised: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The cells that stand out: as much as the median one, and more than faintly."""
    size = np.abs(raised)
    return np.asarray(size >= max(FAINT, float(np.median(size))))


def shifts(rows: int, columns: int, about: int) -> Iterator[tuple[Part, Part]]:
    """Two grids laid over each other in every way within `about` cells: the part of one, and of the other below it."""
    for down in range(-about, about + 1):
        for across in range(-about, about + 1):
            here = (slice(max(0, down), rows + min(0, down)), slice(max(0, across), columns + min(0, across)))
            there = (slice(max(0, -down), rows + min(0, -down)), slice(max(0, -across), columns + min(0, -across)))
            yield here, there


def agreement(
    raised: NDArray[np.bool_],
    shown: NDArray[np.bool_],
    sign: NDArray[np.bool_],
    stands_out: NDArray[np.bool_],
    enough: int,
    about: int,
) -> tuple[float, int]:
    """What share of the bits that stand out differs at best within `about` cells, and how many those are.

    Returns:
        (1.0, 0) where nowhere `enough` could be compared.
    """
    rows, columns = sign.shape
    best = (1.0, 0)
    for here, there in shifts(rows, columns, about):
        counts = shown[here] & stands_out[there]
        bits = int(counts.sum())
        if bits < enough:
            continue
        differs = float(((raised[here] != sign[there]) & counts).sum()) / bits
        if best[1] < enough or differs < best[0]:
            best = (differs, bits)
    return best
