"""Readers of what a file says of itself in words: where it comes from by IPTC's list, by China's AI label, and by the
camera's own record. Anybody can write all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from countenance.verify.findings import Kind
from countenance.verify.readers.findings import Claim, OthersMark
from countenance.verify.readers.packets import Field, fields
from countenance.verify.readers.protocol import Material
from countenance.verify.statements import text as plain

EVERYTHING: frozenset[Kind] = frozenset({"picture", "video", "sound", "head", "unreadable"})
PICTURES: frozenset[Kind] = frozenset({"picture", "video", "unreadable"})

# IPTC NewsCodes, cv.iptc.org/newscodes/digitalsourcetype.
_SOURCES: dict[str, Claim] = {
    "trainedAlgorithmicMedia": "ai",
    "compositeWithTrainedAlgorithmicMedia": "ai-part",
    "compositeSynthetic": "ai-part",
    "algorithmicallyEnhanced": "ai-part",
    "digitalCapture": "camera",
    "computationalCapture": "camera",
    "negativeFilm": "camera",
    "positiveFilm": "camera",
    "print": "camera",
    "digitalCreation": "human",
    "digitalArt": "human",
    "humanEdits": "human",
    "minorHumanEdits": "human",
}


class SourceTypeReader:
    """`digitalSourceType` in XMP, as agencies, Google, Meta, OpenAI and Midjourney write it."""

    name: ClassVar[str] = "iptc"
    title: ClassVar[str] = "IPTC digitalSourceType"
    kinds: ClassVar[frozenset[Kind]] = EVERYTHING

    def read(self, material: Material) -> Sequence[OthersMark]:
        found = []
        for one in fields(material.notes):
            if one.key.casefold() != "digitalsourcetype":
                continue
            value = plain(one.text).rstrip("/").rpartition("/")[2].rpartition(":")[2]
            if value:
                claim: Claim = _SOURCES.get(value, "other")
                found.append(OthersMark(self.name, "note", claim, where=one.place, text=value))
        return found


class AigcReader:
    """The label that GB 45438-2025 asks for: a JSON object under `AIGC`, in XMP, PNG text, EXIF or a container's tags.

    Seen in the field: XMP `TC260:AIGC` (Doubao, Jimeng), PNG text `AIGC` (Doubao), EXIF UserComment `{"AIGC": {…}}`,
    MP4 tags by `ffmpeg -metadata AIGC=…` (aopstudio/aigc-hidden-metadata on GitHub). `Label` is 1 where it was
    generated, 2 where it may have been, 3 where a platform suspects so (annex E).
    """

    name: ClassVar[str] = "aigc"
    title: ClassVar[str] = "AIGC (GB 45438-2025)"
    kinds: ClassVar[frozenset[Kind]] = EVERYTHING

    def read(self, material: Material) -> Sequence[OthersMark]:
        found = []
        for one in fields(material.notes):
            label = self._label(one)
            if label is None:
                continue
            said = str(label.get("Label", "")).strip()
            claim: Claim = "ai" if said == "1" else "ai-maybe" if said in ("2", "3") else "other"
            maker = plain(label.get("ContentProducer"), 80) or plain(label.get("ContentPropagator"), 80)
            parts = (f"{key}={plain(value, 60)}" for key, value in list(label.items())[:8] if plain(value, 60))
            found.append(OthersMark(self.name, "note", claim, maker, one.place, plain("; ".join(parts))))
        return found

    def _label(self, field: Field) -> dict[str, Any] | None:
        named = field.key.casefold() == "aigc"
        if not named and '"AIGC"' not in field.text[:4096]:
            return None
        document = _json(field.text)
        if document is None:
            return {} if named and field.space else None
        inner = document.get("AIGC")
        if isinstance(inner, str):
            inner = _json(inner)
        return inner if isinstance(inner, dict) else document if named else None


class CameraReader:
    """A camera's own record in EXIF: who made the device, and with what it exposed."""

    name: ClassVar[str] = "camera"
    title: ClassVar[str] = "EXIF (camera)"
    kinds: ClassVar[frozenset[Kind]] = PICTURES

    def read(self, material: Material) -> Sequence[OthersMark]:
        said = {one.key: one.text for one in fields(material.notes) if one.where in ("EXIF", "PNG eXIf", "TIFF")}
        exposed = [key for key in ("ExposureTime", "FNumber", "ISOSpeedRatings", "FocalLength") if said.get(key)]
        make, model = plain(said.get("Make"), 40), plain(said.get("Model"), 60)
        if len(exposed) < 2 or not (make or model) or model.startswith(("prompt:", "workflow:")):
            return []
        name = model if model.casefold().startswith(make.casefold()) else f"{make} {model}".strip()
        details = ", ".join(f"{key} {plain(said[key], 20)}" for key in exposed)
        return [OthersMark(self.name, "note", "camera", name, "EXIF", details)]


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def json_keys(text: str) -> Iterator[str]:
    """Keys of a JSON object and of the objects in it, one level down; nothing of anything else."""
    found = _json(text)
    for key, value in (found or {}).items():
        yield key
        if isinstance(value, dict):
            yield from value
