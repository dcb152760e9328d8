"""A picture's layout: what stands where in it, in bits, so that a part of it, mirrored, turned or shrunk, can be held
against the whole. A fingerprint of the whole (PDQ) cannot do that.

The picture's luma is averaged on a grid of 48 cells along its short side; a broad mean is taken away, so that a sky
that darkens upwards or a head before a dark wall says little; of what is left the sign is kept, and whether it stands
out.
Where faces are said to be, they are compared on their own as well: somebody else's face in an otherwise unchanged
picture leaves nine bits of ten as they are.
The invisible mark tells how a copy lies over the picture it names, except for whole steps of half the short side (the
mark's tile): those few places are tried. Pure; knows nothing of files and of the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marking.cell_bits import FINE, agreement, cell_means, outstanding, raised_cells, softened
from countenance.marking.face_layout import DENSE, Box, FaceLayout, face_layout, faces_compared, means_of, read_faces
from countenance.marking.face_layout import ENOUGH as FACE_ENOUGH
from countenance.marking.face_layout import UNLIKE as FACE_UNLIKE
from countenance.marking.local_difference import local_difference
from countenance.marks.watermark import PictureGeometry
from countenance.media.frames import Pixels

CELLS = 48
"""Along the short side; at most `_MOST` along the long one."""
_MOST = 255
_BROAD = 2.0  # cells: sigma of the mean that is taken away
_TILES = 2  # of the mark, along the short side
_AT_MOST = 20  # places that are tried in each direction
_ABOUT = 2  # cells by which the geometry may be wrong
ALIKE, FEW, UNLIKE = 0.26, 1.3, 0.30
"""Share of the bits that stand out and differ. Below ALIKE − FEW/√bits it is the same picture, above UNLIKE another.
Of marked pictures cropped to half, mirrored, turned, shrunk, stretched or re-encoded at most 0.10 differ; of strangers
at least 0.17 of few bits and 0.25 of many."""
ENOUGH = 160
"""Bits that stand out, in what the copy shows of the picture; fewer prove nothing."""
GLANCE = 256  # pixels of the short side that are kept for comparing
_NEAREST = 3  # layouts that are looked at closely
_FACES = 8  # of one frame that are kept
_POSES = 24  # key frames in which a face is looked for, those first that resemble the whole
_HOPELESS = 0.44  # what differs so much where the mark says is not the same two cells beside


@dataclass(frozen=True, slots=True)
class _Layout:
    sign: NDArray[np.bool_]
    stands_out: NDArray[np.bool_]
    faces: tuple[FaceLayout, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How a copy compares to a picture.

    Attributes:
        differs: share of bits that differ, 0 to 1; about 0.5 between strangers. 1 where too little could be compared.
        bits: how many were compared.
        faces_differ: the same of the face that differs most, in the key frame in which it differs least.
        face_bits: how many were compared of it.
        elsewhere: of what is alike, (rows, columns) of the picture's grid, what differs round each cell, in the key
            frame in which it differs least, see `local_difference`; None where that was not asked.
    """

    differs: float = 1.0
    bits: int = 0
    faces_differ: float = 0.0
    face_bits: int = 0
    elsewhere: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)

    @property
    def alike(self) -> bool:
        """Whether it shows the same picture, or a part of it."""
        return self.bits >= ENOUGH and self.differs <= ALIKE - FEW / self.bits**0.5

    @property
    def unlike(self) -> bool:
        """Whether it surely shows another one."""
        return self.bits >= ENOUGH and self.differs >= UNLIKE

    @property
    def other_face(self) -> bool:
        """Whether a face in it is surely not the one that was there."""
        return self.face_bits >= FACE_ENOUGH and self.faces_differ >= FACE_UNLIKE


