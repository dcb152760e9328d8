"""Taking an ingredient into a manifest together with its own: inside it, beside it as `.c2pa`, or, where it lost that,
from our record, to which an invisible mark led back.

Knows nothing of signing.
"""

from __future__ import annotations

import io
import json
from typing import Any

import c2pa

from countenance.marking.render_spec import Ingredient
from countenance.marking.sidecar import sidecar_of
from countenance.media.source import BLOCK, Source

_MEDIA_TYPES = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".avi": "video/avi",
    ".webm": "video/webm",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".gif": "image/gif",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
}
_UNKNOWN = "application/octet-stream"
_MAX_BESIDE = 64 << 20
_HOLDS = ("Valid", "Trusted")


def add_ingredient(builder: Any, ingredient: Ingredient, context: Any, recovered: bytes | None = None) -> None:
    """Name an ingredient in the manifest under way, with its own manifest if it has one.

    Args:
        builder: c2pa's.
        ingredient: hashed.
        context: c2pa's, with the trusted roots.
        recovered: the manifest store that the record has for a mark in it. The copy was changed since, which the
            ingredient's validation results then say.

    Raises:
        InputChanged, FileMissing: its file is not the one that was pinned.
    """
    said: dict[str, Any] = {
        "title": ingredient.title,
        "relationship": ingredient.relationship,
        "label": ingredient.role,
    }
    source = ingredient.source
    if source is None:
        builder.add_ingredient_from_stream(said, _UNKNOWN, io.BytesIO(b""))
        return
    kind = _MEDIA_TYPES.get(source.suffix, _UNKNOWN)
    inside = _has_inside(source, kind)
    own = None if inside else _beside(source, kind, context) or _recovered(recovered, context)
    if own is not None:
        store, found = own
        name = f"{ingredient.role}.c2pa"
        builder.add_resource(name, io.BytesIO(store))
        said |= {
            "manifest_data": {"format": "application/c2pa", "identifier": name},
            "active_manifest": found["active_manifest"],
            "validation_results": found["validation_results"],
        }
    try:
        with source.open() as file:
            builder.add_ingredient_from_stream(said, kind, file)
    except c2pa.C2paError:
        # Not what its ending says, or a manifest too broken to be taken along: the thing itself is still named.
        plain = {name: said[name] for name in ("title", "relationship", "label")}
        with source.open() as file:
            while file.read(BLOCK):  # c2pa swallows what reading raises: an input that was changed is told here
                pass
            file.seek(0)
            builder.add_ingredient_from_stream(plain, _UNKNOWN, file)


def _recovered(store: bytes | None, context: Any) -> tuple[bytes, dict[str, Any]] | None:
    if store is None:
        return None
    try:
        with c2pa.Reader("application/c2pa", io.BytesIO(store), context=context) as reader:
            return store, json.loads(reader.json())
    except (ValueError, c2pa.C2paError):
        return None


def _beside(source: Source, kind: str, context: Any) -> tuple[bytes, dict[str, Any]] | None:
    """The manifest beside a file, if it was made for this very file: any other may lie there."""
    sidecar = sidecar_of(source.path)
    try:
        if not sidecar.is_file() or sidecar.stat().st_size > _MAX_BESIDE:
            return None
        store = sidecar.read_bytes()
        with source.open() as file, c2pa.Reader(kind, file, store, context=context) as reader:
            found = json.loads(reader.json())
            return (store, found) if reader.get_validation_state() in _HOLDS else None
    except (OSError, ValueError, c2pa.C2paError):
        return None


def _has_inside(source: Source, kind: str) -> bool:
    try:
        with source.open() as file:
            reader = c2pa.Reader.try_create(kind, file)
    except c2pa.C2paError:
        return False
    if reader is None:
        return False
    reader.close()
    return True
