"""EXIF and XMP packets as names and texts. Pure; takes any bytes without complaint, follows no reference and expands no
entity."""

from __future__ import annotations

import struct
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import ExifTags, Image

from countenance.verify.readers.file_notes import FileNotes

MOST_PROPERTIES = 2048
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SUB_IFD, _USER_COMMENT = 0x8769, 0x9286
_TEXT = 1 << 20


@dataclass(frozen=True, slots=True)
class Field:
    """One statement of a file about itself.

    Attributes:
        where: EXIF, XMP, PNG text, container, …
        space: of XMP, the namespace; else empty.
        key: its name there; empty for comments.
        text: the value.
    """

    where: str
    space: str
    key: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, for showing."""
        return f"{self.where} {self.key}".strip()


def fields(notes: FileNotes) -> tuple[Field, ...]:
    """All that a file's notes say, in one form."""
    found = [Field(one.where, "", one.key, one.text) for one in notes.notes]
    for where, data in notes.exif:
        found += [Field(where, "", key, text) for key, text in exif_fields(data)]
    for where, data in notes.xmp:
        found += [Field(where, space, key, text) for space, key, text in xmp_properties(data)]
    return tuple(found)


def exif_fields(data: bytes) -> Iterator[tuple[str, str]]:
    """Names and values of an EXIF packet that are texts or single numbers; nothing where it is broken."""
    exif = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif.load(data)
            values = [*exif.items(), *exif.get_ifd(_SUB_IFD).items()]
    except (
        SyntaxError,
        ValueError,
        OSError,
        struct.error,
        KeyError,
        TypeError,
        IndexError,
        MemoryError,
        OverflowError,
    ):
        return
    for tag, value in values:
        name = ExifTags.TAGS.get(tag, f"0x{tag:04x}")
        if tag == _USER_COMMENT and isinstance(value, bytes):
            yield name, _comment(value)
        elif isinstance(value, bytes):
            if value[:1] in (b"{", b"[") or name in ("ImageDescription", "XPComment"):
                yield name, value[:_TEXT].rstrip(b"\0").decode("utf-8", "replace")
        elif isinstance(value, str):
            yield name, value[:_TEXT].strip("\0 ")
        elif isinstance(value, int | float) or hasattr(value, "numerator"):
            yield name, str(value)


def _comment(value: bytes) -> str:
    """EXIF 2.32, 4.6.5: eight bytes name the code of the rest. UTF-16 is written in either order of bytes."""
    code, rest = value[:8], value[8 : 8 + _TEXT]
    if code == b"UNICODE\0":
        even, odd = rest[0::2].count(0), rest[1::2].count(0)
        return rest.decode("utf-16-be" if even >= odd else "utf-16-le", "replace").strip("\0 ")
    if code in (b"ASCII\0\0\0", b"JIS\0\0\0\0\0", b"\0" * 8):
        return rest.decode("utf-8", "replace").strip("\0 ")
    return value[:_TEXT].decode("utf-8", "replace").strip("\0 ")


def xmp_properties(data: bytes) -> Iterator[tuple[str, str, str]]:
    """`(namespace, name, text)` of an XMP packet's properties; nothing where it is broken. Packets with a document type
    are not read: XMP has none, and entities can be made to grow without end."""
    start, end = data.find(b"<"), data.rfind(b">")
    text = data[start : end + 1]
    if start < 0 or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        return
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, ValueError, LookupError, RecursionError):
        return
    seen = 0
    for element in root.iter():
        if seen >= MOST_PROPERTIES:
            return
        for name, value in element.attrib.items():
            space, key = _split(name)
            if not name.startswith(_RDF) and key:
                seen += 1
                yield space, key, value
            elif key == "resource":  # an address as a value: <DigitalSourceType rdf:resource="…"/>
                seen += 1
                yield (*_split(element.tag), value)
        if not element.tag.startswith(_RDF) and (said := _said(element)):
            seen += 1
            yield (*_split(element.tag), said)


def _said(element: ET.Element) -> str:
    """An element's own text, or that of its list."""
    if element.text and element.text.strip():
        return element.text.strip()[:_TEXT]
    items = [one.text.strip() for one in element.findall(f"./*/{_RDF}li")[:16] if one.text and one.text.strip()]
    return "; ".join(items)[:_TEXT]


def _split(name: str) -> tuple[str, str]:
    if name.startswith("{"):
        space, _, key = name[1:].partition("}")
        return space, key
    return "", name