def layout_of(pixels: Pixels, faces: Sequence[Box] = ()) -> bytes:
    """The layout of a picture: rows, columns, two planes of bits (sign; stands out), then each face, as `face_layout`.

    Args:
        pixels: (h, w, 3) uint8 RGB.
        faces: where they are; of many the first eight are kept.
    """
    height, width = pixels.shape[:2]
    step = min(height, width) / CELLS
    rows, columns = (min(_MOST, max(CELLS, round(side / step))) for side in (height, width))
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    shrinks = columns <= width and rows <= height
    cells = cv2.resize(gray, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    raised = raised_cells(np.asarray(cells, np.float32), np.ones((rows, columns), np.float32), _BROAD)
    stands_out = outstanding(raised)
    planes: bytes = np.packbits(np.stack([raised > 0, stands_out])).tobytes()
    return bytes((rows, columns)) + planes + b"".join(face_layout(gray, box) for box in list(faces)[:_FACES])


def glance_of(pixels: Pixels) -> NDArray[np.uint8]:
    """What is kept of a copy's frame for comparing: (h, w) uint8 luma, at most `GLANCE` on the short side."""
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    scale = GLANCE / min(gray.shape)
    if scale < 1:
        size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return np.asarray(gray, np.uint8)


def compared(
    glance: NDArray[np.uint8], geometry: PictureGeometry, layouts: Sequence[bytes], *, locally: bool = False
) -> Compared:
    """A copy's frame held against layouts, laid as the mark says; the best of them, and of the places left open.

    Args:
        glance: (h, w) uint8, as `glance_of` gives it.
        geometry: of the mark in that frame.
        layouts: of one render, as `layout_of` gives them; anything else compares to nothing.
        locally: also what differs round each cell.
    """
    by_size: dict[tuple[int, int], list[_Layout]] = {}
    for layout in layouts:
        read = _read(layout)
        if read is not None:
            by_size.setdefault(read.sign.shape, []).append(read)
    best = Compared()
    for (rows, columns), every in by_size.items():
        signs = np.stack([one.sign for one in every])
        stand_out = np.stack([one.stands_out for one in every])
        for raised, shown, means in _laid(glance, geometry, rows, columns):
            up = raised > 0
            counted = stand_out & shown
            bits = counted.sum(axis=(1, 2))
            differ = ((signs != up) & counted).sum(axis=(1, 2)) / np.maximum(bits, 1)
            nearest = np.argsort(differ)
            before = best
            for index in nearest[:_NEAREST]:
                found = Compared(float(differ[index]), int(bits[index]))
                if found.differs < _HOPELESS:
                    found = Compared(*agreement(up, shown, signs[index], stand_out[index], ENOUGH, _ABOUT))
                if found.bits >= ENOUGH and (best.bits < ENOUGH or found.differs < best.differs):
                    best = found
            if best is not before:
                faces, face_bits = faces_compared(shown, means, [every[index].faces for index in nearest[:_POSES]])
                best = replace(best, faces_differ=faces, face_bits=face_bits)
            if best.alike and not locally:
                return best
            if best.alike:
                near = nearest[:_NEAREST]
                maps = [local_difference(raised, shown, signs[i], stand_out[i], _ABOUT) for i in near]
                return replace(best, elsewhere=np.minimum.reduce(maps))
    return best


def _laid(
    glance: NDArray[np.uint8], geometry: PictureGeometry, rows: int, columns: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_], Callable[[Box], NDArray[np.float32]]]]:
    """The frame laid over a grid, at each place that the mark leaves open: what is raised, what is shown, and the means
    of the cells of a face."""
    height, width = glance.shape
    tile = min(rows, columns) / _TILES  # cells
    # From tiles about the frame's middle to its pixels about its middle, as `Geometry` was decomposed.
    turn = np.radians(geometry.rotation)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    stretch = np.diag([np.sqrt(geometry.aspect), 1 / np.sqrt(geometry.aspect)])
    onto = min(height, width) * geometry.scale / _TILES * stretch @ rotation
    if geometry.flipped:
        onto = onto @ np.diag([-1.0, 1.0])
    if not np.all(np.isfinite(onto)) or abs(np.linalg.det(onto)) < 1:
        return
    soft = softened(glance.astype(np.float32), float(np.sqrt(abs(np.linalg.det(onto)))) / tile / FINE)
    left, top, right, bottom = np.array(_heard(geometry)) * (width, height, width, height)
    corners = np.array([[x, y] for x in (left, right) for y in (top, bottom)]) - (width / 2, height / 2)
    reached = corners @ np.linalg.inv(onto).T + geometry.offset  # tiles
    low = np.ceil(-reached.max(axis=0))
    high = np.floor(np.array([columns, rows]) / tile - reached.min(axis=0))
    cells = np.stack(np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5), axis=-1) / tile
    for i in np.arange(low[0], min(high[0], low[0] + _AT_MOST) + 1):
        for j in np.arange(low[1], min(high[1], low[1] + _AT_MOST) + 1):
            middle = np.array([geometry.offset[0] + i, geometry.offset[1] + j])
            seen = (cells - middle) @ onto.T + (width / 2, height / 2)
            shown = np.all((seen >= (left, top)) & (seen <= (right, bottom)), axis=-1)
            if shown.sum() < 2 * ENOUGH:
                continue
            start = onto @ (0.5 / tile / FINE - middle) + np.array([width, height]) / 2 - 0.5
            matrix = np.hstack([onto / tile / FINE, start[:, None]])
            luma = cell_means(soft, matrix, rows, columns)
            face = partial(_face_means, glance, onto, middle, tile, rows, columns)
            yield raised_cells(luma, shown.astype(np.float32), _BROAD), shown, face


def _face_means(
    glance: NDArray[np.uint8],
    onto: NDArray[np.float64],
    middle: NDArray[np.float64],
    tile: float,
    rows: int,
    columns: int,
    box: Box,
) -> NDArray[np.float32]:
    """Means of a face's cells in a copy that lies as `_laid` has it."""
    left, top, right, bottom = np.array(box) * (columns, rows, columns, rows) / tile  # tiles
    step = np.diag([(right - left) / DENSE, (bottom - top) / DENSE])
    height, width = glance.shape
    start = onto @ (step @ (0.5, 0.5) + (left, top) - middle) + np.array([width, height]) / 2 - 0.5
    return means_of(glance.astype(np.float32), np.hstack([onto @ step, start[:, None]]))


def _heard(geometry: PictureGeometry) -> tuple[float, float, float, float]:
    """Where in the frame the marked picture can be: all of it, or, where it is shown inside a larger one, where the
    mark was heard, and a little more."""
    if geometry.scale >= 0.975:
        return 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = geometry.box
    return max(0.0, left - 0.05), max(0.0, top - 0.05), min(1.0, right + 0.05), min(1.0, bottom + 0.05)


def _read(layout: bytes) -> _Layout | None:
    if len(layout) < 2:
        return None
    rows, columns = layout[0], layout[1]
    end = 2 - (-2 * rows * columns // 8)
    if min(rows, columns) < CELLS or len(layout) < end:
        return None
    bits = np.unpackbits(np.frombuffer(layout[2:end], np.uint8))[: 2 * rows * columns]
    sign, stands_out = bits.reshape(2, rows, columns).astype(bool)
    try:
        return _Layout(sign, stands_out, read_faces(layout[end:]))
    except ValueError:
        return None
