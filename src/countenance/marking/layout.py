"""A picture's layout: what stands where in it, in bits, so that a part of it, mirrored, turned or shrunk, can be held
against the whole. A fingerprint of the whole (PDQ) cannot do that.

The picture's luma is averaged on a grid of 48 cells along its short side; a broad mean is taken away, so that a sky
that darkens upwards or a head before a dark wall says little; of what is left the sign is kept, and whether it stands
out.
The invisible mark tells how a copy lies over the picture it names, except for whole steps of half the short side (the
mark's tile): those few places are tried. Pure; knows nothing of files and of the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.marks.watermark import PictureGeometry
from countenance.media.frames import Pixels

CELLS = 48
"""Along the short side; at most `_MOST` along the long one."""
_MOST = 255
_BROAD = 2.0  # cells: sigma of the mean that is taken away
_FAINT = 1.0  # levels of 255: less than this stands out nowhere
_FINE = 2  # samples a cell and direction when a copy is laid over the grid
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
_HOPELESS = 0.44  # what differs so much where the mark says is not the same two cells beside


@dataclass(frozen=True, slots=True)
class Compared:
    """How a copy compares to a picture.

    Attributes:
        differs: share of bits that differ, 0 to 1; about 0.5 between strangers. 1 where too little could be compared.
        bits: how many were compared.
    """

    differs: float = 1.0
    bits: int = 0

    @property
    def alike(self) -> bool:
        """Whether it shows the same picture, or a part of it."""
        return self.bits >= ENOUGH and self.differs <= ALIKE - FEW / self.bits**0.5

    @property
    def unlike(self) -> bool:
        """Whether it surely shows another one."""
        return self.bits >= ENOUGH and self.differs >= UNLIKE


def layout_of(pixels: Pixels) -> bytes:
    """The layout of a picture, (h, w, 3) uint8 RGB: rows, columns, then two planes of bits (sign; stands out)."""
    height, width = pixels.shape[:2]
    step = min(height, width) / CELLS
    rows, columns = (min(_MOST, max(CELLS, round(side / step))) for side in (height, width))
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)
    shrinks = columns <= width and rows <= height
    cells = cv2.resize(gray, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    raised = _raised(np.asarray(cells, np.float32), np.ones((rows, columns), np.float32))
    size = np.abs(raised)
    stands_out = size >= max(_FAINT, float(np.median(size)))
    return bytes((rows, columns)) + np.packbits(np.stack([raised > 0, stands_out])).tobytes()


def glance_of(pixels: Pixels) -> NDArray[np.uint8]:
    """What is kept of a copy's frame for comparing: (h, w) uint8 luma, at most `GLANCE` on the short side."""
    gray = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    scale = GLANCE / min(gray.shape)
    if scale < 1:
        size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return np.asarray(gray, np.uint8)


def compared(glance: NDArray[np.uint8], geometry: PictureGeometry, layouts: Sequence[bytes]) -> Compared:
    """A copy's frame held against layouts, laid as the mark says; the best of them, and of the places left open.

    Args:
        glance: (h, w) uint8, as `glance_of` gives it.
        geometry: of the mark in that frame.
        layouts: of one render, as `layout_of` gives them; anything else compares to nothing.
    """
    by_size: dict[tuple[int, int], list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]] = {}
    for layout in layouts:
        planes = _planes(layout)
        if planes is not None:
            by_size.setdefault(planes[0].shape, []).append(planes)
    best = Compared()
    for (rows, columns), every in by_size.items():
        signs = np.stack([sign for sign, _ in every])
        stand_out = np.stack([stands for _, stands in every])
        for raised, shown in _laid(glance, geometry, rows, columns):
            counted = stand_out & shown
            bits = counted.sum(axis=(1, 2))
            differ = ((signs != raised) & counted).sum(axis=(1, 2)) / np.maximum(bits, 1)
            for index in np.argsort(differ)[:_NEAREST]:
                found = Compared(float(differ[index]), int(bits[index]))
                if found.differs < _HOPELESS:
                    found = _agreement(raised, shown, signs[index], stand_out[index])
                if found.bits >= ENOUGH and (best.bits < ENOUGH or found.differs < best.differs):
                    best = found
            if best.alike:
                return best
    return best


def _laid(
    glance: NDArray[np.uint8], geometry: PictureGeometry, rows: int, columns: int
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """The frame laid over a grid, at each place that the mark leaves open: what stands out upwards, what is shown."""
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
    # Blurred to the fine cells' size first, so that reading single places is reading means.
    spacing = float(np.sqrt(abs(np.linalg.det(onto)))) / tile / _FINE
    soft = glance.astype(np.float32)
    if spacing > 1.2:
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), spacing / 2), np.float32)
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
            start = onto @ (0.5 / tile / _FINE - middle) + np.array([width, height]) / 2 - 0.5
            matrix = np.hstack([onto / tile / _FINE, start[:, None]])
            fine = cv2.warpAffine(
                soft,
                matrix,
                (columns * _FINE, rows * _FINE),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REPLICATE,
            )
            luma = np.asarray(cv2.resize(fine, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
            yield _raised(luma, shown.astype(np.float32)) > 0, shown


def _agreement(
    raised: NDArray[np.bool_], shown: NDArray[np.bool_], sign: NDArray[np.bool_], stands_out: NDArray[np.bool_]
) -> Compared:
    """The best within a few cells of where the mark says."""
    rows, columns = sign.shape
    best = Compared()
    for down in range(-_ABOUT, _ABOUT + 1):
        for across in range(-_ABOUT, _ABOUT + 1):
            here = (slice(max(0, down), rows + min(0, down)), slice(max(0, across), columns + min(0, across)))
            there = (slice(max(0, -down), rows + min(0, -down)), slice(max(0, -across), columns + min(0, -across)))
            counts = shown[here] & stands_out[there]
            bits = int(counts.sum())
            if bits < ENOUGH:
                continue
            differs = float(((raised[here] != sign[there]) & counts).sum()) / bits
            if best.bits < ENOUGH or differs < best.differs:
                best = Compared(differs, bits)
    return best


def _heard(geometry: PictureGeometry) -> tuple[float, float, float, float]:
    """Where in the frame the marked picture can be: all of it, or, where it is shown inside a larger one, where the
    mark was heard, and a little more."""
    if geometry.scale >= 0.975:
        return 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = geometry.box
    return max(0.0, left - 0.05), max(0.0, top - 0.05), min(1.0, right + 0.05), min(1.0, bottom + 0.05)


def _raised(cells: NDArray[np.float32], shown: NDArray[np.float32]) -> NDArray[np.float32]:
    """What stands above its surroundings; surroundings that are not shown do not count."""
    weight = np.clip(shown, 0, 1)
    blurred = cv2.GaussianBlur(cells * weight, (0, 0), _BROAD, borderType=cv2.BORDER_REPLICATE)
    near = cv2.GaussianBlur(weight, (0, 0), _BROAD, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cells - blurred / np.maximum(near, 1e-3), np.float32)


def _planes(layout: bytes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    if len(layout) < 2:
        return None
    rows, columns = layout[0], layout[1]
    if min(rows, columns) < CELLS or len(layout) != 2 + -(-2 * rows * columns // 8):
        return None
    bits = np.unpackbits(np.frombuffer(layout, np.uint8, offset=2))[: 2 * rows * columns]
    sign, stands_out = bits.reshape(2, rows, columns).astype(bool)
    return sign, stands_out
