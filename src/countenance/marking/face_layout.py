"""A face's own layout: finer than that of the picture it is in, so that somebody else's face in its place is seen, also
one that was fitted to the light and the outlines of the old one. See `layout`. Pure.

Measured on six clips: of faces that talk and turn between key frames, as JPEG 40 at half the size, at most 0.12 of the
bits differ; of faces of others put in exactly the same place at least 0.26; where only what is finer than 3 % of the
picture's short side is another's at least 0.19, and finer than 2 % at least 0.13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marking.cell_bits import FINE, agreement, cell_means, outstanding, raised_cells, softened

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, 0 to 1 of the picture's width and height."""
CELLS = 32  # across and down a face
BYTES = 4 + 2 * CELLS**2 // 8
ENOUGH, UNLIKE = 60, 0.16
"""Bits that stand out in a face; and the share of them from which it is another one than in any key frame."""
DENSE = CELLS * FINE
_BROAD = 1.5  # cells: sigma of the mean that is taken away
_ABOUT = 4  # cells by which a face may lie otherwise than the geometry says
_SHOWN = 0.35  # of a face that a copy must show


@dataclass(frozen=True, slots=True)
class FaceLayout:
    """Where a face is, and its two planes of bits, (CELLS, CELLS): sign, and whether it stands out."""

    box: Box
    sign: NDArray[np.bool_]
    stands_out: NDArray[np.bool_]


def face_layout(gray: NDArray[np.float32], box: Box) -> bytes:
    """A face of a picture, (h, w) float32 luma: its box in 255ths of the picture's sides, then two planes of bits."""
    edges = np.clip(np.rint(np.array(box) * 255), 0, 255).astype(np.uint8)
    height, width = gray.shape
    left, top, right, bottom = edges / 255 * (width, height, width, height)
    matrix = np.array([[(right - left) / DENSE, 0, left - 0.5], [0, (bottom - top) / DENSE, top - 0.5]])
    raised = _raised(means_of(gray, matrix))
    planes: bytes = np.packbits(np.stack([raised > 0, outstanding(raised)])).tobytes()
    return bytes(edges) + planes


def means_of(gray: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """(CELLS, CELLS) means of cells; `matrix` brings places of the fine samples to pixels."""
    spacing = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    return cell_means(softened(gray, spacing), matrix, CELLS, CELLS)


def read_faces(written: bytes) -> tuple[FaceLayout, ...]:
    """The faces that `face_layout` wrote one after another. ValueError where they are of another length."""
    if len(written) % BYTES:
        raise ValueError("no faces")
    faces = []
    for begin in range(0, len(written), BYTES):
        left, top, right, bottom = (value / 255 for value in written[begin : begin + 4])
        planes = np.unpackbits(np.frombuffer(written[begin + 4 : begin + BYTES], np.uint8)).astype(bool)
        sign, stands_out = planes.reshape(2, CELLS, CELLS)
        faces.append(FaceLayout((left, top, right, bottom), sign, stands_out))
    return tuple(faces)


def faces_compared(
    shown: NDArray[np.bool_], means: Callable[[Box], NDArray[np.float32]], frames: Sequence[Sequence[FaceLayout]]
) -> tuple[float, int]:
    """What differs of the face that differs most, and how many bits were compared; in the key frame nearest to it.

    Args:
        shown: (rows, columns) of the picture's grid: what the copy shows of it.
        means: gives the means of a face's cells in the copy, (CELLS, CELLS).
        frames: the faces of each key frame.
    """
    rows, columns = shown.shape
    nearest = (1.0, 0)
    seen: dict[Box, NDArray[np.bool_]] = {}
    for faces in frames:
        worst = (0.0, 0)
        for face in faces:
            left, top, right, bottom = face.box
            down = slice(int(top * rows), int(np.ceil(bottom * rows)))
            visible = shown[down, int(left * columns) : int(np.ceil(right * columns))]
            if not visible.size or visible.mean() < _SHOWN:
                continue
            if face.box not in seen:
                seen[face.box] = _raised(means(face.box)) > 0
            there = cv2.resize(visible.astype(np.uint8), (CELLS, CELLS), interpolation=cv2.INTER_NEAREST) > 0
            found = agreement(seen[face.box], there, face.sign, face.stands_out, ENOUGH, _ABOUT)
            if found[1] >= ENOUGH:
                worst = max(worst, found)
        if worst[1] and (not nearest[1] or worst < nearest):
            nearest = worst
    return nearest if nearest[1] else (0.0, 0)


def _raised(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    return raised_cells(cells, np.ones_like(cells), _BROAD)
