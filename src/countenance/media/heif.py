"""HEIC pictures, as telephones write them: the container read here (ISO/IEC 23008-12), the tiles decoded by FFmpeg.

The libraries that are usual for this bundle an encoder under the GPL; FFmpeg's decoder is here already, for video.
Reads the primary picture: whole or of tiles, with its turn, its mirror and its colour profile.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import av
import av.error
import numpy as np

from countenance.errors import Damaged, TooLarge
from countenance.media.frames import Pixels
from countenance.media.upright import Turn, to_rgb

BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
MOST_TILES = 4096
MOST_META = 16 << 20  # bytes


@dataclass
class _Item:
    kind: bytes = b""
    extents: list[tuple[int, int, int]] = field(default_factory=list)  # how it is placed, offset, length
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)

    def of(self, kind: bytes) -> bytes | None:
        return next((body for name, body in self.properties if name == kind), None)


def is_heic(head: bytes) -> bool:
    """Whether a file that begins so says that it is one."""
    if len(head) < 16 or head[4:8] != b"ftyp":
        return False
    size = min(struct.unpack(">I", head[:4])[0], len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))}
    return bool(brands & BRANDS) and b"avif" not in brands and b"avis" not in brands


def read_heic(file: BinaryIO, name: str, most_pixels: int) -> tuple[Pixels, bytes | None]:
    """The primary picture, upright, and its colour profile, not yet applied.

    Args:
        file: seekable.
        name: for messages.
        most_pixels: more are refused before anything is decoded.

    Raises:
        Damaged, TooLarge.
    """
    try:
        meta, primary, items = _parsed(file)
        item = items[primary]
        width, height = _size(item)
        if width * height > most_pixels:
            raise TooLarge(f"{name} has {width}×{height} pixels; {most_pixels / 1e6:.0f} million are allowed.")
        if item.kind == b"grid":
            pixels = _grid(file, meta, item, items, most_pixels)
        else:
            pixels = _decoded(_data(file, meta, item), item)[:height, :width]
    except (KeyError, IndexError, ValueError, struct.error, OverflowError, av.error.FFmpegError) as error:
        raise Damaged(f"{name} is damaged: {error}.") from error
    for kind, body in item.properties:  # in their order, as the standard says
        if kind == b"irot":  # anticlockwise
            pixels = np.rot90(pixels, body[0] & 3)
        elif kind == b"imir":
            pixels = Turn(False, bool(body[0] & 1), not body[0] & 1).laid(pixels)
    return np.ascontiguousarray(pixels), _profile(item, items)


def _size(item: _Item) -> tuple[int, int]:
    body = item.of(b"ispe")
    if body is None:
        raise ValueError("it does not say its size")
    width, height = struct.unpack(">II", body[4:12])
    return int(width), int(height)


def _profile(item: _Item, items: dict[int, _Item]) -> bytes | None:
    for one in (item, *(items[part] for part in item.parts[:1])):
        for kind, body in one.properties:
            if kind == b"colr" and body[:4] in (b"prof", b"rICC"):
                return body[4:]
    return None


def _grid(file: BinaryIO, meta: bytes, item: _Item, items: dict[int, _Item], most_pixels: int) -> Pixels:
    body = _data(file, meta, item)
    wide = body[1] & 1
    rows, columns = body[2] + 1, body[3] + 1
    width, height = struct.unpack(">II" if wide else ">HH", body[4 : 12 if wide else 8])
    if rows * columns > MOST_TILES or len(item.parts) != rows * columns or width * height > most_pixels:
        raise ValueError(f"a grid of {rows}×{columns} tiles with {len(item.parts)} of them")
    whole = np.zeros((height, width, 3), np.uint8)
    y = 0
    for row in range(rows):
        x = tall = 0
        for column in range(columns):
            part = items[item.parts[row * columns + column]]
            tile = _decoded(_data(file, meta, part), part)
            shown = tile[: max(0, height - y), : max(0, width - x)]
            whole[y : y + shown.shape[0], x : x + shown.shape[1]] = shown
            x, tall = x + tile.shape[1], tile.shape[0]
        y += tall
    return whole


def _decoded(data: bytes, item: _Item) -> Pixels:
    """One coded picture. Raises ValueError, FFmpegError."""
    config = item.of(b"hvcC")
    if item.kind not in (b"hvc1", b"hev1") or config is None:
        raise ValueError(f"a picture coded as {item.kind.decode('latin1')!r}")
    decoder = av.CodecContext.create("hevc", "r")
    decoder.extradata = config
    frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    if not frames:
        raise ValueError("a part of it cannot be decoded")
    frame = frames[0]
    return to_rgb(frame, frame.width, frame.height)


def _data(file: BinaryIO, inside: bytes, item: _Item) -> bytes:
    """An item's bytes, wherever they lie."""
    out = b""
    for method, offset, length in item.extents:
        if method == 1:
            out += inside[offset : offset + length] if length else inside[offset:]
        else:
            file.seek(offset)
            out += file.read(length) if length else file.read()
    if not out:
        raise ValueError("a part of it is not there")
    return out


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        elif size == 0:
            size = len(data) - at
        if size < head:
            raise ValueError("a box shorter than its head")
        yield kind, data[at + head : at + size]
        at += size


