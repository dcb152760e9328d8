"""Where in a picture something else is shown than in the one it is held against: somebody put in beside the face, words
over it. Pure; works on the cells of `layout`.

Measured on 25 pictures, as JPEG 55 to 70, cropped, turned and mirrored: of honest copies the share that differs
somewhere is at most 0.28 (0.31 in a single frame of a clip whose head moves, which is why a clip is judged by several);
where a face of 0.16 to 0.4 of the short side was put in, it is above 0.32 in eight of ten.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marking.cell_bits import FAINT, shifts

DIFFERENT = 0.32
"""Share of a window from which it shows something else."""
_WINDOW = 8  # cells, across and down
_LEAST = 0.3  # of a window's cells: fewer that tell something weigh no more
_SHOWN = 0.9  # of a window that the copy must show
_CLEAR, _NEW = 0.5, 3.0  # times what is usual in the copy: a sign counts; something stands where nothing stood


def local_difference(
    raised: NDArray[np.float32],
    shown: NDArray[np.bool_],
    sign: NDArray[np.bool_],
    stands_out: NDArray[np.bool_],
    about: int,
) -> NDArray[np.float32]:
    """The share of what differs round each cell, where the copy fits best there.

    Args:
        raised: (rows, columns) of the copy, as `cell_bits.raised_cells` gives it.
        shown: which cells the copy shows.
        sign, stands_out: of the picture, as its layout keeps them.
        about: cells by which the copy may lie otherwise than said.

    Returns:
        (rows, columns), 0 to 1; 0 where the copy does not show it.
    """
    rows, columns = sign.shape
    least = np.full((rows, columns), np.inf, np.float32)
    usual = max(FAINT, float(np.median(np.abs(raised[shown])))) if shown.any() else FAINT
    up, clear, strong = raised > 0, np.abs(raised) > _CLEAR * usual, np.abs(raised) > _NEW * usual
    for here, there in shifts(rows, columns, about):
        stood, seen = stands_out[there], shown[here]
        new = ~stood & strong[here] & seen
        other = stood & (up[here] != sign[there]) & clear[here] & seen
        differs = _near(other | new)
        told = _near((stood & seen) | new)
        share = differs / np.maximum(told, _LEAST * _WINDOW**2)
        share[_near(seen) < _SHOWN * _WINDOW**2] = 0
        least[there] = np.minimum(least[there], share)
    return np.where(np.isfinite(least), least, np.float32(0))


def _near(cells: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How many in the window round each cell."""
    counted = cv2.boxFilter(
        cells.astype(np.float32), -1, (_WINDOW, _WINDOW), normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(counted, np.float32)
