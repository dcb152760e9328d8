"""The notes in a file beside its picture and sound: PNG text, EXIF, XMP, comments, a container's tags. No meaning here.

Reads formats' own structure, never the picture: every length is checked against what holds it, packed text is unpacked
to a bound, and of a file of any size only so many chunks and bytes are looked at. What does not fit is left out and
told.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import av
import av.error

MOST_NOTES, MOST_CHUNKS = 256, 4096
MOST_BYTES = 4 << 20
"""Of one note, unpacked; ComfyUI's workflows take some hundred kilobytes."""
ALL_BYTES = 16 << 20
"""Of all notes of a file."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes:
        where: the format's name for the place: `PNG text`, `JPEG comment`, `container`.
        key: its keyword; empty where the place has none.
        text: as it stands there.
    """

    where: str
    key: str
    text: str


@dataclass
class FileNotes:
    """What was found.

    Attributes:
        notes: texts with keywords, in the file's order.
        exif, xmp: packets as they lie there, `(where, bytes)`.
        overfull: something was larger, more, or nested further than is read.
    """

    notes: list[Note] = field(default_factory=list)
    exif: list[tuple[str, bytes]] = field(default_factory=list)
    xmp: list[tuple[str, bytes]] = field(default_factory=list)
    overfull: bool = False
    _left: int = ALL_BYTES

    def add(self, where: str, key: str, text: str) -> None:
        """Keep a text."""
        if self._room(len(text)):
            self.notes.append(Note(where, key, text))

    def add_packet(self, kind: str, where: str, data: bytes) -> None:
        """Keep a packet: `exif` or `xmp`."""
        if self._room(len(data)):
            (self.exif if kind == "exif" else self.xmp).append((where, data))

    def _room(self, size: int) -> bool:
        if size > MOST_BYTES or size > self._left or len(self.notes) + len(self.exif) + len(self.xmp) >= MOST_NOTES:
            self.overfull = True
            return False
        self._left -= size
        return True

    def values(self, key: str) -> Iterator[Note]:
        """The notes of a keyword, whatever its case."""
        return (one for one in self.notes if one.key.casefold() == key.casefold())


def read_notes(path: Path) -> FileNotes:
    """The notes of a file; what is no file of a known format has none.

    Raises:
        OSError: it cannot be read.
    """
    found = FileNotes()
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        reader = _reader(head)
        if reader is not None:
            try:
                reader(file, found)
            except (struct.error, ValueError, IndexError):
                found.overfull = True  # broken structure: what was read so far stays
    if reader in (None, _isobmff):
        _container(path, found)
    return found


def _reader(head: bytes) -> Callable[[BinaryIO, FileNotes], None] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if head.startswith(b"\xff\xd8"):
        return _jpeg
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _webp
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _gif
    if head[4:8] == b"ftyp":
        return _isobmff
    if head[:4] in (b"II*\0", b"MM\0*"):
        return _tiff
    return None


