"""Files made to do harm: small on disk, huge when believed; two things at once; manifests without an end."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from PIL import Image

from tests.exit_material import picture


def bomb_png(path: Path, side: int = 100_000) -> Path:
    """A PNG that claims to be of side × side pixels: some kilobytes of packed zeros."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packed = zlib.compress(b"\0" * (4 << 20), 9) * 4
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    return path


def box(kind: bytes, content: bytes) -> bytes:
    """One ISO media or JUMBF box."""
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def huge_mp4(source: Path, path: Path, width: int = 65_000, height: int = 65_000) -> Path:
    """A real MP4 whose sample entry says that its frames are enormous."""
    data = bytearray(source.read_bytes())
    at = data.index(b"avc1", data.index(b"stsd"))
    data[at + 28 : at + 32] = width.to_bytes(2, "big") + height.to_bytes(2, "big")
    path.write_bytes(data)
    return path


def endless_mp4(source: Path, path: Path) -> Path:
    """A real MP4 whose sample table promises four thousand million samples."""
    data = bytearray(source.read_bytes())
    at = data.index(b"stsz") + 12
    data[at : at + 4] = b"\xff\xff\xff\xf0"
    path.write_bytes(data)
    return path


def nested_boxes(depth: int = 20_000) -> bytes:
    """Superboxes in superboxes."""
    inner = b""
    for _ in range(depth):
        inner = box(b"jumb", inner)
    return inner


def jpeg_bytes(width: int = 160, height: int = 128) -> bytes:
    """A plain JPEG."""
    kept = io.BytesIO()
    Image.fromarray(picture(width, height, seed=8)).save(kept, "JPEG")
    return kept.getvalue()


def with_app11(jpeg: bytes, store: bytes) -> bytes:
    """A JPEG that carries these bytes where C2PA puts its manifest store (APP11 segments, JPEG 1 part 10)."""
    segments, size = b"", 60_000
    header = store[:8]
    pieces = [store[at : at + size] for at in range(0, len(store), size)] or [b""]
    for number, piece in enumerate(pieces, 1):
        body = b"JP" + (1).to_bytes(2, "big") + number.to_bytes(4, "big") + (header if number > 1 else b"") + piece
        segments += b"\xff\xeb" + (len(body) + 2).to_bytes(2, "big") + body
    return jpeg[:2] + segments + jpeg[2:]