def _parsed(file: BinaryIO) -> tuple[bytes, int, dict[int, _Item]]:
    """What lies in the container itself, the primary item, and all items."""
    meta = dict(_boxes(_meta(file)[4:]))
    items: dict[int, _Item] = {}
    for kind, body in _boxes(meta[b"iinf"][4 + (2 if meta[b"iinf"][0] == 0 else 4) :]):
        if kind == b"infe" and body[0] >= 2:
            wide = body[0] > 2
            (number,) = struct.unpack(">I" if wide else ">H", body[4 : 8 if wide else 6])
            at = 10 if wide else 8
            items[number] = _Item(body[at : at + 4])
    _locate(meta[b"iloc"], items)
    _describe(meta[b"iprp"], items)
    _relate(meta.get(b"iref", b""), items)
    pitm = meta[b"pitm"]
    primary = struct.unpack(">I" if pitm[0] else ">H", pitm[4 : 8 if pitm[0] else 6])[0]
    return meta.get(b"idat", b""), int(primary), items


def _meta(file: BinaryIO) -> bytes:
    file.seek(0)
    while head := file.read(8):
        size, kind = struct.unpack(">I4s", head)
        length = size - 8
        if size == 1:
            length = struct.unpack(">Q", file.read(8))[0] - 16
        if kind == b"meta":
            if not 4 <= length <= MOST_META:
                raise ValueError("a container of no sensible length")
            return file.read(length)
        if size == 0 or length < 0:
            break
        file.seek(length, 1)
    raise ValueError("it holds no picture")


class _Reader:
    """Numbers of several widths, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> int:
        part = self._data[self._at : self._at + size]
        if len(part) < size:
            raise ValueError("it ends too early")
        self._at += size
        return int.from_bytes(part, "big")


def _locate(body: bytes, items: dict[int, _Item]) -> None:
    version, read = body[0], _Reader(body[4:])
    sizes = read.take(2)
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    for _ in range(read.take(2 if version < 2 else 4)):
        number = read.take(2 if version < 2 else 4)
        method = read.take(2) & 15 if version else 0
        read.take(2)
        start = read.take(base)
        extents = []
        for _ in range(read.take(2)):
            if version:
                read.take(index)
            at = read.take(offset)
            extents.append((method, start + at, read.take(length)))
        if number in items:
            items[number].extents = extents


def _describe(body: bytes, items: dict[int, _Item]) -> None:
    parts = list(_boxes(body))
    properties = list(_boxes(dict(parts)[b"ipco"]))
    for kind, one in parts:
        if kind != b"ipma":
            continue
        version, wide, read = one[0], one[3] & 1, _Reader(one[4:])
        for _ in range(read.take(4)):
            number = read.take(4 if version else 2)
            for _ in range(read.take(1)):
                index = read.take(2) & 0x7FFF if wide else read.take(1) & 0x7F
                if number in items and 0 < index <= len(properties):
                    items[number].properties.append(properties[index - 1])


def _relate(body: bytes, items: dict[int, _Item]) -> None:
    size = 4 if body[:1] == b"\x01" else 2
    for kind, one in _boxes(body[4:]):
        read = _Reader(one)
        number = read.take(size)
        parts = [read.take(size) for _ in range(read.take(2))]
        if kind == b"dimg" and number in items:
            items[number].parts = parts