def _png(file: BinaryIO, found: FileNotes) -> None:
    file.seek(8)
    for _ in range(MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            return
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        if kind == b"IEND":
            return
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
            if length > MOST_BYTES:
                found.overfull = True
            else:
                _png_text(kind, file.read(length), found)
                file.seek(4, io.SEEK_CUR)
                continue
        file.seek(length + 4, io.SEEK_CUR)
    found.overfull = True


def _png_text(kind: bytes, data: bytes, found: FileNotes) -> None:
    if kind == b"eXIf":
        found.add_packet("exif", "PNG eXIf", data)
        return
    keyword, _, rest = data.partition(b"\0")
    key = keyword[:79].decode("latin-1")
    if kind == b"tEXt":
        text: bytes | None = rest
    elif kind == b"zTXt":
        text = _unpacked(rest[1:], found)
    else:
        packed, rest = rest[:1] == b"\1", rest[2:]
        rest = rest.split(b"\0", 2)[-1]
        text = _unpacked(rest, found) if packed else rest
    if text is None:
        return
    if key == "XML:com.adobe.xmp":
        found.add_packet("xmp", "XMP", text)
    elif kind == b"iTXt":
        found.add("PNG text", key, text.decode("utf-8", "replace"))
    else:  # Latin-1 by the standard, UTF-8 by many writers
        try:
            found.add("PNG text", key, text.decode("utf-8"))
        except UnicodeDecodeError:
            found.add("PNG text", key, text.decode("latin-1"))


def _unpacked(data: bytes, found: FileNotes) -> bytes | None:
    """Packed text, to a bound: a few kilobytes may stand for gigabytes."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MOST_BYTES)
    except zlib.error:
        return None
    if unpacker.unconsumed_tail:
        found.overfull = True
        return None
    return text


def _jpeg(file: BinaryIO, found: FileNotes) -> None:
    file.seek(2)
    for _ in range(MOST_CHUNKS):
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF or marker[1] in (0xDA, 0xD9):
            return
        length = int.from_bytes(file.read(2), "big") - 2
        if length < 0:
            return
        data = file.read(length)
        if marker[1] == 0xE1 and data.startswith(b"Exif\0\0"):
            found.add_packet("exif", "EXIF", data[6:])
        elif marker[1] == 0xE1 and data.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
            found.add_packet("xmp", "XMP", data[29:])
        elif marker[1] == 0xFE:
            found.add("JPEG comment", "", data.rstrip(b"\0").decode("utf-8", "replace"))
    found.overfull = True


def _webp(file: BinaryIO, found: FileNotes) -> None:
    file.seek(12)
    for _ in range(MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            return
        kind, length = header[:4], int.from_bytes(header[4:], "little")
        padded = length + (length & 1)
        if kind in (b"EXIF", b"XMP "):
            if length > MOST_BYTES:
                found.overfull = True
            else:
                data = file.read(padded)[:length]
                found.add_packet(
                    "exif" if kind == b"EXIF" else "xmp",
                    "EXIF" if kind == b"EXIF" else "XMP",
                    data.removeprefix(b"Exif\0\0"),
                )
                continue
        file.seek(padded, io.SEEK_CUR)
    found.overfull = True


def _gif(file: BinaryIO, found: FileNotes) -> None:
    data = file.read(MOST_BYTES)
    at = 0
    while (at := data.find(b"\x21\xfe", at)) >= 0 and len(found.notes) < MOST_NOTES:
        at, text = at + 2, b""
        while at < len(data) and (size := data[at]):
            text, at = text + data[at + 1 : at + 1 + size], at + 1 + size
            if len(text) > MOST_BYTES:
                break
        if text.isascii() or text[:1] == b"{":
            found.add("GIF comment", "", text.decode("utf-8", "replace"))


def _tiff(file: BinaryIO, found: FileNotes) -> None:
    """A TIFF is one EXIF directory; its own pixels are left where they are."""
    data = file.read(MOST_BYTES)
    found.add_packet("exif", "TIFF", data)


_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def _isobmff(file: BinaryIO, found: FileNotes) -> None:
    """The boxes at the top of an MP4, MOV, AVIF or HEIC: XMP lies in one of them (ISO 16684-3)."""
    for _ in range(MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            return
        length, start = int.from_bytes(header[:4], "big"), 8
        if length == 1:
            length, start = int.from_bytes(file.read(8), "big"), 16
        if length == 0 or length < start:
            return
        if header[4:] == b"uuid" and 0 <= length - start - 16 <= MOST_BYTES:
            name, data = file.read(16), file.read(length - start - 16)
            if name == _XMP_UUID:
                found.add_packet("xmp", "XMP", data)
            continue
        file.seek(length - start, io.SEEK_CUR)
    found.overfull = True


def _container(path: Path, found: FileNotes) -> None:
    """Tags of a video's or sound's container, as FFmpeg reads them."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            for key, text in list(container.metadata.items())[:MOST_NOTES]:
                found.add("container", str(key), str(text))
            for stream in list(container.streams)[:8]:
                for key, text in list(stream.metadata.items())[:16]:
                    if key not in ("language", "handler_name", "vendor_id"):
                        found.add("container", str(key), str(text))
    except (av.error.FFmpegError, OSError, ValueError, UnicodeError):
        return
