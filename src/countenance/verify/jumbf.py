"""Just enough of JUMBF (ISO/IEC 19566-5) to take the active manifest out of a C2PA manifest store.

Boxes are length (4 bytes, big-endian; 1 means 8 more bytes follow the type), type (4 bytes), content. A store is a
superbox (`jumb`) that begins with a description box (`jumd`); its last child superbox is the active manifest (C2PA 2.2,
section 11.1). Every length is checked against what holds it; nesting is not followed further than that. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from countenance.errors import ProvenanceError

MAX_BOXES = 4096
_STORE_TYPE = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"


@dataclass(frozen=True, slots=True)
class Box:
    """One box.

    Attributes:
        kind: its type, four bytes.
        whole: with its header.
        content: without.
    """

    kind: bytes
    whole: bytes
    content: bytes


def boxes(data: bytes) -> Iterator[Box]:
    """The boxes that follow one another in some bytes.

    Raises:
        ProvenanceError: mark.manifest, for lengths that do not fit, or too many boxes.
    """
    at = 0
    for _ in range(MAX_BOXES):
        if at == len(data):
            return
        header, length = 8, int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            header, length = 16, int.from_bytes(data[at + 8 : at + 16], "big")
        elif length == 0:
            length = len(data) - at  # to the end of what holds it
        if length < header or at + length > len(data):
            raise _broken("a box does not fit into what holds it")
        whole = data[at : at + length]
        yield Box(whole[4:8], whole, whole[header:])
        at += length
    raise _broken("it has too many boxes")


def manifest_labels(store: bytes) -> tuple[str, ...]:
    """The labels of a store's manifests, the active one last.

    Raises:
        ProvenanceError: mark.manifest.
    """
    return tuple(_label(manifest) for manifest in _manifests(store)[1])


def active_only(store: bytes) -> bytes:
    """A store that holds nothing but the active manifest.

    Raises:
        ProvenanceError: mark.manifest, for anything but a manifest store.
    """
    description, manifests = _manifests(store)
    content = description.whole + manifests[-1].whole
    if len(content) + 8 >= 1 << 32:
        raise _broken("it is too large")
    return (len(content) + 8).to_bytes(4, "big") + b"jumb" + content


def _manifests(store: bytes) -> tuple[Box, list[Box]]:
    outer = next(boxes(store), None)
    if outer is None or outer.kind != b"jumb":
        raise _broken("it is no superbox")
    inner = list(boxes(outer.content))
    if not inner or inner[0].kind != b"jumd" or inner[0].content[:16] != _STORE_TYPE:
        raise _broken("it is no manifest store")
    manifests = [box for box in inner[1:] if box.kind == b"jumb"]
    if not manifests:
        raise _broken("it holds no manifest")
    return inner[0], manifests


def _label(manifest: Box) -> str:
    description = next(boxes(manifest.content), None)
    if description is None or description.kind != b"jumd" or len(description.content) < 18:
        raise _broken("a manifest has no description")
    return description.content[17:].partition(b"\0")[0].decode("utf-8", "replace")


def _broken(why: str) -> ProvenanceError:
    return ProvenanceError(f"The manifest store cannot be read: {why}.", code="mark.manifest")
