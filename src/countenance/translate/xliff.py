"""Translations as XLIFF 2.1, which translators' programs read and write (OASIS, 2018): a unit a line, its time beside.

Entities and document types are refused: a file that comes back is somebody else's.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import replace

from countenance.errors import BadDocument
from countenance.speech import Cue

SPACE = "urn:oasis:names:tc:xliff:document:2.0"
LARGEST = 4 << 20  # bytes


def xliff_of(lines: Sequence[Cue], translated: Sequence[Cue], source: str, target: str, name: str) -> bytes:
    """An XLIFF document.

    Args:
        lines, translated: original and translation, one for one.
        source, target: BCP 47.
        name: of the film.
    """
    ElementTree.register_namespace("", SPACE)
    root = ElementTree.Element(f"{{{SPACE}}}xliff", version="2.1", srcLang=source, trgLang=target)
    file = ElementTree.SubElement(root, f"{{{SPACE}}}file", id="film", original=name)
    for k, (line, said) in enumerate(zip(lines, translated, strict=True), 1):
        unit = ElementTree.SubElement(file, f"{{{SPACE}}}unit", id=str(k))
        notes = ElementTree.SubElement(unit, f"{{{SPACE}}}notes")
        when = f"{float(line.start or 0):.2f} s to {float(said.end or line.end or 0):.2f} s"
        ElementTree.SubElement(notes, f"{{{SPACE}}}note", category="time").text = when
        segment = ElementTree.SubElement(unit, f"{{{SPACE}}}segment", state="translated")
        ElementTree.SubElement(segment, f"{{{SPACE}}}source").text = line.text
        ElementTree.SubElement(segment, f"{{{SPACE}}}target").text = said.text
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def read_xliff(data: bytes, rooms: Sequence[Cue], name: str) -> list[Cue]:
    """The translations of an XLIFF document, put into the lines' times.

    Raises:
        BadDocument: it is no XLIFF 2, has entities, or lacks a line.
    """
    if len(data) > LARGEST or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise BadDocument(f"{name} is too large, or declares entities.", "Export it again as plain XLIFF 2.")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        raise BadDocument(f"{name} is no XML: {error}.", "Export it again as XLIFF 2.") from error
    said: dict[str, str] = {}
    for unit in root.iter(f"{{{SPACE}}}unit"):
        parts = ["".join(one.itertext()) for one in unit.iter(f"{{{SPACE}}}target")]
        said[unit.get("id", "")] = " ".join(" ".join(parts).split())
    lacking = [str(k) for k in range(1, len(rooms) + 1) if not said.get(str(k))]
    if lacking:
        raise BadDocument(
            f"{name} has no translation of {'lines' if len(lacking) > 1 else 'line'} {', '.join(lacking[:8])}.",
            "Translate every unit, and keep their numbers.",
        )
    return [replace(room, text=said[str(k)]) for k, room in enumerate(rooms, 1)]
