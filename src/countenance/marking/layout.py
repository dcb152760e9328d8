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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
FACE_ENOUGH, FACE_UNLIKE = 60, 0.15
"""Bits that stand out in a face; and the share of them from which it is another one than in any key frame. Measured on
six clips: of faces that talk and turn between key frames, as JPEG 40 at half the size, at most 0.10 differ, of faces of
others put in exactly the same place at least 0.18 (half of them 0.29)."""
_FACE_SHOWN = 0.7  # of a face that a copy must show
_FACES = 8  # of one frame that are kept
_POSES = 24  # key frames in which a face is looked for, those first that resemble the whole
_HOPELESS = 0.44  # what differs so much where the mark says is not the same two cells beside


Box = tuple[float, float, float, float]
"""Left, top, right, bottom, 0 to 1 of the picture's width and height."""


@dataclass(frozen=True, slots=True)
class _Layout:
    sign: NDArray[np.bool_]
    stands_out: NDArray[np.bool_]
    faces: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """How a copy compares to a picture.

    Attributes:
        differs: share of bits that differ, 0 to 1; about 0.5 between strangers. 1 where too little could be compared.
        bits: how many were compared.
        faces_differ: the same of the face that differs most, in the key frame in which it differs least.
        face_bits: how many were compared of it.
    """

    differs: float = 1.0
    bits: int = 0
    faces_differ: float = 0.0
    face_bits: int = 0

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
    """The layout of a picture: rows, columns, two planes of bits (sign; stands out), then four bytes for each face.

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
    raised = _raised(np.asarray(cells, np.float32), np.ones((rows, columns), np.float32))
    size = np.abs(raised)
    stands_out = size >= max(_FAINT, float(np.median(size)))
    planes: bytes = np.packbits(np.stack([raised > 0, stands_out])).tobytes()
    boxes: bytes = np.clip(np.rint(np.array(list(faces)[:_FACES]) * 255), 0, 255).astype(np.uint8).tobytes()
    return bytes((rows, columns)) + planes + boxes


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
    by_size: dict[tuple[int, int], list[_Layout]] = {}
    for layout in layouts:
        read = _read(layout)
        if read is not None:
            by_size.setdefault(read.sign.shape, []).append(read)
    best = Compared()
    for (rows, columns), every in by_size.items():
        signs = np.stack([one.sign for one in every])
        stand_out = np.stack([one.stands_out for one in every])
        for raised, shown in _laid(glance, geometry, rows, columns):
            counted = stand_out & shown
            bits = counted.sum(axis=(1, 2))
            differ = ((signs != raised) & counted).sum(axis=(1, 2)) / np.maximum(bits, 1)
            nearest = np.argsort(differ)
            before = best
            for index in nearest[:_NEAREST]:
                found = Compared(float(differ[index]), int(bits[index]))
                if found.differs < _HOPELESS:
                    found = _agreement(raised, shown, signs[index], stand_out[index])
                if found.bits >= ENOUGH and (best.bits < ENOUGH or found.differs < best.differs):
                    best = found
            if best is not before:
                faces, face_bits = _faces(raised, shown, [every[index] for index in nearest[:_POSES]])
                best = replace(best, faces_differ=faces, face_bits=face_bits)
            if best.alike:
                return best
    return best


def _faces(raised: NDArray[np.bool_], shown: NDArray[np.bool_], layouts: list[_Layout]) -> tuple[float, int]:
    """What differs of the face that differs most, and how many bits were compared; in the key frame nearest to it."""
    nearest = (1.0, 0)
    for one in layouts:
        rows, columns = one.sign.shape
        worst = (0.0, 0)
        for left, top, right, bottom in one.faces:
            down = slice(int(top * rows), int(np.ceil(bottom * rows)))
            across = slice(int(left * columns), int(np.ceil(right * columns)))
            face = np.zeros_like(shown)
            face[down, across] = True
            if not face.any() or shown[face].mean() < _FACE_SHOWN:
                continue
            found = _agreement(raised, shown, one.sign, one.stands_out & face, FACE_ENOUGH)
            if found.bits >= FACE_ENOUGH:
                worst = max(worst, (found.differs, found.bits))
        if worst[1] and (not nearest[1] or worst < nearest):
            nearest = worst
    return nearest if nearest[1] else (0.0, 0)


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
    raised: NDArray[np.bool_],
    shown: NDArray[np.bool_],
    sign: NDArray[np.bool_],
    stands_out: NDArray[np.bool_],
    enough: int = ENOUGH,
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
            if bits < enough:
                continue
            differs = float(((raised[here] != sign[there]) & counts).sum()) / bits
            if best.bits < enough or differs < best.differs:
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


def _read(layout: bytes) -> _Layout | None:
    if len(layout) < 2:
        return None
    rows, columns = layout[0], layout[1]
    end = 2 - (-2 * rows * columns // 8)
    if min(rows, columns) < CELLS or len(layout) < end or (len(layout) - end) % 4:
        return None
    sign, stands_out = (
        np.unpackbits(np.frombuffer(layout[2:end], np.uint8))[: 2 * rows * columns].reshape(2, rows, columns)
    ).astype(bool)
    boxes = np.frombuffer(layout, np.uint8, offset=end).reshape(-1, 4) / 255
    faces = tuple((float(left), float(top), float(right), float(bottom)) for left, top, right, bottom in boxes)
    return _Layout(sign, stands_out, faces)
